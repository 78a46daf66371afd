package dev.poro.engine;

import com.lmax.disruptor.Sequence;
import com.lmax.disruptor.SequenceBarrier;
import dev.poro.events.EventRing;
import dev.poro.events.FailStop;
import dev.poro.events.Outcome;
import dev.poro.events.OutcomeWaiter;
import dev.poro.statemachine.StateMachineHandler;
import dev.poro.wal.JournalingHandler;

/**
 * {@link Threading#DEDICATED}: one thread for each handler; the callers only publish and wait. The threads are not
 * Disruptor's processors: an interrupted processor moves on to the next event, published or not, and processors wait
 * under monitors, which would pin virtual threads that publish.
 */
final class DedicatedRunner implements HandlerRunner {
    private static final long MAX_SLEEP_NANOS = 10_000_000;

    private final EventRing ring;
    private final FailureTimeout patience;
    private final HandlerThread journal;
    private final HandlerThread stateMachine;

    private DedicatedRunner(
            EventRing ring, Handlers handlers, WaitStrategy waitStrategy, JournalSignal signal, FailStop failStop) {
        this.ring = ring;
        this.patience = new FailureTimeout(failStop);
        this.stateMachine = new HandlerThread(
                "poro-state-machine",
                waitStrategy,
                handlers::apply,
                () -> ring.applied() < ring.journaled(),
                () -> ring.wake(Integer.MAX_VALUE),
                failStop);
        this.journal = new HandlerThread(
                "poro-journal",
                waitStrategy,
                handlers::journal,
                ring::hasUnjournaled,
                sleeps(waitStrategy) ? stateMachine::signal : () -> {},
                failStop);
        if (sleeps(waitStrategy)) {
            signal.sleeper = journal;
        }
    }

    private static boolean sleeps(WaitStrategy waitStrategy) {
        return waitStrategy == WaitStrategy.BLOCKING || waitStrategy == WaitStrategy.BACKOFF;
    }

    /** Makes a runner with its two threads. */
    static final class Factory implements HandlerRunnerFactory {
        private final WaitStrategy waitStrategy;
        private final JournalSignal signal = new JournalSignal();

        Factory(WaitStrategy waitStrategy) {
            this.waitStrategy = waitStrategy;
        }

        @Override
        public EventRing newRing(int capacity) {
            return new EventRing(capacity, signal);
        }

        @Override
        public HandlerRunner start(
                EventRing ring, JournalingHandler journal, StateMachineHandler stateMachine, FailStop failStop) {
            Handlers handlers = new Handlers(ring, journal, stateMachine, failStop, false);
            DedicatedRunner runner = new DedicatedRunner(ring, handlers, waitStrategy, signal, failStop);
            runner.start();
            return runner;
        }
    }

    private void start() {
        try {
            stateMachine.start();
            journal.start();
        } catch (RuntimeException | Error e) {
            stop();
            throw e;
        }
    }

    @Override
    public Outcome await(OutcomeWaiter waiter) {
        boolean interrupted = false;
        Outcome outcome = waiter.poll();
        for (int round = 0; outcome == null; round++) {
            if (patience.isOver()) {
                outcome = Outcome.FAILED;
                break;
            }
            if (round < Backoff.SPINS) {
                Thread.onSpinWait();
            } else {
                interrupted |= Thread.interrupted();
                waiter.park(MAX_SLEEP_NANOS);
            }
            outcome = waiter.poll();
        }
        Backoff.restoreInterrupt(interrupted);
        return outcome;
    }

    @Override
    public void awaitApplied(long ringSequence) {
        boolean interrupted = false;
        for (int round = 0; ring.applied() < ringSequence && !patience.isOver(); round++) {
            interrupted |= Thread.interrupted();
            Backoff.pause(round);
        }
        Backoff.restoreInterrupt(interrupted);
    }

    @Override
    public void published() {
        // The ring has signalled the journal's thread.
    }

    @Override
    public void awaitCapacity(int round) {
        Backoff.pause(round);
    }

    @Override
    public void stop() {
        journal.stop();
        stateMachine.stop();
    }

    /** Wakes the journal's thread when an event is published, if the wait strategy lets it sleep. */
    private static final class JournalSignal implements com.lmax.disruptor.WaitStrategy {
        private volatile HandlerThread sleeper;

        @Override
        public void signalAllWhenBlocking() {
            HandlerThread told = sleeper;
            if (told != null) {
                told.signal();
            }
        }

        @Override
        public long waitFor(long ringSequence, Sequence cursor, Sequence dependent, SequenceBarrier barrier) {
            throw new UnsupportedOperationException("nobody waits in the ring");
        }
    }
}
