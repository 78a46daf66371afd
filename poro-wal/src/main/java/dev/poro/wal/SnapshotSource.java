package dev.poro.wal;

import dev.poro.events.SnapshotSink;

/** The state that snapshots are taken of. Called by the thread that writes them. */
public interface SnapshotSource {
    /** Bytes that a snapshot would hold, approximately. */
    long liveLength();

    /** Starts passing the state to {@code sink}, as of some moment soon after. No other snapshot is in progress. */
    void begin(SnapshotSink sink);

    /**
     * Advances the snapshot while there are too few events to do so. Called repeatedly: at once, or after a
     * millisecond.
     *
     * @return whether the store is idle, so that the next call should come at once
     */
    boolean advance();
}
