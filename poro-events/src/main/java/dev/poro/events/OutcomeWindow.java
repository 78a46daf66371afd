package dev.poro.events;

/**
 * The outcomes of the latest events, for publishers that ask later. One byte for each event, written by the thread
 * that runs the last handler, read by any thread. Three bits of the byte count the rounds: an event that was skipped
 * has no outcome, rather than that of an earlier event in the same place.
 */
final class OutcomeWindow {
    private static final int CODE_BITS = 5;
    private static final int CODE_MASK = (1 << CODE_BITS) - 1;
    private static final int ROUND_MASK = (1 << (Byte.SIZE - CODE_BITS)) - 1;

    private final byte[] outcomes;
    private final int mask;
    private final int roundShift;

    OutcomeWindow(int capacity) {
        if (Integer.bitCount(capacity) != 1) {
            throw new IllegalArgumentException("capacity must be a power of two: " + capacity);
        }
        this.outcomes = new byte[capacity];
        this.mask = capacity - 1;
        this.roundShift = Integer.numberOfTrailingZeros(capacity);
    }

    int capacity() {
        return outcomes.length;
    }

    void record(long ringSequence, Outcome outcome) {
        outcomes[(int) ringSequence & mask] = (byte) (roundOf(ringSequence) << CODE_BITS | outcome.code());
    }

    /**
     * The outcome, or {@code null} if none was recorded. Valid only if the ring cannot have come round to this place
     * again when the call ends.
     */
    Outcome read(long ringSequence) {
        int recorded = outcomes[(int) ringSequence & mask];
        boolean isOfThisRound = (recorded >> CODE_BITS & ROUND_MASK) == roundOf(ringSequence);
        return isOfThisRound ? Outcome.ofCode(recorded & CODE_MASK) : null;
    }

    private int roundOf(long ringSequence) {
        return (int) (ringSequence >>> roundShift) & ROUND_MASK;
    }
}
