package dev.poro.events;

/**
 * The waiters of one ring. Threads take one for the length of an operation, so there are as many as threads wait at a
 * time and not as many as there are threads; and nothing of the ring hangs on a thread. A thread looks where it found
 * one last time, and in a few other places. If all of them are taken, it gets a waiter that lives for one event and has
 * no memory for its record.
 */
final class OutcomeWaiterPool {
    private static final int WAITERS = 64;
    private static final int LOOKS = 4;

    /** Places that follow each other share a cache line; threads that follow each other do not get them. */
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

    /** Gives the memory back that no thread is using: the rest goes when the pool does. */
    void close() {
        for (OutcomeWaiter waiter : waiters) {
            waiter.close();
        }
    }
}
