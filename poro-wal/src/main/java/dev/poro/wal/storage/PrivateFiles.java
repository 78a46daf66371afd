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
 * Files and directories that only the user who runs Poro may access: new files get mode 0600, new directories 0700.
 * Existing ones keep their mode. A directory of another user is rejected where it could be mistaken for our own.
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

    /** The attributes of a new file. */
    public static FileAttribute<?>[] fileMode(Path path) {
        return hasModes(path) ? FILE_MODE : NO_MODE;
    }

    /** The attributes of a new directory. */
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

    /** The attributes of what is at a path, without following links; {@code null} if nothing is. */
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
     * Why an existing path is not a directory that the current user owns, or is a link; {@code null} if all is well.
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

    /** The owner's number; {@code null} if the file system has none. */
    private static Object ownerOf(Path path) throws StorageException {
        if (!path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            return null;
        }
        return StorageException.calling(
                path, "look it up", () -> Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS));
    }

    /** The user that owns the files of this process; {@code null} if unknown. */
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
