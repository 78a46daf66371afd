package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * @see CallerRunner
 */
class CallerRunnerTest {
    @Test
    void aLeaderWaitsForHalfTheTimeOfAForce() {
        assertThat(CallerRunner.companyNanos(0, false)).isZero();
        assertThat(CallerRunner.companyNanos(200_000, false)).isEqualTo(100_000);
    }

    /** It would keep later groups waiting long after the device is fast again. */
    @Test
    void aDeviceThatStalledForSecondsKeepsNobodyWaiting() {
        assertThat(TimeUnit.NANOSECONDS.toMillis(CallerRunner.companyNanos(TimeUnit.SECONDS.toNanos(30), false)))
                .isEqualTo(5);
        assertThat(TimeUnit.NANOSECONDS.toMicros(CallerRunner.companyNanos(TimeUnit.SECONDS.toNanos(30), true)))
                .as("of a virtual thread, which spins")
                .isEqualTo(100);
    }

    @Test
    void manyWaitersOfAShortForceLetEachOtherRun() {
        assertThat(CallerRunner.yieldNanos(150_000, 17, 2)).isEqualTo(300_000);
        assertThat(CallerRunner.yieldNanos(150_000, 16, 2)).isZero();
        assertThat(CallerRunner.yieldNanos(150_000, 17, 4)).isZero();
    }

    @Test
    void nobodyKeepsAProcessorBusyForALongForce() {
        assertThat(CallerRunner.yieldNanos(TimeUnit.MILLISECONDS.toNanos(4), 64, 2))
                .isZero();
    }
}
