package dev.poro.statemachine;

/**
 * A number of 64 bits and its canonical decimal: {@code 0}, or {@code -?[1-9][0-9]*}, in ASCII. Reused; allocates
 * nothing; single writer.
 */
final class DecimalNumber {
    /** Bytes of the longest. */
    static final int MAX_LENGTH = 20;

    private final byte[] digits = new byte[MAX_LENGTH];
    private int length;
    private long value;

    /** Where the decimal stands: to be written before {@link #parse}, to be read after {@link #add}. */
    byte[] digits() {
        return digits;
    }

    int length() {
        return length;
    }

    long value() {
        return value;
    }

    void set(long newValue) {
        value = newValue;
    }

    /** Reads the first bytes of {@link #digits}; {@code false} if they are no canonical decimal of 64 bits. */
    boolean parse(int bytes) {
        boolean negative = bytes > 0 && digits[0] == '-';
        int first = negative ? 1 : 0;
        int count = bytes - first;
        if (count < 1 || (digits[first] == '0' && (negative || count > 1))) {
            return false;
        }
        // Negative, because there is one negative number more.
        long sum = 0;
        for (int i = first; i < bytes; i++) {
            int digit = digits[i] - '0';
            if (digit < 0 || digit > 9 || sum < (Long.MIN_VALUE + digit) / 10) {
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

    /**
     * Adds, and writes the decimal of the sum; {@code false} if that has more than 64 bits, and then nothing changes.
     */
    boolean add(long delta) {
        long sum = value + delta;
        if (((value ^ sum) & (delta ^ sum)) < 0) {
            return false;
        }
        value = sum;
        write();
        return true;
    }

    private void write() {
        long rest = value < 0 ? value : -value;
        int count = 1;
        for (long left = rest / 10; left != 0; left /= 10) {
            count++;
        }
        length = value < 0 ? count + 1 : count;
        for (int i = length - 1; i >= length - count; i--) {
            digits[i] = (byte) ('0' - rest % 10);
            rest /= 10;
        }
        if (value < 0) {
            digits[0] = '-';
        }
    }
}
