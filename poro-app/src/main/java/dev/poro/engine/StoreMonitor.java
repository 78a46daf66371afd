package dev.poro.engine;

import dev.poro.events.FailStop;
import dev.poro.wal.ForceTimer;
import dev.poro.wal.JournalingHandler;
import dev.poro.wal.SnapshotStatus;
import dev.poro.wal.WriteAheadLog;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs what the operator of a store must know: that the store was opened and what recovery did, that the log cannot
 * grow or grows again, snapshots and their failures, slow forces (fsyncs), a stop, the close.
 *
 * <p>Only the thread {@code poro-monitor} logs. It checks the store once a second and logs what has changed. So each
 * state is logged at most once a second, and no operation, handler or background task of the store waits for the
 * logging library. Exceptions of the library are dropped. If it blocks, {@link #close} waits for it for one second at
 * most.
 */
final class StoreMonitor {
    private static final long PERIOD_MILLIS = 1_000;
    private static final long CLOSING_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** {@code null} until the thread has asked SLF4J for it, unless it was given. Only the monitor's thread uses it. */
    private Logger logger;

    private final Path path;
    private final WriteAheadLog log;
    private final JournalingHandler journal;
    private final FailStop failStop;
    private final StoreErrors errors;
    private Thread thread;
    private boolean isClosing;

    // The result of the last check. Only the monitor's thread uses these.
    private boolean isShort;
    private long shortSince;
    private long refused;
    private long refusedBefore;
    private boolean hasSnapshotProblem;
    private SnapshotReport newest;
    private long slowForces;
    private boolean hasReportedForce;
    private boolean hasReportedStop;

    /**
     * Logs nothing before {@link #start}.
     *
     * @param logger instead of SLF4J's, for tests; {@code null} for that one
     */
    StoreMonitor(
            Logger logger,
            Path path,
            WriteAheadLog log,
            JournalingHandler journal,
            FailStop failStop,
            StoreErrors errors) {
        this.logger = logger;
        this.path = path;
        this.log = log;
        this.journal = journal;
        this.failStop = failStop;
        this.errors = errors;
        this.newest = SnapshotReport.of(log.recovery().snapshot());
    }

    /** Starts the thread, unless none can be created. Called once. */
    void start(Opened opened) {
        attempt(() -> {
            Thread started = new Thread(() -> run(opened), "poro-monitor");
            started.setDaemon(true);
            started.start();
            thread = started;
        });
    }

    /** Logs what has changed since the last check, and ends the thread. Called when the store is closed. */
    void close() {
        if (thread == null) {
            return;
        }
        synchronized (this) {
            isClosing = true;
            notifyAll();
        }
        long deadline = System.nanoTime() + CLOSING_NANOS;
        boolean interrupted = false;
        long left = CLOSING_NANOS;
        // The logging library may close the store itself, on this very thread.
        while (left > 0 && thread.isAlive() && thread != Thread.currentThread()) {
            try {
                TimeUnit.NANOSECONDS.timedJoin(thread, left);
            } catch (InterruptedException e) {
                interrupted = true;
            }
            left = deadline - System.nanoTime();
        }
        Backoff.restoreInterrupt(interrupted);
    }

    private void run(Opened opened) {
        attempt(this::findLogger);
        if (logger == null || !logger.isErrorEnabled()) {
            return; // The logging library cannot be started, or the logger is off: the store works without messages.
        }
        attempt(() -> logOpening(opened));
        do {
            check();
        } while (awaitNextCheck());
        check();
        attempt(this::logClosed);
    }

    /** Here and not when the store is opened, which does not wait for a logging library to start. */
    private void findLogger() {
        if (logger == null) {
            logger = LoggerFactory.getLogger(Poro.class);
        }
    }

    @SuppressWarnings("WaitNotInLoop") // An early wake-up only means an early check.
    private synchronized boolean awaitNextCheck() {
        try {
            if (!isClosing) {
                wait(PERIOD_MILLIS);
            }
        } catch (InterruptedException e) {
            // The thread belongs to the store: an interrupt only means an early check.
        }
        return !isClosing;
    }

    /** Logs how the store was opened, what recovery cut off, and which damaged snapshots it set aside. */
    void logOpening(Opened opened) {
        OpeningReport found = OpeningReport.of(log.recovery());
        attempt(() -> logDamagedSnapshots(found));
        attempt(() -> logTailCut(found));
        attempt(() -> logOpened(opened, found));
        attempt(this::logMissingChanges);
    }

    private void logMissingChanges() {
        if (log.whyNoChanges() != null) {
            logger.warn(
                    "{}: the store keeps no changes, because no file for them could be made: {}. Make room and open it"
                            + " again: it keeps them from then on.",
                    path,
                    log.whyNoChanges());
        }
    }

    /** Logs what has changed since the last check. */
    void check() {
        attempt(this::checkSpace);
        attempt(this::checkSnapshots);
        attempt(this::checkForces);
        attempt(this::checkStop);
    }

    /** Drops every failure: of the logging library, or for lack of memory. */
    private static void attempt(Runnable logging) {
        try {
            logging.run();
        } catch (RuntimeException | Error e) {
            // The store keeps running without the message.
        }
    }

    private void logDamagedSnapshots(OpeningReport found) {
        for (LogDamage damaged : found.damagedSnapshots()) {
            logger.warn(
                    "{}: the snapshot {} is damaged at offset {}: {}. The log was replayed from an earlier point, and"
                            + " nothing is lost. The snapshot is kept as *.quarantine; delete it when it is no longer"
                            + " needed.",
                    path,
                    damaged.file(),
                    damaged.offset(),
                    damaged.cause());
        }
    }

    private void logTailCut(OpeningReport found) {
        LogDamage tail = found.tail();
        if (tail != null) {
            logger.warn(
                    "{}: the log ended in a tail that nothing proves was fsynced ({} at offset {}: {}). Cut off {}"
                            + " bytes after sequence {}. A copy is kept as *.quarantine; delete it when it is no longer"
                            + " needed.",
                    path,
                    tail.file(),
                    tail.offset(),
                    tail.cause(),
                    tail.bytes(),
                    found.lastSequence());
        }
    }

    private void logOpened(Opened opened, OpeningReport found) {
        SnapshotReport snapshot = found.snapshot();
        logger.info(
                "{}: opened in {} ms at sequence {}, keys: {}, snapshot: {}, events replayed: {}, sync policy: {},"
                        + " memory budget: {} bytes",
                path,
                opened.millis(),
                found.lastSequence(),
                opened.keys(),
                snapshot == null ? "none" : snapshot.file(),
                found.lastSequence() - (snapshot == null ? 0 : snapshot.sequence()),
                opened.syncPolicy(),
                opened.memoryBudget());
    }

    private void checkSpace() {
        String why = log.whyFull();
        long refusedNow = journal.refused();
        boolean wasShort = isShort;
        // Events may have been refused since the last check for a cause that is gone by now.
        isShort = why != null || refusedNow > refused;
        if (!wasShort && isShort) {
            shortSince = System.nanoTime();
            refusedBefore = refused;
        }
        refused = refusedNow;
        if (!wasShort && isShort) {
            logger.warn(
                    "{}: the log cannot grow: {}. Writes are refused once the segment in use is full; reads go on. Free"
                            + " space on the disk, or fix the cause; writing resumes by itself.",
                    path,
                    why == null ? "a segment was missing" : why);
        } else if (wasShort && !isShort) {
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - shortSince);
            logger.info(
                    "{}: the log grows again, after {} ms. Events refused meanwhile: {}.",
                    path,
                    millis,
                    refusedNow - refusedBefore);
        }
    }

    private void checkSnapshots() {
        SnapshotStatus status = log.snapshotStatus();
        boolean hadProblem = hasSnapshotProblem;
        hasSnapshotProblem = status.problem() != null;
        SnapshotReport before = newest;
        newest = SnapshotReport.of(status.newest());
        if (hasSnapshotProblem && !hadProblem) {
            logger.warn(
                    "{}: writing a snapshot, or deleting what it replaces, has failed: {}. The log and earlier"
                            + " snapshots are unchanged, but the log grows. Fix the cause; the store tries again.",
                    path,
                    status.problem());
        }
        if (newest != null && !Objects.equals(newest, before)) {
            logger.info(
                    "{}: snapshot {} written, keys: {}, {} bytes",
                    path,
                    newest.file(),
                    newest.keys(),
                    newest.fileBytes());
        }
    }

    private void checkForces() {
        ForceTimer forces = log.forces();
        long before = slowForces;
        slowForces = forces.slowForces();
        if (slowForces > before) {
            hasReportedForce = false;
            logger.warn(
                    "{}: a force (fsync) of the log took {} ms, longer than {} ms. Slow forces since the last check:"
                            + " {}. Durable up to sequence {}. Check the disk: its health, its load, what else uses"
                            + " it.",
                    path,
                    TimeUnit.NANOSECONDS.toMillis(forces.lastSlowNanos()),
                    TimeUnit.NANOSECONDS.toMillis(ForceTimer.SLOW_NANOS),
                    slowForces - before,
                    log.durableSequence());
            return;
        }
        long nanos = forces.nanosUnderWay();
        if (nanos > ForceTimer.SLOW_NANOS && !hasReportedForce) {
            hasReportedForce = true;
            logger.warn(
                    "{}: a force (fsync) of the log has been running for {} ms. Durable up to sequence {}; writers may"
                            + " have to wait. Check the disk: its health, its load, what else uses it.",
                    path,
                    TimeUnit.NANOSECONDS.toMillis(nanos),
                    log.durableSequence());
        }
    }

    private void checkStop() {
        if (failStop.isTripped() && !hasReportedStop) {
            hasReportedStop = true;
            logger.error("{}", errors.stopped().getMessage(), failStop.cause());
        }
    }

    private void logClosed() {
        logger.info("{}: closed at sequence {}", path, log.lastSequence());
    }

    /**
     * The state of a store right after it was opened.
     *
     * @param millis how long opening took
     * @param memoryBudget in bytes
     */
    record Opened(long millis, long keys, String syncPolicy, long memoryBudget) {}
}
