package dev.poro.perf;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Random keys out of a fixed number, made on the spot in one array, as a program has them that has just parsed its
 * input. Keys kept in a large array of arrays would measure above all how long the processor waits for those. The same
 * in every run; not thread-safe.
 */
final class Keys {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long SPREAD = 0x9E3779B97F4A7C15L;
    private static final long MULTIPLIER = 6364136223846793005L;

    private final int count;
    private final byte[] key;
    private long state = 42;

    /**
     * @param count how many different keys there are
     * @param length bytes of a key, at least 8
     */
    Keys(int count, int length) {
        this.count = count;
        this.key = new byte[length];
    }

    /** Key number {@code i}, in an array that the next call changes. */
    byte[] key(int i) {
        LONGS.set(key, 0, i * SPREAD);
        return key;
    }

    /** One of the keys, in an array that the next call changes. */
    byte[] random() {
        state = state * MULTIPLIER + 1;
        return key((int) (((state >>> 33) * count) >>> 31));
    }
}
