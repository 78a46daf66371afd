package dev.poro.wal;

import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageException;
import java.io.IOException;

/** When events happened, from the frames of a log that a store may be writing. */
final class EventTimes {
    private EventTimes() {}

    /**
     * The log time of the last event up to a point.
     *
     * @param known the sequence of an event at or before the point, or of the state that a snapshot has
     * @param timeOfKnown its log time, which is returned if no later event up to the point is in the log any more
     */
    static long lastUpTo(Storage storage, RestorePoint point, long known, long timeOfKnown) throws IOException {
        Segments segments = Segments.readPresent(storage);
        int first = segments.containing(known + 1);
        long time = timeOfKnown;
        long latestWallClock = Long.MIN_VALUE;
        for (int i = Math.max(0, first); first >= 0 && i < segments.size(); i++) {
            Segments.Segment segment = segments.get(i);
            if (segment.defect() != null) {
                throw segment.defect();
            }
            if (segment.firstSequence() == 0) {
                break;
            }
            try (FrameReader frames = new FrameReader(storage.openReadOnly(segment.name()), segment.header())) {
                while (frames.next()) {
                    latestWallClock = Math.max(latestWallClock, frames.wallClock());
                    if (!frames.isMark() && !point.includes(frames.firstSequence(), latestWallClock)) {
                        return time;
                    }
                    time = frames.isMark() ? time : Math.max(time, frames.timestamp());
                }
            } catch (StorageException e) {
                if (LogFiles.segments(storage).contains(segment.name())) {
                    throw e;
                }
                return time; // it was released meanwhile
            }
        }
        return time;
    }
}
