package dev.poro.engine;

import dev.poro.events.RawMemory;
import dev.poro.wal.storage.StorageFile;
import dev.poro.wal.storage.Uninterrupted;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;

/**
 * The blocks of an {@link EntryBuffer} that memory has no room for, first in, first out: a ring of places in a file
 * that has no name. It is never forced. Each block has a checksum, which also covers its number: what was written is
 * what is read, or reading fails.
 *
 * <pre>
 *   place n % places:   65,536 bytes of the n-th block | u64 CRC-32C of these and of n
 * </pre>
 *
 * <p>One thread writes, one reads and closes. The writer never waits for a read.
 */
final class SpillFile implements AutoCloseable {
    private static final int PLACE_LENGTH = EntryBuffer.BLOCK_LENGTH + Long.BYTES;

    private final StorageFile file;
    private final long places;
    private final AtomicLong written = new AtomicLong();
    private final AtomicLong read = new AtomicLong();
    private final CRC32C writeCrc = new CRC32C();
    private final CRC32C readCrc = new CRC32C();

    /** Each is taken when it is first needed. */
    private ByteBuffer writeBuffer;

    private ByteBuffer readBuffer;
    private boolean closed;

    /** @param limit bytes that the file may have, at most */
    SpillFile(StorageFile file, long limit) {
        this.file = file;
        this.places = placesIn(limit);
    }

    /** How many blocks a file of so many bytes has room for. */
    static long placesIn(long limit) {
        return limit / PLACE_LENGTH;
    }

    /** How many blocks were written. Any thread. */
    long written() {
        return written.get();
    }

    /** How many blocks were read. Any thread. */
    long read() {
        return read.get();
    }

    /** Bytes of the file. Any thread. */
    long length() {
        return Math.min(written.get(), places) * PLACE_LENGTH;
    }

    /** Whether there is no room for another block before one is read. */
    boolean isFull() {
        return written.get() - read.get() >= places;
    }

    /** Appends a block; there must be room. Does nothing once it is closed. */
    synchronized void write(byte[] block) throws IOException {
        if (closed) {
            return;
        }
        if (writeBuffer == null) {
            writeBuffer = RawMemory.allocateBuffer(PLACE_LENGTH);
        }
        long number = written.get();
        writeBuffer.clear().put(block);
        writeBuffer.putLong(checksum(writeCrc, writeBuffer, number)).flip();
        file.write(writeBuffer, number % places * PLACE_LENGTH);
        written.set(number + 1);
    }

    /** Reads the oldest block; there must be one. */
    void read(byte[] block) throws IOException {
        if (readBuffer == null) {
            readBuffer = RawMemory.allocateBuffer(PLACE_LENGTH);
        }
        long number = read.get();
        long offset = number % places * PLACE_LENGTH;
        readBuffer.clear();
        Uninterrupted.call(() -> file.read(readBuffer, offset));
        boolean isWhole = readBuffer.position() == PLACE_LENGTH;
        readBuffer.clear().get(block);
        if (!isWhole || readBuffer.getLong() != checksum(readCrc, readBuffer, number)) {
            throw new IOException(
                    file.description() + ": what is read at offset " + offset + " is not what was written");
        }
        read.set(number + 1);
    }

    /** Of the block at the beginning of a buffer; leaves the buffer's position after it. */
    private static long checksum(CRC32C crc, ByteBuffer buffer, long number) {
        int position = buffer.position();
        crc.reset();
        crc.update(buffer.position(0).limit(EntryBuffer.BLOCK_LENGTH));
        buffer.limit(PLACE_LENGTH).position(position);
        for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
            crc.update((int) (number >>> shift));
        }
        return crc.getValue();
    }

    /** Gives back the file and the memory. Called by the thread that reads. */
    @Override
    public void close() throws IOException {
        giveBackBuffers();
        // After that: to free a large file takes long, and the writer need not wait for it.
        file.close();
    }

    private synchronized void giveBackBuffers() {
        if (!closed) {
            closed = true;
            release(writeBuffer);
            release(readBuffer);
        }
    }

    private static void release(ByteBuffer buffer) {
        if (buffer != null) {
            RawMemory.release(buffer);
        }
    }
}
