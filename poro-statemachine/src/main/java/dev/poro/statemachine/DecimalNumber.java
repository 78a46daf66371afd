package dev.poro.statemachine;

import dev.poro.events.RawMemory;

/**
 * A number of 64 bits and its canonical decimal: {@code 0}, or {@code -?[1-9][0-9]*}, in ASCII. Reused; allocates
 * nothing; single writer.
 *
 * <p>Eight digits are read and written at a time, as one word whose lowest byte is the first of them. All are computed
 * together: D. Lemire, "Quickly parsing eight digits", and P. Khuong, "How to print integers really fast".
 */
final class DecimalNumber {
    /** Bytes of the longest. */
    static final int MAX_LENGTH = 20;

    private static final int WORD = Long.BYTES;
    private static final long WORD_BASE = 100_000_000;

    /** Eight digits 0. */
    private static final long ZEROS = 0x3030303030303030L;

    /** The powers of ten, from 1 on; unsigned, as the last one needs 64 bits. */
    private static final long[] POWERS = new long[MAX_LENGTH];

    static {
        POWERS[0] = 1;
        for (int i = 1; i < POWERS.length; i++) {
            POWERS[i] = 10 * POWERS[i - 1];
        }
    }

    private int length;
    private long value;

    /** Bytes of the decimal after {@link #add}. */
    int length() {
        return length;
    }

    long value() {
        return value;
    }

    void set(long newValue) {
        value = newValue;
    }

    /** Reads a decimal from memory; {@code false} if it is no canonical one of 64 bits. */
    boolean parse(long address, int bytes) {
        boolean negative = bytes > 0 && RawMemory.readByte(address) == '-';
        int first = negative ? 1 : 0;
        int count = bytes - first;
        if (count < 1 || count >= MAX_LENGTH || (RawMemory.readByte(address + first) == '0' && bytes > 1)) {
            return false;
        }
        // The digits before the last full words, after as many zeros as make them one.
        long at = address + first;
        long word = ZEROS;
        if ((count & 4) != 0) {
            word = (word >>> 32) | ((long) RawMemory.readInt(at) << 32);
            at += 4;
        }
        if ((count & 2) != 0) {
            word = (word >>> 16) | ((long) RawMemory.readUnsignedShort(at) << 48);
            at += 2;
        }
        if ((count & 1) != 0) {
            word = (word >>> 8) | ((long) RawMemory.readByte(at) << 56);
            at++;
        }
        boolean areDigits = areDigits(word);
        long sum = numberOf(word);
        for (long end = address + bytes; at < end; at += WORD) {
            word = RawMemory.readLong(at);
            areDigits &= areDigits(word);
            sum = sum * WORD_BASE + numberOf(word);
        }
        // 19 digits are less than 2^64. There is one negative number more.
        if (!areDigits || (sum < 0 && !(negative && sum == Long.MIN_VALUE))) {
            return false;
        }
        value = negative ? -sum : sum;
        return true;
    }

    /** Whether the eight bytes are digits: each has a 3 in its upper half, with 6 more, too. */
    private static boolean areDigits(long word) {
        long upper = 0xF0F0F0F0F0F0F0F0L;
        return (word & upper) == ZEROS && ((word + 0x0606060606060606L) & upper) == ZEROS;
    }

    /** The number that eight digits are; undefined if they are none. */
    private static long numberOf(long word) {
        long digits = word - ZEROS;
        long pairs = digits * 10 + (digits >>> 8); // in every other byte
        long every = 0x000000FF000000FFL;
        // The first pair times a million and the third times a hundred, the second times ten thousand and the fourth.
        long sums = (pairs & every) * 0x000F424000000064L + ((pairs >>> 16) & every) * 0x0000271000000001L;
        return sums >>> 32;
    }

    /** Adds; {@code false} if the sum has more than 64 bits, and then nothing changes. */
    boolean add(long delta) {
        long sum = value + delta;
        if (((value ^ sum) & (delta ^ sum)) < 0) {
            return false;
        }
        value = sum;
        int digits = digitsOf(Math.abs(sum));
        length = sum < 0 ? digits + 1 : digits;
        return true;
    }

    /** The number of digits of an unsigned number. */
    private static int digitsOf(long magnitude) {
        int bits = Long.SIZE - Long.numberOfLeadingZeros(magnitude | 1);
        int atLeast = (bits * 1233) >>> 12; // bits times the logarithm of 2 to the base 10
        return Long.compareUnsigned(magnitude | 1, POWERS[atLeast]) < 0 ? atLeast : atLeast + 1;
    }

    /** Writes the decimal to memory, {@link #length} bytes. */
    void write(long address) {
        // Not positive, because there is one negative number more.
        long rest = Math.min(value, -value);
        int left = value < 0 ? length - 1 : length;
        long at = address + length;
        for (; left >= WORD; left -= WORD) {
            long next = rest / WORD_BASE;
            at -= WORD;
            RawMemory.writeLong(at, digitsOfWord(next * WORD_BASE - rest));
            rest = next;
        }
        if (left > 0) {
            writeLast(at - left, left, digitsOfWord(-rest) >>> (Byte.SIZE * (WORD - left)));
        }
        if (value < 0) {
            RawMemory.writeByte(address, (byte) '-');
        }
    }

    /** The lowest bytes of a word, fewer than eight. */
    private static void writeLast(long address, int count, long word) {
        long at = address;
        long rest = word;
        if ((count & 4) != 0) {
            RawMemory.writeInt(at, (int) rest);
            rest >>>= 32;
            at += 4;
        }
        if ((count & 2) != 0) {
            RawMemory.writeShort(at, (int) rest);
            rest >>>= 16;
            at += 2;
        }
        if ((count & 1) != 0) {
            RawMemory.writeByte(at, (byte) rest);
        }
    }

    /** The eight digits of a number. */
    private static long digitsOfWord(long number) {
        long upper = number / 10_000;
        long fours = upper + ((number - upper * 10_000) << 32); // four digits in every fourth byte
        long hundreds = ((fours * 10_486) >>> 20) & 0x0000007F0000007FL; // 10486 / 2^20 is a hundredth
        long twos = hundreds + ((fours - hundreds * 100) << 16);
        long tens = ((twos * 103) >>> 10) & 0x000F000F000F000FL; // 103 / 2^10 is a tenth
        return ZEROS + tens + ((twos - tens * 10) << 8);
    }
}
