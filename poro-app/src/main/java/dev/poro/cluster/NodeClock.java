package dev.poro.cluster;

import io.aeron.cluster.service.ClusterClock;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The clock of a node, by which Aeron Cluster stamps messages while the node leads, and by which it waits for
 * heartbeats. So it must not jump: it follows monotonic time, and is steered to the wall clock at half to one and a
 * half times real time. {@link ClusterTime} makes the log's time of the stamps. Thread-safe.
 */
final class NodeClock implements ClusterClock {
    private static final long NANOS_PER_MILLI = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long RESOLUTION_NANOS = NANOS_PER_MILLI / 2;

    private final LongSupplier wallClock;
    private final LongSupplier monotonicNanos;

    /** Guarded by this, like all below. */
    private long nanos;

    private long comparedAt;

    /**
     * @param wallClock milliseconds since 1970; may jump
     * @param monotonicNanos never jumps
     */
    NodeClock(LongSupplier wallClock, LongSupplier monotonicNanos) {
        this.wallClock = wallClock;
        this.monotonicNanos = monotonicNanos;
        this.nanos = wallClock.getAsLong() * NANOS_PER_MILLI;
        this.comparedAt = monotonicNanos.getAsLong();
    }

    @Override
    public TimeUnit timeUnit() {
        return TimeUnit.MILLISECONDS;
    }

    @Override
    public long time() {
        return timeNanos() / NANOS_PER_MILLI;
    }

    @Override
    public synchronized long timeNanos() {
        long now = monotonicNanos.getAsLong();
        long elapsed = now - comparedAt;
        if (elapsed >= RESOLUTION_NANOS) {
            comparedAt = now;
            long behind = wallClock.getAsLong() * NANOS_PER_MILLI - (nanos + elapsed);
            // The wall clock shows whole milliseconds: what is less is no difference.
            long steered =
                    Math.abs(behind) < NANOS_PER_MILLI ? 0 : Math.max(-elapsed / 2, Math.min(elapsed / 2, behind));
            nanos += elapsed + steered;
        }
        return nanos;
    }
}
