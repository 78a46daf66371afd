package dev.poro.wal;

import dev.poro.events.RecordFlyweight;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageException;
import dev.poro.wal.storage.WorkerFactory;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Reads a log that it does not own: first as it was at one moment, and after that what a store appends to it. Writes
 * nothing and takes no lock.
 *
 * <p>One of {@link #readAfter} and {@link #readAll} comes first; {@link #readAppended} continues where that has ended.
 * What is appended is read as soon as it is written, before it is forced. One thread.
 */
public final class LogFollower implements Closeable {
    /** A follower that has caught up reads its window again at each look, so it is short. */
    private static final int WINDOW_LENGTH = 64 << 10;

    private final Storage storage;
    private final ReplayProgress progress;
    private final WorkerFactory workers;
    private final RecordFlyweight record = new RecordFlyweight();

    /** Of the segment that is being read, or of the one before the first that is not in use yet. */
    private long number;

    private Long logId;
    /** Of that segment; {@code null} if it is not open. */
    private FrameReader frames;

    private long nextSequence;
    private long lastTimestamp;
    private ClusterPosition lastPosition;

    private LogFollower(Storage storage, ReplayProgress progress, WorkerFactory workers) {
        this.storage = storage;
        this.progress = progress;
        this.workers = workers;
    }

    /**
     * A follower of a log.
     *
     * @throws LogDamagedException if all segments of the log are missing
     * @throws LogException if there is no log
     */
    public static LogFollower of(Path directory, ReplayProgress progress) throws IOException {
        return of(UnfinishedDirectory.logIn(directory), progress, WorkerFactory.THREADS);
    }

    static LogFollower of(Storage storage, ReplayProgress progress, WorkerFactory workers) {
        return new LogFollower(storage, progress, workers);
    }

    /**
     * Reads the log to its end, from the newest intact snapshot at or before a point, or from its first event.
     *
     * @return what was found: the log is sound, or ends in a tail that opening would cut off
     * @throws LogDamagedException if the log is damaged after that snapshot
     * @throws LogException if the log does not reach back to the point: what came before was released
     * @throws IOException if the log cannot be read, or the visitor fails
     */
    public RecoveryReport readAfter(RestorePoint point, LogVisitor visitor) throws IOException {
        return read(visitor, (log, segments, loader) -> {
            ReadPlan start = loader.load(LogRestore.snapshotsUpTo(point, log));
            if (start.snapshot() == null) {
                requireComplete(log, segments);
            }
            return start;
        });
    }

    /**
     * Reads all that is left of the log: from its first event or, if its first segments were released, from the oldest
     * snapshot that covers them.
     *
     * @return as {@link #readAfter}; its snapshot is where the log begins, {@code null} if that is its first event
     * @throws LogDamagedException if the log is damaged
     * @throws IOException if the log cannot be read, or the visitor fails
     */
    public RecoveryReport readAll(LogVisitor visitor) throws IOException {
        return read(visitor, (log, segments, loader) -> loader.loadForHistory());
    }

    private RecoveryReport read(LogVisitor visitor, Beginning beginning) throws IOException {
        try (LogView log = LogView.of(storage)) {
            StoreFile.Look store = StoreFile.look(log);
            Segments segments = Segments.read(log);
            SnapshotLoader loader = new SnapshotLoader(log, store, segments, visitor, progress, workers);
            ReadPlan start = beginning.find(log, segments, loader);
            LogCheck check = new LogCheck(log, start, visitor, progress);
            RecoveryReport report = check.examine(RecoveryMode.TAIL);
            if (report.verdict() == RecoveryReport.Verdict.DAMAGED) {
                throw report.toException();
            }
            continueAfter(check, segments);
            return report;
        }
    }

    /** Loads the snapshot to begin with. */
    @FunctionalInterface
    private interface Beginning {
        ReadPlan find(LogView log, Segments segments, SnapshotLoader loader) throws IOException;
    }

    /** Fails if the first segments are gone, but a later snapshot covers them: nothing is wrong with such a log. */
    private static void requireComplete(LogView log, Segments segments) throws IOException {
        boolean isReleased = !segments.isEmpty()
                && SegmentDescriptor.numberOf(segments.get(0).name()) > 1;
        for (String name : isReleased ? LogFiles.snapshots(log) : List.<String>of()) {
            long sequence = SnapshotDescriptor.sequenceOf(name);
            long shown = LogRestore.latestWallClockOf(name, log);
            if (shown != Long.MAX_VALUE && segments.containing(sequence + 1) >= 0) {
                throw new LogException(log.describe("") + ": the first segments of the log were released. What came"
                        + " before is not known any more. The earliest point is sequence " + sequence + " ("
                        + LogTime.textOf(shown) + "), the earliest change after it that of sequence " + (sequence + 1)
                        + ".");
            }
        }
    }

    private void continueAfter(LogCheck check, Segments segments) throws IOException {
        close();
        LogReader reader = check.reader();
        nextSequence = reader.lastSequence() + 1;
        lastTimestamp = reader.lastTimestamp();
        lastPosition = reader.lastPosition();
        logId = segments.logId();
        LogCheck.Tail tail = check.tail();
        if (tail == null) {
            number = SegmentDescriptor.numberOf(segments.get(0).name()) - 1;
        } else {
            open(tail.header());
            frames.startAt(tail.end(), nextSequence);
        }
    }

    private void open(SegmentHeader header) throws IOException {
        close();
        number = header.number;
        frames = new FrameReader(storage.openReadOnly(SegmentDescriptor.nameOf(number)), header, WINDOW_LENGTH);
    }

    /**
     * Reads what was appended since the last call, if anything was.
     *
     * @return whether the visitor received anything
     * @throws LogDamagedException if what was appended is damaged, or the visitor refuses it
     * @throws LogException if the log was removed or replaced, or the store has released what comes next
     * @throws IOException if the log cannot be read, or the visitor fails
     */
    public boolean readAppended(LogVisitor visitor) throws IOException {
        boolean found = false;
        while (nextFrame()) {
            passOn(visitor);
            found = true;
        }
        return found;
    }

    /** Moves to the next frame, also of the next segment; returns {@code false} if there is none yet. */
    private boolean nextFrame() throws IOException {
        while (true) {
            if (frames != null && (frames.next() || isThereNow())) {
                return true;
            }
            SegmentHeader following = findNext();
            if (following == null) {
                return false; // perhaps after a frame that is being written
            }
            // The store began that segment after it had written all of this one.
            if (frames != null && isThereNow()) {
                return true;
            }
            requireEnded();
            open(following);
        }
    }

    /** Whether there is a frame now: what was read before may be older. */
    private boolean isThereNow() throws IOException {
        frames.lookAgain();
        return frames.next();
    }

    private void requireEnded() throws IOException {
        if (frames != null && frames.defect() != null) {
            throw damaged(frames.defect());
        }
        if (frames != null && frames.endOfNonZero() > frames.offset()) {
            throw damaged("the frames end here, but bytes follow, and a later segment is in use");
        }
    }

    /** The header of the next segment; {@code null} if that is not in use yet. */
    private SegmentHeader findNext() throws IOException {
        String current = SegmentDescriptor.nameOf(number);
        String following = SegmentDescriptor.nameOf(number + 1);
        List<String> names = LogFiles.segments(storage);
        boolean isReleased = !names.isEmpty() && SegmentDescriptor.numberOf(names.get(0)) > number + 1;
        if (isReleased) {
            throw new LogException(storage.describe(following) + ": the store has released this segment before it was"
                    + " read here. Begin again.");
        }
        boolean isThere = names.contains(following);
        if (frames != null && (names.contains(current) ? isOfOther(current) : !isThere)) {
            throw replaced();
        }
        if (!isThere) {
            return null;
        }
        Segments.Segment next = read(following);
        if (next.defect() != null) {
            throw next.defect();
        }
        if (next.header().logId != logId) {
            throw replaced();
        }
        return next.header().start == SegmentHeader.Start.STARTED ? next.header() : null;
    }

    private boolean isOfOther(String segment) throws IOException {
        SegmentHeader header = read(segment).header();
        return header != null && header.logId != logId;
    }

    private Segments.Segment read(String name) throws IOException {
        try {
            return Segments.read(storage, List.of(name)).get(0);
        } catch (StorageException e) {
            if (LogFiles.segments(storage).contains(name)) {
                throw e;
            }
            throw new LogException(storage.describe(name) + ": the segment was deleted meanwhile. Begin again.", e);
        }
    }

    private LogException replaced() {
        return new LogException(
                storage.describe("") + ": the log was removed, or another one has taken its place. Begin again.");
    }

    /** By the rules of {@link LogReader}. */
    private void passOn(LogVisitor visitor) throws IOException {
        String defect = frames.firstSequence() == nextSequence
                ? LogRules.defectOfFields(frames, lastTimestamp, lastPosition)
                : "frame of sequence " + frames.firstSequence() + " where " + nextSequence + " follows";
        if (defect == null) {
            defect = frames.defectOfRecords();
        }
        if (defect != null) {
            throw damaged(defect);
        }
        try {
            visitor.onFrame(frames.header().version, frames.timestamp(), frames.wallClock());
            passOnRecords(visitor);
        } catch (RuntimeException refused) {
            throw damaged(String.valueOf(refused.getMessage()));
        }
        lastTimestamp = frames.timestamp();
        lastPosition = frames.clusterPosition();
    }

    private void passOnRecords(LogVisitor visitor) throws IOException {
        long address = frames.recordsAddress();
        if (frames.isMark()) {
            visitor.onMark(nextSequence, frames.timestamp(), record.wrap(address));
        }
        for (int left = frames.recordCount(); left > 0; left--) {
            record.wrap(address);
            address += record.length();
            visitor.onRecord(nextSequence, frames.timestamp(), record);
            nextSequence++;
        }
    }

    private LogDamagedException damaged(String defect) {
        return new LogDamagedException(
                storage.describe(SegmentDescriptor.nameOf(number)), frames.offset(), nextSequence, defect);
    }

    /** The last event that was read. */
    public long lastSequence() {
        return nextSequence - 1;
    }

    @Override
    public void close() throws IOException {
        if (frames != null) {
            frames.close();
            frames = null;
        }
    }
}
