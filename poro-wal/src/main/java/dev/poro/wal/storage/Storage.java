package dev.poro.wal.storage;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The one directory that a log lives in, the clock and chance: everything of the outside world that the log touches, so
 * that tests can put a faulty world in its place, and the same one again. Names are plain file names within the
 * directory.
 *
 * <p>Thread-safe. Any failure is a {@link StorageException}, which says what failed where; nothing is retried here.
 */
public interface Storage {
    /** How long {@link #pause} lasts. */
    long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    /** The names of the files in the directory, in no particular order. */
    List<String> list() throws StorageException;

    /** Creates a file for reading and writing. It must not exist. */
    StorageFile create(String name) throws StorageException;

    /** Opens an existing file for reading and writing. */
    StorageFile open(String name) throws StorageException;

    /** Opens an existing file for reading only. */
    StorageFile openReadOnly(String name) throws StorageException;

    /** Renames atomically, replacing nothing that exists. */
    void rename(String from, String to) throws StorageException;

    /** Renames atomically, in the place of the file of that name, if there is one. */
    void replace(String from, String to) throws StorageException;

    /** Deletes a file, which must exist. */
    void delete(String name) throws StorageException;

    /** Makes earlier creations, renames and deletions survive a power cut. */
    void forceDirectory() throws StorageException;

    /**
     * Whether a store into a mapping of a file whose blocks were written before can never run out of space. False on
     * copy-on-write and network file systems: there, files are written through calls that can report the failure.
     */
    boolean mapsSafely() throws StorageException;

    /** Milliseconds since the epoch, as the system's clock has them; it may be wrong, and be set. */
    long currentTimeMillis();

    /** Nanoseconds since any moment, which pass as time does, whatever happens to the system's clock. */
    long nanoTime();

    /** Any number, for identities and salts. */
    long randomLong();

    /** Lets some time pass, 10 ms or so, before somebody looks again. An interrupt cuts it short. */
    default void pause() {
        LockSupport.parkNanos(PAUSE_NANOS);
    }

    /** How a file is called in messages. */
    String describe(String name);
}
