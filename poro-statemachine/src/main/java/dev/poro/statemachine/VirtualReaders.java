package dev.poro.statemachine;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts the virtual threads that are inside a read, in stripes, so that they hardly meet; other threads are told apart
 * at the cost of a comparison and not counted, since {@link RetiredArenas} sees them on their stacks. Thread-safe.
 */
final class VirtualReaders {
    /** In place of a stripe: the thread is not virtual. */
    static final int NOT_COUNTED = -1;

    /** {@code Thread.isVirtual}, or {@code null} on a JDK that has no virtual threads. */
    private static final MethodHandle IS_VIRTUAL = isVirtual();

    private static final int STRIPES = 16;

    /** Longs, two lines of the cache. */
    private static final int STRIDE = 16;

    private static final int EXIT = 1;

    private final AtomicLongArray counts;

    VirtualReaders() {
        counts = IS_VIRTUAL == null ? null : new AtomicLongArray(STRIPES * STRIDE);
    }

    private static MethodHandle isVirtual() {
        try {
            return MethodHandles.publicLookup()
                    .findVirtual(Thread.class, "isVirtual", MethodType.methodType(boolean.class));
        } catch (ReflectiveOperationException e) {
            return null;
        }
    }

    /** Before a thread looks for the table; returns what {@link #exit} wants. */
    int enter() {
        return IS_VIRTUAL != null && isVirtual(Thread.currentThread()) ? count() : NOT_COUNTED;
    }

    /** The thread has done with the table. */
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

    /** Whether some that came in before this call may not have left. Those who left are counted first. */
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

    private static boolean isVirtual(Thread thread) {
        try {
            return (boolean) IS_VIRTUAL.invokeExact(thread);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
