package dev.poro.wal;

import dev.poro.events.RecordFlyweight;
import dev.poro.events.StateSummary;

/**
 * Takes a snapshot: {@link #onBegin}, every entry, and {@link #onEnd} or {@link #onBroken}. But for the last, any of
 * them may throw a {@link RuntimeException} to refuse the snapshot, which then counts as damaged.
 */
public interface SnapshotVisitor {
    /** A snapshot begins. */
    void onBegin(StateSummary summary);

    /**
     * One entry, of a key that does not come twice.
     *
     * @param sequence of the event that wrote it
     * @param record a SET, valid during the call only
     */
    void onEntry(long sequence, RecordFlyweight record);

    /** This was all, and as many entries as the summary says. */
    void onEnd();

    /** The snapshot is damaged: what was taken of it is void. Another one may begin, or the records with the first. */
    void onBroken();
}
