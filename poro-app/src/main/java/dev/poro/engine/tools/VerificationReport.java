package dev.poro.engine.tools;

import dev.poro.events.EventType;
import dev.poro.statemachine.MemoryReport;
import dev.poro.wal.LogProblem;
import dev.poro.wal.RecoveryReport;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What a verification of a log found, and what a replay of it led to.
 *
 * @param log what reading found: segments, sequences, verdict
 * @param problems everything that is wrong with the log, the first thousand in the order of the log; empty if it is
 *     sound. Digest marks after the first problem were not checked
 * @param problemCount how many problems there are
 * @param strayFiles names of files beside the segments: what an opening cut off and kept, and what a crash left
 *     unfinished
 * @param snapshots the snapshots beside the log, oldest first, and what checking them showed; empty where only the log
 *     was verified
 * @param eventsByType events that were applied
 * @param keys live at the end
 * @param digest at the end
 * @param digestsChecked whether the marks in the log were compared with the digest: only if the log was read from its
 *     first event, or from a snapshot on
 * @param memory at the end
 * @param elapsedNanos how long the replay took
 */
public record VerificationReport(
        RecoveryReport log,
        List<LogProblem> problems,
        long problemCount,
        List<String> strayFiles,
        List<SnapshotVerificationReport> snapshots,
        Map<EventType, Long> eventsByType,
        long keys,
        long digest,
        boolean digestsChecked,
        MemoryReport memory,
        long elapsedNanos) {

    /** Events that were applied. */
    public long events() {
        return eventsByType.values().stream().mapToLong(Long::longValue).sum();
    }

    /** How long the replay took, in milliseconds. */
    public long elapsedMillis() {
        return TimeUnit.NANOSECONDS.toMillis(elapsedNanos);
    }

    /** Events applied in a second. */
    public double eventsPerSecond() {
        return events() * 1e9 / Math.max(1, elapsedNanos);
    }
}
