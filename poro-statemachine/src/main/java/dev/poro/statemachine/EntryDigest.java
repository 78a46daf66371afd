package dev.poro.statemachine;

import net.openhft.hashing.LongHashFunction;

/**
 * The digest of one entry. The digest of the state is the sum of these over the live entries, modulo 2^64, so it does
 * not depend on order and costs one addition and one subtraction to maintain. It is stored in the log: the definition
 * below is part of the format.
 *
 * <pre>
 *   lengths = keyLength * 2^32 + valueLength
 *   digest  = mix(mix(wy3(key) + lengths) ^ wy3(value))
 *
 *   wy3(b)  = wyhash version 3 of the bytes b with seed 0, as LongHashFunction.wy_3() computes it
 *   mix(x)  = x ^= x >>> 30; x *= 0xbf58476d1ce4e5b9; x ^= x >>> 27; x *= 0x94d049bb133111eb; x ^= x >>> 31
 * </pre>
 *
 * <p>{@code mix} is the finalizer of SplitMix64 (Steele, Lea, Flood: OOPSLA 2014). The digest finds defects and
 * damage; it is no protection against someone who forges both contents and digest. Stateless, allocates nothing.
 */
final class EntryDigest {
    private static final LongHashFunction WY = LongHashFunction.wy_3();

    private EntryDigest() {}

    /** The part that depends on the key alone. */
    static long ofKey(long key, int keyLength) {
        return WY.hashMemory(key, keyLength);
    }

    /** The digest of an entry, given {@link #ofKey}. */
    static long of(long ofKey, int keyLength, long value, int valueLength) {
        long lengths = ((long) keyLength << Integer.SIZE) + valueLength;
        return mix(mix(ofKey + lengths) ^ WY.hashMemory(value, valueLength));
    }

    private static long mix(long bits) {
        long x = (bits ^ (bits >>> 30)) * 0xbf58476d1ce4e5b9L;
        x = (x ^ (x >>> 27)) * 0x94d049bb133111ebL;
        return x ^ (x >>> 31);
    }
}
