package dev.poro.statemachine;

import java.math.BigInteger;
import java.util.Arrays;

/** wyhash, final version 3, straight from its definition: unsigned numbers as such, and copies for every part. */
final class ReferenceWyHash {
    private static final long[] DEFAULT_SECRET = {
        0xa0761d6478bd642fL, 0xe7037ed1a0b428dbL, 0x8ebc6af09c88c6e3L, 0x589965cc75374cc3L
    };
    private static final long[] FACTORS = {0, 0x9e3779b97f4a7c15L, 0xd1342543de82ef95L, 0xaf251af3b0f025b5L};
    private static final BigInteger TWO_64 = BigInteger.ONE.shiftLeft(64);

    private ReferenceWyHash() {}

    /** With the default secret. */
    static long original(byte[] bytes, long seed) {
        return of(bytes, seed, DEFAULT_SECRET);
    }

    /** With secrets that depend on the seed. */
    static long of(byte[] bytes, long seed) {
        long[] secret = DEFAULT_SECRET.clone();
        for (int i = 1; i < secret.length; i++) {
            secret[i] ^= spread(seed * FACTORS[i]);
        }
        return of(bytes, seed, secret);
    }

    private static long spread(long bits) {
        long x = bits;
        x ^= x >>> 30;
        x *= 0xbf58476d1ce4e5b9L;
        x ^= x >>> 27;
        x *= 0x94d049bb133111ebL;
        return x ^ x >>> 31;
    }

    private static long of(byte[] bytes, long seed, long[] secret) {
        int length = bytes.length;
        long[] state = {seed ^ secret[0], seed ^ secret[0], seed ^ secret[0]};
        long first;
        long second;
        if (length > 16) {
            int at = 0;
            for (; length > 48 && length - at > 48; at += 48) {
                for (int lane = 0; lane < 3; lane++) {
                    state[lane] = mum(
                            number(bytes, at + 16 * lane, 8) ^ secret[lane + 1],
                            number(bytes, at + 16 * lane + 8, 8) ^ state[lane]);
                }
            }
            if (length > 48) {
                state[0] ^= state[1] ^ state[2];
            }
            for (; length - at > 16; at += 16) {
                state[0] = mum(number(bytes, at, 8) ^ secret[1], number(bytes, at + 8, 8) ^ state[0]);
            }
            first = number(bytes, length - 16, 8);
            second = number(bytes, length - 8, 8);
        } else if (length >= 4) {
            int middle = length >= 8 ? 4 : 0;
            middle = length == 16 ? 8 : middle;
            first = number(bytes, 0, 4) << 32 | number(bytes, middle, 4);
            second = number(bytes, length - 4, 4) << 32 | number(bytes, length - 4 - middle, 4);
        } else {
            first = length == 0
                    ? 0
                    : number(bytes, 0, 1) << 16 | number(bytes, length / 2, 1) << 8 | number(bytes, length - 1, 1);
            second = 0;
        }
        return mum(secret[1] ^ length, mum(first ^ secret[1], second ^ state[0]));
    }

    private static long number(byte[] bytes, int from, int length) {
        byte[] bigEndian = new byte[length];
        for (int i = 0; i < length; i++) {
            bigEndian[length - 1 - i] = bytes[from + i];
        }
        return new BigInteger(1, Arrays.copyOf(bigEndian, length)).longValue();
    }

    private static long mum(long a, long b) {
        BigInteger product = unsigned(a).multiply(unsigned(b));
        return product.longValue() ^ product.shiftRight(64).longValue();
    }

    private static BigInteger unsigned(long number) {
        BigInteger signed = BigInteger.valueOf(number);
        return signed.signum() < 0 ? signed.add(TWO_64) : signed;
    }
}
