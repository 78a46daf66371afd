package dev.poro.wal;

/**
 * The point up to which a log is restored: the last event within both limits.
 *
 * <p>A time is one of the wall clock. It means the last frame up to which the wall clock had never shown a later time.
 * So it is one point, also where the clock was set back and showed the same times again.
 *
 * @param sequence of the last event, at most
 * @param time the latest that the wall clock had shown up to the frame of the last event, at most; milliseconds since
 *     the epoch
 */
public record RestorePoint(long sequence, long time) {
    /** The entire log. */
    public static final RestorePoint LATEST = new RestorePoint(Long.MAX_VALUE, Long.MAX_VALUE);

    /** Up to and including this event, which must exist. */
    public static RestorePoint ofSequence(long sequence) {
        return new RestorePoint(sequence, Long.MAX_VALUE);
    }

    /**
     * All events up to the last frame by which the wall clock had shown no later time.
     *
     * @param time in milliseconds since the epoch
     */
    public static RestorePoint ofTime(long time) {
        return new RestorePoint(Long.MAX_VALUE, time);
    }

    /**
     * Whether an event is at or before the point.
     *
     * @param latestWallClock of the frames up to that of the event
     */
    public boolean includes(long eventSequence, long latestWallClock) {
        return eventSequence <= sequence && latestWallClock <= time;
    }

    /**
     * The point right before this one, which nothing between them separates: the last event before the sequence, or the
     * last frame by which the wall clock had not yet shown the time.
     */
    public RestorePoint before() {
        return new RestorePoint(isOfSequence() ? sequence - 1 : sequence, isOfTime() ? time - 1 : time);
    }

    /** Whether the sequence limits it. */
    public boolean isOfSequence() {
        return sequence != Long.MAX_VALUE;
    }

    /** Whether the time limits it. */
    public boolean isOfTime() {
        return time != Long.MAX_VALUE;
    }
}
