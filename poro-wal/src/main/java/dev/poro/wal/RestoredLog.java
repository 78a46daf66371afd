package dev.poro.wal;

import dev.poro.events.RecordFlyweight;
import dev.poro.events.StateSummary;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.Worker;
import dev.poro.wal.storage.WorkerFactory;
import java.io.Closeable;
import java.io.IOException;
import java.util.function.BooleanSupplier;

/**
 * A new log that begins with a snapshot or with the first event of another log, and continues with its events. They
 * keep their sequences and timestamps. The new log has an identity of its own, because its future history differs and
 * the two must not be mixed up. Not thread-safe.
 */
final class RestoredLog implements LogVisitor, Closeable {
    /** A log that begins after a snapshot has no segment 1. */
    private static final long FIRST_SEGMENT_AFTER_SNAPSHOT = 2;

    private static final Worker NOBODY = new Worker() {
        @Override
        public void wake() {}

        @Override
        public void await(BooleanSupplier condition) {}

        @Override
        public void stop() {}
    };

    private final Storage storage;
    private final WorkerFactory workers;
    private final int segmentLength;
    private final long logId;
    private final Retention retention;
    private final Branch original;
    private final long originalId;

    private SnapshotInProgress snapshot;
    private StateSummary summary;
    /** {@code null} before the first event. */
    private RewrittenLog log;

    private long lastSequence;
    private long lastTimestamp = Long.MIN_VALUE;
    /** Of the current frame of the other log. */
    private int version;

    private long wallClock;

    /**
     * @param storage an empty directory
     * @param segmentLength no less than that of the other log's segments
     * @param retention what the new log keeps of its history
     * @param original the branch of the other log, and {@code originalId} its identity
     */
    RestoredLog(
            Storage storage,
            WorkerFactory workers,
            int segmentLength,
            Retention retention,
            Branch original,
            long originalId) {
        this.storage = storage;
        this.workers = workers;
        this.segmentLength = segmentLength;
        this.logId = storage.randomLong();
        this.retention = retention;
        this.original = original;
        this.originalId = originalId;
    }

    @Override
    public void onSnapshot(SnapshotReport begun) throws IOException {
        summary = begun.summary();
        snapshot = new SnapshotInProgress(
                storage, logId, SnapshotBlocks.beside(segmentLength), NOBODY, begun.latestWallClock(), null);
        snapshot.begin(summary);
    }

    @Override
    public void onEntry(long sequence, RecordFlyweight record) {
        snapshot.writeLong(sequence);
        snapshot.write(record.address(), record.length());
    }

    @Override
    public void onSnapshotEnd() throws IOException {
        snapshot.end(summary.keys(), summary.digest());
        SnapshotReport written = snapshot.complete();
        snapshot.release();
        snapshot = null;
        storage.rename(SnapshotDescriptor.TEMPORARY_NAME, written.file());
        lastSequence = summary.sequence();
        lastTimestamp = summary.timestamp();
    }

    @Override
    public void onSnapshotBroken() {
        if (snapshot != null) {
            snapshot.abandon(new LogException("the snapshot is damaged"));
            snapshot.release();
            snapshot = null;
        }
    }

    @Override
    public void onFrame(int ofVersion, long timestamp, long ofWallClock) throws IOException {
        if (log != null) {
            log.endFrame();
        }
        version = SegmentDescriptor.recordVersion(ofVersion); // it is no replica any more
        wallClock = ofWallClock;
    }

    @Override
    public void onRecord(long sequence, long timestamp, RecordFlyweight record) throws IOException {
        logOf(version).append(timestamp, wallClock, record);
        lastSequence = sequence;
        lastTimestamp = timestamp;
    }

    @Override
    public void onMark(long nextSequence, long timestamp, RecordFlyweight mark) throws IOException {
        logOf(version).appendMark(timestamp, wallClock, mark);
        lastTimestamp = timestamp;
    }

    /**
     * The new log, at segments of this version. In version 1, marks are events and take sequences: so that all events
     * keep theirs, what was of version 1 stays so.
     */
    private RewrittenLog logOf(int wanted) throws IOException {
        if (log == null) {
            long number = lastSequence == 0 ? 1 : FIRST_SEGMENT_AFTER_SNAPSHOT;
            log = begin(wanted, number);
        } else if (log.version() != wanted) {
            log = begin(wanted, log.endUnfinished() + 1);
        }
        return log;
    }

    private RewrittenLog begin(int ofVersion, long number) throws IOException {
        return new RewrittenLog(
                storage,
                null,
                workers,
                segmentLength,
                logId,
                ofVersion,
                number,
                lastSequence,
                lastTimestamp,
                retention);
    }

    /** Appends the mark of a clean close, and forces everything. */
    void finish(RecordFlyweight closeMark) throws IOException {
        if (log != null) {
            log.endFrame();
        }
        RewrittenLog last = logOf(SegmentDescriptor.FORMAT_VERSION);
        last.branchOff(original.branchOff(logId, originalId, lastSequence));
        last.finish(closeMark);
    }

    /** Closes an unfinished log as it is. */
    @Override
    public void close() throws IOException {
        onSnapshotBroken();
        if (log != null) {
            log.close();
        }
    }
}
