package dev.poro.command;

import dev.poro.engine.Poro;
import dev.poro.engine.Progress;
import dev.poro.engine.ReadOnlyStore;
import java.nio.file.Path;

/**
 * What commands act on: a store, or its contents at one moment. Thread-safe, as what it is made of. The methods throw
 * what that throws, {@link dev.poro.engine.PoroException} above all.
 */
public interface CommandStore {
    /** The value of a key, or {@code null} if there is none. */
    byte[] get(byte[] key);

    /** Stores a value under a key. */
    void set(byte[] key, byte[] value);

    /** Removes a key; returns whether it was there. */
    boolean delete(byte[] key);

    /** Writes a snapshot; returns its sequence. */
    long snapshot();

    /**
     * Copies the log.
     *
     * @param directory not there yet, or empty
     * @return the last sequence in the copy
     */
    long backup(Path directory, Progress progress);

    /** How it stands, in lines for a person; none has an end of line after the last. */
    String info();

    /** Whether it is only looked at: {@link Command#run} refuses commands that write. */
    boolean isReadOnly();

    /** Bytes. */
    int maxValueLength();

    /** A store that is open. It stays the caller's, who closes it. */
    static CommandStore of(Poro poro) {
        return new OpenStore(poro);
    }

    /** Contents that are only looked at. They stay the caller's, who closes them. */
    static CommandStore of(ReadOnlyStore contents) {
        return new ReadOnlyContents(contents);
    }
}
