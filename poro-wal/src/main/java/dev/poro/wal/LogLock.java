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
 * One process, and in it one store, per log: locks of the operating system, which a killed process does not leave
 * behind, and a registry for this process. They are on the file {@code LOCK} and on a second one that is hidden,
 * because now and then somebody removes the first.
 *
 * <p>POSIX locks belong to the process and vanish when it closes <em>any</em> descriptor of the file. So the files are
 * opened once for as long as the lock is held, and the registry is asked before they are touched. Thread-safe.
 */
final class LogLock implements FileSystemStorage.Guard, Closeable {
    static final String NAME = "LOCK";
    static final String HIDDEN_NAME = ".LOCK";

    private static final Map<Path, LogLock> HELD = new HashMap<>();

    private final Path directory;
    /** None if the log has none and must not get one. */
    private final List<LockFile> files;

    private LogLock(Path directory, List<LockFile> files) {
        this.directory = directory;
        this.files = files;
    }

    /** Whether a file of a log's directory is one of the two. */
    static boolean isLockName(String name) {
        return name.equals(NAME) || name.equals(HIDDEN_NAME);
    }

    /**
     * Takes the lock of a log.
     *
     * @throws LogLockedException if it is taken; the message has the path and who holds it
     * @throws LogException if a file has the name of the lock that is none
     */
    static LogLock acquire(Path logDirectory) throws IOException {
        return acquire(logDirectory, false);
    }

    /**
     * Keeps stores out of a log, and others who call this, without changing a byte: by shared locks on the files that
     * are there. A log that has none was never open, or is a copy; nothing then stops a store of another process.
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
                // In this order an attempt in vain makes no new LOCK in the place of one that was removed.
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

    /** Whoever reads under a shared lock leaves no pid. */
    private static LogLockedException openElsewhere(Path directory, String pid) {
        return new LogLockedException(directory + " is open in another process ("
                + (pid.isEmpty() ? "which left no pid" : "pid " + pid) + "). Stop it first, or use another directory.");
    }

    /** Fails if somebody has removed or replaced one of the files: others may have opened the log. Any thread. */
    @Override
    public void requireHeld() throws StorageException {
        for (LockFile file : files) {
            file.requireHeld();
        }
    }

    /** Gives the lock back. */
    @Override
    public void close() throws IOException {
        remove(false);
    }

    /** Gives the lock back and leaves the files as they were found: for a log that was not opened after all. */
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
