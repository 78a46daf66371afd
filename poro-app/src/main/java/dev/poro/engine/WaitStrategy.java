package dev.poro.engine;

/**
 * How the two threads of {@link Threading#DEDICATED} wait for the next event: the sooner they notice it, the more
 * processor time they use while there is none. {@link Threading#CALLER} has no such threads and ignores it.
 */
public enum WaitStrategy {
    /** Sleeps at once: cheapest when idle, but each event has to wake a thread. */
    BLOCKING,
    /** Spins for some microseconds, then sleeps: quick under load, and an idle store uses no processor time. */
    BACKOFF,
    /** Spins, then yields between checks: keeps two processors busy while the store is open. */
    YIELDING,
    /** Only spins: for machines with two spare processors, which it keeps busy while the store is open. */
    BUSY_SPIN
}
