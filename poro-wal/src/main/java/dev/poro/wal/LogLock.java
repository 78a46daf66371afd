package dev.poro.wal;

import dev.poro.wal.storage.FileSystemStorage;
import dev.poro.wal.storage.PrivateFiles;
import dev.poro.wal.storage.StorageException;
import dev.poro.wal.storage.Uninterrupted;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Allows one store per log. Locks of the operating system keep other processes out, and end with a killed process; a
 * registry keeps other stores of this process out. The locks are on the file {@code LOCK} and on a second, hidden file,
 * because users sometimes remove the first.
 *
 * <p>POSIX locks belong to the process and vanish when it closes <em>any</em> descriptor of the file. So each file is
 * opened once for as long as the lock is held, after a look into the registry. Thread-safe.
 */
final class LogLock implements FileSystemStorage.Guard, Closeable {
    static final String NAME = "LOCK";
    static final String HIDDEN_NAME = ".LOCK";

    private static final Map<Path, LogLock> HELD = new HashMap<>();

    private final Path directory;
    /** Empty if the log has no lock files and must not get any. */
    private final List<LockFile> files;

    private LogLock(Path directory, List<LockFile> files) {
        this.directory = directory;
        this.files = files;
    }

    /** Whether a file name is that of one of the two lock files. */
    static boolean isLockName(String name) {
        return name.equals(NAME) || name.equals(HIDDEN_NAME);
    }

    /**
     * Takes the lock of a log.
     *
     * @throws LogLockedException if another store holds it; the message has the path and the pid
     * @throws LogException if a file with the name of a lock file is something else
     */
    static LogLock acquire(Path logDirectory) throws IOException {
        return acquire(logDirectory, false);
    }

    /**
     * Keeps stores out of a log without writing, by shared locks on the lock files that exist. A log without lock files
     * was never open, or is a copy: nothing then keeps a store of another process out.
     *
     * @throws LogLockedException as {@link #acquire} does
     */
    static LogLock acquireForReading(Path logDirectory) throws IOException {
        return acquire(logDirectory, true);
    }

    private static LogLock acquire(Path logDirectory, boolean shared) throws IOException {
        Path directory = FileSystemStorage.realPathOf(logDirectory);
        synchronized (HELD) {
            if (HELD.containsKey(directory)) {
                throw alreadyOpenHere(directory);
            }
            LogLock lock = new LogLock(directory, new ArrayList<>());
            try {
                // In this order, a failed attempt does not make a new LOCK in place of a removed one.
                lock.lock(HIDDEN_NAME, shared);
                lock.lock(NAME, shared);
            } catch (IOException | RuntimeException e) {
                lock.release(true);
                throw e;
            }
            HELD.put(directory, lock);
            return lock;
        }
    }

    private void lock(String name, boolean shared) throws IOException {
        Path path = directory.resolve(name);
        if (shared && PrivateFiles.look(path) == null) {
            return;
        }
        LockFile.Attempt attempt = LockFile.lock(path, shared);
        if (attempt.isByThisProcess()) {
            throw alreadyOpenHere(directory);
        }
        if (attempt.file() == null) {
            throw openElsewhere(directory, attempt.holder());
        }
        files.add(attempt.file());
        if (!shared) {
            attempt.file().write(ProcessHandle.current().pid() + "\n");
        }
    }

    private static LogLockedException alreadyOpenHere(Path directory) {
        return new LogLockedException(directory + " is already open in this process (pid "
                + ProcessHandle.current().pid() + "). Close the other store first.");
    }

    /** A process that holds a shared lock has written no pid. */
    private static LogLockedException openElsewhere(Path directory, String pid) {
        return new LogLockedException(directory + " is open in another process ("
                + (pid.isEmpty() ? "which left no pid" : "pid " + pid) + "). Stop it first, or use another directory.");
    }

    /** Fails if a lock file was removed or replaced: another process may have opened the log. Any thread. */
    @Override
    public void requireHeld() throws StorageException {
        for (LockFile file : files) {
            file.requireHeld();
        }
    }

    /** Releases the lock. */
    @Override
    public void close() throws IOException {
        remove(false);
    }

    /** Releases the lock and restores the lock files' contents, for a log that was not opened after all. */
    void abandon() throws IOException {
        remove(true);
    }

    private void remove(boolean abandoned) throws IOException {
        Uninterrupted.call(() -> {
            synchronized (HELD) {
                if (HELD.remove(directory, this)) {
                    release(abandoned);
                }
            }
            return null;
        });
    }

    private void release(boolean abandoned) throws IOException {
        IOException failure = null;
        for (LockFile file : files) {
            if (abandoned) {
                file.restore();
            } else if (!file.isShared()) {
                file.write("");
            }
            try {
                file.close();
            } catch (IOException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
