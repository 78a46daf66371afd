package dev.poro.command;

import java.util.ArrayList;
import java.util.List;

/**
 * The longest bytes that two values have in common in the same order, not necessarily side by side, by the usual table
 * of the lengths for all pairs of beginnings. Of several that are as long, the one that Redis finds. Immutable.
 */
final class CommonSubsequence {
    private final byte[] a;
    private final byte[] b;

    /** Of the first i bytes of a and the first j of b, at {@code i * (b.length + 1) + j}. */
    private final int[] lengths;

    private final byte[] bytes;
    private final List<Match> matches = new ArrayList<>();

    /** Bytes side by side in both values: from, to and length in each. */
    record Match(int inA, int inB, int length) {}

    CommonSubsequence(byte[] a, byte[] b) {
        this.a = a;
        this.b = b;
        this.lengths = new int[(a.length + 1) * (b.length + 1)];
        fill();
        this.bytes = new byte[length()];
        trace();
    }

    /** Bytes of memory that two values of these lengths take meanwhile. */
    static long memory(int lengthOfA, int lengthOfB) {
        return (lengthOfA + 1L) * (lengthOfB + 1L) * Integer.BYTES;
    }

    /** How many bytes they have in common. */
    int length() {
        return lengths[lengths.length - 1];
    }

    byte[] bytes() {
        return bytes;
    }

    /** The runs of bytes, the last one first. */
    List<Match> matches() {
        return matches;
    }

    private int at(int i, int j) {
        return lengths[i * (b.length + 1) + j];
    }

    private void fill() {
        for (int i = 1; i <= a.length; i++) {
            for (int j = 1; j <= b.length; j++) {
                lengths[i * (b.length + 1) + j] =
                        a[i - 1] == b[j - 1] ? at(i - 1, j - 1) + 1 : Math.max(at(i - 1, j), at(i, j - 1));
            }
        }
    }

    /** From the ends to the beginnings. */
    private void trace() {
        int i = a.length;
        int j = b.length;
        int place = bytes.length;
        int run = 0;
        while (i > 0 && j > 0) {
            if (a[i - 1] == b[j - 1]) {
                i--;
                j--;
                bytes[--place] = a[i];
                run++;
            } else {
                run = endRun(i, j, run);
                if (at(i - 1, j) > at(i, j - 1)) {
                    i--;
                } else {
                    j--;
                }
            }
        }
        endRun(i, j, run);
    }

    private int endRun(int i, int j, int run) {
        if (run > 0) {
            matches.add(new Match(i, j, run));
        }
        return 0;
    }
}
