package dev.poro.events;

/**
 * The one-way switch that stops a store. A thread that meets a failure which leaves the log or the state in doubt trips
 * it; from then on no event is journaled, applied or acknowledged. Thread-safe.
 *
 * <p>Tripping must work on a full heap and a deep stack, so it takes one stack frame and no memory: a plain field and a
 * monitor. An atomic reference would link a method handle at its first use, which can fail there.
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
