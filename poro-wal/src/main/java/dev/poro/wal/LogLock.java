package dev.poro.wal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
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
    private final FileChannel channel;
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
        Path directory = logDirectory.toRealPath();
        synchronized (HELD) {
            if (HELD.containsKey(directory)) {
                throw alreadyOpenHere(directory);
            }
            LogLock lock = lock(directory);
            HELD.put(directory, lock);
            return lock;
        }
    }

    private static LogLockedException alreadyOpenHere(Path directory) {
        return new LogLockedException(directory + " is already open in this process (pid "
                + ProcessHandle.current().pid() + "). Close the other store first.");
    }

    private static LogLock lock(Path directory) throws IOException {
        FileChannel channel = FileChannel.open(
                directory.resolve(NAME), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                throw new LogLockedException(directory + " is open in another process (pid "
                        + read(channel).trim()
                        + "). Stop it first, or use another directory.");
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
                if (HELD.remove(directory, this)) {
                    try (FileChannel closed = channel) {
                        write(closed, text);
                    }
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
