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
        assertThat(CallerRunner.companyNanos(0)).isZero();
        assertThat(CallerRunner.companyNanos(200_000)).isEqualTo(100_000);
    }

    /** It would keep later groups waiting long after the device is fast again. */
    @Test
    void aDeviceThatStalledForSecondsKeepsNobodyWaiting() {
        assertThat(TimeUnit.NANOSECONDS.toMillis(CallerRunner.companyNanos(TimeUnit.SECONDS.toNanos(30))))
                .isEqualTo(5);
    }
}
