package dev.poro.engine.tools;

import dev.poro.engine.PoroException;
import dev.poro.engine.Progress;
import dev.poro.engine.internal.LogProgress;
import dev.poro.wal.LogException;
import dev.poro.wal.LogInspector;
import dev.poro.wal.LogVisitor;
import dev.poro.wal.RecoveryReport;
import dev.poro.wal.storage.StorageException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;

/** The events of a log, read without opening it: takes no lock, writes nothing. */
public final class LogEvents {
    static final String REMEDY = "Fix the cause and try again; if the disk is failing, copy what can still be read and"
            + " salvage the copy.";

    private LogEvents() {}

    /**
     * Reads a log as opening does.
     *
     * @param path a log directory, or one segment file
     * @param visitor receives the events up to the first place after which reading cannot continue
     * @return what reading found
     * @throws PoroException if there is no log or it cannot be read
     * @throws IOException from the visitor
     */
    public static RecoveryReport run(Path path, LogVisitor visitor, Progress progress) throws IOException {
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(visitor, "visitor");
        Objects.requireNonNull(progress, "progress");
        long[] reached = new long[1];
        try {
            return LogInspector.inspect(
                    path,
                    (sequence, timestamp, record) -> {
                        visitor.onRecord(sequence, timestamp, record);
                        reached[0] = sequence;
                    },
                    new LogProgress(progress));
        } catch (StorageException | LogException e) {
            throw PoroException.stopped(path, "reading", reached[0], e, REMEDY);
        }
    }
}
