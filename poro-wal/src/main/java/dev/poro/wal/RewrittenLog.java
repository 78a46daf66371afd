package dev.poro.wal;

import dev.poro.events.FailStop;
import dev.poro.events.RecordFlyweight;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.WorkerFactory;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Writes the events of one log into a new one, through the writer that stores use: with contiguous sequences, in the
 * same frames, with their timestamps. Nothing is durable before {@link #finish}. Not thread-safe.
 */
public final class RewrittenLog implements Closeable {
    private final Storage storage;
    /** Published by {@link #finish}; {@code null} if the caller publishes it. */
    private final UnfinishedDirectory directory;

    private final long logId;
    private final Retention retention;
    private final LogWriter writer;
    private Branch branch = Branch.NONE;
    private final FailStop failStop = new FailStop();
    private final int version;
    private boolean closed;
    private boolean finished;
    /** The timestamp of the next frame. */
    private long timestamp = Long.MIN_VALUE;

    private long wallClock = Long.MIN_VALUE;

    /**
     * Begins a log with an identity of its own and sequence 1, in a new directory.
     *
     * @param source the log, or the segment file, that events come from
     * @param target a directory that is empty or does not exist yet
     * @param segmentLength at least that of the source's segments
     * @param retention how much history the new log keeps
     * @throws LogException if the target is the source or inside it, is not empty, or was left unfinished
     */
    public static RewrittenLog create(Path source, Path target, int segmentLength, Retention retention)
            throws IOException {
        UnfinishedDirectory directory = usable(source, target);
        directory.create();
        try {
            int length = Math.max(SegmentDescriptor.MIN_LENGTH, SegmentDescriptor.lengthFor(segmentLength));
            return new RewrittenLog(directory.storage(), directory, length, retention);
        } catch (IOException | RuntimeException | Error e) {
            directory.deleteAfter(e);
            throw e;
        }
    }

    /**
     * Checks, without writing, that a log can be made there.
     *
     * @throws LogException as {@link #create} does
     */
    public static void requireUsable(Path source, Path target) throws IOException {
        usable(source, target);
    }

    private static UnfinishedDirectory usable(Path source, Path target) throws IOException {
        UnfinishedDirectory directory = UnfinishedDirectory.of(source, target);
        directory.requireNew();
        return directory;
    }

    /**
     * A log with an identity of its own that begins with sequence 1.
     *
     * @param storage an empty directory
     * @param directory the same directory, to be published at the end
     */
    RewrittenLog(Storage storage, UnfinishedDirectory directory, int segmentLength, Retention retention)
            throws IOException {
        this(
                storage,
                directory,
                WorkerFactory.THREADS,
                segmentLength,
                storage.randomLong(),
                SegmentDescriptor.FORMAT_VERSION,
                1,
                0,
                Long.MIN_VALUE,
                retention);
    }

    /**
     * A log that may continue from a snapshot, or from segments of another version.
     *
     * @param storage an empty directory
     * @param directory the same directory, to be published at the end; {@code null} if the caller publishes it
     * @param segmentLength a multiple of 4096, and at least that of the old log's segments
     * @param version of its segments
     * @param firstSegment number of its first segment
     * @param lastSequence the last sequence in the snapshot, or in the part of the log that is already written; 0 if
     *     there is none
     * @param lastTimestamp of that event; no frame has an earlier one
     * @param retention how much history it keeps
     */
    RewrittenLog(
            Storage storage,
            UnfinishedDirectory directory,
            WorkerFactory workers,
            int segmentLength,
            long logId,
            int version,
            long firstSegment,
            long lastSequence,
            long lastTimestamp,
            Retention retention)
            throws IOException {
        this.storage = storage;
        this.directory = directory;
        this.logId = logId;
        this.retention = retention;
        this.version = version;
        // Nobody can use the log before it is finished, so everything is forced at the end.
        LogSettings settings = new LogSettings(SyncPolicy.OS, RecoveryMode.TAIL, segmentLength);
        SegmentFactory factory =
                new SegmentFactory(SegmentKind.LOG, storage, new DurableNames(storage), settings, logId, version);
        SegmentWriter first = factory.create(firstSegment);
        SegmentPreparer preparer = new SegmentPreparer(factory, firstSegment + 1, workers, failStop);
        writer = new LogWriter(
                new OriginalClock(lastTimestamp),
                storage::nanoTime,
                settings,
                first,
                preparer,
                new LogPosition(lastSequence, 0),
                Long.MIN_VALUE, // it takes no snapshots
                workers,
                failStop);
    }

    /**
     * Appends the record of an event to the current frame.
     *
     * @return its sequence
     */
    public long append(long timestamp, RecordFlyweight record) throws IOException {
        return append(timestamp, timestamp, record);
    }

    /**
     * {@link #append(long, RecordFlyweight)} with a wall clock that may differ from the timestamp.
     *
     * @param wallClock see {@link LogVisitor#onFrame}
     */
    public long append(long timestamp, long wallClock, RecordFlyweight record) throws IOException {
        this.timestamp = timestamp;
        this.wallClock = wallClock;
        long sequence = writer.append(record.address(), record.length());
        requireSpace(sequence != LogWriter.NO_SPACE);
        return sequence;
    }

    /** Ends the current frame and appends a mark. Not in version 1, where a mark is an event. */
    void appendMark(long timestamp, long wallClock, RecordFlyweight mark) throws IOException {
        this.timestamp = timestamp;
        this.wallClock = wallClock;
        requireSpace(writer.appendMark(mark.address(), mark.length(), false));
    }

    private void requireSpace(boolean isAppended) throws IOException {
        if (isAppended) {
            return;
        }
        if (failStop.isTripped()) {
            throw new IOException(failStop.cause().getMessage(), failStop.cause());
        }
        throw new IOException(
                "no new log segment could be prepared: " + writer.problem().getMessage()
                        + "; fix the cause, make room, or name another disk",
                writer.problem());
    }

    /** It has branched off another log, which has the same events up to some sequence. */
    void branchOff(Branch newBranch) {
        branch = newBranch;
    }

    /** Ends the current frame. */
    public void endFrame() throws IOException {
        writer.endBatch();
    }

    /**
     * Appends the mark of a clean close, forces everything, closes, and publishes the directory if this log made it.
     *
     * @param closeMark states the digest after the last record
     */
    public void finish(RecordFlyweight closeMark) throws IOException {
        timestamp = storage.currentTimeMillis();
        wallClock = timestamp;
        requireSpace(writer.appendMark(closeMark.address(), closeMark.length(), true));
        writer.endBatch();
        closed = true;
        writer.close(false);
        new StoreFile(
                        logId,
                        writer.nextSequence() - 1,
                        writer.lastSegment(),
                        writer.lastEnd(),
                        retention,
                        Retention.NONE,
                        branch,
                        0)
                .write(storage);
        if (directory != null) {
            directory.publish();
        }
        finished = true;
    }

    /** The format version of its segments. */
    int version() {
        return version;
    }

    /**
     * Forces everything and closes, without a mark: another part of the log follows. Returns its last segment's number.
     */
    long endUnfinished() throws IOException {
        closed = true;
        writer.close(false);
        return writer.lastSegment();
    }

    /** Closes an unfinished log as it is, and deletes its directory if this log made it. */
    @Override
    public void close() throws IOException {
        try {
            if (!closed) {
                closed = true;
                writer.close(true);
            }
        } finally {
            if (!finished && directory != null) {
                directory.delete();
            }
        }
    }

    /** Returns the timestamps that the events have in the original log. */
    private final class OriginalClock implements FrameClock {
        private long millis;
        private long nanos;

        OriginalClock(long lastTimestamp) {
            millis = lastTimestamp;
        }

        @Override
        public long now() {
            millis = Math.max(millis, timestamp);
            nanos = storage.nanoTime();
            return millis;
        }

        @Override
        public long wallMillis() {
            return wallClock;
        }

        @Override
        public long nanos() {
            return nanos;
        }
    }
}
