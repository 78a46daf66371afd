package dev.poro.perf.stress;

/** An array for each length. Short ones are reused, so that the garbage collector is not measured. One thread. */
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
