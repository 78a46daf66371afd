package dev.poro.statemachine;

/**
 * How far a scan of the keys has come. The order is that of {@link SnapshotWalk}: ranges of hashes, and home slots
 * within a range; both follow from the hash alone, so it does not matter what happens to pages of the index meanwhile.
 * Not thread-safe.
 *
 * <pre>
 *   in one number: u17 top bits of the range's hashes | u5 how many of them count | u13 next home slot
 * </pre>
 */
public final class ScanPosition {
    /** Bits of {@link #toLong}. */
    public static final int BITS = 35;

    private static final int HOME_BITS = 13;
    private static final int DEPTH_BITS = 5;
    private static final int PREFIX_SHIFT = Long.SIZE - Index.MAX_DEPTH;

    /** In place of a number of bits: the first step has to find it out. */
    private static final int UNKNOWN = -1;

    private long prefix;
    private int depth = UNKNOWN;
    private int home;
    private boolean atEnd;

    /** At the start. */
    public ScanPosition() {}

    /**
     * A position from its number, which {@link #toLong} returned, of this or of another state machine.
     *
     * @return the start if no position has this number
     */
    public static ScanPosition of(long number) {
        ScanPosition position = new ScanPosition();
        int depth = (int) (number >>> HOME_BITS) & ((1 << DEPTH_BITS) - 1);
        int home = (int) number & ((1 << HOME_BITS) - 1);
        long prefix = number >>> (HOME_BITS + DEPTH_BITS) << PREFIX_SHIFT;
        boolean isPosition = number > 0
                && number >>> BITS == 0
                && depth <= Index.MAX_DEPTH
                && home < IndexPage.SLOTS
                && (depth == 0 ? prefix : prefix << depth) == 0;
        if (isPosition) {
            position.move(prefix, depth, home);
        }
        return position;
    }

    /** A number of {@value #BITS} bits that stands for this position; 0 for the start, and for the end. */
    public long toLong() {
        if (atEnd || depth == UNKNOWN || (prefix == 0 && home == 0)) {
            return 0;
        }
        return prefix >>> PREFIX_SHIFT << (HOME_BITS + DEPTH_BITS) | (long) depth << HOME_BITS | home;
    }

    /** Whether there is nothing more to come. */
    public boolean isEnd() {
        return atEnd;
    }

    boolean isStart() {
        return depth == UNKNOWN;
    }

    void end() {
        atEnd = true;
    }

    void move(long newPrefix, int newDepth, int newHome) {
        prefix = newPrefix;
        depth = newDepth;
        home = newHome;
    }

    ScanPosition copy() {
        ScanPosition copy = new ScanPosition();
        copy.set(this);
        return copy;
    }

    void set(ScanPosition other) {
        move(other.prefix, other.depth, other.home);
        atEnd = other.atEnd;
    }

    /** The range: the hashes that share the top {@link #depth} bits of this one. */
    long prefix() {
        return prefix;
    }

    int depth() {
        return depth;
    }

    /** The next home slot in the range. */
    int home() {
        return home;
    }
}
