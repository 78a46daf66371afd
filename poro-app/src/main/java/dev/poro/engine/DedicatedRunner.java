package dev.poro.engine;

import com.lmax.disruptor.BlockingWaitStrategy;
import com.lmax.disruptor.BusySpinWaitStrategy;
import com.lmax.disruptor.ExceptionHandler;
import com.lmax.disruptor.PhasedBackoffWaitStrategy;
import com.lmax.disruptor.YieldingWaitStrategy;
import dev.poro.events.EventRing;
import dev.poro.events.EventSlot;
import dev.poro.events.FailStop;
import dev.poro.events.Outcome;
import dev.poro.events.Waiter;
import dev.poro.statemachine.StateMachineHandler;
import dev.poro.wal.JournalingHandler;
import java.util.concurrent.TimeUnit;

/** {@link Threading#DEDICATED}: Disruptor's processors run the handlers, the callers only publish and wait. */
final class DedicatedRunner implements HandlerRunner {
    private static final long MAX_SLEEP_NANOS = 10_000_000;

    private final EventRing ring;
    private final Patience patience;

    private DedicatedRunner(EventRing ring, Patience patience) {
        this.ring = ring;
        this.patience = patience;
    }

    /** Makes one with Disruptor's two threads. */
    static final class Factory implements HandlerRunnerFactory {
        private final WaitStrategy waitStrategy;

        Factory(WaitStrategy waitStrategy) {
            this.waitStrategy = waitStrategy;
        }

        @Override
        public EventRing newRing(int capacity) {
            return new EventRing(capacity, ofDisruptor(waitStrategy));
        }

        private static com.lmax.disruptor.WaitStrategy ofDisruptor(WaitStrategy waitStrategy) {
            switch (waitStrategy) {
                case BLOCKING:
                    return new BlockingWaitStrategy();
                case BACKOFF:
                    return new PhasedBackoffWaitStrategy(2, 50, TimeUnit.MICROSECONDS, new BlockingWaitStrategy());
                case YIELDING:
                    return new YieldingWaitStrategy();
                case BUSY_SPIN:
                    return new BusySpinWaitStrategy();
            }
            throw new AssertionError(waitStrategy);
        }

        @Override
        public HandlerRunner start(
                EventRing ring, JournalingHandler journal, StateMachineHandler stateMachine, FailStop failStop) {
            String[] names = {"poro-journal", "poro-state-machine"};
            int[] next = {0};
            ring.start(journal, stateMachine, new TrippingExceptionHandler(failStop), body -> {
                Thread thread = new Thread(body, names[next[0]++]);
                thread.setDaemon(true);
                return thread;
            });
            return new DedicatedRunner(ring, new Patience(failStop));
        }
    }

    @Override
    public Outcome await(Waiter waiter) {
        boolean interrupted = false;
        Outcome outcome = waiter.poll();
        for (int round = 0; outcome == null; round++) {
            if (patience.isOver()) {
                Waiter.forget();
                outcome = Outcome.FAILED;
                break;
            }
            if (round < Waiting.SPINS) {
                Thread.onSpinWait();
            } else {
                interrupted |= Thread.interrupted();
                waiter.park(MAX_SLEEP_NANOS);
            }
            outcome = waiter.poll();
        }
        Waiting.restoreInterrupt(interrupted);
        return outcome;
    }

    @Override
    public void awaitApplied(long ringSequence) {
        boolean interrupted = false;
        for (int round = 0; ring.applied() < ringSequence && !patience.isOver(); round++) {
            interrupted |= Thread.interrupted();
            Waiting.pause(round);
        }
        Waiting.restoreInterrupt(interrupted);
    }

    @Override
    public void published() {
        // The ring's wait strategy has told the journal's thread.
    }

    @Override
    public void awaitCapacity() {
        Thread.yield();
    }

    @Override
    public void stop() {
        ring.stop();
    }

    /** The handlers let nothing escape. Should something, the store stops: Disruptor would skip the event. */
    private static final class TrippingExceptionHandler implements ExceptionHandler<EventSlot> {
        private final FailStop failStop;

        TrippingExceptionHandler(FailStop failStop) {
            this.failStop = failStop;
        }

        @Override
        public void handleEventException(Throwable escaped, long ringSequence, EventSlot slot) {
            failStop.trip(escaped);
            slot.refuse(Outcome.FAILED);
        }

        @Override
        public void handleOnStartException(Throwable escaped) {
            failStop.trip(escaped);
        }

        @Override
        public void handleOnShutdownException(Throwable escaped) {
            failStop.trip(escaped);
        }
    }
}
