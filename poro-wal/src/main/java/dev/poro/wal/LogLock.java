package dev.poro.wal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One process, and in it one store, per log: an operating system lock on the file {@code LOCK}, which a killed
 * process leaves behind unlocked, and a registry for this process.
 *
 * <p>POSIX locks belong to the process and vanish when it closes <em>any</em> descriptor of the file. So the file is
 * opened once for as long as the lock is held, and the registry is asked before it is touched. Thread-safe.
 */
final class LogLock implements Closeable {
    static final String NAME = "LOCK";

    private static final Map<Path, LogLock> HELD = new HashMap<>();

    /** Never closed, because that would give away the lock that another class loader's Poro holds on the same file. */
    private static final List<FileChannel> KEPT_OPEN = new ArrayList<>();

    private final Path directory;
    /** {@code null} if the log has no LOCK file and must not get one. */
    private final FileChannel channel;
    /** What the file held; {@code null} if it was opened for reading only. */
    private final String before;

    private LogLock(Path directory, FileChannel channel, String before) {
        this.directory = directory;
        this.channel = channel;
        this.before = before;
    }

    /**
     * Takes the lock of a log.
     *
     * @throws LogLockedException if it is taken; the message has the path and who holds it
     */
    static LogLock acquire(Path logDirectory) throws IOException {
        Path directory = FileSystemStorage.realPathOf(logDirectory);
        synchronized (HELD) {
            if (HELD.containsKey(directory)) {
                throw alreadyOpenHere(directory);
            }
            LogLock lock = lock(
                    directory, false, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            HELD.put(directory, lock);
            return lock;
        }
    }

    /**
     * Keeps stores out of a log, and others who call this, without changing a byte: by a shared lock on the LOCK file,
     * if there is one. A log that has none was never open, or is a copy; nothing then stops a store of another process.
     *
     * @throws LogLockedException as {@link #acquire} does
     */
    static LogLock acquireForReading(Path logDirectory) throws IOException {
        Path directory = FileSystemStorage.realPathOf(logDirectory);
        synchronized (HELD) {
            if (HELD.containsKey(directory)) {
                throw alreadyOpenHere(directory);
            }
            LogLock lock = Files.exists(directory.resolve(NAME))
                    ? lock(directory, true, StandardOpenOption.READ)
                    : new LogLock(directory, null, null);
            HELD.put(directory, lock);
            return lock;
        }
    }

    private static LogLockedException alreadyOpenHere(Path directory) {
        return new LogLockedException(directory + " is already open in this process (pid "
                + ProcessHandle.current().pid() + "). Close the other store first.");
    }

    private static LogLock lock(Path directory, boolean shared, OpenOption... options) throws StorageException {
        Path file = directory.resolve(NAME);
        FileChannel channel = StorageException.calling(file, "open", () -> FileChannel.open(file, options));
        return StorageException.calling(file, "lock", () -> lock(directory, channel, shared));
    }

    private static LogLock lock(Path directory, FileChannel channel, boolean shared) throws IOException {
        try {
            FileLock lock = channel.tryLock(0, Long.MAX_VALUE, shared);
            if (lock == null) {
                throw openElsewhere(directory, read(channel).trim());
            }
            if (shared) {
                return new LogLock(directory, channel, null);
            }
            String before = read(channel);
            write(channel, ProcessHandle.current().pid() + "\n");
            return new LogLock(directory, channel, before);
        } catch (OverlappingFileLockException e) {
            KEPT_OPEN.add(channel);
            throw alreadyOpenHere(directory);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Whoever reads under a shared lock leaves no pid. */
    private static LogLockedException openElsewhere(Path directory, String pid) {
        return new LogLockedException(directory + " is open in another process ("
                + (pid.isEmpty() ? "which left no pid" : "pid " + pid) + "). Stop it first, or use another directory.");
    }

    private static String read(FileChannel channel) throws IOException {
        ByteBuffer pid = ByteBuffer.allocate(32);
        channel.read(pid, 0);
        return StandardCharsets.US_ASCII.decode(pid.flip()).toString();
    }

    /** The text only tells a second opener who holds the lock: on a full disk it may be missing. */
    private static void write(FileChannel channel, String text) {
        try {
            channel.truncate(0);
            channel.write(StandardCharsets.US_ASCII.encode(text), 0);
        } catch (IOException e) {
            // The lock itself does not depend on it.
        }
    }

    /** Gives the lock back. */
    @Override
    public void close() throws IOException {
        release("");
    }

    /** Gives the lock back and leaves the file as it was found: for a log that was not opened after all. */
    void abandon() throws IOException {
        release(before);
    }

    private void release(String text) throws IOException {
        // An interrupt of the closing thread would close the channel before it has written.
        boolean interrupted = Thread.interrupted();
        try {
            synchronized (HELD) {
                if (HELD.remove(directory, this) && channel != null) {
                    if (before != null) {
                        write(channel, text);
                    }
                    StorageException.calling(directory.resolve(NAME), "close", () -> {
                        channel.close();
                        return null;
                    });
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
