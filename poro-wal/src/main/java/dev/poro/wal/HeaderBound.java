package dev.poro.wal;

/**
 * Bounds for the header of a frame after the part of a log that was read.
 *
 * @param maxSequence the highest first sequence of the very next frame; further on it grows by the records that fit in
 *     between
 * @param minTimestamp the timestamp of the last frame that was read: timestamps never go backwards
 */
record HeaderBound(long maxSequence, long minTimestamp) {
    /** Nothing is known. */
    static final HeaderBound NONE = new HeaderBound(Long.MAX_VALUE, Long.MIN_VALUE);
}
