package dev.poro.wal.storage;

import dev.poro.events.RawMemory;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Writes and finds zeros in files. A segment consists of zeros before it holds frames. */
public final class ZeroFill {
    private static final int CHUNK_LENGTH = 256 << 10;

    /** Words that are looked at by one call. */
    private static final int BLOCK = 64;

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
        long[] words = new long[chunk.capacity() / Long.BYTES];
        try {
            int end = from;
            for (int at = from, read; at < to; at += read) {
                read = file.read(chunk.clear().limit(Math.min(chunk.capacity(), to - at)), at);
                if (read == 0) {
                    break;
                }
                int nonZero = endOfNonZero(chunk, read, words);
                if (nonZero > 0) {
                    end = at + nonZero;
                }
            }
            return end;
        } finally {
            RawMemory.release(chunk);
        }
    }

    /**
     * Looks at blocks of words in an array first. That is the fastest before the compiler has seen the code, which is
     * all of a short session: reading words from the buffer one by one took longer than anything else in it.
     */
    private static int endOfNonZero(ByteBuffer chunk, int length, long[] words) {
        int at = length;
        while (at % Long.BYTES != 0 && chunk.get(at - 1) == 0) {
            at--;
        }
        if (at % Long.BYTES == 0) {
            int left = at / Long.BYTES;
            chunk.clear().asLongBuffer().get(words, 0, left);
            while (left >= BLOCK && isZero(words, left - BLOCK)) {
                left -= BLOCK;
            }
            at = left * Long.BYTES;
        }
        while (at > 0 && chunk.get(at - 1) == 0) {
            at--;
        }
        return at;
    }

    private static boolean isZero(long[] words, int from) {
        long any = 0;
        for (int i = from; i < from + BLOCK; i++) {
            any |= words[i];
        }
        return any == 0;
    }
}
