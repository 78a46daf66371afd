package dev.poro.server;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** Messages on their way from other threads to the loop of a connection, in order and bounded. Thread-safe. */
final class MessageInbox {
    /** What a message takes besides its bytes, about. */
    private static final int OVERHEAD = 128;

    private final Queue<List<byte[]>> messages = new ConcurrentLinkedQueue<>();
    private final AtomicLong length = new AtomicLong();
    private final AtomicBoolean isAwaited = new AtomicBoolean();
    private final AtomicBoolean hasOverflown = new AtomicBoolean();

    /**
     * Adds a message, unless there are so many bytes already. After that, it takes none any more.
     *
     * @return whether the caller is the first to find that the loop is to be told: that there are messages, or that
     *     some are lost
     */
    boolean add(List<byte[]> message, long maxLength) {
        if (length.addAndGet(lengthOf(message)) > maxLength && hasOverflown.compareAndSet(false, true)) {
            return true;
        }
        if (!hasOverflown.get()) {
            messages.add(message);
        }
        return isAwaited.compareAndSet(false, true);
    }

    /** Whether messages are lost. */
    boolean hasOverflown() {
        return hasOverflown.get();
    }

    /** Takes all messages. Only the loop. */
    void take(Consumer<List<byte[]>> receiver) {
        // First: who adds a message from here on tells the loop again.
        isAwaited.set(false);
        for (List<byte[]> message = messages.poll(); message != null; message = messages.poll()) {
            length.addAndGet(-lengthOf(message));
            receiver.accept(message);
        }
    }

    private static long lengthOf(List<byte[]> message) {
        long bytes = OVERHEAD;
        for (byte[] part : message) {
            bytes += part.length;
        }
        return bytes;
    }
}
