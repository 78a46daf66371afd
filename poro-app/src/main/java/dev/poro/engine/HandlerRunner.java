package dev.poro.engine;

import dev.poro.events.Outcome;
import dev.poro.events.OutcomeWaiter;

/**
 * Gets the ring's events through the two handlers. All methods but {@link #stop} are called by any number of threads;
 * none gives up because of an interrupt, each leaves the interrupt status as it found it.
 */
interface HandlerRunner {
    /**
     * Waits for the outcome of the event that the calling thread published with its waiter. {@code FAILED} if the store
     * has stopped and the outcome does not come.
     */
    Outcome await(OutcomeWaiter waiter);

    /**
     * Waits until the event has its outcome, or the store has stopped and it does not come. Whoever published the event
     * need not wait for it.
     */
    void awaitApplied(long ringSequence);

    /** An event was published that nobody waits for. */
    void published();

    /**
     * The ring, or the memory for records, is full: waits a little, or helps to drain it. The caller has taken a
     * pending interrupt.
     *
     * @param round how often the caller has waited for the same room, from 0
     */
    void awaitCapacity(int round);

    /** Ends the threads; no handler runs any more when this returns. */
    void stop();
}
