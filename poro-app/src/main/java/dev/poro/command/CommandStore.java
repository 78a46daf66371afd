package dev.poro.command;

import dev.poro.engine.Poro;
import dev.poro.engine.Progress;
import dev.poro.engine.ReadOnlyStore;
import java.nio.file.Path;

/**
 * What commands act on: an open store, or the contents of one at one moment. Thread-safe. The methods throw what the
 * store throws, usually a {@link dev.poro.engine.PoroException}.
 */
public interface CommandStore {
    /** The value of a key, or {@code null} if there is none. */
    byte[] get(byte[] key);

    /** Stores a value under a key. */
    void set(byte[] key, byte[] value);

    /** Removes a key; returns whether it was present. */
    boolean delete(byte[] key);

    /** Writes a snapshot; returns its sequence. */
    long snapshot();

    /**
     * Copies the log.
     *
     * @param directory one that does not exist, or is empty
     * @return the last sequence in the copy
     */
    long backup(Path directory, Progress progress);

    /** The state of the store as lines of text, without a line end after the last. */
    String info();

    /** Whether it cannot be changed: {@link Command#run} then refuses commands that write. */
    boolean isReadOnly();

    /** The longest value, in bytes. */
    int maxValueLength();

    /** An open store, which the caller must close. */
    static CommandStore of(Poro poro) {
        return new OpenStore(poro);
    }

    /** Read-only contents, which the caller must close. */
    static CommandStore of(ReadOnlyStore contents) {
        return new ReadOnlyContents(contents);
    }
}
