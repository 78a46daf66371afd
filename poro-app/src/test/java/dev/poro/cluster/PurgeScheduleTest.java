package dev.poro.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PurgeScheduleTest {
    private static final long BEGIN = 17;

    private final List<Long> runs = new ArrayList<>();
    private RuntimeException failure;
    private long now = BEGIN;
    private final PurgeSchedule schedule = new PurgeSchedule(() -> {
        runs.add(now);
        if (failure != null) {
            throw failure;
        }
        return 1;
    });

    private boolean tick(long snapshot, long afterNanos) {
        now += afterNanos;
        return schedule.tick(snapshot, now);
    }

    @Test
    void runsOnceAMomentAfterEachSnapshot() {
        assertThat(tick(0, 1)).isFalse();
        assertThat(tick(100, 1)).as("there is a new snapshot").isTrue();
        assertThat(tick(100, PurgeSchedule.AFTER_NANOS)).isFalse();
        assertThat(runs).isEmpty();
        tick(100, 1);
        tick(100, PurgeSchedule.AFTER_NANOS);
        assertThat(runs).hasSize(1);
    }

    @Test
    void frequentSnapshotsDoNotPutItOff() {
        for (int i = 1; i <= 20; i++) {
            tick(100L * i, PurgeSchedule.AFTER_NANOS / 4);
            tick(100L * i, 1);
        }
        assertThat(runs).hasSizeGreaterThan(2);
    }

    /** Nothing is lost by that: a node that ended for it would be. */
    @Test
    void aFailureIsToldAndTriedAgainAfterTheNextSnapshot() {
        failure = new IllegalStateException("the archive is busy");
        tick(100, 1);
        tick(100, PurgeSchedule.AFTER_NANOS + 1);
        assertThat(runs).hasSize(1);
        failure = null;
        tick(200, 1);
        tick(200, PurgeSchedule.AFTER_NANOS + 1);
        assertThat(runs).hasSize(2);
    }
}
