package dev.poro.wal;

import java.io.IOException;
import java.util.List;

/**
 * The one directory that a log lives in, the clock and chance: everything of the outside world that the log touches, so
 * that tests can put a faulty world in its place, and the same one again. Names are plain file names within the
 * directory.
 *
 * <p>Thread-safe. Any failure is an {@link IOException}; nothing is retried here.
 */
public interface Storage {
    /** The names of the files in the directory, in no particular order. */
    List<String> list() throws IOException;

    /** Creates a file for reading and writing. It must not exist. */
    StorageFile create(String name) throws IOException;

    /** Opens an existing file for reading and writing. */
    StorageFile open(String name) throws IOException;

    /** Opens an existing file for reading only. */
    StorageFile openReadOnly(String name) throws IOException;

    /** Renames atomically, replacing nothing that exists. */
    void rename(String from, String to) throws IOException;

    /** Deletes a file, which must exist. */
    void delete(String name) throws IOException;

    /** Makes earlier creations, renames and deletions survive a power cut. */
    void forceDirectory() throws IOException;

    /**
     * Whether a store into a mapping of a file whose blocks were written before can never run out of space. False on
     * copy-on-write and network file systems: there, files are written through calls that can report the failure.
     */
    boolean mapsSafely() throws IOException;

    /** Milliseconds since the epoch. */
    long currentTimeMillis();

    /** Any number, for identities and salts. */
    long randomLong();

    /** How a file is called in messages. */
    String describe(String name);
}
