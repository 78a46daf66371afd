package dev.poro.engine;

import java.util.concurrent.locks.LockSupport;

/** How threads pass time here: spin, yield, then sleep. Interrupts shorten nothing and get lost nowhere. */
final class Backoff {
    static final int SPINS = 200;
    private static final int YIELDS = 50;
    private static final long SLEEP_NANOS = 50_000;

    private Backoff() {}

    /**
     * Passes a moment, longer in later rounds. A pending interrupt would keep it from sleeping: the caller takes it
     * with {@link Thread#interrupted} first and gives it back with {@link #restoreInterrupt}.
     *
     * @param round how often the caller has waited for the same thing, from 0
     */
    static void pause(int round) {
        if (round < SPINS) {
            Thread.onSpinWait();
        } else if (round < SPINS + YIELDS) {
            Thread.yield();
        } else {
            LockSupport.parkNanos(SLEEP_NANOS);
        }
    }

    /** Restores what {@link Thread#interrupted} took. */
    static void restoreInterrupt(boolean interrupted) {
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
