package dev.poro.engine;

import dev.poro.engine.internal.BackupRun;
import dev.poro.engine.internal.LogProgress;
import dev.poro.events.EventRing;
import dev.poro.events.FailStop;
import dev.poro.events.Limits;
import dev.poro.events.Outcome;
import dev.poro.statemachine.StateMachine;
import dev.poro.statemachine.StateMachineException;
import dev.poro.statemachine.StateMachineHandler;
import dev.poro.wal.JournalingHandler;
import dev.poro.wal.LogException;
import dev.poro.wal.LogVisitor;
import dev.poro.wal.ReplayProgress;
import dev.poro.wal.WriteAheadLog;
import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import org.slf4j.Logger;

/**
 * A durable key-value store in this process. Keys and values are bytes. All data is in memory, and every change is in
 * the log before any reader sees it.
 *
 * <pre>{@code
 * try (Poro poro = Poro.open(Path.of("poro.wal"))) {
 *     poro.set(key, value);
 *     byte[] read = poro.get(key);
 * }
 * }</pre>
 *
 * <p>Thread-safe. A change whose method returns has happened, and is as durable as the {@link SyncPolicy} states. A
 * change whose method throws has not happened. The exception is {@link StoreFailedException}: then the next recovery
 * decides. An interrupt ends no operation except a backup; the interrupt status is preserved. Arrays are copied before
 * a method returns and never kept.
 *
 * <p>A thread of the store logs what an operator must know (opened, disk full, stopped and the like) through SLF4J,
 * under the name of this class. A logging library that throws or blocks disturbs no operation.
 *
 * <p>Limits: a key has 0 to {@value #MAX_KEY_LENGTH} bytes, a value 0 to {@link PoroBuilder#maxValueLength}.
 */
public final class Poro implements AutoCloseable {
    /** The longest key, in bytes. */
    public static final int MAX_KEY_LENGTH = Limits.MAX_KEY_LENGTH;

    private final Path path;
    private final SyncPolicy syncPolicy;
    private final int maxValueLength;
    private final int maxRecordLength;
    private final EventRing ring;
    private final WriteAheadLog log;
    private final StateMachine stateMachine;
    private final FailStop failStop;
    private final StoreErrors errors;
    private final JournalingHandler journal;
    private final HandlerRunner runner;
    private final Publisher publisher;
    private final StoreMonitor monitor;
    private final Object closeLock = new Object();
    /** Whether a set was recently rejected for lack of memory. */
    private volatile boolean wasRejected;

    private Poro(PoroBuilder settings, WriteAheadLog log, StateMachine stateMachine, FailStop failStop) {
        this.path = settings.path();
        this.syncPolicy = settings.syncPolicy();
        this.maxValueLength = settings.maxValueLength();
        this.maxRecordLength = settings.logSettings().maxRecordLength();
        this.log = log;
        this.stateMachine = stateMachine;
        this.failStop = failStop;
        this.errors = new StoreErrors(path, log, failStop);
        HandlerRunnerFactory handlers = settings.handlers();
        this.ring = handlers.newRing(settings.ringCapacity());
        this.journal = log.newHandler(ring);
        StateMachineHandler handler = new StateMachineHandler(stateMachine, ring, failStop);
        this.runner = handlers.start(ring, journal, handler, failStop);
        this.publisher = new Publisher(ring, stateMachine, runner, failStop, errors, settings.eventsPerMark());
        this.monitor = newMonitor(settings.logger());
        try {
            log.startSnapshots(new SnapshotDriver(ring, runner, handler, stateMachine));
        } catch (RuntimeException | Error e) {
            runner.stop();
            ring.close();
            throw e;
        }
    }

