package dev.poro.wal;

import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The change files that readers are reading. While one is read, it and those after it are not deleted, so that a reader
 * that is nearly as fast as the writer does not lose its place: but not for longer than {@link #LONGEST_NANOS} since it
 * was entered. Thread-safe.
 */
final class ChangePins {
    /** For a file of 64 MiB, a reader that takes longer reads less than 7 MiB a second. */
    static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final LongSupplier nanoTime;
    private final Map<ChangeReader, Pin> pins = new HashMap<>();

    ChangePins(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    private record Pin(long file, long since) {}

    /** A reader has entered a file, and left the one before. */
    synchronized void pin(ChangeReader reader, long file) {
        pins.put(reader, new Pin(file, nanoTime.getAsLong()));
    }

    /** A reader is closed. */
    synchronized void unpin(ChangeReader reader) {
        pins.remove(reader);
    }

    /** The number of the first file that must stay; {@link Long#MAX_VALUE} if none must. */
    synchronized long firstPinned() {
        long now = nanoTime.getAsLong();
        long first = Long.MAX_VALUE;
        for (Iterator<Pin> each = pins.values().iterator(); each.hasNext(); ) {
            Pin pin = each.next();
            if (now - pin.since > LONGEST_NANOS) {
                each.remove();
            } else {
                first = Math.min(first, pin.file);
            }
        }
        return first;
    }
}
