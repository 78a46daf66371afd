package dev.poro.statemachine;

import java.math.BigInteger;
import java.util.Arrays;

/** wyhash, final version 3, straight from its definition: unsigned numbers as such, and copies for every part. */
final class ReferenceWyHash {
    private static final long[] SECRET = {
        0xa0761d6478bd642fL, 0xe7037ed1a0b428dbL, 0x8ebc6af09c88c6e3L, 0x589965cc75374cc3L
    };
    private static final BigInteger TWO_64 = BigInteger.ONE.shiftLeft(64);

    private ReferenceWyHash() {}

    static long of(byte[] bytes, long seed) {
        int length = bytes.length;
        long[] state = {seed ^ SECRET[0], seed ^ SECRET[0], seed ^ SECRET[0]};
        long first;
        long second;
        if (length > 16) {
            int at = 0;
            for (; length > 48 && length - at > 48; at += 48) {
                for (int lane = 0; lane < 3; lane++) {
                    state[lane] = mum(
                            number(bytes, at + 16 * lane, 8) ^ SECRET[lane + 1],
                            number(bytes, at + 16 * lane + 8, 8) ^ state[lane]);
                }
            }
            if (length > 48) {
                state[0] ^= state[1] ^ state[2];
            }
            for (; length - at > 16; at += 16) {
                state[0] = mum(number(bytes, at, 8) ^ SECRET[1], number(bytes, at + 8, 8) ^ state[0]);
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
        return mum(SECRET[1] ^ length, mum(first ^ SECRET[1], second ^ state[0]));
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
