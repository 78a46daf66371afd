package dev.poro.engine;

import com.lmax.disruptor.BusySpinWaitStrategy;
import com.lmax.disruptor.EventPoller;
import dev.poro.events.EventRing;
import dev.poro.events.EventSlot;
import dev.poro.events.FailStop;
import dev.poro.events.Outcome;
import dev.poro.events.Waiter;
import dev.poro.statemachine.StateMachineHandler;
import dev.poro.wal.JournalingHandler;

/**
 * {@link Threading#DEDICATED} without its threads: the two handlers run one after the other or far apart, as a
 * simulation has them, each over all that is there for it. Whoever waits runs both.
 */
final class SteppedProcessors implements HandlerRunner {
    private final EventRing ring;
    private final EventRing.Pollers pollers;
    private final EventPoller.Handler<EventSlot> journal;
    private final EventPoller.Handler<EventSlot> stateMachine;

    SteppedProcessors(EventRing ring, JournalingHandler journal, StateMachineHandler stateMachine) {
        this.ring = ring;
        this.pollers = ring.newPollers();
        this.journal = (slot, ringSequence, endOfBatch) -> {
            journal.onEvent(slot, ringSequence, endOfBatch);
            return true;
        };
        this.stateMachine = (slot, ringSequence, endOfBatch) -> {
            stateMachine.onEvent(slot, ringSequence, endOfBatch);
            return true;
        };
    }

    void journal() {
        poll(pollers.journal(), journal);
    }

    void apply() {
        poll(pollers.stateMachine(), stateMachine);
    }

    private static void poll(EventPoller<EventSlot> poller, EventPoller.Handler<EventSlot> handler) {
        try {
            poller.poll(handler);
        } catch (Exception e) {
            throw new AssertionError("the handlers let nothing escape", e);
        }
    }

    @Override
    public Outcome await(Waiter waiter) {
        journal();
        apply();
        return waiter.poll();
    }

    @Override
    public void awaitApplied(long ringSequence) {
        journal();
        apply();
        if (ring.applied() < ringSequence) {
            throw new AssertionError("waits for ever for event " + ringSequence);
        }
    }

    @Override
    public void published() {
        // The simulation says when it is handled.
    }

    @Override
    public void awaitCapacity() {
        journal();
        apply();
    }

    @Override
    public void stop() {
        // No threads.
    }

    /** Keeps what a store was started with in the hands of a simulation. */
    static final class Factory implements HandlerRunnerFactory {
        private static final int OUTCOMES_KEPT = 1 << 12;

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
                dedicated = new SteppedProcessors(ring, journal, stateMachine);
                return dedicated;
            }
            caller = new CallerRunner(ring, journal, stateMachine, failStop);
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
