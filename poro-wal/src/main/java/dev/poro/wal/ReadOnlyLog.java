package dev.poro.wal;

import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.WorkerFactory;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Reads a log for a read-only store. Writes nothing and takes no lock. Another store may have the log open and write to
 * it: the log is read as it was at one moment.
 */
public final class ReadOnlyLog {
    private ReadOnlyLog() {}

    /**
     * Reads what opening the log would read: the newest intact snapshot, and the events that follow it.
     *
     * @param directory of the log
     * @param visitor receives them
     * @return what reading found: the log is sound, or ends in a tail that opening would cut off
     * @throws LogDamagedException if opening would refuse the log
     * @throws LogException if there is no log
     * @throws IOException if the log cannot be read
     */
    public static RecoveryReport read(Path directory, LogVisitor visitor, ReplayProgress progress) throws IOException {
        return read(UnfinishedDirectory.logIn(directory), visitor, progress, WorkerFactory.THREADS);
    }

    /**
     * Reads the log up to a point, as a restore does: the nearest snapshot at or before it, and the events after that.
     *
     * @param directory of the log
     * @param visitor receives them
     * @throws LogException if there is no log, or the point cannot be reached; the message says which points can
     * @throws IOException if the log cannot be read
     */
    public static UpToPoint readUpTo(Path directory, RestorePoint point, LogVisitor visitor, ReplayProgress progress)
            throws IOException {
        try (LogRestore reading = LogRestore.of(directory, null, point, true, progress)) {
            return new UpToPoint(reading.read(visitor), reading.retention());
        }
    }

    /**
     * Finds a point without the contents there. Reads only the part of the log from an event on that is known to be at
     * or before it.
     *
     * @param directory of the log
     * @param known the sequence of that event; 0 for the beginning of the log
     * @param events receives the events up to the point from somewhere before the known one on
     * @return {@code null} if the log does not reach back to that event
     * @throws LogException as {@link #readUpTo}
     * @throws IOException if the log cannot be read
     */
    public static RestoreReport find(
            Path directory, RestorePoint point, long known, LogVisitor events, ReplayProgress progress)
            throws IOException {
        try (LogRestore reading = LogRestore.of(directory, null, point, true, progress)) {
            return reading.find(known, events);
        }
    }

    /**
     * What reading a log up to a point found.
     *
     * @param report how far it was read
     * @param retention how much history the log keeps
     */
    public record UpToPoint(RestoreReport report, Retention retention) {}

    static RecoveryReport read(Storage storage, LogVisitor visitor, ReplayProgress progress, WorkerFactory workers)
            throws IOException {
        try (LogView log = LogView.of(storage)) {
            RecoveryReport report = LogCheck.asOpening(log, RecoveryMode.TAIL, visitor, progress, workers);
            if (report.verdict() == RecoveryReport.Verdict.DAMAGED) {
                throw report.toException();
            }
            return report;
        }
    }
}
