package dev.poro.wal;

import java.util.List;

/**
 * The result of a restore.
 *
 * @param snapshot covers the events before those that were replayed; {@code null} if none does
 * @param damagedSnapshots nearer ones that could not be used
 * @param events that were replayed one by one
 * @param lastSequence of the last event
 * @param lastTimestamp of the last event, milliseconds since the epoch
 * @param nextSequence of the first event after the point; 0 if there is none, or the log was not read that far
 * @param nextTimestamp of that event
 * @param leftOut what may belong before the point and was not restored: a tail that opening the log would cut off, and
 *     events whose timestamps are in the future
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
