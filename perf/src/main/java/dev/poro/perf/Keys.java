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
        this(count, length, 42);
    }

    /** With a sequence of random keys that differs from that of other seeds. */
    public Keys(int count, int length, long seed) {
        this.count = count;
        this.key = new byte[length];
        this.state = seed * SPREAD;
    }

    /** Key number {@code i}, in an array that the next call changes. */
    public byte[] key(int i) {
        LONGS.set(key, 0, i * SPREAD);
        return key;
    }

    /** One of the keys, in an array that the next call changes. */
    public byte[] random() {
        state = state * MULTIPLIER + 1;
        return key((int) (((state >>> 33) * count) >>> 31));
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
