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
 * A durable key-value store in this process. Keys and values are bytes; everything is in memory, every change is in
 * the log before it is seen.
 *
 * <pre>{@code
 * try (Poro poro = Poro.open(Path.of("poro.wal"))) {
 *     poro.set(key, value);
 *     byte[] read = poro.get(key);
 * }
 * }</pre>
 *
 * <p>Thread-safe. An operation that returns has happened, and survives what the {@link SyncPolicy} says; one that
 * throws has not, except after a {@link StoreFailedException}, when only the next recovery knows. Operations are not
 * cut short by an interrupt. Arrays are copied before a method returns and never kept.
 *
 * <p>What an operator must know (opened, disk full, stopped and the like) is logged through SLF4J under the name of
 * this class, by a thread of the store's own: a logging library that throws or blocks harms no operation.
 *
 * <p>Limits: a key has 0 to {@value #MAX_KEY_LENGTH} bytes, a value 0 to {@link PoroBuilder#maxValueLength}.
 */
public final class Poro implements AutoCloseable {
    /** Bytes of a key, at most. */
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
    /** Whether a set was rejected for the memory budget of late. */
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

    /** The log and the state agree; what is still missing is the budget, if it is not that of the log. */
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

    /** On a full disk the budget that the log has stays: what is there can at least be read. */
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

    /** Opens the store at {@code path} with the default settings, creating it if need be: {@link PoroBuilder#open}. */
    public static Poro open(Path path) {
        return at(path).open();
    }

    /** Settings for a store at {@code path}: a directory, created if need be. */
    public static PoroBuilder at(Path path) {
        return new PoroBuilder(path);
    }

    /**
     * Stores a value under a key.
     *
     * @throws EventTooLargeException if key or value are over their limits
     * @throws MemoryBudgetExceededException if the budget does not admit it
     * @throws LogFullException if the disk is full
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
     * The value under a key, or {@code null} if there is none. Waits for nobody; sees every operation that has
     * returned, and never one that the sync policy does not hold yet.
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
     * {@link #get(byte[])} into the caller's memory, from {@code offset} on: allocates nothing.
     *
     * @return the length of the whole value, of which only what fits is copied; -1 if there is none, and then
     *     {@code target} may have changed all the same
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
     * @return whether it was there
     * @throws RuntimeException as {@link #set(byte[], byte[])} does, but for the memory budget
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
     * Publishes a set without waiting for its outcome, but for room: a slot of the ring and, if the value is long,
     * memory for it. Events of one thread happen in the order in which it published them.
     *
     * @return a ticket for {@link #await}
     * @throws RuntimeException as {@link #set(byte[], byte[])} does, but for what only the outcome tells
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
     * Waits for the outcome of an event. Since events happen in the order of their tickets, the last of many also
     * tells that the others have theirs; each may be asked for, as long as it is among the latest million.
     *
     * @param ticket from {@link #setAsync} or {@link #deleteAsync}
     * @return whether the key was there before
     * @throws IllegalArgumentException if the ticket is none, or its outcome is no longer kept
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

    /** An event that the handlers have passed over without an outcome has not happened, as far as anybody knows. */
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
     * Rejects a set that the memory budget does not admit without a trace in the log, where that is certain: nothing is
     * under way in the ring, so the state stands still, and it would reject the set. Only after a set was rejected, so
     * that it costs nothing while there is memory.
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
            // Closed meanwhile: the publisher says so.
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
     * Takes a snapshot of the contents, exact and without stopping anybody, and waits until it is durable. All
     * operations that have returned are in it. The next opening loads it instead of replaying what came before.
     *
     * @return the log sequence of the last event that is in it
     * @throws PoroException if the snapshot could not be written; nothing else has changed
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
     * Copies the log and its snapshots into a directory that a store can be opened on: a state that this store went
     * through, not older than this call. Nobody waits for it. One that is broken off, by an interrupt too, leaves
     * {@code DIRECTORY.unfinished}, and the next one to the same directory goes on with that.
     *
     * @param directory not there yet, or empty
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
     * @param progress told on the calling thread how far it is; an exception from it breaks the backup off, as an
     *     interrupt does, and comes out of here
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
     * Lets the operations that are under way finish, writes and forces the mark of a clean close, and gives the log
     * free. Under every sync policy, all that was acknowledged is then durable. Idempotent.
     *
     * @throws StoreFailedException if the store had stopped, or its last force fails
     */
    @Override
    public void close() {
        close(stateMachine::retire);
    }

    /** {@link #close}, and gives the memory back at once: nobody reads any more. For simulations of many stores. */
    void closeUnread() {
        close(stateMachine::close);
    }

    /** @param release of the memory, which other threads may still be reading */
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

    /** Of this store, not started. */
    StoreMonitor newMonitor(Logger logger) {
        return new StoreMonitor(logger, path, log, journal, failStop, errors);
    }

    /** @param millis that opening took */
    void startMonitor(long millis) {
        String policy = syncPolicy.name().toLowerCase(Locale.ROOT);
        monitor.start(new StoreMonitor.Opened(millis, keys(), policy, stateMachine.memoryBudget()));
    }

    /** Where the log is. */
    public Path path() {
        return path;
    }

    /** When an operation counts as done. */
    public SyncPolicy syncPolicy() {
        return syncPolicy;
    }

    /** Bytes of a value, at most. */
    public int maxValueLength() {
        return maxValueLength;
    }

    /** Live keys. */
    public long keys() {
        return stateMachine.keys();
    }

    /**
     * The digest of the live keys and values: equal contents have equal digests, whatever their history. Exact while
     * nobody writes.
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
     * The log at this moment: its length, its newest snapshot.
     *
     * @throws PoroException if its directory cannot be read
     */
    public LogReport log() {
        try {
            return LogReport.of(log.status());
        } catch (IOException | LogException e) {
            throw PoroException.stopped(path, "looking at the log", sequence(), e, "Mend the cause and ask again.");
        }
    }

    /** What opening found in the log, and what it did about that. */
    public OpeningReport opening() {
        return OpeningReport.of(log.recovery());
    }

    /**
     * How the memory is used. Exact while nobody writes.
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

    /** How the event ring is used. Costs the writers nothing; figures may be of slightly different moments. */
    public RingReport ring() {
        long batches = journal.batches();
        long applied = ring.applied() + 1;
        return new RingReport(ring.capacity(), ring.claimed() + 1, applied, batches);
    }
}
