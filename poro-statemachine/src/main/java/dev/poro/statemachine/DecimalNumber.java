package dev.poro.statemachine;

import dev.poro.events.RawMemory;

/**
 * A number of 64 bits and its canonical decimal: {@code 0}, or {@code -?[1-9][0-9]*}, in ASCII. Reused; allocates
 * nothing; single writer.
 */
final class DecimalNumber {
    /** Bytes of the longest. */
    static final int MAX_LENGTH = 20;

    /** The powers of ten that have a long, from 1 on, negative as the numbers are while they are read and written. */
    private static final long[] POWERS = new long[MAX_LENGTH - 1];

    /** So many digits never overflow. */
    private static final int SAFE_DIGITS = 18;

    static {
        POWERS[0] = -1;
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
        // Negative, because there is one negative number more.
        long sum = 0;
        for (int i = first; i < bytes; i++) {
            int digit = RawMemory.readByte(address + i) - '0';
            if (digit < 0 || digit > 9 || (i >= SAFE_DIGITS && sum < (Long.MIN_VALUE + digit) / 10)) {
                return false;
            }
            sum = sum * 10 - digit;
        }
        if (!negative && sum == Long.MIN_VALUE) {
            return false;
        }
        value = negative ? sum : -sum;
        return true;
    }

    /** Adds; {@code false} if the sum has more than 64 bits, and then nothing changes. */
    boolean add(long delta) {
        long sum = value + delta;
        if (((value ^ sum) & (delta ^ sum)) < 0) {
            return false;
        }
        value = sum;
        long rest = Math.min(sum, -sum);
        int count = 1;
        while (count < POWERS.length && rest <= POWERS[count]) {
            count++;
        }
        length = sum < 0 ? count + 1 : count;
        return true;
    }

    /** Writes the decimal to memory, {@link #length} bytes. */
    void write(long address) {
        long rest = Math.min(value, -value);
        long at = address + length - 1;
        for (; rest <= -100; at -= 2) {
            long next = rest / 100;
            int two = (int) (next * 100 - rest);
            RawMemory.writeByte(at - 1, (byte) ('0' + two / 10));
            RawMemory.writeByte(at, (byte) ('0' + two % 10));
            rest = next;
        }
        int left = (int) -rest;
        do {
            RawMemory.writeByte(at--, (byte) ('0' + left % 10));
            left /= 10;
        } while (left > 0);
        if (value < 0) {
            RawMemory.writeByte(address, (byte) '-');
        }
    }
}
