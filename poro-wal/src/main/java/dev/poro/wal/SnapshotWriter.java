package dev.poro.wal;

import dev.poro.events.FailStop;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.Worker;
import dev.poro.wal.storage.WorkerFactory;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * Writes snapshots in the background, one at a time: when asked, and when one is due ({@link SnapshotSchedule}). A
 * snapshot is visible only when it is complete and forced, and so is the log up to it: a log is never behind its
 * snapshots.
 *
 * <p>A failure costs the snapshot and nothing else: the store goes on, the snapshots that were there stay, and whoever
 * asked is told. Two snapshots are kept, so that the second takes the place of the first if that is ever damaged; what
 * neither needs is then released ({@link LogTrimmer}).
 */
final class SnapshotWriter implements AutoCloseable {
    /** How often the worker looks whether a snapshot is due. */
    private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** How often while one is about to be: a fast writer fills half a segment in a period. */
    private static final long SHORT_PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    /** How long the worker leaves it to events to bring a snapshot on. */
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

    /** Snapshots asked for so far, and up to which of these requests there is an answer. */
    private long requested;

    private long answered;
    /** The answer: one of the two is {@code null}. */
    private SnapshotReport answeredReport;

    private Throwable answeredFailure;
    private boolean closed;
    /** Written by the worker. What was not released comes second: it is no failure of a snapshot. */
    private volatile Throwable problem;

    private volatile Throwable releaseProblem;

    private volatile SnapshotReport newest;
    private volatile SnapshotInProgress attempt;
    private final LogTrimmer release;

    /** The worker's own. */
    private final SnapshotSchedule schedule;

    private long attemptAnswers;
    private boolean hasReleased;

    SnapshotWriter(
            Storage storage,
            DurableNames names,
            LogSettings settings,
            long logId,
            LogWriter log,
            SnapshotReport newest,
            WorkerFactory workers,
            FailStop failStop) {
        this.storage = storage;
        this.names = names;
        this.settings = settings;
        this.logId = logId;
        this.log = log;
        this.newest = newest;
        this.release = new LogTrimmer(storage, names, settings.retention(), log::time, logId);
        this.schedule = new SnapshotSchedule(settings.snapshotAfter());
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
     * Takes a snapshot that begins after this call, and waits until it is durable. Any thread; never gives up because
     * of an interrupt.
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
                // A crash or a backup may have broken off the last one, and less history may be wanted than then.
                release(sequenceOfNewest());
            }
            if (attempt == null && !isAsked() && !schedule.isDue(log.length(), source.liveLength())) {
                return schedule.isNear(log.length(), source.liveLength()) ? SHORT_PERIOD_NANOS : PERIOD_NANOS;
            }
            if (attempt == null) {
                begin();
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

    /** Costs no memory before it has been noted that there is no snapshot. */
    private void giveUp(Throwable cause) {
        SnapshotInProgress failed = attempt;
        attempt = null;
        problem = cause;
        schedule.onFailure();
        answer(null, cause);
        if (failed != null) {
            failed.abandon(cause);
        }
    }

    private void begin() throws IOException {
        schedule.onBegin(log.length());
        synchronized (this) {
            attemptAnswers = requested;
        }
        SnapshotBlocks blocks = SnapshotBlocks.beside(settings.segmentLength());
        try {
            attempt = new SnapshotInProgress(storage, logId, blocks, worker);
        } catch (IOException | RuntimeException | Error e) {
            blocks.release();
            throw e;
        }
        source.begin(attempt);
    }

    private void finish() throws IOException {
        SnapshotInProgress finished = attempt;
        attempt = null;
        SnapshotReport report;
        try {
            report = finished.complete();
            if (!log.awaitForced(report.summary().sequence())) {
                throw new LogException("the log could not be forced up to it");
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
        answer(report, null);
        release(proven);
    }

    private void publish(String name) throws IOException {
        if (storage.list().contains(name) && !names.isInDoubt(name)) {
            // Nothing has happened since that one, which has its name for good.
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
            // Costs space and nothing else; the next snapshot tries again. There is this one all the same.
            releaseProblem = e;
        }
    }

    private synchronized void answer(SnapshotReport report, Throwable failure) {
        answered = attemptAnswers;
        answeredReport = report;
        answeredFailure = failure;
    }

    /** Ends the work. A snapshot that is under way is given up. */
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
