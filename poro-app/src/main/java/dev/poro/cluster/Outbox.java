package dev.poro.cluster;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Where the threads of a node leave messages for the thread that sends them: in the order of their numbers, which is
 * that of the calls. Thread-safe. Allocates nothing for a message once it has as much memory as there are messages on
 * their way.
 */
final class Outbox {
    /** Bytes on their way; beyond, threads wait. */
    static final long MOST_BYTES = 64 << 20;

    private static final int MOST_FREE = 4_096;

    /** Bytes of memory of messages that are kept for others. */
    static final long MOST_FREE_BYTES = 8 << 20;

    private final int node;
    private final long incarnation;
    private final long timeoutNanos;
    private final Runnable wakeUp;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();

    /** All below is guarded by the lock. */
    private final Deque<OutgoingMessage> added = new ArrayDeque<>();

    private final Deque<OutgoingMessage> free = new ArrayDeque<>();

    /** A view of memory that is not of the heap. */
    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);

    private long bytes;
    private long freeBytes;
    private long lastNumber;
    /** The number of a barrier that is not sent yet; 0 if there is none. */
    private long barrier;

    private boolean isClosed;

    /** Changed under the lock, read without it. */
    private volatile int count;

    /**
     * @param timeoutNanos how long a message may take
     * @param wakeUp called after one was added
     */
    Outbox(int node, long incarnation, long timeoutNanos, Runnable wakeUp) {
        this.node = node;
        this.incarnation = incarnation;
        this.timeoutNanos = timeoutNanos;
        this.wakeUp = wakeUp;
    }

    /**
     * Adds records, which are copied.
     *
     * @param address in memory outside the heap
     * @return false if there was no room for too long, or the outbox is closed
     */
    boolean addRecords(long correlation, long address, int length) {
        lock.lock();
        try {
            if (!awaitRoom(length)) {
                return false;
            }
            OutgoingMessage message = take();
            MutableDirectBuffer buffer = begin(message, MessageDescriptor.RECORDS, correlation, length);
            if (length > 0) {
                view.wrap(address, length);
                buffer.putBytes(MessageDescriptor.HEADER_LENGTH, view, 0, length);
                view.wrap(0, 0);
            }
            add(message);
        } finally {
            lock.unlock();
        }
        wakeUp.run();
        return true;
    }

    /** Adds a message for the subscribers of a channel; returns false as {@link #addRecords} does. */
    boolean addMessage(byte[] channel, byte[] text) {
        lock.lock();
        try {
            int length = Integer.BYTES + channel.length + text.length;
            if (!awaitRoom(length)) {
                return false;
            }
            OutgoingMessage message = take();
            MutableDirectBuffer buffer = begin(message, MessageDescriptor.MESSAGE, 0, length);
            buffer.putInt(MessageDescriptor.HEADER_LENGTH, channel.length, MessageDescriptor.ORDER);
            buffer.putBytes(MessageDescriptor.CHANNEL_AT, channel);
            buffer.putBytes(MessageDescriptor.CHANNEL_AT + channel.length, text);
            add(message);
        } finally {
            lock.unlock();
        }
        wakeUp.run();
        return true;
    }

    /**
     * The number of a barrier that is sent after this call: of a new one, or of one that another thread has added and
     * that is not sent yet.
     *
     * @return 0 if the outbox is closed, or has had no room for too long
     */
    long addBarrier() {
        long number;
        lock.lock();
        try {
            if (isClosed || (barrier == 0 && !awaitRoom(0))) {
                return 0;
            }
            if (barrier == 0) {
                OutgoingMessage message = take();
                begin(message, MessageDescriptor.BARRIER, 0, 0);
                add(message);
                barrier = message.number();
            }
            number = barrier;
        } finally {
            lock.unlock();
        }
        wakeUp.run();
        return number;
    }

    private boolean awaitRoom(int length) {
        long left = timeoutNanos;
        boolean isInterrupted = false;
        try {
            while (!isClosed && bytes > 0 && bytes + length > MOST_BYTES) {
                if (left <= 0) {
                    return false;
                }
                try {
                    left = room.awaitNanos(left);
                } catch (InterruptedException e) {
                    isInterrupted = true;
                }
            }
            return !isClosed;
        } finally {
            if (isInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private OutgoingMessage take() {
        OutgoingMessage message = free.pollLast();
        if (message == null) {
            return new OutgoingMessage();
        }
        freeBytes -= message.capacity();
        return message;
    }

    /** Many long messages, one after the other, would make all of them long. */
    private void keep(OutgoingMessage message) {
        message.end();
        if (free.size() < MOST_FREE && freeBytes + message.capacity() <= MOST_FREE_BYTES) {
            free.addLast(message);
            freeBytes += message.capacity();
        }
    }

    private MutableDirectBuffer begin(OutgoingMessage message, byte kind, long correlation, int length) {
        return message.begin(kind, node, incarnation, ++lastNumber, correlation, length);
    }

    private void add(OutgoingMessage message) {
        message.setDeadlineNanos(System.nanoTime() + timeoutNanos);
        bytes += message.length();
        added.addLast(message);
        count = added.size();
    }

    /** Whether nothing was added since {@link #moveTo}. */
    boolean isEmpty() {
        return count == 0;
    }

    /** Moves what was added to another queue, in order; returns how many these are. */
    int moveTo(Deque<OutgoingMessage> queue) {
        if (count == 0) {
            return 0;
        }
        lock.lock();
        try {
            int moved = added.size();
            for (OutgoingMessage message = added.pollFirst(); message != null; message = added.pollFirst()) {
                queue.addLast(message);
            }
            barrier = 0;
            count = 0;
            return moved;
        } finally {
            lock.unlock();
        }
    }

    /** Takes a message back of which all is known. */
    void giveBack(OutgoingMessage message) {
        lock.lock();
        try {
            bytes -= message.length();
            keep(message);
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Takes all messages back up to a number, from the beginning of a queue; returns how many these are. */
    int giveBackUpTo(long number, Deque<OutgoingMessage> queue) {
        OutgoingMessage first = queue.peekFirst();
        if (first == null || first.number() > number) {
            return 0;
        }
        int taken = 0;
        lock.lock();
        try {
            while (first != null && first.number() <= number) {
                queue.removeFirst();
                bytes -= first.length();
                keep(first);
                taken++;
                first = queue.peekFirst();
            }
            room.signalAll();
        } finally {
            lock.unlock();
        }
        return taken;
    }

    /** Bytes of memory that are kept for messages to come. */
    long freeBytes() {
        lock.lock();
        try {
            return freeBytes;
        } finally {
            lock.unlock();
        }
    }

    /** Takes no more; ends every wait for room. */
    void close() {
        lock.lock();
        try {
            isClosed = true;
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
