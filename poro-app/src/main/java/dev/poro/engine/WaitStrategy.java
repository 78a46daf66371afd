package dev.poro.engine;

/**
 * How the two threads of {@link Threading#DEDICATED} wait for the next event: the sooner they notice it, the more they
 * cost while there is none. {@link Threading#CALLER} has no such threads, and no use for it.
 */
public enum WaitStrategy {
    /** Sleeps at once: cheapest when idle, but every hand-off is a wake-up. */
    BLOCKING,
    /** Spins for some microseconds, then sleeps: quick under load, and an idle store costs nothing. */
    BACKOFF,
    /** Spins, then lets other threads run between looks: two processors are busy for as long as the store is open. */
    YIELDING,
    /** Only spins: for machines with two processors to spare, which are busy for as long as the store is open. */
    BUSY_SPIN
}
