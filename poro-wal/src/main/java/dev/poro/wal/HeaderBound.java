package dev.poro.wal;

/**
 * What the header of a frame can say that lies behind what was read of a log.
 *
 * @param maxSequence its first sequence at most, if it were the next frame; further on it is more, by what there is
 *     room for
 * @param minTimestamp no frame has less than the one before it
 */
record HeaderBound(long maxSequence, long minTimestamp) {
    /** Nothing is known. */
    static final HeaderBound NONE = new HeaderBound(Long.MAX_VALUE, Long.MIN_VALUE);
}
