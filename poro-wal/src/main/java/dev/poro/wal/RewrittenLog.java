package dev.poro.wal;

import dev.poro.events.FailStop;
import java.io.Closeable;
import java.io.IOException;

/**
 * Writes the events of one log into another, new one, by the same writer as a store's: with contiguous sequences, in
 * the same frames, with their timestamps. Nothing is sure to be on the device before {@link #finish}. Not thread-safe.
 */
final class RewrittenLog implements Closeable {
    private final Storage storage;
    private final long logId;
    private final Retention retention;
    private final LogWriter writer;
    private final FailStop failStop = new FailStop();
    private boolean closed;
    /** What the next frame is stamped with. */
    private long timestamp;

    /**
     * A log with an identity of its own that begins with sequence 1.
     *
     * @param storage an empty directory
     * @param segmentLength of the new log: a multiple of 4096, and no less than that of the old one's segments
     * @param retention what it keeps of its history
     */
    RewrittenLog(Storage storage, int segmentLength, Retention retention) throws IOException {
        this(storage, Workers.THREADS, segmentLength, storage.randomLong(), 1, 0, retention);
    }

    /**
     * A log that goes on behind a snapshot.
     *
     * @param firstSegment number of its first segment
     * @param lastSequence that of the snapshot; 0 if there is none
     * @param retention what it keeps of its history
     */
    RewrittenLog(
            Storage storage,
            Workers workers,
            int segmentLength,
            long logId,
            long firstSegment,
            long lastSequence,
            Retention retention)
            throws IOException {
        this.storage = storage;
        this.logId = logId;
        this.retention = retention;
        this.timestamp = storage.currentTimeMillis();
        // Nothing counts before everything is forced at the end, so nothing is forced on the way.
        LogSettings settings = new LogSettings(SyncPolicy.OS, RecoveryMode.TAIL, segmentLength);
        SegmentFactory factory = new SegmentFactory(storage, new DurableNames(storage), settings, logId);
        SegmentWriter first = factory.create(firstSegment);
        SegmentPreparer preparer = new SegmentPreparer(factory, firstSegment + 1, workers, failStop);
        writer = new LogWriter(
                new OriginalClock(),
                storage::nanoTime,
                settings,
                first,
                preparer,
                new LogPosition(lastSequence, 0),
                workers,
                failStop);
    }

    /**
     * Appends a record to the frame under way.
     *
     * @return its sequence
     */
    long append(long timestamp, long recordAddress, int recordLength) throws IOException {
        this.timestamp = timestamp;
        return append(recordAddress, recordLength, false);
    }

    private long append(long recordAddress, int recordLength, boolean isLast) throws IOException {
        long sequence = writer.append(recordAddress, recordLength, isLast);
        if (sequence != LogWriter.NO_SPACE) {
            return sequence;
        }
        if (failStop.isTripped()) {
            throw new IOException(failStop.cause().getMessage(), failStop.cause());
        }
        throw new IOException(
                "no new log segment could be prepared: " + writer.problem().getMessage()
                        + "; mend the cause, make room, or name another disk",
                writer.problem());
    }

    /** Ends the frame under way. */
    void endFrame() throws IOException {
        writer.endBatch();
    }

    /** Appends the mark of a clean close, forces everything, and closes. */
    void finish(long markAddress, int markLength) throws IOException {
        timestamp = storage.currentTimeMillis();
        long sequence = append(markAddress, markLength, true);
        writer.endBatch();
        closed = true;
        writer.close(false);
        new StoreFile(logId, sequence, writer.lastSegment(), retention).write(storage);
    }

    /** Closes what was not finished, as it is. */
    @Override
    public void close() throws IOException {
        if (!closed) {
            closed = true;
            writer.close(true);
        }
    }

    /** Shows the times that the events had in the log that they come from. */
    private final class OriginalClock implements FrameClock {
        private long millis = Long.MIN_VALUE;
        private long nanos;

        @Override
        public void tick() {
            millis = Math.max(millis, timestamp);
            nanos = storage.nanoTime();
        }

        @Override
        public long millis() {
            return millis;
        }

        @Override
        public long nanos() {
            return nanos;
        }
    }
}
