package dev.poro.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.aeron.exceptions.AeronException;
import io.aeron.exceptions.TimeoutException;
import org.junit.jupiter.api.Test;

/** See {@link FailedJoins}. */
class FailedJoinsTest {
    private final Throwable failed = new TimeoutException("failed to join catchup log", AeronException.Category.WARN);
    private final FailedJoins joins = new FailedJoins();

    private void failTimes(int times, long position) {
        for (int i = 0; i < times; i++) {
            assertThat(joins.isToBeTold(failed, position)).as("failure %d", i).isFalse();
        }
    }

    @Test
    void isToldOnceForAPosition() {
        failTimes(FailedJoins.MOST - 1, 100);
        assertThat(joins.isToBeTold(failed, 100)).isTrue();
        failTimes(20, 100);
    }

    @Test
    void isNotToldWhileTheNodeComesForward() {
        for (long position = 0; position < 50; position++) {
            failTimes(FailedJoins.MOST - 1, position);
        }
    }

    @Test
    void otherErrorsDoNotCount() {
        failTimes(FailedJoins.MOST - 1, 100);
        assertThat(joins.isToBeTold(new TimeoutException("heartbeat"), 100)).isFalse();
        assertThat(joins.isToBeTold(new IllegalStateException(), 100)).isFalse();
        assertThat(joins.isToBeTold(failed, 100)).isTrue();
    }
}
