package dev.poro.wal;

import dev.poro.wal.storage.PrivateFiles;
import dev.poro.wal.storage.StorageException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A file with a lock of the operating system on it, which holds the pid of the locking process. Never follows a link,
 * and never writes to a file that holds anything but a pid. Guarded by {@link LogLock}.
 */
final class LockFile implements Closeable {
    private static final Set<OpenOption> TO_LOCK = Set.of(
            StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);

    private static final Set<OpenOption> TO_SHARE = Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    /** A power cut may leave zeros in place of what was written. */
    private static final Pattern PID = Pattern.compile("[\\s\\x00]*[0-9]*[\\s\\x00]*");

    private static final int MOST_BYTES = 32;

    /**
     * Channels that must stay open: closing them would release the lock that Poro in another class loader holds on the
     * same file. The next attempt to lock the file uses the same channel.
     */
    private static final Map<Object, FileChannel> KEPT_OPEN = new HashMap<>();

    private final Path path;
    private final FileChannel channel;
    /** The file system's key for the file; {@code null} if it has none. */
    private final Object key;
    /** The earlier contents of the file; {@code null} if it was opened for reading only. */
    private final String before;

    private LockFile(Path path, FileChannel channel, Object key, String before) {
        this.path = path;
        this.channel = channel;
        this.key = key;
        this.before = before;
    }

    /** The result of an attempt to lock: the locked file, or the pid of another process, or neither. */
    record Attempt(LockFile file, String holder) {
        boolean isByThisProcess() {
            return file == null && holder == null;
        }
    }

    /**
     * Tries to lock a file.
     *
     * @param shared whether to take a shared lock; the file must exist then, and is not written to
     * @return the locked file; or the pid of the other process that holds it; or neither if this process does
     */
    static Attempt lock(Path path, boolean shared) throws StorageException {
        requireFile(path);
        return StorageException.calling(path, "lock", () -> {
            FileChannel channel = open(path, shared);
            try {
                return lock(path, channel, shared);
            } catch (OverlappingFileLockException e) {
                KEPT_OPEN.put(keyOf(path, shared), channel);
                return new Attempt(null, null);
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        });
    }

    private static FileChannel open(Path path, boolean shared) throws IOException {
        FileChannel kept = KEPT_OPEN.remove(keyOf(path, shared));
        return kept == null ? FileChannel.open(path, shared ? TO_SHARE : TO_LOCK, PrivateFiles.fileMode(path)) : kept;
    }

    private static Object keyOf(Path path, boolean shared) throws IOException {
        BasicFileAttributes found = PrivateFiles.look(path);
        return Map.entry(shared, found == null || found.fileKey() == null ? path : found.fileKey());
    }

    private static Attempt lock(Path path, FileChannel channel, boolean shared) throws IOException {
        FileLock lock = channel.tryLock(0, Long.MAX_VALUE, shared);
        String text = read(channel);
        if (lock == null) {
            channel.close();
            return new Attempt(null, text.trim());
        }
        if (!PID.matcher(text).matches() || channel.size() > MOST_BYTES) {
            throw new LogException(path + " is no lock of a log: it holds something else. Move it elsewhere.");
        }
        BasicFileAttributes found = PrivateFiles.look(path);
        if (found == null) {
            throw new StorageException(path, "the file was removed");
        }
        return new Attempt(new LockFile(path, channel, found.fileKey(), shared ? null : text), null);
    }

    private static void requireFile(Path path) throws StorageException {
        BasicFileAttributes found = PrivateFiles.look(path);
        if (found != null && !found.isRegularFile()) {
            throw new LogException(path + " is " + (found.isSymbolicLink() ? "a symbolic link" : "no file")
                    + ", but the lock of a log is a regular file. Remove it.");
        }
    }

    private static String read(FileChannel channel) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(MOST_BYTES);
        channel.read(text, 0);
        return StandardCharsets.US_ASCII.decode(text.flip()).toString();
    }

    /** Writes the pid. On a full disk it may be missing; the lock does not depend on it. */
    void write(String text) {
        try {
            channel.truncate(0);
            channel.write(StandardCharsets.US_ASCII.encode(text), 0);
        } catch (IOException e) {
            // It would only have been shown to a second opener.
        }
    }

    /** Restores the earlier contents of the file. */
    void restore() {
        if (before != null) {
            write(before);
        }
    }

    boolean isShared() {
        return before == null;
    }

    /** Fails if the file was removed or replaced: another process may have locked another file of that name. */
    void requireHeld() throws StorageException {
        BasicFileAttributes found = PrivateFiles.look(path);
        if (found == null) {
            throw new StorageException(path, "the lock file was removed, so another process may open the log");
        }
        if (!Objects.equals(found.fileKey(), key)) {
            throw new StorageException(
                    path, "the lock file was replaced by another one, so another process may open the log");
        }
    }

    @Override
    public void close() throws StorageException {
        StorageException.calling(path, "close", () -> {
            channel.close();
            return null;
        });
    }
}
