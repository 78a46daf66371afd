package dev.poro.events;

/**
 * The one-way switch that stops a store. Whoever meets a failure that leaves the log or the state in doubt trips it;
 * from then on no event is journaled, applied or acknowledged. Thread-safe.
 *
 * <p>It works when nothing else does: to trip it takes one stack frame and no memory. So it is plain fields and a
 * monitor. An atomic reference would link a method handle at its first use, which a full heap or a deep stack refuses.
 */
public final class FailStop {
    private volatile Throwable cause;

    /** Stops the store. The first cause is the one that counts. */
    public synchronized void trip(Throwable failure) {
        if (cause == null) {
            cause = failure;
        }
    }

    /** Whether the store has stopped. */
    public boolean isTripped() {
        return cause != null;
    }

    /** What stopped the store, or {@code null} while it runs. */
    public Throwable cause() {
        return cause;
    }
}
