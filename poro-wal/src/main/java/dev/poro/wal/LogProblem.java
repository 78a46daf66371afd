package dev.poro.wal;

/**
 * A place of a log that is not as it should be.
 *
 * @param file how the file is called in messages
 * @param offset where in the file it begins
 * @param bytes up to where reading goes on, or up to the last byte of the segment that is not zero
 * @param firstSequence of the events that are missing because of it; {@link #NONE} if none is, {@link #UNKNOWN} if
 *     nothing tells. Places between which nothing is readable share what is missing
 * @param lastSequence of these events; {@link #UNKNOWN} if nothing behind tells how many there were
 * @param cause what is wrong there
 */
public record LogProblem(String file, long offset, long bytes, long firstSequence, long lastSequence, String cause) {
    /** No event is missing. */
    public static final long NONE = 0;

    /** Nothing in the log tells which. */
    public static final long UNKNOWN = -1;

    /** Which events are missing, in words. */
    public String missing() {
        if (firstSequence == NONE) {
            return "no event is missing";
        }
        if (firstSequence == UNKNOWN) {
            return "what is missing is unknown";
        }
        if (lastSequence == UNKNOWN) {
            return "events from sequence " + firstSequence + " on may be missing";
        }
        return firstSequence == lastSequence
                ? "sequence " + firstSequence + " is missing"
                : "sequences " + firstSequence + " to " + lastSequence + " are missing";
    }
}
