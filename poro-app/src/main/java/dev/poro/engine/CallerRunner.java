package dev.poro.engine;

import com.lmax.disruptor.BusySpinWaitStrategy;
import dev.poro.events.EventRing;
import dev.poro.events.FailStop;
import dev.poro.events.Outcome;
import dev.poro.events.OutcomeWaiter;
import dev.poro.statemachine.StateMachineHandler;
import dev.poro.wal.JournalingHandler;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * {@link Threading#CALLER}: a thread that waits for its outcome takes the lead if nobody has it, polls both handlers
 * and takes everyone's events along; the others wait for the leader. No event changes threads when there is only one
 * writer. A background thread leads on behalf of publishers that do not wait, and of waiters that went to sleep.
 *
 * <p>Nobody is forgotten: a waiter announces itself as a sleeper and then looks at the lead for a while before it
 * sleeps; a leader gives up the lead and then looks at the sleepers. One of the two sees the other, unless the store
 * that gives up the lead takes longer than that while to become visible. A fence after it would exclude that, but would
 * also keep the processor from starting on the next operation while this one's memory is still on its way (measured:
 * a tenth of a synchronous set); so a sleep has an end instead.
 */
final class CallerRunner implements HandlerRunner {
    private static final int LOOKS_BEFORE_SLEEP = 50;
    private static final long MAX_SLEEP_NANOS = 1_000_000;

    private final EventRing ring;
    private final Handlers handlers;
    private final FailureTimeout patience;
    private final AtomicBoolean led = new AtomicBoolean();
    private final AtomicInteger sleepers = new AtomicInteger();
    private final Thread background = new Thread(this::runInBackground, "poro-background");
    private volatile boolean backgroundIdle;
    private volatile boolean stopped;

    CallerRunner(EventRing ring, JournalingHandler journal, StateMachineHandler stateMachine, FailStop failStop) {
        this.ring = ring;
        this.handlers = new Handlers(ring, journal, stateMachine, failStop, true);
        this.patience = new FailureTimeout(failStop);
        background.setDaemon(true);
    }

    /** Makes one with its background thread. */
    static final class Factory implements HandlerRunnerFactory {
        /** Nobody waits in the ring itself, so a publication need not signal. */
        @Override
        public EventRing newRing(int capacity) {
            return new EventRing(capacity, new BusySpinWaitStrategy());
        }

        @Override
        public HandlerRunner start(
                EventRing ring, JournalingHandler journal, StateMachineHandler stateMachine, FailStop failStop) {
            CallerRunner runner = new CallerRunner(ring, journal, stateMachine, failStop);
            runner.background.start();
            return runner;
        }
    }

    @Override
    public Outcome await(OutcomeWaiter waiter) {
        tryToLead();
        Outcome outcome = waiter.poll();
        return outcome != null ? outcome : awaitLeader(waiter);
    }

    private Outcome awaitLeader(OutcomeWaiter waiter) {
        boolean interrupted = false;
        Outcome outcome = waiter.poll();
        for (int round = 0; outcome == null; round++) {
            if (patience.isOver()) {
                outcome = Outcome.FAILED;
                break;
            }
            if (!tryToLead()) {
                if (round < Backoff.SPINS) {
                    Thread.onSpinWait();
                } else {
                    interrupted |= Thread.interrupted();
                    sleep(waiter);
                }
            } else if (waiter.poll() == null) {
                // Someone before us has claimed a slot and not published it yet.
                interrupted |= Thread.interrupted();
                Backoff.pause(round);
            }
            outcome = waiter.poll();
        }
        Backoff.restoreInterrupt(interrupted);
        return outcome;
    }

    private void sleep(OutcomeWaiter waiter) {
        sleepers.incrementAndGet();
        boolean isLed = led.get();
        for (int look = 0; look < LOOKS_BEFORE_SLEEP && isLed; look++) {
            Thread.onSpinWait();
            isLed = led.get();
        }
        if (isLed) {
            waiter.park(MAX_SLEEP_NANOS);
        }
        sleepers.decrementAndGet();
    }

    @Override
    public void awaitApplied(long ringSequence) {
        boolean interrupted = false;
        for (int round = 0; ring.applied() < ringSequence && !patience.isOver(); round++) {
            if (!tryToLead() || ring.applied() < ringSequence) {
                interrupted |= Thread.interrupted();
                Backoff.pause(round);
            }
        }
        Backoff.restoreInterrupt(interrupted);
    }

    @Override
    public void published() {
        VarHandle.fullFence();
        if (backgroundIdle) {
            LockSupport.unpark(background);
        }
    }

    @Override
    public void awaitCapacity(int round) {
        if (!tryToLead() || round > 0) {
            Backoff.pause(round);
        }
    }

    /** Runs both handlers over all that is published, unless someone else is at it. */
    boolean tryToLead() {
        if (led.get() || !led.compareAndSet(false, true)) {
            return false;
        }
        try {
            handlers.journal();
            handlers.apply();
        } finally {
            led.setRelease(false);
        }
        if (sleepers.get() > 0 && ring.hasUnapplied()) {
            LockSupport.unpark(background);
        }
        return true;
    }

    private void runInBackground() {
        int round = 0;
        while (!stopped) {
            if (!ring.hasUnapplied()) {
                idle();
                round = 0;
            } else if (tryToLead()) {
                round = 0;
            } else {
                Thread.interrupted();
                Backoff.pause(round++);
            }
        }
    }

    private void idle() {
        // This thread is the store's own: nobody has a reason to interrupt it, and it has none to stop.
        Thread.interrupted();
        backgroundIdle = true;
        VarHandle.fullFence();
        if (!ring.hasUnapplied() && !stopped) {
            LockSupport.park(this);
        }
        backgroundIdle = false;
    }

    /** Takes the lead and keeps it: the log is closed next, and no handler may run any more, whatever happens. */
    @Override
    public void stop() {
        stopped = true;
        LockSupport.unpark(background);
        boolean interrupted = false;
        for (int round = 0; !led.compareAndSet(false, true); round++) {
            interrupted |= Thread.interrupted();
            Backoff.pause(round);
        }
        Backoff.restoreInterrupt(interrupted);
    }
}
