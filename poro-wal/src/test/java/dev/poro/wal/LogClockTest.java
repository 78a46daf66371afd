package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.storage.Storage;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
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

    /** The wall clock goes on, the monotonic one stands. */
    @Test
    void theTimeOfASleepIsMadeUpForAtOnce() {
        sleep(HOUR);
        pass(10);
        assertThat(clock.now()).isEqualTo(wall);
    }

    @Test
    void aWrongReadingDuringASleepIsFollowedAsFarAsTheSleepGoes() {
        sleep(HOUR);
        wall += TEN_YEARS;
        pass(10);
        assertThat(clock.now()).isEqualTo(START + HOUR + 10);
        wall -= TEN_YEARS;
        pass(10);
        assertThat(clock.now()).isEqualTo(START + HOUR + 20);
    }

    @Test
    void aSleepBringsAClockThatIsAheadNoFurther() {
        wall -= 2 * HOUR;
        pass(10);
        long ahead = clock.now();
        sleep(HOUR);
        pass(10);
        assertThat(clock.now()).isEqualTo(ahead + 5);
        sleep(HOUR + 10_000);
        pass(10);
        assertThat(clock.now()).isEqualTo(wall);
    }

    @Test
    void aSleepOfWhichTheSystemSaysNothingIsAStepOfTheWallClock() {
        suspended = Storage.UNKNOWN;
        clock = newClock(0);
        wall += HOUR;
        pass(10);
        assertThat(clock.now()).isEqualTo(START + 10);
        suspended = HOUR * 1_000_000;
        wall += HOUR;
        pass(10);
        assertThat(clock.now()).isEqualTo(START + 20);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 600})
    void howLongAStepMustLastCanBeSet(long seconds) {
        clock = new LogClock(() -> wall, () -> nanos, () -> suspended, Duration.ofSeconds(seconds), 0);
        wall += HOUR;
        pass(1);
        for (long second = 0; second < seconds; second++) {
            assertThat(clock.now()).isLessThan(wall - HOUR / 2);
            pass(1_000);
        }
        assertThat(clock.now()).isEqualTo(wall);
    }

    @Test
    void itSaysHowFarItIsAhead() {
        assertThat(clock.offsetMillis()).isZero();
        wall -= HOUR;
        pass(10);
        assertThat(clock.offsetMillis()).isEqualTo(HOUR - 5);
        assertThat(clock.wallMillis()).isEqualTo(wall);
    }

    /** What a thread was told, no thread is told less of once it can know. */
    @Test
    void noThreadIsToldLessThanAnother() throws InterruptedException {
        AtomicLong ticks = new AtomicLong();
        Random random = SimulatedStorage.randomOf(7);
        LogClock shared = new LogClock(
                () -> START + ticks.get() / 3 + (ticks.get() % 977 == 0 ? HOUR : 0),
                () -> ticks.addAndGet(300_000),
                () -> 0,
                Duration.ZERO,
                START - random.nextInt(1_000));
        AtomicLong told = new AtomicLong();
        AtomicReference<String> wrong = new AtomicReference<>();
        Thread[] threads = new Thread[4];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = new Thread(() -> {
                for (int j = 0; j < 50_000; j++) {
                    long before = told.get();
                    long now = shared.now();
                    if (now < before) {
                        wrong.set(now + " after " + before);
                    }
                    told.accumulateAndGet(now, Math::max);
                }
            });
            threads[i].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(wrong).hasNullValue();
        assertThat(told.get()).isGreaterThan(START);
    }

    private void sleep(long millis) {
        wall += millis;
        suspended += millis * 1_000_000;
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
