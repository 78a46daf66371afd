package dev.poro.wal;

/**
 * A place in a log where something is wrong.
 *
 * @param file as messages name it
 * @param offset where in the file it begins
 * @param bytes up to where reading continues, or up to the last byte of the segment that is not zero
 * @param firstSequence of the missing events; {@link #NONE} if none is missing, {@link #UNKNOWN} if that cannot be
 *     determined. Adjacent problems with no readable event in between share their missing events
 * @param lastSequence of the missing events; {@link #UNKNOWN} if no later event shows how many there were
 * @param cause what is wrong
 */
public record LogProblem(String file, long offset, long bytes, long firstSequence, long lastSequence, String cause) {
    /** No event is missing. */
    public static final long NONE = 0;

    /** It cannot be determined which events are missing. */
    public static final long UNKNOWN = -1;

    /** The missing events, in words. */
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
