package dev.poro.wal;

import dev.poro.wal.storage.FileSystemStorage;
import dev.poro.wal.storage.MountPoints;
import dev.poro.wal.storage.PrivateFiles;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;

/**
 * A log directory in the making. It lies beside its place, as {@code NAME.unfinished}, which no store opens, and gets
 * its name when it is whole and forced: a crash before leaves that directory and nothing else.
 */
public final class UnfinishedDirectory implements NewDirectory, Closeable {
    private static final String SUFFIX = ".unfinished";

    private final Path target;
    private final Path path;
    /**
     * Which directory was made, as the file system knows it; {@code null} as long as none was, or where it cannot tell.
     */
    private Object key;
    /** Keeps others from working on the same directory; {@code null} if it is not one that is gone on with. */
    private LogLock lock;

    private UnfinishedDirectory(Path target) {
        this.target = target;
        this.path = target.resolveSibling(target.getFileName() + SUFFIX);
    }

    /**
     * Checks, without writing, that a directory can be made.
     *
     * @param source the log, or the segment file, that is read meanwhile
     * @param target not there yet, or an empty directory
     * @throws LogException if the target is the source or inside it, is not empty or is a mount point
     */
    static UnfinishedDirectory of(Path source, Path target) throws IOException {
        if (isNameOfUnfinished(target)) {
            throw new LogException(target + ": no store opens a directory whose name ends with " + SUFFIX
                    + ", which is what one in the making is called. Name another directory.");
        }
        Path log = FileSystemStorage.realPathOf(
                Files.isDirectory(source) ? source : source.toAbsolutePath().getParent());
        Path resolved = resolve(target);
        UnfinishedDirectory directory = new UnfinishedDirectory(resolved);
        if (resolved.startsWith(log) || directory.path.startsWith(log)) {
            throw new LogException(target + " lies in the log that is to be read, which is not written to."
                    + " Name a directory elsewhere.");
        }
        if (Files.exists(resolved) && !isEmptyDirectory(resolved)) {
            throw new LogException(target + " exists and is not an empty directory. Name a new one.");
        }
        if (Files.exists(resolved) && MountPoints.contain(resolved)) {
            throw new LogException(
                    target + " is a mount point, which a directory that is complete cannot take the place"
                            + " of. Name a new directory in it.");
        }
        return directory;
    }

    /**
     * Makes the directory of a backup, or takes the one that a backup has left that was broken off. It is locked until
     * it is closed, so that no other backup is made there at the same time.
     *
     * @param source the directory of the log
     * @param target not there yet, or an empty directory
     * @throws LogLockedException if another backup is made there
     * @throws LogException if there is no log, or the target cannot be used
     */
    public static UnfinishedDirectory ofBackup(Path source, Path target) throws IOException {
        logIn(source);
        UnfinishedDirectory directory = of(source, target);
        if (!directory.exists()) {
            directory.create();
        } else {
            requireOwn(directory.path);
            if (!isOfBackup(directory.path)) {
                directory.requireNew();
            }
        }
        directory.lock = LogLock.acquire(directory.path);
        return directory;
    }

    private static void requireOwn(Path path) throws IOException {
        String why = PrivateFiles.whyNotOwnDirectory(path);
        if (why != null) {
            throw new LogException(why);
        }
    }

    /** The lock is the first file that a backup makes, and neither a restore nor a salvage makes one. */
    private static boolean isOfBackup(Path path) throws IOException {
        List<String> names = new FileSystemStorage(path).list();
        return names.isEmpty() || names.stream().anyMatch(LogLock::isLockName);
    }

    private static Path resolve(Path target) throws IOException {
        if (Files.exists(target)) {
            return FileSystemStorage.realPathOf(target);
        }
        Path absolute = target.toAbsolutePath().normalize();
        if (!Files.isDirectory(absolute.getParent())) {
            throw new LogException(absolute.getParent() + ": no such directory. Make it first.");
        }
        return FileSystemStorage.realPathOf(absolute.getParent()).resolve(absolute.getFileName());
    }

