package dev.poro.wal;

import dev.poro.events.EventRing;
import dev.poro.events.FailStop;
import dev.poro.wal.storage.FileSystemStorage;
import dev.poro.wal.storage.PrivateFiles;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageException;
import dev.poro.wal.storage.StorageFile;
import dev.poro.wal.storage.Uninterrupted;
import dev.poro.wal.storage.WorkerFactory;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * A log that is open for appending: locked, recovered, durable up to its end.
 *
 * <p>The owner calls {@link #open} and {@link #close}; the one {@link JournalingHandler} appends. Any thread may call
 * the queries.
 */
public final class WriteAheadLog {
    private final Closeable lock;
    private final Storage storage;
    private final WorkerFactory workers;
    private final LogWriter writer;
    private final LogPosition position;
    private final RecoveryReport recovery;
    private final SnapshotWriter snapshots;
    /** {@code null} if there is none. */
    private final ChangeLog changes;

    private String whyNoChanges;

    private final ForceTimer forces;
    private final LongSupplier clock;
    private final LongSupplier clockOffset;
    /** {@code null} unless this is the log of a replica. */
    private final ReplicaClock replicaClock;

    private final ClusterPosition clusterPosition;
    private final FailStop failStop;
    /** The contents of the file STORE; writing it may have failed. */
    private StoreFile store;

    private WriteAheadLog(
            Closeable lock,
            Storage storage,
            WorkerFactory workers,
            LogWriter writer,
            LogPosition position,
            SnapshotWriter snapshots,
            ChangeLog changes,
            ForceTimer forces,
            FrameClock clock,
            ClusterPosition clusterPosition,
            RecoveryReport recovery,
            StoreFile store,
            FailStop failStop) {
        this.lock = lock;
        this.storage = storage;
        this.workers = workers;
        this.writer = writer;
        this.position = position;
        this.snapshots = snapshots;
        this.changes = changes;
        this.forces = forces;
        this.replicaClock = clock instanceof ReplicaClock ofReplica ? ofReplica : null;
        this.clock = replicaClock == null ? clock::now : replicaClock::forReaders;
        this.clockOffset = clock instanceof LogClock ofLog
                ? ofLog::offsetMillis
                : () -> this.clock.getAsLong() - storage.currentTimeMillis();
        this.clusterPosition = clusterPosition;
        this.recovery = recovery;
        this.store = store;
        this.failStop = failStop;
        if (changes != null) {
            changes.showUpTo(position::durable);
            writer.onForced(changes::onForced);
        }
    }

    /**
     * Opens the log in {@code directory}, creating both if need be, and replays it.
     *
     * @param replay receives the newest snapshot and all events after it, or all events of the log
     * @param failStop stops the store that the log belongs to; the log trips it when it fails
     * @throws LogLockedException if the log is open elsewhere
     * @throws LogDamagedException if recovery refuses; nothing was changed
     * @throws LogException if the directory is something else
     * @throws IOException if the disk fails or is full; a log of version 1 needs room for a new segment
     */
    public static WriteAheadLog open(
            Path directory, LogSettings settings, LogVisitor replay, ReplayProgress progress, FailStop failStop)
            throws IOException {
        createDirectory(directory);
        LogLock lock = LogLock.acquire(directory);
        try {
            return open(
                    lock,
                    new FileSystemStorage(directory, lock),
                    WorkerFactory.THREADS,
                    settings,
                    replay,
                    progress,
                    failStop);
        } catch (IOException | RuntimeException | Error e) {
            try {
                lock.abandon();
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    private static void createDirectory(Path directory) throws IOException {
        UnfinishedDirectory.requireFinished(directory);
        if (Files.exists(directory) && !Files.isDirectory(directory)) {
            throw new LogException(directory + " is no directory. Name an empty or a new one, or that of a log.");
        }
        if (Files.isDirectory(directory)) {
            requireLogOrEmpty(directory);
            forceParentOfEmpty(directory);
            return;
        }
        Path existing = directory.toAbsolutePath().normalize();
        List<Path> parents = new ArrayList<>();
        while (!Files.exists(existing)) {
            existing = existing.getParent();
            parents.add(existing);
        }
        StorageException.calling(
                directory,
                "create the directory",
                () -> Files.createDirectories(directory, PrivateFiles.directoryMode(directory)));
        for (Path parent : parents) {
            FileSystemStorage.forceDirectory(parent);
        }
    }

    /** The process that made the directory may have died before it forced the name. */
    private static void forceParentOfEmpty(Path directory) throws IOException {
        Path parent = directory.toAbsolutePath().normalize().getParent();
        if (parent != null
                && LogFiles.segments(new FileSystemStorage(directory)).isEmpty()) {
            FileSystemStorage.forceDirectory(parent);
        }
    }

    /** A directory that holds other things is more likely a mistyped path than a place for a log. */
    private static void requireLogOrEmpty(Path directory) throws IOException {
        List<String> names = new FileSystemStorage(directory).list();
        names.remove("lost+found");
        if (names.stream().noneMatch(WriteAheadLog::isOfLog) && !names.isEmpty()) {
            throw new LogException(directory + " is not empty and not a Poro log. Name an empty or a new directory.");
        }
    }

    private static boolean isOfLog(String nameAsItIs) {
        String name = CanonicalNames.canonicalOf(nameAsItIs);
        return LogLock.isLockName(name)
                || name.equals(StoreFile.NAME)
                || SegmentDescriptor.isSegmentName(name)
                || SnapshotDescriptor.isSnapshotName(name)
                || name.endsWith(SegmentDescriptor.QUARANTINE_SUFFIX)
                || SegmentDescriptor.isTemporaryName(name);
    }

    /**
     * Opens a log in any kind of storage, as {@link #open(Path, LogSettings, LogVisitor, ReplayProgress, FailStop)}
     * does in a directory.
     *
     * @param lock keeps other processes away from the directory; closed with the log
     */
    public static WriteAheadLog open(
            Closeable lock,
            Storage directory,
            WorkerFactory workers,
            LogSettings settings,
            LogVisitor replay,
            ReplayProgress progress,
            FailStop failStop)
            throws IOException {
        Storage storage = CanonicalNames.of(directory);
        ReadPlan start = new SnapshotLoader(storage, replay, progress, workers).load();
        ReplicaLogs.requireOpenable(storage, start.segments(), settings);
        DurableNames names = new DurableNames(storage);
        ChangeLog changes = null;
        String whyNoChanges = null;
        try {
            changes = openChanges(storage, names, settings, start, replay, workers, failStop);
        } catch (ChangeLog.NotBegunException e) {
            whyNoChanges = e.getMessage();
        }
        try {
            WriteAheadLog log =
                    open(lock, storage, names, workers, settings, start, replay, progress, changes, failStop);
            log.whyNoChanges = whyNoChanges;
            return log;
        } catch (IOException | RuntimeException | Error e) {
            if (changes != null) {
                changes.close();
            }
            throw e;
        }
    }

    /** Returns {@code null} if the log is to have none. */
    private static ChangeLog openChanges(
            Storage storage,
            DurableNames names,
            LogSettings settings,
            ReadPlan start,
            LogVisitor replay,
            WorkerFactory workers,
            FailStop failStop)
            throws IOException {
        if (changesToKeep(settings, start).equals(Retention.NONE) || isRefused(storage, settings, start)) {
            return null;
        }
        SnapshotReport snapshot = start.snapshot();
        long covered = snapshot == null ? 0 : snapshot.summary().sequence();
        long lastChange = snapshot == null ? 0 : snapshot.lastChange();
        Long known = start.segments().logId();
        long logId = known == null ? newLogId(storage, start.store().store()) : known;
        ChangeLog changes = ChangeLog.open(storage, names, settings, logId, covered, lastChange, workers, failStop);
        replay.onChangeLog(changes.sink());
        return changes;
    }

    /**
     * Whether recovery will refuse the log. Then it changes nothing: so the change log must not be cut back before the
     * log is examined, nor could replay make again what it has. If it has nothing, there is no need to read the log
     * twice.
     */
    private static boolean isRefused(Storage storage, LogSettings settings, ReadPlan start) throws IOException {
        if (LogFiles.changeFiles(storage).isEmpty()) {
            return false;
        }
        LogCheck check = new LogCheck(storage, start, LogVisitor.NONE, ReplayProgress.NONE);
        return check.examine(settings.recoveryMode()).verdict() == RecoveryReport.Verdict.DAMAGED;
    }

    private static Retention changesToKeep(LogSettings settings, ReadPlan start) {
        return settings.changes() == null ? start.store().changes() : settings.changes();
    }

    private static WriteAheadLog open(
            Closeable lock,
            Storage storage,
            DurableNames names,
            WorkerFactory workers,
            LogSettings settings,
            ReadPlan start,
            LogVisitor replay,
            ReplayProgress progress,
            ChangeLog changes,
            FailStop failStop)
            throws IOException {
        LogCheck check = new LogCheck(storage, start, replay, progress);
        RecoveryReport report = check.examine(settings.recoveryMode());
        ClusterPosition clusterPosition = settings.isReplica() && report.verdict() != RecoveryReport.Verdict.DAMAGED
                ? ReplicaLogs.lastPosition(storage, check.reader())
                : ClusterPosition.NONE;
        LogCheck.Tail tail = new Recovery(storage, check).carryOut();
        if (changes == null) {
            ChangeLog.delete(storage);
        } else {
            changes.sink().onBatchEnd();
        }
        long logId = tail == null ? idOfNew(storage, start, changes) : tail.header().logId;
        SegmentFactory factory = new SegmentFactory(storage, names, settings, logId);
        SegmentWriter segment = segmentToAppendTo(factory, settings, check, tail);
        SegmentPreparer preparer = null;
        try {
            long lastSegment = segment.isStarted() ? segment.header().number : segment.header().number - 1;
            long lastEnd = tail == null ? 0 : tail.end();
            StoreFile store =
                    keep(storage, start, logId, report.lastSequence(), lastSegment, lastEnd, settings, changes);
            preparer = new SegmentPreparer(factory, segment.header().number + 1, workers, failStop);
            LogPosition position =
                    new LogPosition(report.lastSequence(), check.reader().wantedBytes());
            FrameClock clock = newClock(storage, settings, check.reader().lastTimestamp());
            long latestWallClock = check.reader().latestWallClock();
            LogWriter writer = new LogWriter(
                    clock,
                    storage::nanoTime,
                    settings,
                    segment,
                    preparer,
                    position,
                    latestWallClock,
                    workers,
                    failStop);
            if (clusterPosition.isKnown()) {
                writer.continueAt(clusterPosition);
            }
            LogSettings kept = settings.releases()
                    ? settings.retain(store.retention()).keepChanges(store.changes())
                    : settings.retain(Retention.ALL).keepChanges(Retention.ALL);
            SnapshotWriter snapshots = new SnapshotWriter(
                    storage,
                    names,
                    kept,
                    logId,
                    writer,
                    report.snapshot(),
                    check.reader().latestWallClockOfEvents(),
                    changes,
                    workers,
                    failStop);
            return new WriteAheadLog(
                    lock,
                    storage,
                    workers,
                    writer,
                    position,
                    snapshots,
                    changes,
                    factory.forces(),
                    clock,
                    clusterPosition,
                    report,
                    store,
                    failStop);
        } catch (IOException | RuntimeException | Error e) {
            if (preparer != null) {
                preparer.close();
            }
            segment.close();
            throw e;
        }
    }

    private static FrameClock newClock(Storage storage, LogSettings settings, long lastTimestamp) {
        return settings.isReplica()
                ? new ReplicaClock(storage::nanoTime, lastTimestamp)
                : new LogClock(
                        storage::currentTimeMillis,
                        storage::nanoTime,
                        storage::suspendedNanos,
                        settings.clockStepHold(),
                        lastTimestamp);
    }

    /**
     * A log of version 1, or one that becomes that of a replica, goes on in a new segment, and its last one stays as it
     * is. Recovery has deleted its unused
     * segments for good, so that none of them can come back in the place of the new one.
     */
    private static SegmentWriter segmentToAppendTo(
            SegmentFactory factory, LogSettings settings, LogCheck check, LogCheck.Tail tail) throws IOException {
        if (tail == null) {
            return factory.createFirst();
        }
        return tail.header().version == settings.segmentVersion()
                ? factory.reopen(tail, check.isZeroAfter(tail))
                : factory.create(tail.header().number + 1);
    }

    private static long idOfNew(Storage storage, ReadPlan start, ChangeLog changes) {
        return changes == null ? newLogId(storage, start.store().store()) : changes.logId();
    }

    /** A log without events has an identity if settings were kept for it. */
    private static long newLogId(Storage storage, StoreFile store) {
        return store == null ? storage.randomLong() : store.logId();
    }

    /**
     * Writes how far the log is forced, and its settings, to STORE if they are not there already.
     *
     * @param lastSequence of the last event that was read, which recovery has forced
     * @param lastEnd of the last segment, up to which recovery has forced it
     */
    private static StoreFile keep(
            Storage storage,
            ReadPlan start,
            long logId,
            long lastSequence,
            long lastSegment,
            long lastEnd,
            LogSettings settings,
            ChangeLog changeLog)
            throws IOException {
        StoreFile.Look before = start.store();
        Retention retention = settings.retention() == null ? before.retention() : settings.retention();
        Retention changes = changesToKeep(settings, start);
        Branch branch = before.branch().isBackup()
                ? before.branch().branchOff(newBranchId(storage), logId, lastSequence)
                : before.branch();
        StoreFile store =
                new StoreFile(logId, lastSequence, lastSegment, lastEnd, retention, changes, branch, endOf(changeLog));
        if (!retention.equals(before.retention())
                || !changes.equals(before.changes())
                || !branch.equals(before.branch())) {
            // A new setting must be durable: otherwise a later opening would delete history that it keeps. So must a
            // branch, before an event is written that only this one has.
            store.write(storage);
        } else if (before.store() == null ? !store.saysNothing() : !store.equals(before.store())) {
            // If that fails, closing tries again.
            store.writeIfPossible(storage);
        }
        return store;
    }

    private static long newBranchId(Storage storage) {
        long id = storage.randomLong();
        return id == 0 ? 1 : id;
    }

    /** Where the changes of all events so far end; 0 if that is not known. */
    private static long endOf(ChangeLog changes) {
        return changes == null ? 0 : changes.end();
    }

    /** The handler that appends the ring's events to this log. One per log. */
    public JournalingHandler newHandler(EventRing ring) {
        return new JournalingHandler(writer, ring, failStop);
    }

    /** Starts taking snapshots of {@code source}. Called once. */
    public void startSnapshots(SnapshotSource source) {
        snapshots.start(source);
    }

    /**
     * Takes a snapshot of a state not older than this call, and waits until it is durable. Any thread, once snapshots
     * have been started. Ignores interrupts.
     *
     * @return the snapshot, or {@code null} if the store has stopped or was closed meanwhile
     * @throws LogException if it could not be written; the log and earlier snapshots are as they were
     */
    public SnapshotReport takeSnapshot() {
        return snapshots.take();
    }

    /** A backup of this log, with every event that was acknowledged before the backup begins. Any thread. */
    public LogBackup newBackup(NewDirectory directory, ReplayProgress progress) {
        return new LogBackup(storage, snapshots::pin, writer::forceAcknowledged, directory, workers, progress);
    }

    /**
     * The files of this log, for a copy that is made elsewhere. Any thread.
     *
     * @param afterSnapshots called when the snapshots are listed: the copy is to end where the log was forced up to
     *     when this returns, or later
     * @throws IOException if a file cannot be read
     */
    public SharedLog share(Runnable afterSnapshots) throws IOException {
        return SharedLog.of(storage, snapshots.pin(), afterSnapshots);
    }

    /**
     * The status of the log. Any thread, interrupted or not, once snapshots have been started.
     *
     * @throws IOException if the directory cannot be read
     */
    public LogStatus status() throws IOException {
        return Uninterrupted.call(() -> LogStatus.of(storage, position, snapshots.status(), store.retention()));
    }

    /** The change log, or {@code null} if there is none. */
    public ChangeLog changes() {
        return changes;
    }

    /** Why there is no change log although there is to be one; {@code null} if that is not so. */
    public String whyNoChanges() {
        return whyNoChanges;
    }

    /** By what name the changes of an event are known: see {@link Branch#ownerOf}. */
    public long ownerOf(long sequence) {
        return store.branch().ownerOf(store.logId(), sequence);
    }

    /** See {@link Branch#numberOf}. */
    public int branchNumberOf(long sequence) {
        return store.branch().numberOf(sequence);
    }

    /**
     * The log time of the last event up to a point, in milliseconds since 1970. Reads up to a segment. Any thread.
     *
     * @param known the sequence of an event at or before the point, or of the state that a snapshot has
     * @param timeOfKnown its log time, which is returned if no later event up to the point is in the log any more
     * @throws IOException if the log cannot be read
     */
    public long timeOfLastEvent(RestorePoint point, long known, long timeOfKnown) throws IOException {
        return EventTimes.lastUpTo(storage, point, known, timeOfKnown);
    }

    /**
     * Has everything that is written forced soon, and does not wait for it: within a hundredth of a second or so, but
     * beside a busy writer within a second. Any thread.
     */
    public void requestForce() {
        writer.requestForce();
    }

    /** The state of the snapshots: a part of {@link #status} that reads nothing from the disk. */
    public SnapshotStatus snapshotStatus() {
        return snapshots.status();
    }

    /** How long forces take. */
    public ForceTimer forces() {
        return forces;
    }

    /** Abandons a snapshot in progress and takes no more. Called before the handlers end. Idempotent. */
    public void stopSnapshots() {
        snapshots.close();
    }

    /** What opening found. */
    public RecoveryReport recovery() {
        return recovery;
    }

    /**
     * The clock of the log, in milliseconds since the epoch: it stamps events, and says what has expired. It never goes
     * back and never stands still for long. An event that is published after a reading has that time, or a later one.
     * Any thread; allocates nothing.
     */
    public LongSupplier clock() {
        return clock;
    }

    /** Of a replica: the position in the log of the cluster that opening found at the end of this log. */
    public ClusterPosition clusterPosition() {
        return clusterPosition;
    }

    /**
     * Of a replica: from now on readers see this time, unless they have seen a later one. Called by the one thread that
     * publishes the messages of the cluster, before it publishes the first of this time.
     *
     * @param messageMillis of a message, in milliseconds since the epoch
     * @return what they see
     */
    public long advanceClock(long messageMillis) {
        return replicaClock.advance(messageMillis);
    }

    /**
     * Forces everything that was applied, under every policy. Any thread.
     *
     * @return the sequence of the last event of it
     * @throws LogException if the log is closed or has failed
     */
    public long force() {
        return writer.forceAcknowledged();
    }

    /** How far the log's clock is ahead of the system's, in milliseconds; negative if it is behind. Any thread. */
    public long clockOffsetMillis() {
        return clockOffset.getAsLong();
    }

    /** Who runs the background work of this log and of the store that it belongs to. */
    public WorkerFactory workers() {
        return workers;
    }

    /**
     * A file in the log's directory for bytes that end with this process: it has no name any more, so that nothing is
     * left of it once it is closed, or the process has died. Only this user can read it. Any thread.
     *
     * @param number 1 or more; no other file with this number is being made
     * @throws IOException if it cannot be made
     */
    public StorageFile newNamelessFile(int number) throws IOException {
        return NamelessFile.create(storage, number);
    }

    /** The sequence of the last event in the log. */
    public long lastSequence() {
        return position.written();
    }

    /** The highest sequence known to be forced. */
    public long durableSequence() {
        return position.durable();
    }

    /** Why the log cannot take more events; {@code null} if it can. Any thread. */
    public String whyFull() {
        Throwable problem = writer.problem();
        if (problem == null) {
            return null;
        }
        boolean isPlain = problem instanceof IOException && problem.getMessage() != null;
        String what = problem instanceof FrameRefusedException
                ? "a frame could not be written"
                : "no new segment could be prepared";
        return what + " (" + (isPlain ? problem.getMessage() : problem) + ")";
    }

    /**
     * The failure to report when the store has stopped. If another process has cut a mapped segment short, the JVM
     * throws an {@link InternalError} that names no file, at some later instruction of the thread.
     */
    public Throwable explain(Throwable failure) {
        if (!(failure instanceof InternalError fault)) {
            return failure;
        }
        Throwable explained = writer.explain(fault);
        return explained == fault && changes != null ? changes.explain(fault) : explained;
    }

    /**
     * Forces what is written, ends the background work and releases the lock. The handler must have ended.
     *
     * @throws IOException if the last force failed; events acknowledged under a policy weaker than {@link
     *     SyncPolicy#ALWAYS} may then not be on the device
     */
    public void close() throws IOException {
        try {
            stopSnapshots();
        } finally {
            try {
                writer.close(failStop.isTripped());
                keepCleanEnd();
            } finally {
                closeChangesAndLock();
            }
        }
    }

    private void closeChangesAndLock() throws IOException {
        try {
            if (changes != null) {
                changes.close();
            }
        } finally {
            lock.close();
        }
    }

    /** Records the end of the log in STORE, so that a missing last segment is noticed. */
    private void keepCleanEnd() throws IOException {
        if (!failStop.isTripped() && writer.endsWithCloseMark()) {
            store = new StoreFile(
                    store.logId(),
                    position.durable(),
                    writer.lastSegment(),
                    writer.lastEnd(),
                    store.retention(),
                    store.changes(),
                    store.branch(),
                    endOf(changes));
            store.writeIfPossible(storage);
        }
    }
}
