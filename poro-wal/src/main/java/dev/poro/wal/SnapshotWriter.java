package dev.poro.wal;

import dev.poro.events.FailStop;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.Worker;
import dev.poro.wal.storage.WorkerFactory;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * Writes snapshots in the background, one at a time: on request, and when one is due ({@link SnapshotSchedule}). A
 * snapshot becomes visible only once it is complete and forced, and the log is forced up to its sequence. So a log
 * never ends before its snapshots.
 *
 * <p>A failure affects the snapshot only: the store keeps running, earlier snapshots stay, and requests for a snapshot
 * fail. Two snapshots are kept, so that the second can replace the first if that is ever damaged. What neither needs is
 * then deleted ({@link LogTrimmer}).
 */
final class SnapshotWriter implements AutoCloseable {
    /** How often the worker checks whether a snapshot is due. */
    private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** How often it checks while one is nearly due: a fast writer fills half a segment in a period. */
    private static final long SHORT_PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    /** How long the worker waits for events to advance a snapshot. */
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Storage storage;
    private final DurableNames names;
    private final LogSettings settings;
    private final long logId;
    private final LogWriter log;
    private final WorkerFactory workers;
    private final FailStop failStop;
    private SnapshotSource source;
    private volatile Worker worker;

    /** The number of requests so far, and how many of them are answered. */
    private long requested;

    private long answered;
    /** The answer: one of the two is {@code null}. */
    private SnapshotReport answeredReport;

    private Throwable answeredFailure;
    private boolean closed;
    /** Written by the worker. A failure to delete old files is reported second: it is no failure of a snapshot. */
    private volatile Throwable problem;

    private volatile Throwable releaseProblem;

    private volatile SnapshotReport newest;
    private volatile SnapshotInProgress attempt;
    private final LogTrimmer release;
    /** Of the events that were in the log when it was opened. */
    private final long latestWallClock;
    /** {@code null} if there is none. */
    private final ChangeLog changes;

    /**
     * The change log may grow by so much more than the log: an event of a few bytes may change a long value. It is
     * forced up to its end, and released, at a snapshot only.
     */
    private static final int CHANGES_PER_LOG = 4;

    /** Used by the worker alone. */
    private final SnapshotSchedule schedule;

    /** The same by the length of the change log. */
    private final SnapshotSchedule scheduleOfChanges;

    private long attemptAnswers;
    private boolean hasReleased;

    SnapshotWriter(
            Storage storage,
            DurableNames names,
            LogSettings settings,
            long logId,
            LogWriter log,
            SnapshotReport newest,
            long latestWallClock,
            ChangeLog changes,
            WorkerFactory workers,
            FailStop failStop) {
        this.storage = storage;
        this.names = names;
        this.settings = settings;
        this.logId = logId;
        this.log = log;
        this.newest = newest;
        this.latestWallClock = latestWallClock;
        this.changes = changes;
        this.release =
                new LogTrimmer(storage, names, settings.retention(), changes, settings.changes(), log::time, logId);
        this.schedule = new SnapshotSchedule(settings.snapshotAfter());
        this.scheduleOfChanges = new SnapshotSchedule(timesMore(settings.snapshotAfter()));
        this.workers = workers;
        this.failStop = failStop;
    }

    /** Starts the work; before that, no snapshot is taken. */
    void start(SnapshotSource from) {
        source = from;
        worker = workers.start("poro-snapshot", this::work, failStop::trip);
        worker.wake(); // its first period begins now
    }

    /**
     * Takes a snapshot that begins after this call, and waits until it is durable. Any thread; ignores interrupts.
     *
     * @return the snapshot, or {@code null} if the store has stopped or was closed meanwhile
     * @throws LogException if the snapshot could not be written; everything is as it was
     */
    SnapshotReport take() {
        long request;
        synchronized (this) {
            request = ++requested;
        }
        worker.wake();
        worker.await(() -> isAnswered(request) || isOver());
        synchronized (this) {
            if (answered < request) {
                return null;
            }
            if (answeredFailure != null) {
                throw new LogException(
                        "no snapshot was written: " + textOf(answeredFailure)
                                + ". The log and earlier snapshots are as they were.",
                        answeredFailure);
            }
            return answeredReport;
        }
    }

    /** Any thread. */
    SnapshotStatus status() {
        return new SnapshotStatus(
                newest,
                attempt != null,
                schedule.lengthSinceLast(log.length()),
                schedule.lengthUntilDue(source.liveLength()),
                problemText());
    }

    private String problemText() {
        Throwable ofSnapshot = problem;
        if (ofSnapshot != null) {
            return textOf(ofSnapshot);
        }
        Throwable ofRelease = releaseProblem;
        return ofRelease == null ? null : "nothing more was released: " + textOf(ofRelease);
    }

    private static String textOf(Throwable failure) {
        return failure.getMessage() == null ? failure.toString() : failure.getMessage();
    }

