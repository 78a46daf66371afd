package dev.poro.events;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * Threads that slept when their outcome came and are still to be woken. A wake-up costs a system call, several
 * microseconds of it. So the last handler only notes the threads here, and who has time wakes them: a thread that has
 * given up the lead, and each thread that was woken, a few others each. So the next events can be forced while the
 * threads of the last ones are still being woken.
 *
 * <p>{@link #add} is called by one thread at a time, in the order of the events; {@link #wake} by any thread.
 */
final class WakeUps {
    private static final int CAPACITY = 256;

    private static final VarHandle TAKEN;
    private static final VarHandle ADDED;

    static {
        try {
            TAKEN = MethodHandles.lookup().findVarHandle(WakeUps.class, "taken", long.class);
            ADDED = MethodHandles.lookup().findVarHandle(WakeUps.class, "added", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Thread[] threads = new Thread[CAPACITY];

    @SuppressWarnings("UnusedVariable") // used through its handle
    private volatile long taken;

    private volatile long added;

    /** Notes a thread to be woken; wakes the first that is noted if there is no place. */
    void add(Thread thread) {
        long end = (long) ADDED.get(this);
        if (end - taken == CAPACITY) {
            wake(1);
        }
        threads[(int) end & CAPACITY - 1] = thread;
        ADDED.setRelease(this, end + 1);
    }

    /** Wakes up to {@code most} of the threads, those that were noted first. */
    void wake(int most) {
        for (int woken = 0; woken < most; woken++) {
            long next = taken;
            if (next == added) {
                return;
            }
            // If the place is used again meanwhile, another thread has taken what was there, and this one fails.
            Thread thread = threads[(int) next & CAPACITY - 1];
            if (TAKEN.compareAndSet(this, next, next + 1)) {
                LockSupport.unpark(thread);
            } else {
                woken--;
            }
        }
    }
}
