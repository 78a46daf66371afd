package dev.poro.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class NodeClockTest {
    private long wallMillis = 1_700_000_000_000L;
    private long nanos = 123;

    private final NodeClock clock = new NodeClock(() -> wallMillis, () -> nanos);

    private void pass(long millis) {
        nanos += TimeUnit.MILLISECONDS.toNanos(millis);
        wallMillis += millis;
    }

    @Test
    void followsTheWallClock() {
        long start = clock.time();
        for (int i = 0; i < 1_000; i++) {
            pass(7);
            clock.time();
        }
        assertThat(clock.time()).isEqualTo(start + 7_000).isEqualTo(wallMillis);
        assertThat(clock.timeUnit()).isEqualTo(TimeUnit.MILLISECONDS);
    }

    /** Aeron waits for heartbeats by this clock. */
    @Test
    void doesNotJumpWhenTheWallClockIsSet() {
        long start = clock.time();
        wallMillis += 3_600_000;
        pass(1_000);
        assertThat(clock.time()).isEqualTo(start + 1_500);
        wallMillis -= 7_200_000;
        pass(1_000);
        assertThat(clock.time()).isEqualTo(start + 2_000);
    }

    @Test
    void catchesUpAndStaysThere() {
        wallMillis += 10_000;
        for (int i = 0; i < 30_000; i++) {
            pass(1);
            clock.time();
        }
        assertThat(clock.time()).isBetween(wallMillis - 1, wallMillis);
    }
}
