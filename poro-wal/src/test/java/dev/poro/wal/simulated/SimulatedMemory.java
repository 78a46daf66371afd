package dev.poro.wal.simulated;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Direct buffers that were given back, to be used again: making a new one costs more than all that a simulation does
 * with it. Thread-safe.
 */
final class SimulatedMemory {
    private static final int SMALLEST = 4096;
    private static final int KEPT_BYTES_OF_A_SIZE = 16 << 20;
    private static final byte[] ZEROS = new byte[16 << 10];

    /** By the power of two that is their capacity. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    private static final Deque<ByteBuffer>[] FREE = new Deque[Integer.SIZE];

    static {
        for (int i = 0; i < FREE.length; i++) {
            FREE[i] = new ArrayDeque<>();
        }
    }

    private SimulatedMemory() {}

    /** A buffer of at least this capacity, all zero. */
    static ByteBuffer take(int capacity) {
        int size = Integer.highestOneBit(Math.max(SMALLEST, capacity) * 2 - 1);
        Deque<ByteBuffer> free = FREE[Integer.numberOfTrailingZeros(size)];
        ByteBuffer buffer;
        synchronized (free) {
            buffer = free.poll();
        }
        if (buffer == null) {
            return ByteBuffer.allocateDirect(size);
        }
        zero(buffer, 0, size);
        return buffer;
    }

    /** Takes a buffer back that nobody uses any more. */
    static void give(ByteBuffer buffer) {
        int size = buffer.capacity();
        Deque<ByteBuffer> free = FREE[Integer.numberOfTrailingZeros(size)];
        synchronized (free) {
            if ((free.size() + 1L) * size <= KEPT_BYTES_OF_A_SIZE) {
                free.push(buffer);
            }
        }
    }

    static void zero(ByteBuffer buffer, int from, int to) {
        for (int at = from; at < to; at += ZEROS.length) {
            buffer.put(at, ZEROS, 0, Math.min(ZEROS.length, to - at));
        }
    }
}
