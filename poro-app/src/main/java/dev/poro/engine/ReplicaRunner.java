package dev.poro.engine;

import dev.poro.events.EventRing;
import dev.poro.events.FailStop;
import dev.poro.events.Outcome;
import dev.poro.events.OutcomeWaiter;

/**
 * Runs the handlers of a replica as another runner does, except that who waits for an outcome only sleeps: the event
 * is not in the ring before the cluster has committed it, and the thread that brings it there has the handlers run.
 */
final class ReplicaRunner implements HandlerRunner {
    /** A thread that was not woken, because those that wake others were busy, looks so often. */
    private static final long MAX_SLEEP_NANOS = 5_000_000;

    /** How many threads each one wakes. */
    private static final int WOKEN = 2;

    private final EventRing ring;
    private final HandlerRunner runner;
    private final FailureTimeout patience;

    ReplicaRunner(EventRing ring, HandlerRunner runner, FailStop failStop) {
        this.ring = ring;
        this.runner = runner;
        this.patience = new FailureTimeout(failStop);
    }

    @Override
    public Outcome await(OutcomeWaiter waiter) {
        boolean interrupted = false;
        Outcome outcome = waiter.poll();
        while (outcome == null && !patience.isOver()) {
            interrupted |= Thread.interrupted();
            waiter.park(MAX_SLEEP_NANOS);
            outcome = waiter.poll();
        }
        ring.wake(WOKEN);
        Backoff.restoreInterrupt(interrupted);
        return outcome == null ? Outcome.FAILED : outcome;
    }

    @Override
    public void awaitApplied(long ringSequence) {
        runner.awaitApplied(ringSequence);
    }

    @Override
    public void published() {
        runner.published();
    }

    @Override
    public void awaitCapacity(int round) {
        runner.awaitCapacity(round);
    }

    @Override
    public void stop() {
        runner.stop();
    }
}
