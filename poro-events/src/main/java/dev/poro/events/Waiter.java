package dev.poro.events;

import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * A thread that waits for the outcome of the one event it has published. One object per thread, used again for every
 * event: a synchronous operation never returns before its outcome is here.
 *
 * <p>{@link #complete} is called by whichever thread runs the last handler; everything else by the owner. A thread
 * that completes its own event pays no fence and no wake-up.
 */
public final class Waiter {
    private static final ThreadLocal<Waiter> OF_THREAD = ThreadLocal.withInitial(Waiter::new);

    private final Thread owner = Thread.currentThread();
    private final AtomicReference<Outcome> outcome = new AtomicReference<>();
    private volatile boolean parked;

    private Waiter() {}

    /** The calling thread's waiter, with no outcome. */
    public static Waiter ofCurrentThread() {
        Waiter waiter = OF_THREAD.get();
        waiter.outcome.setPlain(null);
        return waiter;
    }

    /** The calling thread will wait with another object: its last wait ended without an outcome. */
    public static void forget() {
        OF_THREAD.remove();
    }

    /** The outcome, or {@code null} while it is pending. */
    public Outcome poll() {
        return outcome.getAcquire();
    }

    /**
     * Sleeps until the outcome is here, {@code nanos} have passed, or for no reason. An interrupt wakes as well; the
     * caller clears the interrupt status before it waits and restores it afterwards.
     */
    public void park(long nanos) {
        parked = true;
        VarHandle.fullFence();
        if (poll() == null) {
            LockSupport.parkNanos(this, nanos);
        }
        parked = false;
    }

    void complete(Outcome result) {
        outcome.setRelease(result);
        if (Thread.currentThread() != owner) {
            // Pairs with the fence of park(): either the owner sees the outcome or we see that it is parked.
            VarHandle.fullFence();
            if (parked) {
                LockSupport.unpark(owner);
            }
        }
    }
}
