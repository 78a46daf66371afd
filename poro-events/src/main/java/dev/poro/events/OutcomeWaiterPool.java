package dev.poro.events;

/**
 * The waiters of one ring. A thread takes one for a single operation, so the pool needs as many as threads wait at the
 * same time, and no thread keeps a part of the ring alive. A thread looks where it found one last time, and in a few
 * other places. If all of them are taken, it gets a new waiter for this one event, which has no memory for the record.
 */
final class OutcomeWaiterPool {
    private static final int WAITERS = 64;
    private static final int LOOKS = 4;

    /** Neighbouring places share a cache line, so threads with neighbouring ids get places this far apart. */
    private static final int STEP = 19;

    private final OutcomeWaiter[] waiters = new OutcomeWaiter[WAITERS];

    OutcomeWaiterPool() {
        for (int i = 0; i < WAITERS; i++) {
            waiters[i] = new OutcomeWaiter(true);
        }
    }

    /** A waiter that the calling thread owns, without an outcome. */
    OutcomeWaiter take() {
        Thread thread = Thread.currentThread();
        int place = (int) thread.getId() * STEP;
        for (int look = 0; look < LOOKS; look++) {
            OutcomeWaiter waiter = waiters[place & WAITERS - 1];
            if (waiter.tryTake(thread)) {
                return waiter;
            }
            place += STEP;
        }
        OutcomeWaiter waiter = new OutcomeWaiter(false);
        waiter.tryTake(thread);
        return waiter;
    }

    /** Frees the memory that no thread is using; the rest is freed with the pool. */
    void close() {
        for (OutcomeWaiter waiter : waiters) {
            waiter.close();
        }
    }
}
