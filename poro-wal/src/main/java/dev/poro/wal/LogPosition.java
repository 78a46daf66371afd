package dev.poro.wal;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How far a log is written and how far it is forced. Each of the two has one writing thread; any thread reads.
 */
final class LogPosition {
    private final AtomicLong written;
    private final AtomicLong durable;

    LogPosition(long lastSequence) {
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

    void written(long sequence) {
        written.lazySet(sequence);
    }

    void forced(long sequence) {
        durable.lazySet(Math.max(sequence, durable.get()));
    }
}
