package dev.poro.wal;

import dev.poro.events.RecordFlyweight;
import java.io.IOException;

/** Takes what is whole of a log that may be damaged, in order, frame by frame. */
public interface FrameVisitor {
    /** Wants none of it. */
    FrameVisitor NONE = new FrameVisitor() {
        @Override
        public void onRecord(long sequence, long timestamp, RecordFlyweight record) {}

        @Override
        public void onEndOfFrame() {}
    };

    /**
     * One record.
     *
     * @param sequence greater than that of the record before, by more than one where events are missing
     * @param timestamp of the frame, milliseconds since the epoch
     * @param record valid during the call only
     */
    void onRecord(long sequence, long timestamp, RecordFlyweight record) throws IOException;

    /** The records since the last call were written as one. */
    void onEndOfFrame() throws IOException;
}
