package dev.poro.wal;

/**
 * Where the readable part of a log ends, and why.
 *
 * @param segment index of the segment among those read
 * @param file how the segment's file is called in messages
 * @param offset where in the file
 * @param sequence of the first event that cannot be read; everything before it has been
 */
record LogEnd(Kind kind, int segment, String file, long offset, long sequence, String description) {
    /** Why the log ends there. */
    enum Kind {
        /** Nothing but zeros follows. */
        CLEAN_END(true),
        /** The frames end, but what follows is not zero: a frame that was not finished, or a hole before others. */
        UNFINISHED(true),
        /** A frame fails a checksum or is cut short. */
        BAD_FRAME(true),
        /** A segment is in use, or holds something, but its first sequence is missing or torn. */
        LOST_START(true),
        /** The next segment starts later than this one ends. */
        LOST_END(true),
        /** A whole segment file is missing. */
        MISSING_SEGMENT(false),
        /** A frame or a segment that is whole, but has a sequence other than the next one. */
        WRONG_SEQUENCE(false),
        /** A frame or a record that is whole, but breaks a rule of the format. */
        BAD_RECORD(false),
        /** A segment's identity is not whole, of a newer version, or of another log. It was forced before all else. */
        BAD_IDENTITY(false),
        /** The visitor refuses an event: replaying the log does not give what the log says it must. */
        DIVERGED(false);

        /** Whether a power cut can do this to bytes that were never forced. */
        private final boolean possibleInUnforcedTail;

        Kind(boolean possibleInUnforcedTail) {
            this.possibleInUnforcedTail = possibleInUnforcedTail;
        }

        boolean isPossibleInUnforcedTail() {
            return possibleInUnforcedTail;
        }
    }
}
