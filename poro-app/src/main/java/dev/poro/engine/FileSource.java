package dev.poro.engine;

import java.io.IOException;
import java.util.Map;

/**
 * Files that stay as they are while this is open: those of a store that is in use, here or on another machine. Not
 * thread-safe, but for {@link #close}.
 */
public interface FileSource extends AutoCloseable {
    /** The most bytes that one {@link #read} gives. */
    int MAX_PIECE = 1 << 20;

    /**
     * The lengths of all files in bytes, by name.
     *
     * @throws IOException if they cannot be told any more
     */
    Map<String, Long> files() throws IOException;

    /**
     * Reads a piece of a file.
     *
     * @param name one of {@link #files}
     * @param offset in bytes, 0 or more
     * @param length of the piece, up to {@link #MAX_PIECE}; it is shorter only where the file ends
     * @throws IOException if there is no such file, or it cannot be read any more
     */
    byte[] read(String name, long offset, int length) throws IOException;

    /** The files may change again. Idempotent. */
    @Override
    void close();
}
