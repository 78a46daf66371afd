package dev.poro.perf.stress;

/** An array for each length, used again if it is short: what is measured is not the garbage collector. One thread. */
final class ByteArrays {
    private static final int LONGEST_KEPT = 1 << 10;

    private final byte[][] kept = new byte[LONGEST_KEPT + 1][];

    byte[] ofLength(int length) {
        if (length > LONGEST_KEPT) {
            return new byte[length];
        }
        if (kept[length] == null) {
            kept[length] = new byte[length];
        }
        return kept[length];
    }
}
