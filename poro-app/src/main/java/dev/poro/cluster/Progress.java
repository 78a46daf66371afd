package dev.poro.cluster;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * How far the messages of this process have come back, and are applied here. The service's thread tells it, any other
 * may ask and wait.
 */
final class Progress {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final AtomicInteger waiting = new AtomicInteger();
    private volatile long number;
    private volatile int epoch;
    private volatile boolean isEnded;

    /** The last fence of this process that has come back. */
    int epoch() {
        return epoch;
    }

    /** The last message of this process that has come back; all others with lower numbers have, or never will. */
    long number() {
        return number;
    }

    /** Messages up to this one, and fences up to this epoch, have come back and are applied. */
    void advance(long toNumber, int toEpoch) {
        number = toNumber;
        epoch = toEpoch;
        if (waiting.get() > 0) {
            signal();
        }
    }

    private void signal() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Nothing more will come: every wait ends. */
    void end() {
        isEnded = true;
        signal();
    }

    /** Waits until a message has come back; returns false if it has not in time. An interrupt does not end it. */
    boolean await(long ofNumber, long timeoutNanos) {
        if (number >= ofNumber) {
            return true;
        }
        boolean isInterrupted = false;
        lock.lock();
        waiting.incrementAndGet();
        try {
            long left = timeoutNanos;
            while (number < ofNumber && !isEnded && left > 0) {
                try {
                    left = changed.awaitNanos(left);
                } catch (InterruptedException e) {
                    isInterrupted = true;
                }
            }
            return number >= ofNumber;
        } finally {
            waiting.decrementAndGet();
            lock.unlock();
            if (isInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
