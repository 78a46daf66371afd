package dev.poro.wal;

/**
 * Where the readable part of a log ends, and why. The first unreadable event is the one after
 * {@link #sequence} - 1; everything before it has been read.
 */
final class Finding {
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
        /** A record that is whole, but no event. */
        BAD_RECORD(false);

        /** Whether a power cut can do this to bytes that were never forced. */
        private final boolean possibleInUnforcedTail;

        Kind(boolean possibleInUnforcedTail) {
            this.possibleInUnforcedTail = possibleInUnforcedTail;
        }

        boolean isPossibleInUnforcedTail() {
            return possibleInUnforcedTail;
        }
    }

    final Kind kind;
    /** Index of the segment among those read. */
    final int segment;

    final String file;
    final long offset;
    final long sequence;
    final String description;

    Finding(Kind kind, int segment, String file, long offset, long sequence, String description) {
        this.kind = kind;
        this.segment = segment;
        this.file = file;
        this.offset = offset;
        this.sequence = sequence;
        this.description = description;
    }
}
