package dev.poro.wal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The directory of a backup in the making, locked so that no other backup is made there at the same time. */
public final class BackupDirectory implements NewDirectory, Closeable {
    private final UnfinishedDirectory directory;
    private final LogLock lock;

    private BackupDirectory(UnfinishedDirectory directory, LogLock lock) {
        this.directory = directory;
        this.lock = lock;
    }

    /**
     * Makes the directory, or takes the one that a backup has left that was broken off.
     *
     * @param source the directory of the log
     * @param target not there yet, or an empty directory
     * @throws LogLockedException if another backup is made there
     * @throws LogException if there is no log, or the target cannot be used
     */
    public static BackupDirectory of(Path source, Path target) throws IOException {
        UnfinishedDirectory.logIn(source);
        UnfinishedDirectory directory = UnfinishedDirectory.of(source, target);
        if (!directory.exists()) {
            directory.create();
        } else {
            PrivateFiles.requireOwnDirectory(directory.path());
            if (!isOfBackup(directory.path())) {
                directory.requireNew();
            }
        }
        return new BackupDirectory(directory, LogLock.acquire(directory.path()));
    }

    /** The lock is the first file that a backup makes, and neither a restore nor a salvage makes one. */
    private static boolean isOfBackup(Path path) throws IOException {
        List<String> names = new FileSystemStorage(path).list();
        return names.isEmpty() || names.stream().anyMatch(LogLock::isLockName);
    }

    @Override
    public Storage storage() {
        return directory.storage();
    }

    @Override
    public void publish() throws IOException {
        lock.requireHeld();
        directory.publish();
    }

    /** Gives the lock back. What is unfinished stays, to be gone on with. */
    @Override
    public void close() throws IOException {
        lock.close();
    }
}
