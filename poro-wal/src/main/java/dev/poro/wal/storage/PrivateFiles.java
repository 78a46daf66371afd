package dev.poro.wal.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * What Poro makes is for the user alone that runs it: files 0600, directories 0700. What is there keeps its mode; but
 * where the file of another user could be taken for ours, it must not be one.
 */
public final class PrivateFiles {
    private static final FileAttribute<?>[] NO_MODE = {};
    private static final FileAttribute<?>[] FILE_MODE = {
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
    };
    private static final FileAttribute<?>[] DIRECTORY_MODE = {
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
    };

    private PrivateFiles() {}

    /** What a new file is created with. */
    public static FileAttribute<?>[] fileMode(Path path) {
        return hasModes(path) ? FILE_MODE : NO_MODE;
    }

    /** What a new directory is created with. */
    public static FileAttribute<?>[] directoryMode(Path path) {
        return hasModes(path) ? DIRECTORY_MODE : NO_MODE;
    }

    private static boolean hasModes(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    /** Gives a directory the mode of another one. */
    public static void copyMode(Path from, Path to) throws IOException {
        if (hasModes(to)) {
            Files.setPosixFilePermissions(to, Files.getPosixFilePermissions(from));
        }
    }

    /** What is at a path, be it a link; {@code null} if nothing is. */
    public static BasicFileAttributes look(Path path) throws StorageException {
        return StorageException.calling(path, "look it up", () -> {
            try {
                return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            } catch (NoSuchFileException e) {
                return null;
            }
        });
    }

    /**
     * Why a path, which is there, cannot be used as a directory of the user that runs this process; {@code null} if it
     * is one, and no link to one.
     */
    public static String whyNotOwnDirectory(Path path) throws StorageException {
        BasicFileAttributes found = look(path);
        if (found == null || !found.isDirectory()) {
            return path + " is no directory, or a link to one. Remove it, or name another place.";
        }
        Object owner = ownerOf(path);
        Object user = user();
        if (owner != null && user != null && !owner.equals(user)) {
            return path + " belongs to another user (" + owner + ", this is " + user
                    + "). Have it removed, or name another place.";
        }
        return null;
    }

    /** A number; {@code null} where the file system has none. */
    private static Object ownerOf(Path path) throws StorageException {
        if (!path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            return null;
        }
        return StorageException.calling(
                path, "look it up", () -> Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS));
    }

    /** The user whose files this process makes; {@code null} if nobody can tell. */
    private static Object user() {
        Path process = Path.of("/proc/self");
        try {
            if (Files.exists(process)) {
                return Files.getAttribute(process, "unix:uid");
            }
            Path made = Files.createTempFile("poro", null);
            try {
                return ownerOf(made);
            } finally {
                Files.delete(made);
            }
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException unknown) {
            return null;
        }
    }
}
