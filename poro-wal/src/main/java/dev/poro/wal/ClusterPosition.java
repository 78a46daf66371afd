package dev.poro.wal;

import java.util.Locale;

/**
 * A place in the log of a cluster: how far the log of a replica has come with it. Immutable.
 *
 * @param incarnation which cluster it is, a random number; {@link #NO_INCARNATION} for none
 * @param term of the leader that has appended the message there; -1 for none
 * @param position of the message in the cluster's log; -1 for none
 */
public record ClusterPosition(long incarnation, long term, long position) {
    /** In place of an incarnation: the log belongs to no cluster so far. */
    public static final long NO_INCARNATION = 0;

    /** Before the first message of any cluster. */
    public static final ClusterPosition NONE = new ClusterPosition(NO_INCARNATION, -1, -1);

    /** Whether it belongs to a cluster. */
    public boolean isKnown() {
        return incarnation != NO_INCARNATION;
    }

    /**
     * What is wrong with a frame of this position, in words, or {@code null}. A log belongs to one cluster for good;
     * messages come in the order of their positions, each once, and terms never go back.
     *
     * @param before of the frame before
     * @param isMark whether the frame is a mark, which is local: it repeats the position of the frame before
     */
    String defectAfter(ClusterPosition before, boolean isMark) {
        if (!isKnown()) {
            return "frame of cluster " + NO_INCARNATION;
        }
        if (before.isKnown() && incarnation != before.incarnation) {
            return String.format(
                    Locale.ROOT, "frame of cluster %016x after one of cluster %016x", incarnation, before.incarnation);
        }
        if (term < before.term) {
            return "frame of term " + term + " after term " + before.term;
        }
        if (position < before.position || (position == before.position && !isMark)) {
            return "frame of position " + position + " in the cluster's log after position " + before.position;
        }
        return null;
    }
}
