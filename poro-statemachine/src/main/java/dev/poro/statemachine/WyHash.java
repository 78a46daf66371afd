package dev.poro.statemachine;

import dev.poro.events.RawMemory;

/**
 * wyhash, final version 3: Wang Yi, "wyhash" (public domain). With seed 0 it is the original with its default secret,
 * which is part of the log's format by way of {@link EntryDigest}. It is our own code rather than a library's because
 * hashing keys and values takes up to a third of a write (measured against zero-allocation-hashing's wyhash: 4.0 to 6.4
 * ns for 16 bytes, 101 to 188 ns for 1 KiB).
 *
 * <p>In the original, a word that equals a secret makes a product zero, and the rest of the key no longer matters; two
 * lanes that differ as their secrets do cancel each other. The default secret is published, so an attacker can choose
 * any number of keys that collide, whatever the seed. Here the secrets depend on the seed as well, so an attacker would
 * have to guess its 64 bits.
 *
 * <p>Immutable, allocates nothing. Tests subclass it to choose hashes. In production no subclass is loaded, so the JIT
 * compiler inlines the calls.
 */
class WyHash {
    private static final long SECRET_0 = 0xa0761d6478bd642fL;
    private static final long SECRET_1 = 0xe7037ed1a0b428dbL;
    private static final long SECRET_2 = 0x8ebc6af09c88c6e3L;
    private static final long SECRET_3 = 0x589965cc75374cc3L;

    private final long start;
    private final long secret1;
    private final long secret2;
    private final long secret3;

    /** With secrets derived from the seed; seed 0 gives the default ones. */
    WyHash(long seed) {
        this(
                seed,
                SECRET_1 ^ spread(seed * 0x9e3779b97f4a7c15L),
                SECRET_2 ^ spread(seed * 0xd1342543de82ef95L),
                SECRET_3 ^ spread(seed * 0xaf251af3b0f025b5L));
    }

    private WyHash(long seed, long secret1, long secret2, long secret3) {
        this.start = seed ^ SECRET_0;
        this.secret1 = secret1;
        this.secret2 = secret2;
        this.secret3 = secret3;
    }

    /** The original, with its default secret whatever the seed. */
    static WyHash original(long seed) {
        return new WyHash(seed, SECRET_1, SECRET_2, SECRET_3);
    }

    /** The hash of the {@code length} bytes at {@code address}. */
    long of(long address, int length) {
        return hash(null, address, length);
    }

    /** The hash of all of {@code bytes}. */
    long of(byte[] bytes) {
        return hash(bytes, 0, bytes.length);
    }

    /** The hash of bytes in an array from an index on or, without an array, in memory from an address on. */
    long of(byte[] array, long at, int length) {
        return hash(array, at, length);
    }

    private long hash(byte[] array, long from, int length) {
        long state = start;
        if (length <= 16) {
            return finish(shortFirst(array, from, length), shortSecond(array, from, length), length, state);
        }
        long at = from;
        int left = length;
        if (left > 48) {
            long second = state;
            long third = state;
            do {
                state = mix(read8(array, at) ^ secret1, read8(array, at + 8) ^ state);
                second = mix(read8(array, at + 16) ^ secret2, read8(array, at + 24) ^ second);
                third = mix(read8(array, at + 32) ^ secret3, read8(array, at + 40) ^ third);
                at += 48;
                left -= 48;
            } while (left > 48);
            state ^= second ^ third;
        }
        for (; left > 16; left -= 16, at += 16) {
            state = mix(read8(array, at) ^ secret1, read8(array, at + 8) ^ state);
        }
        return finish(read8(array, at + left - 16), read8(array, at + left - 8), length, state);
    }

    private long finish(long first, long second, int length, long state) {
        return mix(secret1 ^ length, mix(first ^ secret1, second ^ state));
    }

    private static long shortFirst(byte[] array, long at, int length) {
        if (length >= 4) {
            return (read4(array, at) << 32) | read4(array, at + middle(length));
        }
        return length == 0
                ? 0
                : (read1(array, at) << 16) | (read1(array, at + (length >> 1)) << 8) | read1(array, at + length - 1);
    }

    private static long shortSecond(byte[] array, long at, int length) {
        long last = at + length - 4;
        return length >= 4 ? (read4(array, last) << 32) | read4(array, last - middle(length)) : 0;
    }

    /** Where the second word of up to 16 bytes begins: at 0, 4 or 8. */
    private static int middle(int length) {
        return (length >> 3) << 2;
    }

    /** The exclusive or of the two halves of the 128-bit product of two unsigned numbers. */
    private static long mix(long a, long b) {
        return UnsignedProduct.high(a, b) ^ (a * b);
    }

    /** A permutation of all numbers that maps 0 to 0: SplitMix64's (Steele, Lea, Flood: OOPSLA 2014). */
    static long spread(long bits) {
        long x = (bits ^ (bits >>> 30)) * 0xbf58476d1ce4e5b9L;
        x = (x ^ (x >>> 27)) * 0x94d049bb133111ebL;
        return x ^ (x >>> 31);
    }

    private static long read8(byte[] array, long at) {
        return array == null ? RawMemory.readLong(at) : RawMemory.readLong(array, (int) at);
    }

    private static long read4(byte[] array, long at) {
        return (array == null ? RawMemory.readInt(at) : RawMemory.readInt(array, (int) at)) & 0xFFFFFFFFL;
    }

    private static long read1(byte[] array, long at) {
        return (array == null ? RawMemory.readByte(at) : array[(int) at]) & 0xFF;
    }
}
