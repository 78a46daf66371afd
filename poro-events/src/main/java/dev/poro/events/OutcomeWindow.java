package dev.poro.events;

/**
 * The outcomes of the latest events, for publishers that ask later. One byte an event, written by the thread that
 * runs the last handler, read by any thread.
 */
final class OutcomeWindow {
    private final byte[] outcomes;
    private final int mask;

    OutcomeWindow(int capacity) {
        if (Integer.bitCount(capacity) != 1) {
            throw new IllegalArgumentException("capacity must be a power of two: " + capacity);
        }
        this.outcomes = new byte[capacity];
        this.mask = capacity - 1;
    }

    int capacity() {
        return outcomes.length;
    }

    void record(long ringSequence, Outcome outcome) {
        outcomes[(int) ringSequence & mask] = outcome.code();
    }

    /** Valid only if neither before nor after the call the ring can have come round to this place again. */
    Outcome read(long ringSequence) {
        return Outcome.ofCode(outcomes[(int) ringSequence & mask]);
    }
}
