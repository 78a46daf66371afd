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
 * Logs what the operator of a store must know: that it was opened and what recovery did, that it takes no events for
 * want of space and takes them again, snapshots and their failures, slow forces, a stop, the close.
 *
 * <p>Only the thread {@code poro-monitor} logs. It looks at the store once a second and says what has changed. So
 * nothing is said more often than that, and no operation, handler or background task of the store ever waits for the
 * logging library. Whatever the library throws is dropped; if it blocks, {@link #close} waits a second for it and no
 * longer.
 */
final class StoreMonitor {
    private static final long PERIOD_MILLIS = 1_000;
    private static final long CLOSING_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Logger logger;
    private final Path path;
    private final WriteAheadLog log;
    private final JournalingHandler journal;
    private final FailStop failStop;
    private final StoreErrors errors;
    private Thread thread;
    private boolean isClosing;

    // What was seen at the last look. The monitor's thread's own.
    private boolean isShort;
    private long shortSince;
    private long refused;
    private long refusedBefore;
    private boolean hasSnapshotProblem;
    private SnapshotReport newest;
    private long slowForces;
    private boolean hasToldForce;
    private boolean hasToldStop;

    /** Says nothing before it is started. */
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

    /**
     * The logger of all stores, named after {@link Poro}.
     *
     * @return {@code null} if the logging library cannot be started: that costs the messages, not the store
     */
    static Logger logger() {
        try {
            return LoggerFactory.getLogger(Poro.class);
        } catch (RuntimeException | Error e) {
            return null;
        }
    }

    /** Starts to watch the store, unless nobody would read it or there is no thread for it. Called once. */
    void start(Opened opened) {
        attempt(() -> {
            if (logger != null && logger.isErrorEnabled()) {
                Thread started = new Thread(() -> run(opened), "poro-monitor");
                started.setDaemon(true);
                started.start();
                thread = started;
            }
        });
    }

    /** Has the rest said, and ends. The store is closed. */
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
        // The logging library may be what closes the store.
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
        attempt(() -> sayOpening(opened));
        do {
            look();
        } while (awaitNextLook());
        look();
        attempt(this::sayClosed);
    }

    @SuppressWarnings("WaitNotInLoop") // Woken early, it looks early.
    private synchronized boolean awaitNextLook() {
        try {
            if (!isClosing) {
                wait(PERIOD_MILLIS);
            }
        } catch (InterruptedException e) {
            // This thread is the store's own; whoever interrupts it makes it look early.
        }
        return !isClosing;
    }

    /** Says from where the store was opened, and what was cut off and set aside. */
    void sayOpening(Opened opened) {
        OpeningReport found = OpeningReport.of(log.recovery());
        attempt(() -> sayDamagedSnapshots(found));
        attempt(() -> sayCut(found));
        attempt(() -> sayOpened(opened, found));
    }

    /** Says what has changed since the last look. */
    void look() {
        attempt(this::lookForSpace);
        attempt(this::lookAtSnapshots);
        attempt(this::lookAtForces);
        attempt(this::lookForStop);
    }

    /** What cannot be logged is not: for want of memory, or because of the logging library. */
    private static void attempt(Runnable saying) {
        try {
            saying.run();
        } catch (RuntimeException | Error e) {
            // The store goes on.
        }
    }

    private void sayDamagedSnapshots(OpeningReport found) {
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

    private void sayCut(OpeningReport found) {
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

    private void sayOpened(Opened opened, OpeningReport found) {
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

    private void lookForSpace() {
        String why = log.whyFull();
        long refusedNow = journal.refused();
        boolean wasShort = isShort;
        // What was refused since the last look may have its reason behind it already.
        isShort = why != null || refusedNow > refused;
        if (!wasShort && isShort) {
            shortSince = System.nanoTime();
            refusedBefore = refused;
        }
        refused = refusedNow;
        if (!wasShort && isShort) {
            logger.warn(
                    "{}: the log cannot grow: {}. Writes are refused once the segment in use is full; reads go on. Make"
                            + " room on the disk, or mend the cause; writing resumes by itself.",
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

    private void lookAtSnapshots() {
        SnapshotStatus status = log.snapshotStatus();
        boolean hadProblem = hasSnapshotProblem;
        hasSnapshotProblem = status.problem() != null;
        SnapshotReport before = newest;
        newest = SnapshotReport.of(status.newest());
        if (hasSnapshotProblem && !hadProblem) {
            logger.warn(
                    "{}: writing a snapshot, or deleting what it replaces, has failed: {}. The log and earlier"
                            + " snapshots are as they were, but the log grows. Mend the cause; it is tried again.",
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

    private void lookAtForces() {
        ForceTimer forces = log.forces();
        long before = slowForces;
        slowForces = forces.slowForces();
        if (slowForces > before) {
            hasToldForce = false;
            logger.warn(
                    "{}: a force of the log took {} ms, more than {} ms; so long since the last look: {}. Durable up to"
                            + " sequence {}. Look after the disk: its health, its load, its neighbours.",
                    path,
                    TimeUnit.NANOSECONDS.toMillis(forces.lastSlowNanos()),
                    TimeUnit.NANOSECONDS.toMillis(ForceTimer.SLOW_NANOS),
                    slowForces - before,
                    log.durableSequence());
            return;
        }
        long nanos = forces.nanosUnderWay();
        if (nanos > ForceTimer.SLOW_NANOS && !hasToldForce) {
            hasToldForce = true;
            logger.warn(
                    "{}: a force of the log has been under way for {} ms. Durable up to sequence {}; writers may have"
                            + " to wait. Look after the disk: its health, its load, its neighbours.",
                    path,
                    TimeUnit.NANOSECONDS.toMillis(nanos),
                    log.durableSequence());
        }
    }

    private void lookForStop() {
        if (failStop.isTripped() && !hasToldStop) {
            hasToldStop = true;
            logger.error("{}", errors.stopped().getMessage(), failStop.cause());
        }
    }

    private void sayClosed() {
        logger.info("{}: closed at sequence {}", path, log.lastSequence());
    }

    /**
     * What a store was like when it was opened.
     *
     * @param millis that opening took
     */
    record Opened(long millis, long keys, String syncPolicy, long memoryBudget) {}
}
