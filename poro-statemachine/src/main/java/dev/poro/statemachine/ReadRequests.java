package dev.poro.statemachine;

import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Reads for the single writer to do, because a value changes faster than a reader can copy it. Usually there are none;
 * checking that costs the writer one load.
 *
 * <p>Any thread adds; only the writer answers.
 */
final class ReadRequests {
    private static final int ROUNDS_BEFORE_YIELD = 1_000;
    private static final int ROUNDS_BEFORE_PARK = 1_200;
    private static final long PARK_NS = 20_000;

    /** The latest request, which links to the earlier ones. */
    private final AtomicReference<ReadRequest> first = new AtomicReference<>();

    boolean areThere() {
        return first.getOpaque() != null;
    }

    /** @param length the number of bytes of the value to make room for */
    ReadRequest add(long hash, byte[] key, int length) {
        while (true) {
            ReadRequest others = first.get();
            ReadRequest request = new ReadRequest(hash, key, length, others);
            if (first.compareAndSet(others, request)) {
                return request;
            }
        }
    }

    /** Answers all requests. Only the writer, between two changes. */
    void answer(EntryReader reader) {
        ReadRequest waiting = first.getAndSet(null);
        if (waiting != null) {
            waiting.answerAll(reader);
        }
    }

    /** Waits a moment for the answer, longer in later rounds. */
    static void pause(int round) {
        if (round < ROUNDS_BEFORE_YIELD) {
            Thread.onSpinWait();
        } else if (round < ROUNDS_BEFORE_PARK) {
            Thread.yield();
        } else {
            LockSupport.parkNanos(PARK_NS);
        }
    }
}
