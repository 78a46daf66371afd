package dev.poro.server;

/** Numbers in the digits of the protocol. */
final class DecimalBytes {
    /** What is no number. */
    static final long INVALID = Long.MIN_VALUE;

    /** The most digits, and a sign. */
    static final int MAX_LENGTH = 20;

    private static final int MAX_DIGITS = 18;

    private DecimalBytes() {}

    /** The number between two places, without plus sign and leading zeros; {@link #INVALID} if there is none. */
    static long parse(byte[] input, int from, int to) {
        boolean isNegative = from < to && input[from] == '-';
        int first = isNegative ? from + 1 : from;
        int digits = to - first;
        if (digits < 1 || digits > MAX_DIGITS || (input[first] == '0' && to - from > 1)) {
            return INVALID;
        }
        long number = 0;
        for (int i = first; i < to; i++) {
            int digit = input[i] - '0';
            if (digit < 0 || digit > 9) {
                return INVALID;
            }
            number = 10 * number + digit;
        }
        return isNegative ? -number : number;
    }

    /** Writes the digits of a number so that they end at a place; returns where they begin. */
    static int write(long number, byte[] target, int end) {
        int at = end;
        long rest = number > 0 ? -number : number;
        do {
            target[--at] = (byte) ('0' - rest % 10);
            rest /= 10;
        } while (rest != 0);
        if (number < 0) {
            target[--at] = '-';
        }
        return at;
    }
}
