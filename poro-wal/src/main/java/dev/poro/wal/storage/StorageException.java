package dev.poro.wal.storage;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** A call to the file system failed. The message says on which file, which call, where in the file, and why. */
public final class StorageException extends IOException {
    private static final long serialVersionUID = 1L;

    /** A call that fails without saying where. */
    @FunctionalInterface
    public interface Call<T> {
        /** Does it. */
        T run() throws IOException;
    }

    /**
     * With no failed call behind it.
     *
     * @param file or directory
     * @param what is wrong with it
     */
    public StorageException(Object file, String what) {
        super(file + ": " + what);
    }

    private StorageException(String message, IOException cause) {
        super(message, cause);
    }

    /**
     * Says what failed, where.
     *
     * @param file or directory
     * @param call what it is that could not be done: a verb, with the offset if there is one
     */
    public static StorageException of(Object file, String call, IOException cause) {
        return new StorageException(file + ": cannot " + call + ": " + reasonOf(cause), cause);
    }

    /** A file that has fewer bytes than it had a moment ago. */
    public static StorageException shrank(StorageFile file, int bytesRead, long offset, long bytesExpected) {
        return new StorageException(
                file.description(),
                "read " + bytesRead + " bytes at offset " + offset + " where the file had " + bytesExpected
                        + ": it shrank while it was read");
    }

    /** Does something, and says what failed, where, if it fails. */
    public static <T> T calling(Object file, String call, Call<T> body) throws StorageException {
        try {
            return body.run();
        } catch (StorageException e) {
            throw e;
        } catch (IOException e) {
            throw of(file, call, e);
        }
    }

    /** Java has put some of the system's errors into types, and then says nothing but the file's name. */
    private static String reasonOf(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "No such file or directory";
        }
        if (e instanceof FileAlreadyExistsException) {
            return "File exists";
        }
        if (e instanceof AccessDeniedException) {
            return "Permission denied";
        }
        String reason = e instanceof FileSystemException known ? known.getReason() : e.getMessage();
        return reason == null ? e.toString() : reason;
    }
}
