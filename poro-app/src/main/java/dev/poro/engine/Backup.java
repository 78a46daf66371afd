package dev.poro.engine;

import dev.poro.statemachine.StateMachine;
import dev.poro.wal.BackupReport;
import dev.poro.wal.LogBackup;
import dev.poro.wal.LogException;
import dev.poro.wal.LogVisitor;
import dev.poro.wal.NewDirectory;
import dev.poro.wal.ReplayProgress;
import dev.poro.wal.UnfinishedDirectory;
import dev.poro.wal.WriteAheadLog;
import dev.poro.wal.storage.FileSystemStorage;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.WorkerFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Function;

/** Copies the log of a store, open or not, in this process or in another, into a directory that is a log itself. */
public final class Backup {
    private Backup() {}

    /**
     * Makes a backup and replays it: the digest marks in the log prove it. Takes as much memory as the store.
     *
     * @param directory of the log
     * @param target not there yet, or an empty directory
     * @throws StoreDamagedException if the log is damaged; there is no backup then
     * @throws PoroException if there is no log or the target cannot be used, or a disk fails or is full
     */
    public static VerifiedBackup run(Path directory, Path target, ReplayProgress progress) {
        Objects.requireNonNull(directory, "directory");
        Objects.requireNonNull(target, "target");
        Objects.requireNonNull(progress, "progress");
        try (StateMachine stateMachine = new StateMachine(0)) {
            Storage log = new FileSystemStorage(directory);
            BackupReport report = run(
                    directory,
                    target,
                    place -> new LogBackup(log, place, WorkerFactory.THREADS, progress),
                    new Replay(stateMachine));
            return new VerifiedBackup(report, stateMachine.keys(), stateMachine.digest());
        }
    }

    /** Makes a backup of a log that is open in this process; checked but not replayed. */
    static BackupReport run(WriteAheadLog log, Path directory, Path target, ReplayProgress progress) {
        return run(directory, target, place -> log.newBackup(place, progress), LogVisitor.NONE);
    }

    private static BackupReport run(
            Path directory, Path target, Function<NewDirectory, LogBackup> backupTo, LogVisitor opening) {
        LogBackup backup = null;
        try (UnfinishedDirectory place = UnfinishedDirectory.ofBackup(directory, target)) {
            backup = backupTo.apply(place);
            return backup.run(opening);
        } catch (IOException | LogException | OutOfMemoryError e) {
            long sequence = backup == null ? 0 : backup.lastSequence();
            String remedy = "The log is as it was. Mend the cause, or make room, and try again: what is whole in "
                    + target + ".unfinished is kept.";
            throw PoroException.stopped(directory, "backing up", sequence, e, remedy);
        }
    }
}