    /** Starts a store on a log that has been replayed. Logs the memory budget if it differs from that of the log. */
    static Poro start(
            PoroBuilder settings, WriteAheadLog log, StateMachine stateMachine, FailStop failStop, long memoryBudget) {
        Poro poro;
        try {
            poro = new Poro(settings, log, stateMachine, failStop);
        } catch (RuntimeException | Error e) {
            try {
                log.close();
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
        try {
            poro.adoptMemoryBudget(memoryBudget);
        } catch (RuntimeException | Error e) {
            poro.closeAfter(e);
            throw e;
        }
        return poro;
    }

    /** On a full disk the log's budget stays in force, so that the store can at least be read. */
    private void adoptMemoryBudget(long bytes) {
        if (stateMachine.memoryBudget() == bytes) {
            return;
        }
        try {
            existedOrThrow(publisher.publishMemoryBudget(bytes));
        } catch (LogFullException e) {
            if (stateMachine.memoryBudget() == 0) {
                throw e;
            }
        }
    }

    private void closeAfter(Throwable failure) {
        try {
            close();
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    /**
     * Opens the store at {@code path} with the default settings, creating it if necessary; see
     * {@link PoroBuilder#open}.
     */
    public static Poro open(Path path) {
        return at(path).open();
    }

    /** Settings for a store at {@code path}, a directory that is created if necessary. */
    public static PoroBuilder at(Path path) {
        return new PoroBuilder(path);
    }

    /**
     * Stores a value under a key, replacing the value it had.
     *
     * @throws EventTooLargeException if key or value are over their limits
     * @throws MemoryBudgetExceededException if the value does not fit into the memory budget
     * @throws LogFullException if the log cannot grow, for example because the disk is full
     * @throws StoreFailedException if the store has stopped
     * @throws StoreClosedException if the store is closed
     */
    public void set(byte[] key, byte[] value) {
        checkLengths(key, value);
        try {
            rejectIfCertain(key, value);
            existedOrThrow(publisher.publishAndAwait(key, value));
        } catch (InternalError fault) {
            throw errors.stoppedBy(fault);
        }
    }

    /**
     * {@link #set(byte[], byte[])} with key and value in UTF-8.
     *
     * @throws IllegalArgumentException if one has an unpaired surrogate
     */
    public void set(String key, String value) {
        set(Utf8.encode(key, "key"), Utf8.encode(value, "value"));
    }

    /**
     * The value under a key, or {@code null} if there is none. Takes no lock. Sees every change whose method has
     * returned, and under {@link SyncPolicy#ALWAYS} no change that is not yet durable.
     *
     * @throws StoreClosedException if the store is closed
     */
    public byte[] get(byte[] key) {
        Objects.requireNonNull(key, "key");
        try {
            return stateMachine.get(key);
        } catch (StateMachineException retired) {
            throw errors.closed();
        } catch (InternalError fault) {
            throw errors.stoppedBy(fault);
        }
    }

    /**
     * {@link #get(byte[])} into the caller's array, from {@code offset} on. Allocates nothing.
     *
     * @return the length of the whole value in bytes, of which as much is copied as fits; -1 if there is no value, and
     *     even then {@code target} may have been changed
     * @throws IndexOutOfBoundsException unless {@code 0 <= offset <= target.length}
     * @throws StoreClosedException if the store is closed
     */
    public int get(byte[] key, byte[] target, int offset) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(target, "target");
        try {
            return stateMachine.get(key, target, offset);
        } catch (StateMachineException retired) {
            throw errors.closed();
        } catch (InternalError fault) {
            throw errors.stoppedBy(fault);
        }
    }

    /** {@link #get(byte[])} with key and value in UTF-8. */
    public String get(String key) {
        byte[] value = get(Utf8.encode(key, "key"));
        return value == null ? null : new String(value, StandardCharsets.UTF_8);
    }

    /**
     * Removes a key.
     *
     * @return whether it was present
     * @throws RuntimeException as {@link #set(byte[], byte[])} does, except for the memory budget
     */
    public boolean delete(byte[] key) {
        checkLength(key);
        try {
            return existedOrThrow(publisher.publishAndAwait(key, null));
        } catch (InternalError fault) {
            throw errors.stoppedBy(fault);
        }
    }

    /** {@link #delete(byte[])} with the key in UTF-8. */
    public boolean delete(String key) {
        return delete(Utf8.encode(key, "key"));
    }

    /**
     * Publishes a set without waiting for its outcome. Waits for a free slot of the ring and, if the value is long, for
     * memory. Events of one thread are applied in the order in which it published them.
     *
     * @return a ticket for {@link #await}
     * @throws RuntimeException as {@link #set(byte[], byte[])} does, except for those that depend on the outcome;
     *     {@link #await} throws these
     */
    public long setAsync(byte[] key, byte[] value) {
        checkLengths(key, value);
        try {
            return publisher.publish(key, value);
        } catch (InternalError fault) {
            throw errors.stoppedBy(fault);
        }
    }

    /** {@link #delete(byte[])} without waiting, as {@link #setAsync}. */
    public long deleteAsync(byte[] key) {
        checkLength(key);
        try {
            return publisher.publish(key, null);
        } catch (InternalError fault) {
            throw errors.stoppedBy(fault);
        }
    }

    /**
     * Waits for the outcome of an event. Events are applied in the order of their tickets, so if one has its outcome,
     * all earlier ones have theirs. The outcomes of the latest million events can be asked for.
     *
     * @param ticket from {@link #setAsync} or {@link #deleteAsync}
     * @return whether the key was present before
     * @throws IllegalArgumentException if no event has this ticket, or its outcome is no longer kept
     * @throws RuntimeException as the synchronous operation does
     */
    public boolean await(long ticket) {
        if (ticket < 0 || ticket > ring.claimed()) {
            throw new IllegalArgumentException("no event has ticket " + ticket);
        }
        try {
            if (publisher.isClosed() && ticket > ring.applied()) {
                throw errors.closed();
            }
            StackProbe.require();
            runner.awaitApplied(ticket);
            return existedOrThrow(ticket > ring.applied() ? Outcome.FAILED : outcomeOf(ticket));
        } catch (InternalError fault) {
            throw errors.stoppedBy(fault);
        }
    }

    /** The outcome of an applied event. One without an outcome is a defect, and stops the store. */
    private Outcome outcomeOf(long ticket) {
        Outcome outcome = ring.outcomeOf(ticket);
        if (outcome == null) {
            failStop.trip(new IllegalStateException("event " + ticket + " of the ring has no outcome"));
            return Outcome.FAILED;
        }
        return outcome;
    }

    private void checkLengths(byte[] key, byte[] value) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(value, "value");
        EventTooLargeException.requireWithin(maxValueLength, maxRecordLength, key.length, value.length);
    }

    private void checkLength(byte[] key) {
        Objects.requireNonNull(key, "key");
        EventTooLargeException.requireWithin(maxValueLength, maxRecordLength, key.length, 0);
    }

    /**
     * Rejects a set that does not fit into the memory budget without logging it, if the rejection is certain: the ring
     * is empty, so the state does not change, and it would reject the set. Tried only after a set was rejected, so that
     * it costs nothing while there is memory.
     */
    private void rejectIfCertain(byte[] key, byte[] value) {
        if (wasRejected && !failStop.isTripped() && isCertainlyRejected(key, value)) {
            existedOrThrow(Outcome.OUT_OF_MEMORY);
        }
    }

    private boolean isCertainlyRejected(byte[] key, byte[] value) {
        try {
            for (int look = 0; look < Backoff.SPINS; look++) {
                long claimed = ring.claimed();
                if (ring.applied() == claimed) {
                    boolean rejects = stateMachine.rejects(key, value.length);
                    VarHandle.acquireFence();
                    if (ring.claimed() == claimed) {
                        wasRejected = rejects || stateMachine.memoryUsed() > stateMachine.memoryBudget() / 8 * 7;
                        return rejects;
                    }
                }
                Thread.onSpinWait();
            }
        } catch (StateMachineException retired) {
            // Closed meanwhile: the publisher throws.
        }
        return false;
    }

    private boolean existedOrThrow(Outcome outcome) {
        switch (outcome) {
            case OUT_OF_MEMORY:
                wasRejected = true;
                throw MemoryBudgetExceededException.of(stateMachine.memoryBudget(), stateMachine.memoryUsed());
            case LOG_FULL:
                throw LogFullException.of(path, log.whyFull());
            case FAILED:
                throw publisher.isClosing() ? errors.closed() : errors.stopped();
            default:
                return outcome.existed();
        }
    }

    /**
     * Writes a snapshot of the contents and waits until it is durable. Other operations continue meanwhile. The
     * snapshot holds the exact state after one event, and every change whose method had returned before this call. The
     * next opening loads it instead of replaying the events before it.
     *
     * @return the log sequence of the last event that is in it
     * @throws PoroException if the snapshot could not be written; the store continues
     * @throws RuntimeException if the store is closed or has stopped, as {@link #set(byte[], byte[])} does
     */
    public long snapshot() {
        if (publisher.isClosing()) {
            throw errors.closed();
        }
        try {
            dev.poro.wal.SnapshotReport taken = log.takeSnapshot();
            if (taken == null) {
                throw errors.closed();
            }
            return taken.summary().sequence();
        } catch (InternalError fault) {
            throw errors.stoppedBy(fault);
        } catch (LogException e) {
            throw new PoroException(path + ": " + e.getMessage(), e);
        }
    }

    /**
     * Copies the log and its snapshots into a directory that can be opened as a store. The copy has a state of this
     * store that is not older than this call. Other operations continue meanwhile. A backup that ends early, also by an
     * interrupt, leaves {@code DIRECTORY.unfinished}; the next backup to the same directory continues it.
     *
     * @param directory one that does not exist, or is empty
     * @throws StoreDamagedException if the log is damaged; there is no backup then
     * @throws PoroException if the directory cannot be used, or a disk fails or is full
     * @throws RuntimeException if the store is closed or has stopped, as {@link #set(byte[], byte[])} does
     */
    public BackupReport backup(Path directory) {
        return backup(directory, Progress.NONE);
    }

    /**
     * As {@link #backup(Path)} does.
     *
     * @param progress called on the calling thread; an exception from it ends the backup, as an interrupt does, and is
     *     rethrown
     */
    public BackupReport backup(Path directory, Progress progress) {
        Objects.requireNonNull(directory, "directory");
        ReplayProgress listener = new LogProgress(Objects.requireNonNull(progress, "progress"));
        if (publisher.isClosing() || failStop.isTripped()) {
            throw publisher.isClosing() ? errors.closed() : errors.stopped();
        }
        return BackupReport.of(
                BackupRun.run(path, directory, place -> log.newBackup(place, listener), LogVisitor.NONE));
    }

    /**
     * Completes the operations in progress, writes the mark of a clean close, fsyncs the log and releases its lock.
     * Under every sync policy, all acknowledged changes are then durable. Idempotent.
     *
     * @throws StoreFailedException if the store had stopped, or its last fsync fails
     */
    @Override
    public void close() {
        close(stateMachine::retire);
    }

    /** Closes the store and releases its memory at once: no thread may be reading. For simulations of many stores. */
    void closeUnread() {
        close(stateMachine::close);
    }

    /** @param release releases the memory, which other threads may still be reading */
    private void close(Runnable release) {
        StackProbe.require();
        try {
            synchronized (closeLock) {
                if (publisher.isClosed()) {
                    return;
                }
                closeParts(release);
            }
        } finally {
            // Outside the lock: the logging library, for which this waits, may be closing the store as well.
            monitor.close();
        }
        if (failStop.isTripped()) {
            throw errors.stopped();
        }
    }

    private void closeParts(Runnable release) {
        publisher.beginClosing();
        try {
            log.stopSnapshots();
            runner.awaitApplied(publisher.publishCleanClose());
        } catch (InternalError fault) {
            failStop.trip(fault);
        } finally {
            runner.stop();
            publisher.close();
            try {
                closeLog();
            } finally {
                release.run();
                ring.close();
            }
        }
    }

    private void closeLog() {
        try {
            log.close();
        } catch (IOException e) {
            failStop.trip(e);
        }
    }

    /** A monitor of this store, not started. */
    StoreMonitor newMonitor(Logger logger) {
        return new StoreMonitor(logger, path, log, journal, failStop, errors);
    }

    /** @param millis how long opening took */
    void startMonitor(long millis) {
        String policy = syncPolicy.name().toLowerCase(Locale.ROOT);
        monitor.start(new StoreMonitor.Opened(millis, keys(), policy, stateMachine.memoryBudget()));
    }

    /** The directory of the log. */
    public Path path() {
        return path;
    }

    /** When a change is acknowledged. */
    public SyncPolicy syncPolicy() {
        return syncPolicy;
    }

    /** The longest value, in bytes. */
    public int maxValueLength() {
        return maxValueLength;
    }

    /** The number of live keys. */
    public long keys() {
        return stateMachine.keys();
    }

    /**
     * The digest of the live keys and values: equal contents have equal digests, whatever their history. Exact while no
     * thread writes.
     */
    public long digest() {
        return stateMachine.digest();
    }

    /** The log sequence of the last event that was applied. */
    public long sequence() {
        return stateMachine.appliedSequence();
    }

    /** The highest log sequence that is known to survive a power cut. */
    public long durableSequence() {
        return log.durableSequence();
    }

    /**
     * The state of the log: its length, its newest snapshot.
     *
     * @throws PoroException if its directory cannot be read
     */
    public LogReport log() {
        try {
            return LogReport.of(log.status());
        } catch (IOException | LogException e) {
            throw PoroException.stopped(path, "reading the log's state", sequence(), e, "Fix the cause and try again.");
        }
    }

    /** What opening found in the log, and what it did to it. */
    public OpeningReport opening() {
        return OpeningReport.of(log.recovery());
    }

    /**
     * How the memory is used. Exact while no thread writes.
     *
     * @throws StoreClosedException if the store is closed
     */
    public MemoryReport memory() {
        try {
            return MemoryReport.of(stateMachine.memoryReport());
        } catch (StateMachineException retired) {
            throw errors.closed();
        }
    }

    /** How the event ring is used. Does not slow the writers; the figures may be of slightly different moments. */
    public RingReport ring() {
        long batches = journal.batches();
        long applied = ring.applied() + 1;
        return new RingReport(ring.capacity(), ring.claimed() + 1, applied, batches);
    }
}
