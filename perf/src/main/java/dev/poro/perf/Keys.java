package dev.poro.perf;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Random keys out of a fixed number, made on the spot in one array, as a program has them that has just parsed its
 * input. Keys kept in a large array of arrays would measure above all how long the processor waits for those. The same
 * in every run; not thread-safe.
 */
public final class Keys {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long SPREAD = 0x9E3779B97F4A7C15L;
    private static final long MULTIPLIER = 6364136223846793005L;

    private final int count;
    private final byte[] key;
    private long state;

    /**
     * @param count how many different keys there are
     * @param length bytes of a key, at least 8
     */
    public Keys(int count, int length) {
        this(count, length, 0);
    }

    /** @param thread which of several threads the keys are for: each has its own order */
    public Keys(int count, int length, int thread) {
        this.count = count;
        this.key = new byte[length];
        this.state = 42 + thread * SPREAD;
    }

    /** Key number {@code i}, in an array that the next call changes. */
    public byte[] key(int i) {
        LONGS.set(key, 0, i * SPREAD);
        return key;
    }

    /** One of the keys, in an array that the next call changes. */
    public byte[] random() {
        return key(randomNumber());
    }

    /** The number of one of the keys. */
    public int randomNumber() {
        state = state * MULTIPLIER + 1;
        return (int) (((state >>> 33) * count) >>> 31);
    }

    /** What tells the key that is in the array from all others. */
    public long id() {
        return idOf(key);
    }

    /** The id that begins {@code bytes}. */
    public static long idOf(byte[] bytes) {
        return (long) LONGS.get(bytes, 0);
    }

    /** Has {@code bytes} begin with an id. */
    public static void putId(byte[] bytes, long id) {
        LONGS.set(bytes, 0, id);
    }
}
