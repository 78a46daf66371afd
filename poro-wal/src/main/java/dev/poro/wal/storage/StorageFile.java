package dev.poro.wal.storage;

import java.io.Closeable;
import java.nio.ByteBuffer;

/**
 * One open file of a {@link Storage}. Positions and lengths are bytes.
 *
 * <p>{@link #write}, {@link #force} and {@link #close} may run on any thread and ignore interrupts, except for the
 * force of a file that is open for reading only. {@link #force} may run concurrently with all other calls.
 */
public interface StorageFile extends Closeable {
    /** The file's name in messages. */
    String description();

    /** Bytes of the file. */
    long length() throws StorageException;

    /** Reads up to {@code target.remaining()} bytes; fewer only at the end of the file. Returns the number read. */
    int read(ByteBuffer target, long position) throws StorageException;

    /** Writes all of {@code source.remaining()} bytes of a direct buffer, extending the file if need be. */
    void write(ByteBuffer source, long position) throws StorageException;

    /** Forces (fdatasync) the file: all that any thread wrote or stored into the mapping survives a power cut. */
    void force() throws StorageException;

    /**
     * Fails if another process has removed, replaced or shortened the file while it was open, which neither a write nor
     * a force reports. Fails also if the log's lock is gone, so that another process may write to the log.
     *
     * @param length bytes that the file must have at least
     */
    default void requireIntact(long length) throws StorageException {}

    /**
     * Maps the first {@code length} bytes, which must exist, for reading and writing. One mapping per file; it lives
     * until {@link #unmap} or {@link #close}.
     */
    ByteBuffer map(long length) throws StorageException;

    /** Unmaps the file if it is mapped; the mapping's memory must not be used any more. What was stored stays. */
    void unmap();

    /** Unmaps and closes. Idempotent. Does not force. */
    @Override
    void close() throws StorageException;
}
