package dev.poro.engine;

import com.lmax.disruptor.BusySpinWaitStrategy;
import dev.poro.events.CurrentThread;
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
 * set). So sleeps are timed instead. Where each batch is forced, a lead lasts a thousand times as long: then there is a
 * fence, and a waiter sleeps at once and long (measured with 64 threads: with the short sleeps four times the processor
 * time a set).
 *
 * <p>Who was woken comes back soon. A leader that forced what is there would force its own event alone, and the others
 * would wait for the force after that. So it first waits for as many events as threads waited in the last force, half
 * the time of a force at most (measured with 8 threads: 7.8 in place of 5.9 events a force, half the processor time a
 * set). And never long: a device that stalls for seconds once says nothing about the next force. Events of pipelines
 * and tickets, for which no thread waits, do not make it wait. A virtual thread spins meanwhile: if it let others run,
 * those that cannot leave their carriers while they wait (in a class initializer, or on JDK 21 in a synchronized block)
 * could take all carriers, and it would never run again.
 *
 * <p>The leader wakes nobody while it leads. When it has given up the lead it wakes two, and each of these two more, so
 * that the next batch can be forced meanwhile.
 *
 * <p>To sleep and to be woken takes longer than a set, and on a few processors many threads wait for each other to do
 * that: for longer than a force, if there are many. So where many wait for each processor, and a force is short, a
 * waiter does not sleep but lets others run, again and again, for as long as two forces take (measured on 2 processors:
 * with 64 threads 70 in place of 52 thousand sets a second, for the same processor time a set; with 8 threads it would
 * be a tenth more sets for two and a half times the processor time).
 */
final class CallerRunner implements HandlerRunner {
    private static final int LOOKS_BEFORE_SLEEP = 50;
    private static final long MAX_SLEEP_NANOS = 1_000_000;
    private static final long MAX_SLEEP_NANOS_FORCED = 20_000_000;

    /** How many threads each one wakes: two, so that the number of those awake doubles. */
    private static final int WOKEN = 2;

    /** A leader waits for company for up to the second part of the time that a force takes. */
    private static final int COMPANY_SHARE = 2;

    private static final long MAX_COMPANY_NANOS = 5_000_000;

    /** A virtual leader spins. */
    private static final long MAX_COMPANY_NANOS_VIRTUAL = 100_000;

    private static final int FORCES_OF_MEAN = 8;

    /** Beyond, a force takes much longer than to wake its threads. */
    private static final long MAX_FORCE_TO_YIELD_NANOS = 500_000;

    private static final int FORCES_TO_YIELD = 2;

    /** With fewer threads for each processor, to sleep costs less. */
    private static final int WAITERS_PER_PROCESSOR = 8;

    private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

    private final EventRing ring;
    private final Handlers handlers;
    private final FailureTimeout patience;
    private final AtomicBoolean led = new AtomicBoolean();
    private final AtomicInteger sleepers = new AtomicInteger();
    /** Waiters that do not sleep. */
    private final AtomicInteger yielders = new AtomicInteger();

    private final boolean isForced;
    /** How many threads waited when the last batch was forced. Used by the leader. */
    private int waited;

    /** How long a force takes, a moving mean. Used by the leader. */
    private long forceNanos;

    /** How long a waiter lets others run before it sleeps. Written by the leader. */
    private volatile long yieldNanos;

    private final Thread background = new Thread(this::runInBackground, "poro-background");
    private volatile boolean backgroundIdle;
    private volatile boolean stopped;

    /** @param isForced whether the journal's handler forces each batch, so that a lead lasts long */
    CallerRunner(
            EventRing ring,
            JournalingHandler journal,
            StateMachineHandler stateMachine,
            FailStop failStop,
            boolean isForced) {
        this.ring = ring;
        this.isForced = isForced;
        this.handlers = new Handlers(ring, journal, stateMachine, failStop, true);
        this.patience = new FailureTimeout(failStop);
        background.setDaemon(true);
    }

