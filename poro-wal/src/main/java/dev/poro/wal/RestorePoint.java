package dev.poro.wal;

/**
 * The point up to which a log is restored: the last event within both limits.
 *
 * @param sequence of the last event, at most
 * @param timestamp of the last event, at most; milliseconds since the epoch
 */
public record RestorePoint(long sequence, long timestamp) {
    /** The entire log. */
    public static final RestorePoint LATEST = new RestorePoint(Long.MAX_VALUE, Long.MAX_VALUE);

    /** Up to and including this event, which must exist. */
    public static RestorePoint ofSequence(long sequence) {
        return new RestorePoint(sequence, Long.MAX_VALUE);
    }

    /** All events that happened at this time or before. */
    public static RestorePoint ofTime(long timestamp) {
        return new RestorePoint(Long.MAX_VALUE, timestamp);
    }

    boolean includes(long eventSequence, long eventTimestamp) {
        return eventSequence <= sequence && eventTimestamp <= timestamp;
    }

    boolean isOfSequence() {
        return sequence != Long.MAX_VALUE;
    }

    boolean isOfTime() {
        return timestamp != Long.MAX_VALUE;
    }
}
