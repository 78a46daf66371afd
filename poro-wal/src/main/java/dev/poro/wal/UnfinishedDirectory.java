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
 * A log directory that is being made. It is beside its final place, as {@code NAME.unfinished}, which no store opens.
 * It gets its name once it is complete and forced; a crash before that leaves the unfinished directory only.
 */
public final class UnfinishedDirectory implements NewDirectory, Closeable {
    private static final String SUFFIX = ".unfinished";

    private final Path target;
    private final Path path;
    /**
     * The file system's key for the directory that was made; {@code null} if none was, or there is no key.
     */
    private Object key;
    /** Keeps other backups from the same directory; {@code null} if this is no backup. */
    private LogLock lock;

    private UnfinishedDirectory(Path target) {
        this.target = target;
        this.path = target.resolveSibling(target.getFileName() + SUFFIX);
    }

    /**
     * Checks, without writing, that a directory can be made.
     *
     * @param source the log, or the segment file, that it is made from
     * @param target a directory that is empty or does not exist yet
     * @throws LogException if the target is the source or inside it, is not empty or is a mount point
     */
    static UnfinishedDirectory of(Path source, Path target) throws IOException {
        UnfinishedDirectory directory = of(target);
        Path log = FileSystemStorage.realPathOf(
                Files.isDirectory(source) ? source : source.toAbsolutePath().getParent());
        if (directory.target.startsWith(log) || directory.path.startsWith(log)) {
            throw new LogException(target + " is inside the log that is to be read, which must not change."
                    + " Name a directory elsewhere.");
        }
        directory.requireFreeTarget(target);
        return directory;
    }

    private static UnfinishedDirectory of(Path target) throws IOException {
        if (isNameOfUnfinished(target)) {
            throw new LogException(target + ": no store opens a directory whose name ends with " + SUFFIX
                    + ", because that marks an unfinished log. Name another directory.");
        }
        return new UnfinishedDirectory(resolve(target));
    }

    /** @param named as the user has named it */
    private void requireFreeTarget(Path named) throws IOException {
        if (Files.exists(target) && !isEmptyDirectory(target)) {
            throw new LogException(named + " exists and is not an empty directory. Name a new one.");
        }
        if (Files.exists(target) && MountPoints.contain(target)) {
            throw new LogException(named
                    + " is a mount point, which a finished directory cannot replace. Name a new directory in it.");
        }
    }

    /**
     * Makes the directory of a backup, or takes the one that an interrupted backup has left. It is locked until it is
     * closed, so that no other backup is made there at the same time.
     *
     * @param source the directory of the log
     * @param target a directory that is empty or does not exist yet
     * @throws LogLockedException if another backup is being made there
     * @throws LogException if there is no log, or the target cannot be used
     */
    public static UnfinishedDirectory ofBackup(Path source, Path target) throws IOException {
        logIn(source);
        return locked(of(source, target));
    }

    /**
     * {@link #ofBackup} of a log that is not on this machine.
     *
     * @param target a directory that is empty or does not exist yet
     * @throws LogLockedException if another copy is being made there
     * @throws LogException if the target cannot be used
     */
    public static UnfinishedDirectory ofCopy(Path target) throws IOException {
        UnfinishedDirectory directory = of(target);
        directory.requireFreeTarget(target);
        return locked(directory);
    }

    private static UnfinishedDirectory locked(UnfinishedDirectory directory) throws IOException {
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

    /** The lock is the first file that a backup makes; a restore or a salvage makes none. */
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
     * The directory of a log that a new one is to be made from.
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

    /** Fails if the name of the directory marks it as unfinished: part of a log may look complete. */
    static void requireFinished(Path directory) throws IOException {
        Path path = Files.exists(directory)
                ? FileSystemStorage.realPathOf(directory)
                : directory.toAbsolutePath().normalize();
        if (isNameOfUnfinished(path) && !Files.exists(path)) {
            throw new LogException(directory + ": a name that ends with " + SUFFIX + " marks an unfinished log."
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

    /** Fails if the directory exists. */
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

    /** Releases the lock, if there is one. An unfinished directory stays, so that the backup can be continued. */
    @Override
    public void close() throws IOException {
        if (lock != null) {
            lock.close();
        }
    }

    /** Deletes the directory and its files. */
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

    /** Deletes the directory after a failure, which takes precedence over a failure to delete. */
    void deleteAfter(Throwable failure) {
        try {
            delete();
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }
}
