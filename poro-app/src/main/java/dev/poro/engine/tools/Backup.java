package dev.poro.engine.tools;

import dev.poro.engine.PoroException;
import dev.poro.engine.Progress;
import dev.poro.engine.StoreDamagedException;
import dev.poro.engine.internal.BackupRun;
import dev.poro.engine.internal.LogProgress;
import dev.poro.engine.internal.Replay;
import dev.poro.statemachine.StateMachine;
import dev.poro.wal.BackupReport;
import dev.poro.wal.LogBackup;
import dev.poro.wal.ReplayProgress;
import dev.poro.wal.storage.FileSystemStorage;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.WorkerFactory;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Copies the log of a store, open or not, in this process or in another, into a directory that can be opened as a
 * store.
 */
public final class Backup {
    private Backup() {}

    /**
     * Makes a backup and replays it; the replay must reach the digest marks of the log. Needs as much memory as the
     * store.
     *
     * @param directory the directory of the log
     * @param target a directory that does not exist, or is empty
     * @throws StoreDamagedException if the log is damaged; there is no backup then
     * @throws PoroException if there is no log or the target cannot be used, or a disk fails or is full
     */
    public static VerifiedBackupReport run(Path directory, Path target, Progress progress) {
        Objects.requireNonNull(directory, "directory");
        Objects.requireNonNull(target, "target");
        ReplayProgress listener = new LogProgress(Objects.requireNonNull(progress, "progress"));
        try (StateMachine stateMachine = new StateMachine(0)) {
            Storage log = new FileSystemStorage(directory);
            BackupReport report = BackupRun.run(
                    directory,
                    target,
                    place -> new LogBackup(log, place, WorkerFactory.THREADS, listener),
                    new Replay(stateMachine));
            return new VerifiedBackupReport(report, stateMachine.keys(), stateMachine.digest());
        }
    }
}
