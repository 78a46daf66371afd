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
 * {@link Threading#CALLER}: a thread that waits for its outcome becomes the leader if there is none. The leader runs
 * both handlers over all published events; the others wait for it. With one writer, no event changes threads. A
 * background thread leads for publishers that do not wait, and for waiters that sleep.
 *
 * <p>No waiter is forgotten: a waiter counts itself as a sleeper and then checks for a leader for a while before it
 * sleeps; a leader gives up the lead and then checks for sleepers. One of the two sees the other, unless the memory
 * store that gives up the lead becomes visible only after that while. A fence would exclude that, but would also keep
 * the processor from starting the next operation while this one waits for memory (measured: a tenth of a synchronous
 * set). So sleeps are timed instead.
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

    /** Makes a runner with its background thread. */
    static final class Factory implements HandlerRunnerFactory {
        /** No thread waits in the ring itself, so publishing need not signal. */
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
                // Another thread has claimed an earlier slot and not published it yet.
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

    /** Runs both handlers over all published events, unless another thread leads. */
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
        // This thread belongs to the store and ignores interrupts.
        Thread.interrupted();
        backgroundIdle = true;
        VarHandle.fullFence();
        if (!ring.hasUnapplied() && !stopped) {
            LockSupport.park(this);
        }
        backgroundIdle = false;
    }

    /** Takes the lead and keeps it: the log is closed next, so no handler may run any more. */
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
