package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** R37: log time never goes back, never stands, and a wrong reading heals. */
@Tag("R37")
class LogClockTest {
    private static final long START = 1_700_000_000_000L;
    private static final long HOUR = 3_600_000;
    private static final long TEN_YEARS = 10 * 365 * 24 * HOUR;

    private long wall = START;
    /** Overflows after a second. */
    private long nanos = Long.MAX_VALUE - 1_000_000_000;

    private long suspended;

    private LogClock clock = newClock(0);

    @Test
    void itIsTheWallClockWhileNothingHappens() {
        for (int i = 1; i <= 5_000; i++) {
            pass(i % 7);
            assertThat(clock.now()).isEqualTo(wall);
        }
    }

    @Test
    void itStartsWithTheLaterOfTheLastFrameAndTheWallClock() {
        assertThat(newClock(START - 1).now()).isEqualTo(START);
        assertThat(newClock(START + 1).now()).isEqualTo(START + 1);
    }

    @Test
    void timeThatPassedUnseenIsTimeThatPassed() {
        pass(HOUR);
        assertThat(clock.now()).isEqualTo(START + HOUR);
    }

    @Test
    void oneReadingTenYearsAheadLeavesNoTrace() {
        wall += TEN_YEARS;
        pass(10);
        assertThat(clock.now()).isEqualTo(START + 10);
        wall -= TEN_YEARS;
        pass(10);
        assertThat(clock.now()).isEqualTo(START + 20);
    }

    @Test
    void readingsAheadThatDoNotLastAreNotAddedUp() {
        for (int i = 0; i < 10; i++) {
            wall += HOUR;
            pass(50_000);
            wall -= HOUR;
            pass(10);
        }
        assertThat(clock.now()).isEqualTo(wall);
    }

    @Test
    void aStepForwardIsFollowedOnceItHasLastedForAMinute() {
        wall += HOUR;
        pass(1);
        for (int second = 1; second < 60; second++) {
            pass(1_000);
            assertThat(clock.now()).isEqualTo(wall - HOUR);
        }
        pass(1_000);
        assertThat(clock.now()).isEqualTo(wall);
    }

    @Test
    void aStepBackIsMadeUpAtHalfSpeed() {
        pass(1_000);
        wall -= HOUR;
        for (int second = 1; second < 3_600; second++) {
            pass(2_000);
            assertThat(clock.now()).isEqualTo(START + 1_000 + second * 1_000L);
        }
        pass(2_000);
        pass(2_000);
        assertThat(clock.now()).isEqualTo(wall);
    }

    /** A last frame of a clock that was wrong: ten years ahead, and it moves all the same. */
    @ParameterizedTest
    @ValueSource(longs = {HOUR, TEN_YEARS, Long.MAX_VALUE - START - HOUR})
    void aLastFrameInTheFutureHealsAtHalfSpeed(long ahead) {
        clock = newClock(START + ahead);
        pass(HOUR / 2);
        assertThat(clock.now()).isEqualTo(START + ahead + HOUR / 4);
    }

    @Test
    void aSmallLagIsMadeUpAtDoubleSpeed() {
        wall += 900;
        pass(300);
        assertThat(clock.now()).isEqualTo(START + 600);
        pass(300);
        assertThat(clock.now()).isEqualTo(START + 1_200);
        pass(300);
        assertThat(clock.now()).isEqualTo(wall);
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -1, 0, Long.MAX_VALUE})
    void aClockThatIsMadMakesItNeitherStandNorLeap(long reading) {
        for (int i = 1; i < 50; i++) {
            long before = clock.now();
            nanos += 1_000_000_000;
            wall = reading;
            assertThat(clock.now() - before).isBetween(500L, 2_000L);
        }
    }

    @Test
    void itNeverGoesBackAndNeverStandsWhateverTheWallClockDoes() {
        Random random = new Random(37);
        for (int i = 0; i < 100_000; i++) {
            long before = clock.now();
            int passed = 2 + random.nextInt(1_000);
            if (random.nextInt(10) == 0) {
                wall += random.nextInt(200_000) - 100_000;
            }
            pass(passed);
            assertThat(clock.now() - before).isGreaterThanOrEqualTo(passed / 2);
            if (wall - before < 1_000) {
                assertThat(clock.now() - before).isLessThanOrEqualTo(2L * passed);
            }
        }
    }

    private LogClock newClock(long last) {
        return new LogClock(() -> wall, () -> nanos, () -> suspended, LogSettings.DEFAULT_CLOCK_STEP_HOLD, last);
    }

    private void pass(long millis) {
        wall += millis;
        nanos += millis * 1_000_000;
        clock.now();
    }
}