    private static boolean isEmptyDirectory(Path path) throws IOException {
        return Files.isDirectory(path) && new FileSystemStorage(path).list().isEmpty();
    }

    /**
     * The directory of a log that another one is to be made of.
     *
     * @throws LogDamagedException if all segments of the log are missing
     * @throws LogException if there is no log, or it is unfinished itself
     */
    static Storage logIn(Path source) throws IOException {
        if (!Files.isDirectory(source)) {
            throw new LogException(source
                    + (Files.exists(source)
                            ? " is no directory. Name that of the log."
                            : ": no such directory. Name that of a log."));
        }
        requireFinished(source);
        Storage storage = CanonicalNames.of(new FileSystemStorage(source));
        LogCheck.requireSegments(storage);
        return storage;
    }

    /** Fails if the directory has the name of one in the making: it may hold a part of a log that looks whole. */
    static void requireFinished(Path directory) throws IOException {
        Path path = Files.exists(directory)
                ? FileSystemStorage.realPathOf(directory)
                : directory.toAbsolutePath().normalize();
        if (isNameOfUnfinished(path) && !Files.exists(path)) {
            throw new LogException(directory + ": a name that ends with " + SUFFIX + " is that of a log in the making."
                    + " Name another directory.");
        }
        if (isNameOfUnfinished(path)) {
            throw new LogException(directory + " was left by a backup, a restore or a salvage that did not finish, or"
                    + " one is still running. Run that again to finish it, or delete the directory.");
        }
    }

    private static boolean isNameOfUnfinished(Path path) {
        Path name = path.toAbsolutePath().normalize().getFileName();
        return name != null && name.toString().endsWith(SUFFIX);
    }

    /** Fails if the directory is there. */
    void requireNew() {
        if (exists()) {
            throw new LogException(path + " was left by a backup, a restore or a salvage that did not finish, or one is"
                    + " still running. Delete it if not, or name another directory.");
        }
    }

    boolean exists() {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    }

    Path path() {
        return path;
    }

    void create() throws IOException {
        StorageException.calling(
                path, "create the directory", () -> Files.createDirectory(path, PrivateFiles.directoryMode(path)));
        key = PrivateFiles.look(path).fileKey();
    }

    @Override
    public Storage storage() {
        return new FileSystemStorage(path);
    }

    @Override
    public void publish() throws IOException {
        if (lock != null) {
            lock.requireHeld();
        }
        if (key != null && !key.equals(keyOfWhatIsThere())) {
            throw new StorageException(path, "the directory was replaced by another one");
        }
        if (Files.isDirectory(target)) {
            StorageException.calling(path, "change the mode", () -> {
                PrivateFiles.copyMode(target, path);
                return null;
            });
        }
        StorageException.calling(
                path,
                "rename to " + target.getFileName(),
                () -> Files.move(path, target, StandardCopyOption.ATOMIC_MOVE));
        FileSystemStorage.forceDirectory(target.getParent());
    }

    private Object keyOfWhatIsThere() throws StorageException {
        BasicFileAttributes found = PrivateFiles.look(path);
        return found == null ? null : found.fileKey();
    }

    /** Gives the lock back, if there is one. What is unfinished stays, to be gone on with. */
    @Override
    public void close() throws IOException {
        if (lock != null) {
            lock.close();
        }
    }

    /** Deletes it with all that is in it. */
    void delete() throws IOException {
        Storage storage = storage();
        for (String name : storage.list()) {
            storage.delete(name);
        }
        StorageException.calling(path, "delete", () -> {
            Files.delete(path);
            return null;
        });
    }

    /** Deletes it because of a failure, which is told of first. */
    void deleteAfter(Throwable failure) {
        try {
            delete();
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }
}
