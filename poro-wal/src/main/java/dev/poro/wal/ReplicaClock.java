package dev.poro.wal;

import java.util.function.LongSupplier;

/**
 * The clock of the log of a replica: the time of the cluster's messages, and nothing else. Frames have the time of
 * their messages, readers that of the last message that was committed. So expiries are judged alike on all replicas,
 * and what has expired for a reader has expired for every later message. Between messages time stands still.
 *
 * <p>Never goes back: a message that is earlier than the one before has the time of that one ({@link #advance}). The
 * log begins at the time of its last frame, so that this is the same on all replicas.
 *
 * <p>The frames' part is used by the journaling thread alone. {@link #advance} is called by one thread, and
 * {@link #forReaders} by any.
 */
final class ReplicaClock implements FrameClock {
    private final LongSupplier monotonicNanos;
    private long frameMillis;
    private long nanos;
    private volatile long readersMillis;

    /**
     * @param monotonicNanos measures lags
     * @param lastMillis of the last frame, in milliseconds since the epoch; {@link Long#MIN_VALUE} if there is none
     */
    ReplicaClock(LongSupplier monotonicNanos, long lastMillis) {
        this.monotonicNanos = monotonicNanos;
        this.nanos = monotonicNanos.getAsLong();
        this.frameMillis = Math.max(0, lastMillis);
        this.readersMillis = frameMillis;
    }

    /** The frames from now on have this time, which {@link #advance} has returned. */
    void begin(long messageMillis) {
        frameMillis = messageMillis;
    }

    @Override
    public long now() {
        nanos = monotonicNanos.getAsLong();
        return frameMillis;
    }

    /** The clock of the machine has no say: it is another one on each replica, and a replica may lag far behind. */
    @Override
    public long wallMillis() {
        return frameMillis;
    }

    @Override
    public long nanos() {
        return nanos;
    }

    /** Readers see this time from now on, unless they have seen a later one. Returns what they see. */
    long advance(long messageMillis) {
        long before = readersMillis;
        if (messageMillis <= before) {
            return before;
        }
        readersMillis = messageMillis;
        return messageMillis;
    }

    /** The time of the last message that was committed, in milliseconds since the epoch. Any thread. */
    long forReaders() {
        return readersMillis;
    }
}
