package dev.poro.wal;

import dev.poro.events.RecordFlyweight;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageFile;
import dev.poro.wal.storage.WorkerFactory;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes a new log from another one, up to some point: from the nearest snapshot at or before it, and the events after
 * that. The other log is only read, as it was when this began. Call {@link #read}, {@link #finish}, {@link #check},
 * {@link #publish}, in this order; a dry run ends after the first. Not thread-safe; used once.
 */
public final class LogRestore implements Closeable {
    /** The log as it was when this began. */
    private final LogView source;

    private final RestorePoint point;
    private final ReplayProgress progress;
    /** {@code null} in a dry run, like the two below. */
    private final NewDirectory directory;

    private final UnfinishedDirectory deletedOnFailure;
    private final WorkerFactory workers;
    private RestoredLog target;
    private Retention retention;
    private long lastSequence;
    private boolean published;

    LogRestore(
            Storage source, RestorePoint point, NewDirectory directory, WorkerFactory workers, ReplayProgress progress)
            throws IOException {
        this(LogView.of(source), point, directory, null, workers, progress);
    }

    private LogRestore(
            LogView source,
            RestorePoint point,
            NewDirectory directory,
            UnfinishedDirectory deletedOnFailure,
            WorkerFactory workers,
            ReplayProgress progress) {
        this.source = source;
        this.point = point;
        this.directory = directory;
        this.deletedOnFailure = deletedOnFailure;
        this.workers = workers;
        this.progress = progress;
    }

    /**
     * Begins to restore a log.
     *
     * @param target a directory that is empty or does not exist yet; may be {@code null} in a dry run
     * @param dryRun whether to write nothing
     * @throws LogException if there is no log, or the target is the source or inside it, is not empty, or was left
     *     unfinished
     */
    public static LogRestore of(Path source, Path target, RestorePoint point, boolean dryRun, ReplayProgress progress)
            throws IOException {
        Storage storage = UnfinishedDirectory.logIn(source);
        UnfinishedDirectory directory = null;
        if (target != null) {
            directory = UnfinishedDirectory.of(source, target);
            directory.requireNew();
        }
        LogView log = LogView.of(storage);
        if (dryRun) {
            return new LogRestore(log, point, null, null, WorkerFactory.THREADS, progress);
        }
        try {
            directory.create();
        } catch (IOException | RuntimeException e) {
            log.close();
            throw e;
        }
        return new LogRestore(log, point, directory, directory, WorkerFactory.THREADS, progress);
    }

    /**
     * Reads the log up to the point and, unless this is a dry run, writes the new one.
     *
     * @param state receives the same; what it refuses is not restored
     * @throws LogException if the point cannot be reached; the message says what can be restored
     */
    public RestoreReport read(LogVisitor state) throws IOException {
        StoreFile.Look store = StoreFile.look(source);
        retention = store.retention();
        Segments segments = Segments.read(source);
        if (directory != null) {
            // The length of the longest segment, so that any record of the log fits.
            int length =
                    SegmentDescriptor.lengthFor(Math.max(SegmentDescriptor.MIN_LENGTH, segments.lengthToHoldRecords()));
            Long logId = segments.logId();
            target = new RestoredLog(
                    directory.storage(), workers, length, store.retention(), store.branch(), logId == null ? 0 : logId);
        }
        RestoreFilter visitor = new RestoreFilter(point, state, target == null ? LogVisitor.NONE : target);
        SnapshotLoader loader = new SnapshotLoader(source, store, segments, visitor, progress, workers);
        ReadPlan start = upToThePoint(loader.load(snapshotsUpTo(point, source)));
        return reportOf(examine(start, visitor), visitor);
    }

    /**
     * Finds the point without the contents there: reads only the segments from that of an event on that is known to be
     * at or before it.
     *
     * @param known the sequence of that event; 0 for the beginning of the log
     * @param events receives the events up to the point from the beginning of that segment on
     * @return {@code null} if the log does not reach back to that event
     * @throws LogException if the point cannot be reached; the message says what can be restored
     */
    RestoreReport find(long known, LogVisitor events) throws IOException {
        StoreFile.Look store = StoreFile.look(source);
        retention = store.retention();
        Segments segments = Segments.read(source);
        int first = segments.containing(Math.max(1, known));
        if (first < 0) {
            return null;
        }
        List<String> snapshots = LogFiles.snapshots(source);
        long forced = snapshots.isEmpty() ? 0 : SnapshotDescriptor.sequenceOf(snapshots.get(snapshots.size() - 1));
        Segments rest = segments.between(first, segments.size());
        RestoreFilter visitor = new RestoreFilter(point, events, LogVisitor.NONE);
        ReadPlan start = upToThePoint(new ReadPlan(rest, 0, null, List.of(), List.of(), forced, store));
        return reportOf(examine(start, visitor), visitor);
    }

    private RestoreReport reportOf(RecoveryReport log, RestoreFilter visitor) throws IOException {
        requireReached(log, visitor);
        lastSequence = visitor.lastSequence();
        return new RestoreReport(
                log.snapshot(),
                log.damagedSnapshots(),
                visitor.events(),
                lastSequence,
                visitor.lastWallClock(),
                visitor.nextSequence(),
                visitor.nextWallClock(),
                leftOut(log, visitor));
    }

    /** What may be missing up to the point: an unforced tail, or events after the wall clock was wrong. */
    private List<LogProblem> leftOut(RecoveryReport log, RestoreFilter visitor) {
        List<LogProblem> leftOut = new ArrayList<>();
        boolean isReached = point.isOfSequence() || visitor.hasPassed();
        if (!isReached && log.verdict() == RecoveryReport.Verdict.UNFORCED_TAIL) {
            leftOut.add(log.tail());
        }
        if (point.isOfTime() && visitor.nextWallClock() > source.currentTimeMillis()) {
            leftOut.add(atWrongTime(
                    visitor.nextSequence(),
                    log.lastSequence(),
                    "the clock was ahead: the events from sequence " + visitor.nextSequence() + " on have the time "
                            + LogTime.textOf(visitor.nextWallClock()) + ", which is in the future, and may have"
                            + " happened before the point"));
        } else if (point.isOfTime() && visitor.firstSetBack() > 0) {
            leftOut.add(atWrongTime(
                    visitor.firstSetBack(),
                    visitor.lastSetBack(),
                    "the clock was set back after it had shown " + LogTime.textOf(visitor.nextWallClock())
                            + " at sequence " + visitor.nextSequence() + ": the events from sequence "
                            + visitor.firstSetBack() + " to " + visitor.lastSetBack()
                            + " were written after that, some of them when it showed a time before the point once"
                            + " more"));
        }
        return leftOut;
    }

    private LogProblem atWrongTime(long first, long last, String cause) {
        String remedy = "; 'dump' shows them, and a sequence can be restored";
        return new LogProblem(source.describe(""), 0, 0, first, last, cause + remedy);
    }

    /** The snapshots of a log at or before a point, oldest first. */
    static List<String> snapshotsUpTo(RestorePoint point, Storage log) throws IOException {
        List<String> names = new ArrayList<>();
        for (String name : LogFiles.snapshots(log)) {
            if (SnapshotDescriptor.sequenceOf(name) <= point.sequence()
                    && (!point.isOfTime() || latestWallClockOf(name, log) <= point.time())) {
                names.add(name);
            }
        }
        return names;
    }

    /** {@link Long#MAX_VALUE} if the header of the snapshot is damaged. */
    static long latestWallClockOf(String snapshot, Storage log) throws IOException {
        try (StorageFile file = log.openReadOnly(snapshot)) {
            return SnapshotHeader.read(file, snapshot).latestWallClock();
        } catch (LogDamagedException damaged) {
            return Long.MAX_VALUE;
        }
    }

    /** Without the segments that begin after the point: they are not needed, and may be damaged. */
    private ReadPlan upToThePoint(ReadPlan start) {
        if (!point.isOfSequence()) {
            return start;
        }
        int end = 1;
        while (end < start.segments().size() && start.segments().get(end).firstSequence() <= point.sequence()) {
            end++;
        }
        return end >= start.segments().size()
                ? start
                : start.withSegments(start.segments().between(0, end));
    }

    private RecoveryReport examine(ReadPlan start, LogVisitor visitor) throws IOException {
        return new LogCheck(source, start, visitor, progress).examine(RecoveryMode.TAIL);
    }

    private void requireReached(RecoveryReport log, RestoreFilter visitor) throws IOException {
        boolean isDamaged = log.verdict() == RecoveryReport.Verdict.DAMAGED;
        boolean isReached = point.isOfSequence()
                ? visitor.lastSequence() == point.sequence()
                : visitor.lastSequence() > 0 && (visitor.hasPassed() || !isDamaged);
        if (isReached) {
            return;
        }
        String why = isDamaged
                ? log.file() + ": damaged at offset " + log.offset() + " (sequence " + (log.lastSequence() + 1) + "): "
                        + log.description()
                : source.describe("")
                        + (visitor.lastSequence() == 0
                                ? ": the first event in the log happened later"
                                : ": the log ends with sequence " + visitor.lastSequence());
        throw new LogException(why + ". " + describePoint() + " cannot be restored. "
                + new RestorableRanges(source, workers, progress).describe());
    }

    private String describePoint() {
        if (point.isOfSequence()) {
            return "Sequence " + point.sequence();
        }
        return point.isOfTime() ? "The state at " + LogTime.textOf(point.time()) : "All of it";
    }

    /** How much history the log keeps. Only after {@link #read}. */
    Retention retention() {
        return retention;
    }

    /**
     * Ends the new log with the mark of a clean close, and forces everything.
     *
     * @param closeMark states the digest after the last event that was read
     * @throws IOException if the new log could not be written
     */
    public void finish(RecordFlyweight closeMark) throws IOException {
        target.finish(closeMark);
    }

    /**
     * Reads the new log back as opening does.
     *
     * @param opening receives it, and refuses it by an exception
     * @throws IOException if it cannot be read, or differs from what was written
     */
    public void check(LogVisitor opening) throws IOException {
        Storage storage = directory.storage();
        ReplayProgress readingBack = progress.during(ReplayProgress.Step.READING_BACK);
        RecoveryReport log = LogCheck.asOpening(storage, RecoveryMode.STRICT, opening, readingBack, workers);
        if (!log.closedCleanly() || log.lastSequence() != lastSequence) {
            throw new IOException("the new log is not what was written: " + log.file() + " at offset " + log.offset()
                    + ": " + log.description());
        }
    }

    /** Gives the new log its name. */
    public void publish() throws IOException {
        directory.publish();
        published = true;
    }

    /** Deletes the new log unless it was published. */
    @Override
    public void close() throws IOException {
        source.close();
        if (!published && target != null) {
            target.close();
        }
        if (!published && deletedOnFailure != null) {
            deletedOnFailure.delete();
        }
    }
}
