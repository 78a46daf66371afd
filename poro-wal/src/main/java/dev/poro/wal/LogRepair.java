package dev.poro.wal;

import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.WorkerFactory;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Repairs a log as opening it does, without opening a store: {@link #examine}, then {@link #carryOut}. Holds the log's
 * lock. Not thread-safe.
 */
public final class LogRepair implements Closeable {
    private final Storage storage;
    private final Closeable lock;
    private final boolean dryRun;
    private LogCheck check;

    LogRepair(Storage storage, Closeable lock, boolean dryRun) {
        this.storage = storage;
        this.lock = lock;
        this.dryRun = dryRun;
    }

    /**
     * Locks the log in {@code directory}.
     *
     * @param dryRun whether to write nothing at all, not even the pid into the lock
     * @throws LogLockedException if the log is open elsewhere
     * @throws LogException if there is no log
     */
    public static LogRepair of(Path directory, boolean dryRun) throws IOException {
        Storage storage = UnfinishedDirectory.logIn(directory);
        return new LogRepair(
                storage, dryRun ? LogLock.acquireForReading(directory) : LogLock.acquire(directory), dryRun);
    }

    /**
     * Reads the log and decides. Writes nothing.
     *
     * @param replay receives the newest snapshot and all events after it, or all events
     */
    public RepairReport examine(LogVisitor replay, ReplayProgress progress) throws IOException {
        ReadPlan start = new SnapshotLoader(storage, replay, progress, WorkerFactory.THREADS).load();
        check = new LogCheck(storage, start, replay, progress);
        RecoveryReport log = check.examine(RecoveryMode.TAIL);
        boolean damaged = log.verdict() == RecoveryReport.Verdict.DAMAGED;
        return new RepairReport(log, check.cuts(), damaged ? List.of() : LogFiles.temporaries(storage));
    }

    /**
     * Carries out the decision and makes the log durable, unless this is a dry run.
     *
     * @throws LogDamagedException if the log is damaged; nothing is changed then
     */
    public void carryOut() throws IOException {
        if (!dryRun) {
            new Recovery(storage, check).carryOut();
        }
    }

    /** Gives the lock back. */
    @Override
    public void close() throws IOException {
        lock.close();
    }
}
