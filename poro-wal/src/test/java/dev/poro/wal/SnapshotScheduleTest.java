package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A snapshot is due when the log since the last one is long, and later after a failure. */
class SnapshotScheduleTest {
    private static final int LIMIT = 1_000;

    private final SnapshotSchedule schedule = new SnapshotSchedule(LIMIT);

    @Test
    void isDueBeyondTheLimitAndTheLiveData() {
        assertThat(schedule.isDue(1_000, 10)).isFalse();
        assertThat(schedule.isDue(1_001, 10)).isTrue();
        assertThat(schedule.isDue(1_500, 1_500)).isFalse();
        assertThat(schedule.isDue(1_501, 1_500)).isTrue();
    }

    /** What is written while a snapshot is taken is not in it. */
    @Test
    void countsFromWhereTheLastSnapshotBegan() {
        schedule.onBegin(1_200);
        schedule.onSuccess();

        assertThat(schedule.lengthSinceLast(1_500)).isEqualTo(300);
        assertThat(schedule.isDue(2_200, 0)).isFalse();
        assertThat(schedule.isDue(2_201, 0)).isTrue();
    }

    @Test
    @Tag("R24")
    void waitsTwiceAsLongAfterEachFailureUpToALimit() {
        int expected = 8;
        for (int failures = 1; failures < 15; failures++) {
            schedule.onBegin(5_000);
            schedule.onFailure();
            assertThat(periodsUntilDue()).isEqualTo(expected);
            expected = Math.min(2 * expected, 2_048);
        }
    }

    @Test
    @Tag("R24")
    void forgetsFailuresOnceOneHasSucceeded() {
        schedule.onFailure();
        schedule.onFailure();
        schedule.onBegin(2_000);
        schedule.onSuccess();

        assertThat(schedule.isDue(5_000, 0)).isTrue();
        schedule.onFailure();
        assertThat(periodsUntilDue()).isEqualTo(8);
    }

    @Test
    void isNeverDueWithoutALimit() {
        assertThat(new SnapshotSchedule(Long.MAX_VALUE).isDue(Long.MAX_VALUE - 1, 0))
                .isFalse();
    }

    @Test
    void isNearInTheLastQuarterAndNotBeyond() {
        assertThat(schedule.isNear(750, 0)).isFalse();
        assertThat(schedule.isNear(751, 0)).isTrue();
        assertThat(schedule.isNear(1_000, 0)).isTrue();
        assertThat(schedule.isNear(1_001, 0)).isFalse();
        assertThat(schedule.isNear(1_500, 2_000)).isFalse();
        assertThat(schedule.isNear(1_501, 2_000)).isTrue();
    }

    /** So that an idle store is not looked at for nothing. */
    @Test
    void isNotNearWhileNothingIsWritten() {
        assertThat(schedule.isNear(900, 0)).isTrue();
        assertThat(schedule.isNear(900, 0)).isFalse();
        assertThat(schedule.isNear(901, 0)).isTrue();
    }

    private int periodsUntilDue() {
        int periods = 0;
        while (!schedule.isDue(5_000, 0)) {
            periods++;
        }
        return periods;
    }
}
