package dev.poro.events;

import java.util.concurrent.atomic.AtomicReference;

/**
 * The one-way switch that stops a store. Whoever meets a failure that leaves the log or the state in doubt trips it;
 * from then on no event is journaled, applied or acknowledged. Thread-safe.
 */
public final class FailStop {
    private final AtomicReference<Throwable> cause = new AtomicReference<>();

    /** Stops the store. The first cause is the one that counts. */
    public void trip(Throwable failure) {
        cause.compareAndSet(null, failure);
    }

    /** Whether the store has stopped. */
    public boolean isTripped() {
        return cause.get() != null;
    }

    /** What stopped the store, or {@code null} while it runs. */
    public Throwable cause() {
        return cause.get();
    }
}
