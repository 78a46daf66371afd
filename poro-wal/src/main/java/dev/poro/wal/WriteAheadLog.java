package dev.poro.wal;

import dev.poro.events.EventRing;
import dev.poro.events.FailStop;
import dev.poro.wal.storage.FileSystemStorage;
import dev.poro.wal.storage.PrivateFiles;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageException;
import dev.poro.wal.storage.Uninterrupted;
import dev.poro.wal.storage.WorkerFactory;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A log that is open for appending: locked, recovered, durable up to its end.
 *
 * <p>{@link #open} and {@link #close} are called by the owner; everything is appended by the one
 * {@link JournalingHandler}. The queries may be asked by any thread.
 */
public final class WriteAheadLog {
    private final Closeable lock;
    private final Storage storage;
    private final WorkerFactory workers;
    private final LogWriter writer;
    private final LogPosition position;
    private final RecoveryReport recovery;
    private final SnapshotWriter snapshots;
    private final ForceTimer forces;
    private final FailStop failStop;
    /** What the directory says of the log, or should. */
    private StoreFile store;

    private WriteAheadLog(
            Closeable lock,
            Storage storage,
            WorkerFactory workers,
            LogWriter writer,
            LogPosition position,
            SnapshotWriter snapshots,
            ForceTimer forces,
            RecoveryReport recovery,
            StoreFile store,
            FailStop failStop) {
        this.lock = lock;
        this.storage = storage;
        this.workers = workers;
        this.writer = writer;
        this.position = position;
        this.snapshots = snapshots;
        this.forces = forces;
        this.recovery = recovery;
        this.store = store;
        this.failStop = failStop;
    }

    /**
     * Opens the log in {@code directory}, creating both if need be, and replays it.
     *
     * @param replay takes the newest snapshot and every event behind it, or every event of the log
     * @param failStop stops the store that the log belongs to; the log trips it when it fails
     * @throws LogLockedException if the log is open elsewhere
     * @throws LogDamagedException if recovery refuses; nothing was changed
     * @throws LogException if the directory is something else
     * @throws IOException if the disk fails or is full
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

    /** Whoever made the directory may not have lived to force its name. */
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
     * @param lock keeps others away from the directory; closed when the log is
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
        LogCheck check = new LogCheck(storage, start, replay, progress);
        RecoveryReport report = check.examine(settings.recoveryMode());
        LogCheck.Tail tail = new Recovery(storage, check).carryOut();
        long logId = tail == null ? newLogId(storage, start.store().store()) : tail.header().logId;
        DurableNames names = new DurableNames(storage);
        SegmentFactory factory = new SegmentFactory(storage, names, settings, logId);
        SegmentWriter segment = tail == null ? factory.createFirst() : factory.reopen(tail, check.isZeroBehind(tail));
        SegmentPreparer preparer = null;
        try {
            long lastSegment = segment.isStarted() ? segment.header().number : segment.header().number - 1;
            StoreFile store = keep(storage, start.store(), logId, report.lastSequence(), lastSegment, settings);
            preparer = new SegmentPreparer(factory, segment.header().number + 1, workers, failStop);
            LogPosition position =
                    new LogPosition(report.lastSequence(), check.reader().wantedBytes());
            LogClock clock = new LogClock(
                    storage::currentTimeMillis,
                    storage::nanoTime,
                    check.reader().lastTimestamp());
            LogWriter writer =
                    new LogWriter(clock, storage::nanoTime, settings, segment, preparer, position, workers, failStop);
            LogSettings kept = settings.retain(settings.releases() ? store.retention() : Retention.ALL);
            SnapshotWriter snapshots =
                    new SnapshotWriter(storage, names, kept, logId, writer, report.snapshot(), workers, failStop);
            return new WriteAheadLog(
                    lock, storage, workers, writer, position, snapshots, factory.forces(), report, store, failStop);
        } catch (IOException | RuntimeException | Error e) {
            if (preparer != null) {
                preparer.close();
            }
            segment.close();
            throw e;
        }
    }

    /** A log that holds no event yet may have been given settings. */
    private static long newLogId(Storage storage, StoreFile store) {
        return store == null ? storage.randomLong() : store.logId();
    }

    /**
     * Keeps how far the log is forced and what was asked for, unless that is kept already.
     *
     * @param lastSequence forced like everything else that was read
     */
    private static StoreFile keep(
            Storage storage,
            StoreFile.Look before,
            long logId,
            long lastSequence,
            long lastSegment,
            LogSettings settings)
            throws IOException {
        Retention retention = settings.retention() == null ? before.retention() : settings.retention();
        StoreFile store = new StoreFile(logId, lastSequence, lastSegment, retention);
        if (!retention.equals(before.retention())) {
            // What was asked for must not be forgotten: a later opening would delete what was to be kept.
            store.write(storage);
        } else if (before.store() == null ? !store.saysNothing() : !store.equals(before.store())) {
            // If that is not possible, closing tries again.
            store.writeIfPossible(storage);
        }
        return store;
    }

    /** The handler that appends the ring's events to this log. One per log. */
    public JournalingHandler newHandler(EventRing ring) {
        return new JournalingHandler(writer, ring, failStop);
    }

    /** From now on snapshots can be taken, of what {@code source} hands out. Called once. */
    public void startSnapshots(SnapshotSource source) {
        snapshots.start(source);
    }

    /**
     * Takes a snapshot of a state not older than this call, and waits until it is durable. Any thread, once snapshots
     * have been started. Never gives up because of an interrupt.
     *
     * @return the snapshot, or {@code null} if the store has stopped or was closed meanwhile
     * @throws LogException if it could not be written; the log and earlier snapshots are as they were
     */
    public SnapshotReport takeSnapshot() {
        return snapshots.take();
    }

    /** A backup of this log that has everything that anybody was told of before it begins. Any thread. */
    public LogBackup newBackup(NewDirectory directory, ReplayProgress progress) {
        return new LogBackup(storage, snapshots::pin, writer::forceAcknowledged, directory, workers, progress);
    }

    /**
     * How the log stands. Any thread, interrupted or not, once snapshots have been started.
     *
     * @throws IOException if the directory cannot be read
     */
    public LogStatus status() throws IOException {
        return Uninterrupted.call(() -> LogStatus.of(storage, position, snapshots.status(), store.retention()));
    }

    /** How it stands with snapshots: a part of {@link #status} that asks nothing of the disk. */
    public SnapshotStatus snapshotStatus() {
        return snapshots.status();
    }

    /** How long forces take. */
    public ForceTimer forces() {
        return forces;
    }

    /** Gives up a snapshot that is under way and takes no more; before the handlers end. Idempotent. */
    public void stopSnapshots() {
        snapshots.close();
    }

    /** What opening found. */
    public RecoveryReport recovery() {
        return recovery;
    }

    /** The sequence of the last event in the log. */
    public long lastSequence() {
        return position.written();
    }

    /** The highest sequence known to be forced. */
    public long durableSequence() {
        return position.durable();
    }

    /** Why the log has no place for more events, or {@code null} if that is not the case. Any thread. */
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
     * What to tell of a failure that has stopped the store. A store into a segment that somebody has cut short comes
     * as an {@link InternalError}, on whatever the thread does next, and says nothing of files.
     */
    public Throwable explain(Throwable failure) {
        return failure instanceof InternalError fault ? writer.explain(fault) : failure;
    }

    /**
     * Forces what is written, ends the background work and gives the lock back. Nobody runs the handler any more.
     *
     * @throws IOException if the last force failed; what was acknowledged under a policy weaker than
     *     {@link SyncPolicy#ALWAYS} may then not be on the device
     */
    public void close() throws IOException {
        try {
            stopSnapshots();
        } finally {
            try {
                writer.close(failStop.isTripped());
                keepCleanEnd();
            } finally {
                lock.close();
            }
        }
    }

    /** Proves from now on that the log goes as far as here, whatever becomes of its last segment. */
    private void keepCleanEnd() throws IOException {
        if (!failStop.isTripped() && writer.endsWithCloseMark()) {
            store = new StoreFile(store.logId(), position.durable(), writer.lastSegment(), store.retention());
            store.writeIfPossible(storage);
        }
    }
}
