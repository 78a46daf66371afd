package dev.poro.engine;

import java.util.concurrent.locks.LockSupport;

/** How threads of the engine wait: spin, yield, then sleep. Interrupts neither shorten a wait nor get lost. */
final class Backoff {
    static final int SPINS = 200;
    private static final int YIELDS = 50;
    private static final long SLEEP_NANOS = 50_000;

    private Backoff() {}

    /**
     * Waits a moment, longer in later rounds. A pending interrupt would prevent the sleep: the caller clears it with
     * {@link Thread#interrupted} first and restores it with {@link #restoreInterrupt}.
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

    /** Restores the status that {@link Thread#interrupted} cleared. */
    static void restoreInterrupt(boolean interrupted) {
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
