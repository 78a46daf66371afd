package dev.poro.statemachine;

import dev.poro.events.CurrentThread;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts the virtual threads that are in a read. The counters are striped to avoid contention. Platform threads are not
 * counted, since {@link RetiredArenas} sees their stacks; for them this costs one comparison. Thread-safe.
 */
final class VirtualReaders {
    /** Instead of a stripe: the thread is not virtual. */
    static final int NOT_COUNTED = -1;

    private static final int STRIPES = 16;

    /** In longs: two cache lines. */
    private static final int STRIDE = 16;

    private static final int EXIT = 1;

    private final AtomicLongArray counts;

    VirtualReaders() {
        counts = CurrentThread.mayBeVirtual() ? new AtomicLongArray(STRIPES * STRIDE) : null;
    }

    /** Called before a thread gets the table; returns the argument for {@link #exit}. */
    int enter() {
        return CurrentThread.isVirtual() ? count() : NOT_COUNTED;
    }

    /** Called when the thread no longer uses the table. */
    void exit(int stripe) {
        if (stripe != NOT_COUNTED) {
            counts.getAndIncrement(stripe + EXIT);
        }
    }

    private int count() {
        int stripe = (int) (Thread.currentThread().getId() & (STRIPES - 1)) * STRIDE;
        counts.getAndIncrement(stripe);
        return stripe;
    }

    /**
     * Whether a thread that entered before this call may still be in a read. Exits are summed first, so none is missed.
     */
    boolean areInside() {
        if (counts == null) {
            return false;
        }
        long left = sum(EXIT);
        return sum(0) != left;
    }

    private long sum(int offset) {
        long sum = 0;
        for (int stripe = 0; stripe < STRIPES; stripe++) {
            sum += counts.get(stripe * STRIDE + offset);
        }
        return sum;
    }
}
