package dev.poro.engine;

import com.lmax.disruptor.BusySpinWaitStrategy;
import dev.poro.events.EventRing;
import dev.poro.events.FailStop;
import dev.poro.events.Outcome;
import dev.poro.events.OutcomeWaiter;
import dev.poro.statemachine.StateMachineHandler;
import dev.poro.wal.JournalingHandler;

/**
 * {@link Threading#DEDICATED} without its threads: the two handlers run one after the other or far apart, as a
 * simulation has them, each over all that is there for it. Whoever waits runs both.
 */
class SteppedProcessors implements HandlerRunner {
    private final EventRing ring;
    private final Handlers handlers;

    SteppedProcessors(EventRing ring, JournalingHandler journal, StateMachineHandler stateMachine, FailStop failStop) {
        this.ring = ring;
        this.handlers = new Handlers(ring, journal, stateMachine, failStop, false);
    }

    void journal() {
        handlers.journal();
    }

    void apply() {
        handlers.apply();
    }

    /** Nobody else runs them: what is published by now is handled, batch by batch where there are marks. */
    private void handleAll() {
        while (ring.hasUnapplied()) {
            long before = ring.applied();
            journal();
            apply();
            if (ring.applied() == before) {
                throw new AssertionError("waits for ever for event " + (before + 1));
            }
        }
    }

    @Override
    public Outcome await(OutcomeWaiter waiter) {
        handleAll();
        return waiter.poll();
    }

    @Override
    public void awaitApplied(long ringSequence) {
        handleAll();
        if (ring.applied() < ringSequence) {
            throw new AssertionError("waits for ever for event " + ringSequence);
        }
    }

    @Override
    public void published() {
        // The simulation says when it is handled.
    }

    @Override
    public void awaitCapacity(int round) {
        journal();
        apply();
    }

    @Override
    public void stop() {
        // No threads.
    }

    /** Keeps what a store was started with in the hands of a simulation. */
    static class Factory implements HandlerRunnerFactory {
        static final int OUTCOMES_KEPT = 1 << 12;

        private final Threading threading;
        private EventRing ring;
        private FailStop failStop;
        private SteppedProcessors dedicated;
        private CallerRunner caller;

        Factory(Threading threading) {
            this.threading = threading;
        }

        @Override
        public EventRing newRing(int capacity) {
            return new EventRing(capacity, new BusySpinWaitStrategy(), OUTCOMES_KEPT);
        }

        @Override
        public HandlerRunner start(
                EventRing startedRing, JournalingHandler journal, StateMachineHandler stateMachine, FailStop stop) {
            ring = startedRing;
            failStop = stop;
            if (threading == Threading.DEDICATED) {
                dedicated = new SteppedProcessors(ring, journal, stateMachine, failStop);
                return dedicated;
            }
            caller = new CallerRunner(ring, journal, stateMachine, failStop, false);
            return caller;
        }

        EventRing ring() {
            return ring;
        }

        FailStop failStop() {
            return failStop;
        }

        /** Runs the journal's handler; both of them if callers run them. */
        void journal() {
            if (dedicated != null) {
                dedicated.journal();
            } else {
                caller.tryToLead();
            }
        }

        /** Runs the state machine's handler. */
        void apply() {
            if (dedicated != null) {
                dedicated.apply();
            }
        }
    }
}
