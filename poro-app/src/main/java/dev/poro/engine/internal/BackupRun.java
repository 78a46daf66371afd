package dev.poro.engine.internal;

import dev.poro.engine.PoroException;
import dev.poro.wal.BackupReport;
import dev.poro.wal.LogBackup;
import dev.poro.wal.LogException;
import dev.poro.wal.LogVisitor;
import dev.poro.wal.NewDirectory;
import dev.poro.wal.UnfinishedDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Function;

/** A backup of a log, open in this process or not. */
public final class BackupRun {
    private BackupRun() {}

    /**
     * Makes a backup.
     *
     * @param directory the directory of the log
     * @param target a directory that does not exist, or is empty
     * @param backupTo starts the backup into a directory
     * @param opening receives what an opening of the backup would replay
     * @throws PoroException if there is no log, it is damaged, the target cannot be used, or a disk fails or is full
     */
    public static BackupReport run(
            Path directory, Path target, Function<NewDirectory, LogBackup> backupTo, LogVisitor opening) {
        LogBackup backup = null;
        try (UnfinishedDirectory place = UnfinishedDirectory.ofBackup(directory, target)) {
            backup = backupTo.apply(place);
            return backup.run(opening);
        } catch (IOException | LogException | OutOfMemoryError e) {
            long sequence = backup == null ? 0 : backup.lastSequence();
            String remedy = "The log is unchanged. Fix the cause, or free space, and try again: what is intact in "
                    + target + ".unfinished is kept.";
            throw PoroException.stopped(directory, "backing up", sequence, e, remedy);
        }
    }
}
