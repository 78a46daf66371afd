package dev.poro.perf;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/** Keys that look random and are the same in every run. */
final class Keys {
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    private Keys() {}

    /** Key number {@code i} of {@code length} bytes, at least 8; different for different {@code i}. */
    static byte[] key(int i, int length) {
        byte[] key = new byte[length];
        ByteBuffer.wrap(key).putLong(i * SPREAD);
        return key;
    }

    static byte[][] keys(int count, int length) {
        byte[][] keys = new byte[count][];
        for (int i = 0; i < count; i++) {
            keys[i] = key(i, length);
        }
        return keys;
    }

    /** {@code count} random numbers below {@code bound}, for picking keys without computing anything on the way. */
    static int[] randomOrder(int count, int bound) {
        SplittableRandom random = new SplittableRandom(42);
        int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            order[i] = random.nextInt(bound);
        }
        return order;
    }
}
