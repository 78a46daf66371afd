package dev.poro.perf.stress;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The keys and values that are written. Each is a function of a number, so that both can be made again and recognised.
 *
 * <pre>
 *   key    key number u32 | filling that follows from it
 *   value  stamp u64      | filling that follows from it and from the key     stamp = producer * 2^48 + event number
 * </pre>
 *
 * <p>Every key belongs to one producer. Only that producer deletes it, because a delete holds nothing but the key. Half
 * of a producer's keys are shared: all producers set them, and the log decides the order. Events of a producer are
 * numbered from 1, so that no stamp is 0. Immutable; any thread.
 *
 * @param seed of everything that is random
 * @param keys how many, a multiple of {@code 2 * producers}
 */
record Workload(long seed, int producers, int keys, Range keyLength, Range valueLength, Mix mix) {
    /** The shortest key in bytes. */
    static final int MIN_KEY_LENGTH = Integer.BYTES;

    /** The shortest value in bytes. */
    static final int MIN_VALUE_LENGTH = Long.BYTES;

    /** The number of a producer's first event. */
    static final long FIRST_EVENT = 1;

    /** The stamp of no value, and the number of no event. */
    static final long NONE = 0;

    private static final int NUMBER_BITS = 48;
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

    int ownerOf(int key) {
        return key % producers;
    }

    boolean isShared(int key) {
        return key / producers % 2 == 0;
    }

    /** Bytes of a key. */
    int keyLengthOf(int key) {
        return keyLength.pick(mixed(seed + key));
    }

    /** Writes a key into an array that is as long as it. */
    void writeKey(int key, byte[] target) {
        INTS.set(target, 0, key);
        fill(target, Integer.BYTES, seed ^ mixed(key));
    }

    /** A new array with a key. */
    byte[] key(int key) {
        byte[] bytes = new byte[keyLengthOf(key)];
        writeKey(key, bytes);
        return bytes;
    }

    /** The number that a key of this workload begins with; any other bytes may give any number. */
    static int numberIn(byte[] key) {
        return key.length < MIN_KEY_LENGTH ? -1 : (int) INTS.get(key, 0);
    }

    static long stamp(int producer, long number) {
        return ((long) producer << NUMBER_BITS) + number;
    }

    static int producerOf(long stamp) {
        return (int) (stamp >>> NUMBER_BITS);
    }

    static long numberOf(long stamp) {
        return stamp & ((1L << NUMBER_BITS) - 1);
    }

    /** The stamp that a value of this workload begins with; any other bytes may give any stamp. */
    static long stampIn(byte[] value) {
        return value.length < MIN_VALUE_LENGTH ? NONE : (long) LONGS.get(value, 0);
    }

    /** Bytes of the value that the event with this stamp sets. */
    int valueLengthOf(long stamp) {
        return valueLength.pick(mixed(seed ^ stamp));
    }

    /** Writes the value that an event sets into an array that is as long as it. */
    void writeValue(int key, long stamp, byte[] target) {
        LONGS.set(target, 0, stamp);
        fill(target, Long.BYTES, mixed(stamp) + key);
    }

    /** A new array with the value that an event sets. */
    byte[] value(int key, long stamp) {
        byte[] bytes = new byte[valueLengthOf(stamp)];
        writeValue(key, stamp, bytes);
        return bytes;
    }

    private static void fill(byte[] target, int from, long start) {
        long bits = start;
        int at = from;
        for (; at + Long.BYTES <= target.length; at += Long.BYTES) {
            bits += GOLDEN_GAMMA;
            LONGS.set(target, at, bits * bits);
        }
        for (; at < target.length; at++) {
            target[at] = (byte) (start >>> at);
        }
    }

    /** The finaliser of SplitMix64 (Steele, Lea, Flood: OOPSLA 2014): every bit depends on every other. */
    static long mixed(long bits) {
        long x = (bits ^ (bits >>> 30)) * 0xbf58476d1ce4e5b9L;
        x = (x ^ (x >>> 27)) * 0x94d049bb133111ebL;
        return x ^ (x >>> 31);
    }
}
