package dev.poro.wal;

import java.util.List;

/**
 * The result of a restore.
 *
 * @param snapshot covers the events before those that were replayed; {@code null} if none does
 * @param damagedSnapshots nearer ones that could not be used
 * @param events that were replayed one by one
 * @param lastSequence of the last event
 * @param lastWallClock the latest that the wall clock had shown up to that event, in milliseconds since the epoch: the
 *     first time that is this point
 * @param nextSequence of the first event after the point; 0 if there is none, or the log was not read that far
 * @param nextWallClock the same up to that event: the first time that is no longer this point
 * @param leftOut what may belong before the point and was not restored: a tail that opening the log would cut off, and
 *     events that come later only because the wall clock was ahead or was set back
 */
public record RestoreReport(
        SnapshotReport snapshot,
        List<LogProblem> damagedSnapshots,
        long events,
        long lastSequence,
        long lastWallClock,
        long nextSequence,
        long nextWallClock,
        List<LogProblem> leftOut) {}
