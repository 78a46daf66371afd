package dev.poro.engine;

import dev.poro.events.FailStop;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * A thread that runs one handler while the store is open, and waits for events according to a {@link WaitStrategy}. It
 * ignores interrupts. An exception from the handler stops the store but not the thread, so that waiters still get their
 * outcomes.
 */
final class HandlerThread {
    private static final long SPIN_NANOS = TimeUnit.MICROSECONDS.toNanos(2);
    private static final long YIELD_NANOS = TimeUnit.MICROSECONDS.toNanos(50);
    private static final int SPINS_BEFORE_YIELD = 100;

    private final Thread thread;
    private final WaitStrategy strategy;
    private final BooleanSupplier handler;
    private final BooleanSupplier hasEvents;
    private final Runnable afterwards;
    private final FailStop failStop;
    private volatile boolean asleep;
    private volatile boolean stopped;
    private long idleSince;

    /**
     * @param handler handles the available events; returns whether there were any
     * @param hasEvents whether there are events for the handler
     * @param afterwards run after the handler has handled events
     */
    HandlerThread(
            String name,
            WaitStrategy strategy,
            BooleanSupplier handler,
            BooleanSupplier hasEvents,
            Runnable afterwards,
            FailStop failStop) {
        this.strategy = strategy;
        this.handler = handler;
        this.hasEvents = hasEvents;
        this.afterwards = afterwards;
        this.failStop = failStop;
        this.thread = new Thread(this::run, name);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Called when there are events to handle. Any thread. */
    void signal() {
        // Pairs with the fence of sleep(): either the handler thread sees the event, or we see that it sleeps. If an
        // earlier event is still to be published, whoever does that signals; so a run signals once.
        VarHandle.fullFence();
        if (asleep && hasEvents.getAsBoolean()) {
            LockSupport.unpark(thread);
        }
    }

    /** Ends the thread, which handles nothing after this returns. Idempotent; allowed before the start. */
    void stop() {
        stopped = true;
        LockSupport.unpark(thread);
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        Backoff.restoreInterrupt(interrupted);
    }

    private void run() {
        int round = 0;
        while (!stopped) {
            try {
                if (handler.getAsBoolean()) {
                    afterwards.run();
                    round = 0;
                } else {
                    pause(round++);
                }
            } catch (Throwable escaped) {
                failStop.trip(escaped);
            }
        }
    }

    private void pause(int round) {
        switch (strategy) {
            case BLOCKING -> sleep(round);
            case BACKOFF -> backOff(round);
            case YIELDING -> {
                if (round < SPINS_BEFORE_YIELD) {
                    Thread.onSpinWait();
                } else {
                    Thread.yield();
                }
            }
            case BUSY_SPIN -> Thread.onSpinWait();
        }
    }

    private void backOff(int round) {
        if (round == 0) {
            idleSince = System.nanoTime();
        }
        long idle = System.nanoTime() - idleSince;
        if (idle < SPIN_NANOS) {
            Thread.onSpinWait();
        } else if (idle < YIELD_NANOS) {
            Thread.yield();
        } else {
            sleep(round);
        }
    }

    private void sleep(int round) {
        Thread.interrupted(); // this thread belongs to the store and ignores interrupts
        asleep = true;
        VarHandle.fullFence();
        if (hasEvents.getAsBoolean()) {
            Backoff.pause(round); // the events may have to wait: a mark for the state before it
        } else if (!stopped) {
            LockSupport.park(this);
        }
        asleep = false;
    }
}
