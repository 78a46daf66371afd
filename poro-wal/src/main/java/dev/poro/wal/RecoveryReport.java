package dev.poro.wal;

import java.util.List;

/**
 * What reading a log found, and what opening it does about that. Immutable.
 */
public final class RecoveryReport {
    /** The state of the log. */
    public enum Verdict {
        /** Whole. */
        SOUND,
        /** Ends in a tail that was never forced; opening cuts it off, keeping a copy. */
        UNFORCED_TAIL,
        /** Damaged where events may have been acknowledged; opening refuses. */
        DAMAGED
    }

    private final Verdict verdict;
    private final List<SegmentReport> segments;
    private final long firstSequence;
    private final long lastSequence;
    private final long durableSequence;
    private final boolean closedCleanly;
    private final long droppedBytes;
    private final String file;
    private final long offset;
    private final String description;
    private final String proof;

    RecoveryReport(Verdict verdict, LogReader reader, Finding finding, long droppedBytes, String proof) {
        this.verdict = verdict;
        this.segments = List.copyOf(reader.reports());
        this.firstSequence = reader.firstSequence();
        this.lastSequence = reader.lastSequence();
        this.durableSequence = reader.durableSequence();
        this.closedCleanly = reader.endsWithCleanClose() && verdict == Verdict.SOUND;
        this.droppedBytes = droppedBytes;
        this.file = finding.file;
        this.offset = finding.offset;
        this.description = finding.description;
        this.proof = proof;
    }

    public Verdict verdict() {
        return verdict;
    }

    /** The segments that were read, in order; the last one perhaps in part. */
    public List<SegmentReport> segments() {
        return segments;
    }

    /** 0 if the log holds no event. */
    public long firstSequence() {
        return firstSequence;
    }

    /** One less than {@link #firstSequence()} if the log holds no event. */
    public long lastSequence() {
        return lastSequence;
    }

    /** The highest sequence that the log itself proves to have been forced. */
    public long durableSequence() {
        return durableSequence;
    }

    /** Whether the last event is the mark of a clean close. */
    public boolean closedCleanly() {
        return closedCleanly;
    }

    /** Bytes behind the last event that are not zero: what opening cuts off, or what cannot be read on from. */
    public long droppedBytes() {
        return droppedBytes;
    }

    /** The file in which the readable part ends. */
    public String file() {
        return file;
    }

    /** Where in the file the readable part ends. */
    public long offset() {
        return offset;
    }

    /** Why it ends there. */
    public String description() {
        return description;
    }

    /** Where a later frame shows that the first unreadable event had been forced; {@code null} if none does. */
    public String proof() {
        return proof;
    }

    /** The damage, as an exception that says where it is. */
    LogDamagedException toException() {
        String what = proof == null
                ? description
                : description + "; it had been forced, as the frame in " + proof + " shows";
        return new LogDamagedException(file, offset, lastSequence + 1, what);
    }
}
