package dev.poro.perf.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SteadyRateTest {
    private static final int WINDOWS = 2 * SteadyRate.GROUP;

    private final SteadyRate rate = new SteadyRate();

    @Test
    void needsTwoGroupsOfWindows() {
        for (int window = 1; window < WINDOWS; window++) {
            rate.add(1_000, 0);
            assertThat(rate.isReached()).isFalse();
        }
        rate.add(1_000, 0);
        assertThat(rate.isReached()).isTrue();
    }

    @Test
    void isNotReachedWhileTheRateRises() {
        double perSecond = 1_000;
        for (int window = 0; window < 100; window++) {
            rate.add(perSecond, 0);
            perSecond *= 1.01;
            assertThat(rate.isReached()).isFalse();
        }
    }

    @Test
    void singleWindowsMayDiffer() {
        for (int window = 0; window < WINDOWS; window++) {
            rate.add(window % 2 == 0 ? 800 : 1_200, 0);
        }
        assertThat(rate.isReached()).isTrue();
    }

    /** The code that waits for the compiler runs at a steady rate until it has been compiled. */
    @Test
    void isNotReachedWhileTheCompilerWorks() {
        for (int window = 0; window < 2 * WINDOWS; window++) {
            rate.add(1_000, 0.5);
        }
        assertThat(rate.isReached()).isFalse();
        for (int window = 0; window < SteadyRate.GROUP; window++) {
            rate.add(1_000, 0);
        }
        assertThat(rate.isReached()).isTrue();
    }

    @Test
    void aStepInTheRateIsForgottenAfterTwoGroups() {
        for (int window = 0; window < WINDOWS; window++) {
            rate.add(1_000, 0);
        }
        for (int window = 1; window < WINDOWS; window++) {
            rate.add(2_000, 0);
            assertThat(rate.isReached()).isFalse();
        }
        rate.add(2_000, 0);
        assertThat(rate.isReached()).isTrue();
    }
}
