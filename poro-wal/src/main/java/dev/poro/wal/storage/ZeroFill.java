package dev.poro.wal.storage;

import dev.poro.events.RawMemory;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Writes and finds zeros in files. A segment consists of zeros before it holds frames. */
public final class ZeroFill {
    private static final int CHUNK_LENGTH = 1 << 20;

    private ZeroFill() {}

    /** Writes zeros from one offset to another. */
    public static void write(StorageFile file, int from, int to) throws IOException {
        ByteBuffer zeros = RawMemory.allocateBuffer(Math.max(1, Math.min(CHUNK_LENGTH, to - from)));
        try {
            for (int at = from; at < to; at += zeros.limit()) {
                zeros.clear().limit(Math.min(zeros.capacity(), to - at));
                file.write(zeros, at);
            }
        } finally {
            RawMemory.release(zeros);
        }
    }

    /**
     * The end of the last byte that is not zero, between {@code from} and {@code most} or the end of the file; {@code
     * from} if all are zero.
     */
    public static int endOfNonZero(StorageFile file, int from, int most) throws IOException {
        int to = (int) Math.min(most, file.length());
        ByteBuffer chunk = RawMemory.allocateBuffer(Math.max(1, Math.min(CHUNK_LENGTH, to - from)));
        try {
            int end = from;
            for (int at = from, read; at < to; at += read) {
                read = file.read(chunk.clear().limit(Math.min(chunk.capacity(), to - at)), at);
                if (read == 0) {
                    break;
                }
                int nonZero = endOfNonZero(chunk, read);
                if (nonZero > 0) {
                    end = at + nonZero;
                }
            }
            return end;
        } finally {
            RawMemory.release(chunk);
        }
    }

    private static int endOfNonZero(ByteBuffer chunk, int length) {
        int at = length;
        while (at >= Long.BYTES && chunk.getLong(at - Long.BYTES) == 0) {
            at -= Long.BYTES;
        }
        while (at > 0 && chunk.get(at - 1) == 0) {
            at--;
        }
        return at;
    }
}
