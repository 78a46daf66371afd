package dev.poro.wal.storage;

import java.io.Closeable;
import java.nio.ByteBuffer;

/**
 * One open file of a {@link Storage}. Positions and lengths are bytes.
 *
 * <p>{@link #write}, {@link #force} and {@link #close} may run on any thread, interrupted or not, and never give up
 * because of an interrupt, but for the force of a file that is open for reading only. {@link #force} may run beside
 * everything else.
 */
public interface StorageFile extends Closeable {
    /** How the file is called in messages. */
    String description();

    /** Bytes of the file. */
    long length() throws StorageException;

    /** Reads up to {@code target.remaining()} bytes; fewer only at the end of the file. Returns the number read. */
    int read(ByteBuffer target, long position) throws StorageException;

    /** Writes all of {@code source.remaining()} bytes of a direct buffer, extending the file if need be. */
    void write(ByteBuffer source, long position) throws StorageException;

    /** Makes all that was written or stored into the mapping, by whomever, survive a power cut. */
    void force() throws StorageException;

    /**
     * Fails if the file is no longer what its name leads to, or is shorter than {@code length}: if somebody has
     * removed, replaced or cut it while it was open, which neither a write nor a force reports; or if the log's lock is
     * gone, so that others may write to it, too. Needed only where others can get at the files.
     */
    default void requireIntact(long length) throws StorageException {}

    /**
     * Maps the first {@code length} bytes, which must exist, for reading and writing. One mapping per file; it lives
     * until {@link #unmap} or {@link #close}.
     */
    ByteBuffer map(long length) throws StorageException;

    /** Gives up the mapping, if there is one: nobody touches its memory any more. What was stored stays. */
    void unmap();

    /** Unmaps and closes. Idempotent. Does not force. */
    @Override
    void close() throws StorageException;
}
