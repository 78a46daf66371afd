package dev.poro.engine;

import dev.poro.events.FailStop;
import java.util.concurrent.TimeUnit;

/**
 * How long one waits for an outcome once the store has stopped. Whoever should bring it may be dead: a store into a
 * mapped file that somebody has cut short ends in an {@link InternalError} wherever the thread is by then, also outside
 * the handlers. Thread-safe.
 */
final class FailureTimeout {
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final FailStop failStop;
    private volatile long stoppedAt;

    FailureTimeout(FailStop failStop) {
        this.failStop = failStop;
    }

    /** Whether the store stopped so long ago that nothing will come any more. */
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
