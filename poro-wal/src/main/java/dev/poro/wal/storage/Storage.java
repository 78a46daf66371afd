package dev.poro.wal.storage;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The directory that a log lives in, the clocks and random numbers: all of the outside world that the log uses. Tests
 * replace it by a faulty world that repeats exactly. Names are plain file names within the directory.
 *
 * <p>Thread-safe. Any failure is a {@link StorageException}, which says what failed where. Nothing is retried here.
 */
public interface Storage {
    /** How long {@link #pause} lasts. */
    long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    /** Returned by {@link #suspendedNanos} if the system does not say it. */
    long UNKNOWN = Long.MIN_VALUE;

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

    /** Renames atomically, and replaces the file that has the new name, if there is one. */
    void replace(String from, String to) throws StorageException;

    /** Deletes a file, which must exist. */
    void delete(String name) throws StorageException;

    /** Forces (fsync) the directory: earlier creations, renames and deletions survive a power cut. */
    void forceDirectory() throws StorageException;

    /**
     * Whether a store into a mapped file whose blocks were written before can never run out of space. False on
     * copy-on-write and network file systems: there, files are written by calls, which can report the failure.
     */
    boolean mapsSafely() throws StorageException;

    /** Milliseconds since the epoch by the system's clock, which may be wrong and may be set. */
    long currentTimeMillis();

    /** Nanoseconds since some fixed moment, by a clock that nothing sets. */
    long nanoTime();

    /**
     * Nanoseconds that the machine has been suspended since some fixed moment, which {@link #nanoTime} does not count;
     * within 10 ms. {@link #UNKNOWN} where the system does not say it.
     */
    long suspendedNanos();

    /** A random number, for identities and salts. */
    long randomLong();

    /** Waits about 10 ms before a file is read again. An interrupt cuts the wait short. */
    default void pause() {
        LockSupport.parkNanos(PAUSE_NANOS);
    }

    /** A file's name in messages. */
    String describe(String name);
}
