package dev.poro.server;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the event loops of a server have sent to the cluster and not got back, however long that takes: how much memory
 * it has, with the values that it will read, and how long these may be. Thread-safe.
 */
final class OnTheirWay {
    /** In bytes, of all loops together. Beyond, a loop sends one message at a time. */
    static final long MOST_BYTES = 32 << 20;

    private final AtomicLong bytes = new AtomicLong();
    private final List<OfLoop> loops = new CopyOnWriteArrayList<>();

    /** What one loop has sent. Changed by its thread, read by all. */
    static final class OfLoop {
        private volatile long longest;
        private volatile long appended;

        /**
         * What all messages of the loop may do to values.
         *
         * @param longestValue that one of them may make
         * @param appendedBytes by all of them
         */
        void set(long longestValue, long appendedBytes) {
            longest = longestValue;
            appended = appendedBytes;
        }
    }

    /** For one more loop. */
    OfLoop newLoop() {
        OfLoop loop = new OfLoop();
        loops.add(loop);
        return loop;
    }

    boolean hasRoom() {
        return bytes.get() < MOST_BYTES;
    }

    /** A message was sent, or, with a negative number, has come back. */
    void add(long length) {
        bytes.addAndGet(length);
    }

    /** How long a value may be that one of the messages sets; 0 if none does. */
    long longest() {
        long longest = 0;
        for (int i = 0; i < loops.size(); i++) {
            longest = Math.max(longest, loops.get(i).longest);
        }
        return longest;
    }

    /** How many bytes the messages append to values. */
    long appended() {
        long appended = 0;
        for (int i = 0; i < loops.size(); i++) {
            appended += loops.get(i).appended;
        }
        return appended;
    }

    /** Of all loops, for tests. */
    long bytes() {
        return bytes.get();
    }
}
