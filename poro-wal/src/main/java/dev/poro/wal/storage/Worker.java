package dev.poro.wal.storage;

import java.util.function.BooleanSupplier;

/** A task in the background, see {@link WorkerFactory}. Thread-safe; all methods ignore interrupts. */
public interface Worker {
    /** Makes the task run soon, at least once after this call. Does not wait. */
    void wake();

    /**
     * Waits until a condition holds that a run of the task makes true, or the worker has ended. Callers that need to
     * know which of the two check the condition again.
     */
    void await(BooleanSupplier condition);

    /** Lets the task run once more if it was woken, then ends the worker and waits for its end. Idempotent. */
    void stop();
}
