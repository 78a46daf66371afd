package dev.poro.wal;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How far a log is written and how far it is forced. Each of the two has one writing thread; any thread reads.
 */
final class LogPosition {
    private final AtomicLong written;
    private final AtomicLong durable;
    private final AtomicLong length;
    private final AtomicLong time = new AtomicLong(Long.MIN_VALUE);

    /** @param length bytes of frames that were replayed */
    LogPosition(long lastSequence, long length) {
        this.length = new AtomicLong(length);
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

    /** The timestamp of the last frame that has ended. */
    long time() {
        return time.get();
    }

    void time(long timestamp) {
        time.lazySet(timestamp);
    }

    /** A frame has ended. */
    void written(long sequence, int frameLength, long timestamp) {
        assert sequence > written.get() && frameLength > 0 : sequence + " after " + written + ", bytes " + frameLength;
        assert timestamp >= time.get() : timestamp + " after " + time;
        time.lazySet(timestamp);
        length.lazySet(length.get() + frameLength);
        written.lazySet(sequence);
    }

    void forced(long sequence) {
        assert sequence <= written.get() : sequence + " is forced, but only " + written + " is written";
        durable.lazySet(Math.max(sequence, durable.get()));
    }
}
