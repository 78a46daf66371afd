package dev.poro.wal.storage;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** A call to the file system failed. The message names the file, the call, the offset if any, and the reason. */
public final class StorageException extends IOException {
    private static final long serialVersionUID = 1L;

    /** A call whose exceptions do not say where it failed. */
    @FunctionalInterface
    public interface Call<T> {
        /** Makes the call. */
        T run() throws IOException;
    }

    /**
     * A problem that no failed call has reported.
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
     * The failure of a call.
     *
     * @param file or directory
     * @param call the verb for what could not be done, with the offset if there is one
     */
    public static StorageException of(Object file, String call, IOException cause) {
        return new StorageException(file + ": cannot " + call + ": " + reasonOf(cause), cause);
    }

    /** A file got shorter while it was read. */
    public static StorageException shrank(StorageFile file, int bytesRead, long offset, long bytesExpected) {
        return new StorageException(
                file.description(),
                "read " + bytesRead + " bytes at offset " + offset + " where the file had " + bytesExpected
                        + ": it shrank while it was read");
    }

    /** Makes a call; a failure says what failed and where. */
    public static <T> T calling(Object file, String call, Call<T> body) throws StorageException {
        try {
            return body.run();
        } catch (StorageException e) {
            throw e;
        } catch (IOException e) {
            throw of(file, call, e);
        }
    }

    /** For some errors Java has exception types, whose message is the file's name alone. */
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
