package dev.poro.wal;

/**
 * Where the readable part of a log ends, and why.
 *
 * @param segment index of the segment among those read
 * @param file the segment's file as messages name it
 * @param offset where in the file
 * @param sequence of the first event that cannot be read, or that follows the mark that cannot be read; all events
 *     before it were read
 */
record LogEnd(Kind kind, int segment, String file, long offset, long sequence, String description) {
    /** Why the log ends there. */
    enum Kind {
        /** Only zeros follow. */
        CLEAN_END(true),
        /** The frames end, but other bytes follow: an unfinished frame, or a hole before later frames. */
        UNFINISHED(true),
        /** A frame fails a checksum or is cut short. */
        BAD_FRAME(true),
        /** A segment is in use or not empty, but its first sequence is missing or torn. */
        LOST_START(true),
        /** The next segment starts later than this one ends. */
        LOST_END(true),
        /** A segment file is missing. */
        MISSING_SEGMENT(false),
        /** A frame or a segment is intact, but its sequence is not the next one. */
        WRONG_SEQUENCE(false),
        /** A frame or a record passes its checksum, but breaks a rule of the format. */
        BAD_RECORD(false),
        /** A segment's identity is damaged, of a newer version, or of another log. It was forced before all else. */
        BAD_IDENTITY(false),
        /** The visitor refuses an event: replay does not reach the state that the log records. */
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