    /** Makes a runner with its background thread. */
    static final class Factory implements HandlerRunnerFactory {
        private final SyncPolicy policy;

        Factory(SyncPolicy policy) {
            this.policy = policy;
        }

        /** No thread waits in the ring itself, so publishing need not signal. */
        @Override
        public EventRing newRing(int capacity) {
            return new EventRing(capacity, new BusySpinWaitStrategy());
        }

        @Override
        public HandlerRunner start(
                EventRing ring, JournalingHandler journal, StateMachineHandler stateMachine, FailStop failStop) {
            CallerRunner runner = new CallerRunner(ring, journal, stateMachine, failStop, policy == SyncPolicy.ALWAYS);
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
                if (round < Backoff.SPINS && !isForced) {
                    Thread.onSpinWait();
                } else if (!yieldTo(waiter)) {
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

    /** Lets others run. Returns whether it pays to look again before a sleep. */
    private boolean yieldTo(OutcomeWaiter waiter) {
        long most = yieldNanos;
        if (most == 0) {
            return false;
        }
        yielders.incrementAndGet();
        long begun = System.nanoTime();
        boolean isOver;
        do {
            Thread.yield();
            isOver = waiter.poll() != null || !led.get();
        } while (!isOver && System.nanoTime() - begun < most);
        yielders.decrementAndGet();
        return isOver;
    }

    private void sleep(OutcomeWaiter waiter) {
        sleepers.incrementAndGet();
        boolean isLed = led.get();
        for (int look = 0; look < LOOKS_BEFORE_SLEEP && isLed && !isForced; look++) {
            Thread.onSpinWait();
            isLed = led.get();
        }
        if (isLed) {
            waiter.park(isForced ? MAX_SLEEP_NANOS_FORCED : MAX_SLEEP_NANOS);
            ring.wake(WOKEN);
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
            if (isForced) {
                runTogether();
            } else {
                handlers.journal();
                handlers.apply();
            }
        } finally {
            giveUpLead();
        }
        if (sleepers.get() > 0) {
            if (ring.hasUnapplied()) {
                LockSupport.unpark(background);
            }
            ring.wake(WOKEN);
        }
        return true;
    }

    /** Runs the handlers when those have published that waited last, and measures how long a force takes. */
    private void runTogether() {
        long applied = ring.applied();
        long begun = System.nanoTime();
        boolean isVirtual = CurrentThread.isVirtual();
        long most = companyNanos(forceNanos, isVirtual);
        long claimed = ring.claimed();
        while (claimed - applied <= waited && System.nanoTime() - begun < most) {
            if (isVirtual) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
            claimed = ring.claimed();
        }
        long journaling = System.nanoTime();
        handlers.journal();
        long nanos = System.nanoTime() - journaling;
        int waiting = sleepers.get() + yielders.get();
        handlers.apply();
        if (ring.applied() != applied) {
            waited = waiting;
            forceNanos += (nanos - forceNanos) / FORCES_OF_MEAN;
            long yields = yieldNanos(forceNanos, waiting, PROCESSORS);
            if (yields != yieldNanos) {
                yieldNanos = yields;
            }
        }
    }

    /**
     * How long a waiter lets others run at most, before it sleeps.
     *
     * @param waiting so many threads wait for a force
     */
    static long yieldNanos(long forceNanos, int waiting, int processors) {
        boolean isWorthIt = waiting > WAITERS_PER_PROCESSOR * processors && forceNanos <= MAX_FORCE_TO_YIELD_NANOS;
        return isWorthIt ? FORCES_TO_YIELD * forceNanos : 0;
    }

    /** How long a leader waits for company at most, if a force takes so long. */
    static long companyNanos(long forceNanos, boolean isVirtual) {
        return Math.min(forceNanos / COMPANY_SHARE, isVirtual ? MAX_COMPANY_NANOS_VIRTUAL : MAX_COMPANY_NANOS);
    }

    private void giveUpLead() {
        if (isForced) {
            led.set(false);
        } else {
            led.setRelease(false);
        }
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
