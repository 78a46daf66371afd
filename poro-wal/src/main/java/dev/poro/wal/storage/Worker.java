package dev.poro.wal.storage;

import java.util.function.BooleanSupplier;

/** One task in the background, see {@link WorkerFactory}. Thread-safe; no method gives up because of an interrupt. */
public interface Worker {
    /** Has the task run, soon and at least once from now. Does not wait. */
    void wake();

    /**
     * Waits until something holds that a run of the task brings about, or the worker has ended: whoever needs to know
     * which looks again.
     */
    void await(BooleanSupplier condition);

    /** Lets the task run once more if it was woken, and waits until it never will again. Idempotent. */
    void stop();
}
