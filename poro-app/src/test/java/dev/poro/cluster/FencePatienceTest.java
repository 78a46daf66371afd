package dev.poro.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FencePatienceTest {
    private final FencePatience patience = new FencePatience();

    /** How many fences a node sends whose service lags; only the last one counts when it comes back. */
    private int fencesUntilOnePasses(long lagMillis) {
        long lag = TimeUnit.MILLISECONDS.toNanos(lagMillis);
        int sent = 1;
        while (patience.nanos() < lag && sent < 100) {
            patience.onLost();
            sent++;
        }
        patience.onPassed(Math.min(lag, patience.nanos()));
        return sent;
    }

    /** With one time for all, a node that lags for longer would send fences for ever. */
    @ParameterizedTest
    @ValueSource(longs = {100, 1_600, 5_000, 20_000})
    void aNodeThatLagsPassesAFence(long lagMillis) {
        assertThat(fencesUntilOnePasses(lagMillis)).isLessThanOrEqualTo(5);
    }

    @Test
    void itGivesTwiceTheTimeThatTheLastOneTook() {
        fencesUntilOnePasses(5_000);
        assertThat(patience.nanos()).isEqualTo(TimeUnit.SECONDS.toNanos(10));

        patience.onPassed(TimeUnit.MILLISECONDS.toNanos(3));
        assertThat(patience.nanos()).isEqualTo(FencePatience.LEAST_NANOS);
    }

    @Test
    void aLeaderThatIsGoneIsNotWaitedForWithoutAnEnd() {
        for (int i = 0; i < 100; i++) {
            patience.onLost();
        }
        assertThat(patience.nanos()).isEqualTo(FencePatience.MOST_NANOS);
        patience.onPassed(Long.MAX_VALUE / 4);
        assertThat(patience.nanos()).isEqualTo(FencePatience.MOST_NANOS);
    }
}
