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

    /** Of a place whose message is being answered. */
    private static final long TAKEN = 0;

    private final Message[] messages;
    private final AtomicLong next = new AtomicLong(1);
    private final AtomicInteger count = new AtomicInteger();

    UnansweredMessages() {
        this(CAPACITY);
    }

    /** @param capacity a power of two */
    UnansweredMessages(int capacity) {
        messages = new Message[capacity];
        for (int i = 0; i < capacity; i++) {
            messages[i] = new Message();
            messages[i].state = freeFor(i == 0 ? capacity : i);
        }
    }

    /** The state of a place in which the message of this number comes next, and of no other. */
    private static long freeFor(long number) {
        return -number;
    }

    /** The state of a place while the message of this number is put there. */
    private static long filledFor(long number) {
        return Long.MIN_VALUE + number;
    }

    /** Who waits for a message. Its fields belong to the thread that has taken it. */
    static final class Message {
        private static final AtomicLongFieldUpdater<Message> STATE =
                AtomicLongFieldUpdater.newUpdater(Message.class, "state");

        /** The number, while it is unanswered; otherwise {@link #TAKEN}, or one of those that are negative. */
        private volatile long state;

        private long number;
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
            long state = message.state;
            if (state == freeFor(number)) {
                // First the place, then the number: a thread that stands still in between keeps only itself waiting.
                if (Message.STATE.compareAndSet(message, state, filledFor(number))) {
                    next.compareAndSet(number, number + 1);
                    message.number = number;
                    message.waiter = waiter;
                    message.run = run;
                    message.wantsPrevious = wantsPrevious;
                    message.whenDone = whenDone;
                    count.incrementAndGet();
                    message.state = number;
                    return number;
                }
            } else if (state == filledFor(number) || state == number) {
                next.compareAndSet(number, number + 1); // for the one that has the place
            } else if (next.get() == number) {
                return FULL;
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
        if (number <= 0) {
            return null;
        }
        Message message = place(number);
        return Message.STATE.compareAndSet(message, number, TAKEN) ? message : null;
    }

    /** Forgets a message that was taken. */
    void release(Message message) {
        assert message.state == TAKEN : message.state;
        message.waiter = null;
        message.run = null;
        message.whenDone = null;
        message.state = freeFor(message.number + messages.length);
        count.decrementAndGet();
    }

    /** Whether every message that was added before this call is answered. */
    boolean isEmpty() {
        return count.get() == 0;
    }

    /** The number of the message at a place, from 0 to {@link #capacity}; not positive if none is there. */
    long numberAt(int place) {
        return messages[place].state;
    }

    int capacity() {
        return messages.length;
    }

    private Message place(long number) {
        return messages[(int) number & messages.length - 1];
    }
}
