package dev.poro.statemachine;

import java.util.Arrays;

/**
 * The digest of one entry. The digest of the state is the sum of these over the live entries, modulo 2^64, so it does
 * not depend on order and costs one addition and one subtraction to maintain. It is stored in the log: the definition
 * below is part of the format.
 *
 * <pre>
 *   payload = the bytes of the key, then the bytes of the value
 *   lengths = keyLength * 2^32 + valueLength
 *   digest  = mix(wy(payload) ^ mix(lengths + 0x9e3779b97f4a7c15))
 *   with an expiry, in milliseconds since 1970:
 *   digest' = mix(digest ^ mix(expiry + 0x9e3779b97f4a7c15))
 *
 *   wy(b)   = wyhash, final version 3, of the bytes b with seed 0 and the default secret: WyHash
 *   mix(x)  = x ^= x >>> 30; x *= 0xbf58476d1ce4e5b9; x ^= x >>> 27; x *= 0x94d049bb133111eb; x ^= x >>> 31
 * </pre>
 *
 * <p>{@code mix} and the constant are those of SplitMix64 (Steele, Lea, Flood: OOPSLA 2014). The digest detects defects
 * and damage. It does not protect against an attacker who forges both contents and digest. Stateless.
 */
final class EntryDigest {
    private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

    private static final WyHash HASH = new WyHash(0);

    private EntryDigest() {}

    /** The digest of an entry whose key and value lie one after the other at {@code payload}. Allocates nothing. */
    static long of(long payload, int keyLength, int valueLength) {
        return ofHash(HASH.of(payload, keyLength + valueLength), keyLength, valueLength);
    }

    /** The digest of an entry. */
    static long of(byte[] key, byte[] value) {
        byte[] payload = Arrays.copyOf(key, key.length + value.length);
        System.arraycopy(value, 0, payload, key.length, value.length);
        return ofHash(HASH.of(payload), key.length, value.length);
    }

    /** The digest of an entry that has an expiry, from the digest that it would have without. */
    static long withExpiry(long digest, long expiry) {
        return WyHash.spread(digest ^ WyHash.spread(expiry + GOLDEN_GAMMA));
    }

    private static long ofHash(long hash, int keyLength, int valueLength) {
        long lengths = ((long) keyLength << Integer.SIZE) + valueLength;
        return WyHash.spread(hash ^ WyHash.spread(lengths + GOLDEN_GAMMA));
    }
}
