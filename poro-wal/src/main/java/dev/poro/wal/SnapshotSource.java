package dev.poro.wal;

import dev.poro.events.SnapshotSink;

/** Where snapshots come from: the state that the events of a log have led to. Called by the thread that writes them. */
public interface SnapshotSource {
    /** Bytes of what a snapshot would hold, about. */
    long liveLength();

    /** Has the state handed to {@code sink}, from some moment soon on. Nothing else is under way. */
    void begin(SnapshotSink sink);

    /**
     * Sees to it that the snapshot gets on, also while little happens to the state that would bring it on by itself.
     * Called again and again: at once, or after a millisecond.
     *
     * @return whether nothing else happens, so that it may be called at once
     */
    boolean advance();
}
