package dev.poro.wal;

import java.util.List;

/**
 * What of a log was restored, and from what.
 *
 * @param snapshot that stands for the events before those that were replayed; {@code null} if none does
 * @param damagedSnapshots nearer ones that could not be used
 * @param events that were replayed one by one
 * @param lastSequence of the last event
 * @param lastTimestamp of the last event, milliseconds since the epoch
 * @param nextSequence of the first event behind the point; 0 if there is none, or it was not looked for
 * @param nextTimestamp of that event
 * @param leftOut what may belong to it and is not restored: a tail that opening the log would cut off, and events whose
 *     times are later than it is
 */
public record RestoreReport(
        SnapshotReport snapshot,
        List<LogProblem> damagedSnapshots,
        long events,
        long lastSequence,
        long lastTimestamp,
        long nextSequence,
        long nextTimestamp,
        List<LogProblem> leftOut) {}
