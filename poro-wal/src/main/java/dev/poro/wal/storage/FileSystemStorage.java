package dev.poro.wal.storage;

import static dev.poro.wal.storage.StorageException.calling;

import java.io.FileInputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/** A directory of the file system, and the system's clock. */
public final class FileSystemStorage implements Storage {
    /**
     * File systems that overwrite a block in place, so that a store into a mapping needs no new block. Others (btrfs,
     * zfs, overlays, network file systems) are written by calls.
     */
    private static final Set<String> OVERWRITES_IN_PLACE = Set.of("ext2", "ext3", "ext4", "xfs", "tmpfs");

    /** A directory of the kernel's, which fsync refuses with EINVAL. */
    private static final Path WITHOUT_FORCE = Path.of("/proc/self");

    /** The time since the machine was started, in seconds, and other things. Linux only. */
    private static final String UPTIME = "/proc/uptime";

    private static final int NANO_DIGITS = 9;

    /** A lock that keeps other processes away from a directory. */
    @FunctionalInterface
    public interface Guard {
        /**
         * Fails unless the lock is still held.
         *
         * @throws StorageException if the lock's file was removed or replaced
         */
        void requireHeld() throws StorageException;
    }

    private final Path directory;
    /** {@code null} if the directory is not locked. */
    private final Guard lock;

    /** @param directory exists */
    public FileSystemStorage(Path directory) {
        this(directory, null);
    }

    /** @param lock checked whenever an open file is: {@link StorageFile#requireIntact} */
    public FileSystemStorage(Path directory, Guard lock) {
        this.directory = directory;
        this.lock = lock;
    }

    @Override
    public List<String> list() throws StorageException {
        return calling(directory, "list", this::names);
    }

    private List<String> names() throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                names.add(file.getFileName().toString());
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return names;
    }

    @Override
    public StorageFile create(String name) throws StorageException {
        return open(
                "create",
                name,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    @Override
    public StorageFile open(String name) throws StorageException {
        return open("open", name, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    @Override
    public StorageFile openReadOnly(String name) throws StorageException {
        return open("open", name, Set.of(StandardOpenOption.READ));
    }

    private StorageFile open(String call, String name, Set<? extends OpenOption> options) throws StorageException {
        Path path = directory.resolve(name);
        return calling(path, call, () -> FileSystemFile.open(path, options, lock));
    }

    @Override
    public void rename(String from, String to) throws StorageException {
        Path source = directory.resolve(from);
        Path target = directory.resolve(to);
        calling(source, "rename to " + to, () -> {
            if (Files.exists(target)) {
                throw new FileAlreadyExistsException(target.toString());
            }
            return Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
        });
    }

    @Override
    public void replace(String from, String to) throws StorageException {
        Path source = directory.resolve(from);
        calling(
                source,
                "rename to " + to,
                () -> Files.move(source, directory.resolve(to), StandardCopyOption.ATOMIC_MOVE));
    }

    @Override
    public void delete(String name) throws StorageException {
        Path path = directory.resolve(name);
        calling(path, "delete", () -> {
            Files.delete(path);
            return null;
        });
    }

    @Override
    public void forceDirectory() throws StorageException {
        forceDirectory(directory);
    }

    /**
     * Makes earlier creations, renames and deletions in a directory survive a power cut. Does nothing if the file
     * system does not support fsync of directories. Ignores interrupts.
     */
    public static void forceDirectory(Path directory) throws StorageException {
        Uninterrupted.call(() -> {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            } catch (IOException e) {
                if (!saysThatNothingIsToForce(e)) {
                    throw StorageException.of(directory, "force the directory", e);
                }
            }
            return null;
        });
    }

    /**
     * Whether this is EINVAL: the file system has no fsync of directories, because it needs none. Channels report
     * errors without type or number, only as text in the language of the process. So this text is compared with that of
     * the same error, provoked in a directory that is known to refuse. The prompt recognises a broken pipe in this way,
     * too.
     */
    private static boolean saysThatNothingIsToForce(IOException failure) {
        try (FileChannel channel = FileChannel.open(WITHOUT_FORCE, StandardOpenOption.READ)) {
            channel.force(true);
            return false;
        } catch (IOException e) {
            return e.getMessage() != null && e.getMessage().equals(failure.getMessage());
        }
    }

    /** The real path of an existing directory, without links. */
    public static Path realPathOf(Path directory) throws StorageException {
        return calling(directory, "find", () -> directory.toRealPath());
    }

    /** False if the type of the file system is unknown. */
    @Override
    public boolean mapsSafely() {
        return OVERWRITES_IN_PLACE.contains(MountTable.typeAt(directory));
    }

    @Override
    public long currentTimeMillis() {
        return System.currentTimeMillis();
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    /** Time since the machine was started, by a clock that goes on while it is suspended, less {@link #nanoTime}. */
    @Override
    public long suspendedNanos() {
        byte[] text = new byte[64];
        // Not a channel: an interrupt of the thread would close it.
        try (FileInputStream file = new FileInputStream(UPTIME)) {
            int length = Math.max(0, file.read(text));
            String seconds = new String(text, 0, length, StandardCharsets.US_ASCII).split(" ", 2)[0];
            return new BigDecimal(seconds).movePointRight(NANO_DIGITS).longValue() - System.nanoTime();
        } catch (IOException | NumberFormatException elsewhere) {
            return UNKNOWN;
        }
    }

    @Override
    public long randomLong() {
        return ThreadLocalRandom.current().nextLong();
    }

    @Override
    public String describe(String name) {
        return directory.resolve(name).toString();
    }
}
