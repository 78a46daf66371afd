package dev.poro.wal;

import dev.poro.events.RecordFlyweight;
import java.io.IOException;

/** Takes what is left of a log that may be damaged: perhaps a snapshot, then what is whole behind it. */
public interface SalvageVisitor extends FrameVisitor {
    /** A snapshot, which is whole, stands for the events up to its own. Comes before everything else. */
    void onSnapshot(SnapshotReport snapshot) throws IOException;

    /**
     * One of its entries.
     *
     * @param record a SET; valid during the call only
     */
    void onEntry(RecordFlyweight record) throws IOException;

    /** There are no more entries. */
    void onSnapshotEnd() throws IOException;
}
