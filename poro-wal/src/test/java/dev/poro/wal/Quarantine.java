package dev.poro.wal;

import java.nio.ByteBuffer;
import java.util.Map;

/** A check that a recovery kept a copy of all that it cut off. */
final class Quarantine {
    private Quarantine() {}

    /** Compares the files before and after an opening that cut something off. */
    static void requireHolds(Map<String, ByteBuffer> before, Map<String, ByteBuffer> after, String moment) {
        before.forEach((name, was) -> {
            if (SegmentDescriptor.isSegmentName(name)) {
                requireHolds(name, was, after, moment);
            }
        });
    }

    private static void requireHolds(String name, ByteBuffer was, Map<String, ByteBuffer> after, String moment) {
        int end = endOfNonZero(was);
        ByteBuffer is = after.get(name);
        int identity = SegmentDescriptor.IDENTITY_LENGTH;
        boolean isSame =
                is != null && was.limit() >= identity && was.slice(0, identity).equals(is.slice(0, identity));
        int changed = isSame ? is.mismatch(was.slice(0, Math.max(end, 0))) : 0;
        if (isSame ? changed < 0 || changed >= end : end <= identity) {
            return;
        }
        boolean held = after.entrySet().stream()
                .filter(file -> file.getKey().startsWith(name) && file.getKey().endsWith(".quarantine"))
                .anyMatch(file -> isCopyOfTail(file.getValue(), was, changed, end));
        if (!held) {
            throw new AssertionError(moment + ": " + name + " changed at " + changed + ", and no quarantine holds its "
                    + end + " bytes: " + after.keySet());
        }
    }

    /** Whether these bytes are those of the segment from somewhere at or before the change to its end. */
    private static boolean isCopyOfTail(ByteBuffer copy, ByteBuffer was, int changed, int end) {
        int copyEnd = endOfNonZero(copy);
        int from = end - copyEnd;
        return from >= 0 && from <= changed && was.slice(from, copyEnd).equals(copy.slice(0, copyEnd));
    }

    private static int endOfNonZero(ByteBuffer bytes) {
        int end = bytes.limit();
        while (end > 0 && bytes.get(end - 1) == 0) {
            end--;
        }
        return end;
    }
}
