package dev.poro.engine;

import dev.poro.events.FailStop;
import java.util.concurrent.TimeUnit;

/**
 * How long a thread waits for an outcome once the store has stopped. The thread that should deliver it may have died: a
 * write to a mapped file that was truncated ends in an {@link InternalError}, which the JVM may throw outside the
 * handlers. Thread-safe.
 */
final class FailureTimeout {
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final FailStop failStop;
    private volatile long stoppedAt;

    FailureTimeout(FailStop failStop) {
        this.failStop = failStop;
    }

    /** Whether the store stopped so long ago that no outcome will come any more. */
    boolean isOver() {
        if (!failStop.isTripped()) {
            return false;
        }
        long now = System.nanoTime();
        if (stoppedAt == 0) {
            stoppedAt = now;
        }
        return now - stoppedAt > LIMIT_NANOS;
    }
}
