package dev.poro.engine.tools;

import dev.poro.events.EventType;
import dev.poro.statemachine.MemoryReport;
import dev.poro.wal.LogProblem;
import dev.poro.wal.RecoveryReport;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What a verification of a log found, and the state that a replay of it reached.
 *
 * @param log what reading found: segments, sequences, verdict
 * @param problems the first thousand problems of the log, in the order of the log; empty if it is sound. Digest marks
 *     after the first problem were not checked
 * @param problemCount how many problems there are
 * @param strayFiles names of files beside the segments: copies that an opening kept of what it cut off, and what a
 *     crash left unfinished
 * @param snapshots the snapshots beside the log, oldest first, and what checking them showed; empty if only the log was
 *     verified
 * @param events the number of applied events
 * @param recordsByType the number of applied events and checked marks, of each type. In version 2 of the format, marks
 *     are no events
 * @param keys the number of live keys at the end
 * @param digest the digest at the end
 * @param digestsChecked whether the marks in the log were compared with the digest: only if the log was read from its
 *     first event, or from a snapshot on
 * @param memory the use of memory at the end
 * @param elapsedNanos how long the replay took
 */
public record VerificationReport(
        RecoveryReport log,
        List<LogProblem> problems,
        long problemCount,
        List<String> strayFiles,
        List<SnapshotVerificationReport> snapshots,
        long events,
        Map<EventType, Long> recordsByType,
        long keys,
        long digest,
        boolean digestsChecked,
        MemoryReport memory,
        long elapsedNanos) {

    /** How long the replay took, in milliseconds. */
    public long elapsedMillis() {
        return TimeUnit.NANOSECONDS.toMillis(elapsedNanos);
    }

    /** Events applied per second. */
    public double eventsPerSecond() {
        return events * 1e9 / Math.max(1, elapsedNanos);
    }
}
