package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.poro.events.StateSummary;
import dev.poro.wal.Retention.Beginning;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Of the places where a history can begin, which one is chosen. */
class RetentionTest {
    /** The first event, three snapshots in a distance of ten seconds, and the older of the newest two. */
    private static final List<Beginning> BEGINNINGS = List.of(
            new Beginning(0, Long.MIN_VALUE, 4_000),
            new Beginning(10, 10_000, 3_000),
            new Beginning(20, 20_000, 2_000),
            new Beginning(30, 30_000, 1_000),
            new Beginning(40, 40_000, 0));

    @Test
    void noHistoryBeginsWithTheOlderOfTheNewestTwo() {
        assertThat(chosen(Retention.NONE, 50_000)).isEqualTo(40);
    }

    @Test
    void allHistoryBeginsWithTheFirstEvent() {
        assertThat(chosen(Retention.ALL, 50_000)).isZero();
        assertThat(Retention.ALL.isOfAll()).isTrue();
    }

    @Test
    void aSizeIsNeverExceeded() {
        assertThat(chosen(Retention.ofSize(4_000), 50_000)).isZero();
        assertThat(chosen(Retention.ofSize(3_999), 50_000)).isEqualTo(10);
        assertThat(chosen(Retention.ofSize(1_000), 50_000)).isEqualTo(30);
        assertThat(chosen(Retention.ofSize(999), 50_000)).isEqualTo(40);
    }

    @Test
    void anAgeIsReachedByTheSnapshotBefore() {
        assertThat(chosen(Retention.ofAge(Duration.ofSeconds(20)), 50_000)).isEqualTo(30);
        assertThat(chosen(Retention.ofAge(Duration.ofSeconds(20)), 49_999)).isEqualTo(20);
        assertThat(chosen(Retention.ofAge(Duration.ofDays(1)), 50_000)).isZero();
        assertThat(chosen(Retention.ofAge(Duration.ZERO), 50_000)).isEqualTo(40);
    }

    @Test
    void whatIsLeftIsKeptWhereItIsYoungerThanAnAge() {
        List<Beginning> left = BEGINNINGS.subList(2, BEGINNINGS.size());
        assertThat(Retention.ofAge(Duration.ofDays(1)).choose(left, 50_000).sequence())
                .isEqualTo(20);
    }

    @Test
    @Tag("R37")
    void durationsAndTimesOfAnyLengthAreCompared() {
        assertThat(chosen(Retention.ofAge(Duration.ofSeconds(Long.MAX_VALUE)), 50_000))
                .isZero();
        assertThat(chosen(Retention.ofAge(Duration.ofMillis(Long.MAX_VALUE)), 50_000))
                .isZero();
        assertThat(chosen(Retention.ofAge(Duration.ofMillis(Long.MAX_VALUE)), Long.MIN_VALUE))
                .isZero();
        assertThat(chosen(Retention.ofAge(Duration.ofSeconds(20)), Long.MAX_VALUE))
                .isEqualTo(40);
    }

    @Test
    @Tag("R37")
    void aSnapshotWasMadeWhenEitherClockSaysAndNoLaterThanTheNext() {
        assertThat(LogTrimmer.timesMade(List.of(made(100, 90), made(200, 220)), 300))
                .containsExactly(100, 220);
    }

    @Test
    @Tag("R37")
    void aTimeThatHasNotComeYetIsNoTime() {
        assertThat(LogTrimmer.timesMade(List.of(made(9_000, 90), made(200, 9_000), made(9_000, 9_000)), 300))
                .containsExactly(90, 200, Long.MAX_VALUE);
    }

    @Test
    @Tag("R37")
    void noSnapshotWasMadeAfterALaterOne() {
        assertThat(LogTrimmer.timesMade(List.of(made(250, 90), made(110, 110), made(120, 115)), 300))
                .containsExactly(110, 110, 120);
    }

    private static SnapshotReport made(long created, long lastEvent) {
        return new SnapshotReport("", new StateSummary(1, lastEvent, 0, 0, 0, 0), lastEvent, 0, created, 0);
    }

    @Test
    void nothingIsLessThanNothing() {
        assertThatIllegalArgumentException().isThrownBy(() -> Retention.ofSize(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> Retention.ofAge(Duration.ofMillis(-1)));
    }

    private static long chosen(Retention retention, long now) {
        return retention.choose(BEGINNINGS, now).sequence();
    }

    /** As one types it, so that what INFO shows can be said again. */
    @Test
    @Tag("R36")
    void isShownAsItIsAskedFor() {
        assertThat(Retention.ALL).hasToString("all");
        assertThat(Retention.NONE).hasToString("none");
        assertThat(Retention.ofSize(10 << 20)).hasToString("10485760 bytes");
        assertThat(Retention.ofAge(Duration.ofDays(30))).hasToString("30d");
        assertThat(Retention.ofAge(Duration.ofHours(36))).hasToString("36h");
        assertThat(Retention.ofAge(Duration.ofMinutes(90))).hasToString("90min");
        assertThat(Retention.ofAge(Duration.ofSeconds(61))).hasToString("61s");
        assertThat(Retention.ofAge(Duration.ZERO)).hasToString("0s");
        assertThat(Retention.ofAge(Duration.ofMillis(1))).hasToString("PT0.001S");
    }
}
