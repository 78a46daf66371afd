package dev.poro.wal;

import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The change files that readers are reading. While one is read, it and those after it are not deleted, so that a reader
 * that is nearly as fast as the writer does not lose its place. But that is for a bounded time: as long as a reader of
 * 6.7 MB a second takes for the file, ten seconds for one of 64 MiB. Thread-safe.
 */
final class ChangePins {
    static final long NANOS_PER_BYTE = 150;

    private final LongSupplier nanoTime;
    private final Map<ChangeReader, Pin> pins = new HashMap<>();

    ChangePins(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    private record Pin(long file, long since, long nanos) {}

    /** A reader has entered a file, and left the one before. */
    synchronized void pin(ChangeReader reader, SegmentHeader file) {
        pins.put(reader, new Pin(file.number, nanoTime.getAsLong(), NANOS_PER_BYTE * file.length));
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
            if (now - pin.since > pin.nanos) {
                each.remove();
            } else {
                first = Math.min(first, pin.file);
            }
        }
        return first;
    }
}
