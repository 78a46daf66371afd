package dev.poro.engine;

import dev.poro.events.Outcome;
import dev.poro.events.OutcomeWaiter;

/**
 * Runs the two handlers on the ring's events. All methods except {@link #stop} may be called by any number of threads.
 * An interrupt ends none of them, and each preserves the interrupt status.
 */
interface HandlerRunner {
    /**
     * Waits for the outcome of the event that the calling thread published with its waiter. Returns {@code FAILED} if
     * the store has stopped and the outcome does not come.
     */
    Outcome await(OutcomeWaiter waiter);

    /**
     * Waits until the event has its outcome, or the store has stopped and it does not come. Any thread may wait, not
     * only the publisher.
     */
    void awaitApplied(long ringSequence);

    /** Called after publishing an event without a waiter. */
    void published();

    /**
     * Called when the ring, or the memory for records, is full: waits a little, or helps to drain it. The caller has
     * cleared a pending interrupt.
     *
     * @param round how often the caller has waited for the same room, from 0
     */
    void awaitCapacity(int round);

    /** Ends the threads. No handler runs after this returns. */
    void stop();
}
