package dev.poro.statemachine;

import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Reads for the single writer to do, because something changes faster than a reader can copy it. Usually there are
 * none; checking that costs the writer one load.
 *
 * <p>Any thread adds; only the writer answers.
 */
final class ReaderRequests {
    private static final int ROUNDS_BEFORE_YIELD = 1_000;
    private static final int ROUNDS_BEFORE_PARK = 1_200;
    private static final long PARK_NS = 20_000;

    /** The latest request, which links to the earlier ones. */
    private final AtomicReference<ReaderRequest> first = new AtomicReference<>();

    boolean areThere() {
        return first.getOpaque() != null;
    }

    /** Adds a new request, and returns it. */
    <R extends ReaderRequest> R add(R request) {
        while (true) {
            ReaderRequest others = first.get();
            request.linkTo(others);
            if (first.compareAndSet(others, request)) {
                return request;
            }
        }
    }

    /** Answers all requests. Only the writer, between two changes. */
    void answer(Table table) {
        ReaderRequest waiting = first.getAndSet(null);
        if (waiting != null) {
            waiting.answerAll(table);
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
