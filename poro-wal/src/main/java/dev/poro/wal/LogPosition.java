package dev.poro.wal;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How far a log is written and how far it is forced: the last event, and the bytes, which marks add to as well. Each of
 * the two has one writing thread; any thread reads.
 */
final class LogPosition {
    private final AtomicLong written;
    private final AtomicLong durable;
    private final AtomicLong length;
    private final AtomicLong forcedLength;
    private final AtomicLong time = new AtomicLong(Long.MIN_VALUE);

    /** @param length bytes of frames that were replayed */
    LogPosition(long lastSequence, long length) {
        this.length = new AtomicLong(length);
        this.forcedLength = new AtomicLong(length);
        written = new AtomicLong(lastSequence);
        durable = new AtomicLong(lastSequence);
    }

    /** The last sequence of an ended frame. */
    long written() {
        return written.get();
    }

    /** The highest sequence known to be forced. */
    long durable() {
        return durable.get();
    }

    /** Bytes of frames that were replayed when the log was opened, or written since. */
    long length() {
        return length.get();
    }

    /** Whether every frame is forced. */
    boolean isForced() {
        return isForced(length.get());
    }

    /** Whether the log is forced up to a {@link #length}. */
    boolean isForced(long length) {
        return forcedLength.get() >= length;
    }

    /** The timestamp of the last frame that has ended. */
    long time() {
        return time.get();
    }

    void time(long timestamp) {
        time.lazySet(timestamp);
    }

    /**
     * A frame has ended.
     *
     * @param sequence of its last event; if it is a mark, of the last event before it
     */
    void written(long sequence, int frameLength, long timestamp) {
        assert sequence >= written.get() && frameLength > 0 : sequence + " after " + written + ", bytes " + frameLength;
        assert timestamp >= time.get() : timestamp + " after " + time;
        time.lazySet(timestamp);
        length.lazySet(length.get() + frameLength);
        written.lazySet(sequence);
    }

    /**
     * The log is forced.
     *
     * @param sequence what was {@link #written} before the force
     * @param upTo the {@link #length} before the force
     */
    void forced(long sequence, long upTo) {
        assert sequence <= written.get() : sequence + " is forced, but only " + written + " is written";
        assert upTo <= length.get() : upTo + " bytes are forced, but only " + length + " are written";
        forcedLength.lazySet(Math.max(upTo, forcedLength.get()));
        durable.lazySet(Math.max(sequence, durable.get()));
    }
}
