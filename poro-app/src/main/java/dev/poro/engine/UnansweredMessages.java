package dev.poro.engine;

import dev.poro.events.EventRun;
import dev.poro.events.OutcomeWaiter;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;

/**
 * The messages that a replica has sent to its cluster and that are neither committed here nor rejected: who waits for
 * them. Each is taken once, by the thread that answers it.
 *
 * <p>Thread-safe. Allocates nothing after it was made.
 */
final class UnansweredMessages {
    /** In place of a number: there are too many. */
    static final long FULL = 0;

    private static final int CAPACITY = 1 << 14;
    private static final long FREE = 0;
    private static final long TAKEN = -1;

    private final Message[] messages = new Message[CAPACITY];
    private final AtomicLong next = new AtomicLong(1);
    private final AtomicInteger count = new AtomicInteger();

    UnansweredMessages() {
        for (int i = 0; i < CAPACITY; i++) {
            messages[i] = new Message();
        }
    }

    /** Who waits for a message. Its fields belong to the thread that has taken it. */
    static final class Message {
        private static final AtomicLongFieldUpdater<Message> NUMBER =
                AtomicLongFieldUpdater.newUpdater(Message.class, "number");

        private volatile long number;
        private OutcomeWaiter waiter;
        private EventRun run;
        private boolean wantsPrevious;
        private Runnable whenDone;

        /** Told the outcome; of a run, that of its last event or read. */
        OutcomeWaiter waiter() {
            return waiter;
        }

        /** The events and reads that the message has brought; {@code null} if it has one event, or none. */
        EventRun run() {
            return run;
        }

        /** Whether the value before the one event is wanted. */
        boolean wantsPrevious() {
            return wantsPrevious;
        }

        /** Called once the waiter has its outcome; {@code null} if a thread waits for that. */
        Runnable whenDone() {
            return whenDone;
        }
    }

    /**
     * Adds a message.
     *
     * @param run of which a part is sent; {@code null} for one event, or none
     * @param whenDone {@code null} for nothing
     * @return its number, 1 or more and never given before; or {@link #FULL}
     */
    long tryAdd(OutcomeWaiter waiter, EventRun run, boolean wantsPrevious, Runnable whenDone) {
        while (true) {
            long number = next.get();
            Message message = place(number);
            if (message.number != FREE) {
                return FULL;
            }
            // Whoever else had filled the place meanwhile would have taken the number.
            if (next.compareAndSet(number, number + 1)) {
                message.waiter = waiter;
                message.run = run;
                message.wantsPrevious = wantsPrevious;
                message.whenDone = whenDone;
                count.incrementAndGet();
                message.number = number;
                return number;
            }
        }
    }

    /**
     * Takes a message, which no other thread answers then; {@link #release} ends that.
     *
     * @param number any
     * @return {@code null} if no message of this number is unanswered
     */
    Message take(long number) {
        if (number <= FREE) {
            return null;
        }
        Message message = place(number);
        return Message.NUMBER.compareAndSet(message, number, TAKEN) ? message : null;
    }

    /** Forgets a message that was taken. */
    void release(Message message) {
        assert message.number == TAKEN : message.number;
        message.waiter = null;
        message.run = null;
        message.whenDone = null;
        message.number = FREE;
        count.decrementAndGet();
    }

    /** Whether every message that was added before this call is answered. */
    boolean isEmpty() {
        return count.get() == 0;
    }

    /** The number of the message at a place, from 0 to {@link #capacity}; not positive if none is there. */
    long numberAt(int place) {
        return messages[place].number;
    }

    int capacity() {
        return CAPACITY;
    }

    private Message place(long number) {
        return messages[(int) number & CAPACITY - 1];
    }
}