    private synchronized boolean isAnswered(long request) {
        return answered >= request;
    }

    private synchronized boolean isOver() {
        return closed || failStop.isTripped();
    }

    private synchronized boolean isAsked() {
        return answered < requested;
    }

    private long work() {
        if (isOver()) {
            return WorkerFactory.Task.UNTIL_WOKEN;
        }
        try {
            if (!hasReleased || release.isDue()) {
                hasReleased = true;
                // A crash or a backup may have interrupted the last run, and the retention may have changed since.
                release(sequenceOfNewest());
            }
            if (changes != null) {
                changes.forceFullFiles();
            }
            if (attempt == null && !isAsked() && !isDue()) {
                return schedule.isNear(log.length(), source.liveLength()) ? SHORT_PERIOD_NANOS : PERIOD_NANOS;
            }
            if (attempt == null) {
                begin();
            }
            if (attempt.isAborted()) {
                startOver();
                return 0;
            }
            attempt.drain();
            if (!attempt.hasEnded()) {
                return source.advance() ? 0 : PAUSE_NANOS;
            }
            finish();
        } catch (IOException | RuntimeException | OutOfMemoryError | StackOverflowError e) {
            giveUp(e);
        }
        return 0;
    }

    private boolean isDue() {
        long live = source.liveLength();
        return schedule.isDue(log.length(), live)
                || (changes != null && scheduleOfChanges.isDue(changes.length(), timesMore(live)));
    }

    private static long timesMore(long length) {
        return length > Long.MAX_VALUE / CHANGES_PER_LOG ? Long.MAX_VALUE : CHANGES_PER_LOG * length;
    }

    /** Records the failure before it allocates memory. */
    private void giveUp(Throwable cause) {
        SnapshotInProgress failed = attempt;
        attempt = null;
        problem = cause;
        schedule.onFailure();
        scheduleOfChanges.onFailure();
        answer(null, cause);
        if (failed != null) {
            failed.abandon(cause);
        }
    }

    private void begin() throws IOException {
        schedule.onBegin(log.length());
        scheduleOfChanges.onBegin(changes == null ? 0 : changes.length());
        synchronized (this) {
            attemptAnswers = requested;
        }
        SnapshotBlocks blocks = SnapshotBlocks.beside(settings.segmentLength());
        try {
            attempt = new SnapshotInProgress(storage, logId, blocks, worker, latestWallClock, changes);
        } catch (IOException | RuntimeException | Error e) {
            blocks.release();
            throw e;
        }
        source.begin(attempt);
    }

    /** The store was cleared. The snapshot is still asked for, or due. */
    private void startOver() {
        SnapshotInProgress aborted = attempt;
        attempt = null;
        aborted.abandon(new LogException("the store was cleared"));
        aborted.release();
    }

    private void finish() throws IOException {
        SnapshotInProgress finished = attempt;
        attempt = null;
        SnapshotReport report;
        try {
            report = finished.complete();
            if (!log.awaitForced(report.summary().sequence())) {
                throw new LogException("the log could not be forced up to the snapshot");
            }
            if (changes != null) {
                changes.force(); // replay will begin behind them
            }
            publish(report.file());
        } catch (IOException | RuntimeException | Error e) {
            finished.abandon(e);
            throw e;
        } finally {
            finished.release();
        }
        problem = null;
        long proven = sequenceOfNewest();
        newest = report;
        schedule.onSuccess();
        scheduleOfChanges.onSuccess();
        answer(report, null);
        release(proven);
    }

    private void publish(String name) throws IOException {
        if (storage.list().contains(name) && !names.isInDoubt(name)) {
            // No event has happened since the snapshot of that name, which is durable.
            storage.delete(SnapshotDescriptor.TEMPORARY_NAME);
        } else {
            names.give(SnapshotDescriptor.TEMPORARY_NAME, name);
        }
    }

    private long sequenceOfNewest() {
        return newest == null ? 0 : newest.summary().sequence();
    }

    /** Keeps all files of the log until the result is closed. Any thread. */
    LogTrimmer.Pin pin() {
        return release.pin();
    }

    /** @param proven the sequence of a snapshot that was loaded or written since the log was opened */
    private void release(long proven) {
        try {
            release.run(proven);
            releaseProblem = null;
        } catch (IOException | RuntimeException | OutOfMemoryError | StackOverflowError e) {
            // This costs space only: the new snapshot exists, and the next one tries again.
            releaseProblem = e;
        }
    }

    private synchronized void answer(SnapshotReport report, Throwable failure) {
        answered = attemptAnswers;
        answeredReport = report;
        answeredFailure = failure;
    }

    /** Ends the work. A snapshot in progress is abandoned. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        if (worker == null) {
            return;
        }
        worker.stop();
        if (attempt != null) {
            attempt.abandon(new LogException("the store was closed"));
            attempt = null;
        }
    }
}
