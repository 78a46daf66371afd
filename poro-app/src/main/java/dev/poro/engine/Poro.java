package dev.poro.engine;

import dev.poro.events.EventRing;
import dev.poro.events.EventSlot;
import dev.poro.events.EventType;
import dev.poro.events.FailStop;
import dev.poro.events.Limits;
import dev.poro.events.Outcome;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordEncoder;
import dev.poro.events.Waiter;
import dev.poro.statemachine.MemoryReport;
import dev.poro.statemachine.StateMachine;
import dev.poro.statemachine.StateMachineException;
import dev.poro.statemachine.StateMachineHandler;
import dev.poro.wal.BackupReport;
import dev.poro.wal.JournalingHandler;
import dev.poro.wal.LogException;
import dev.poro.wal.LogStatus;
import dev.poro.wal.RecoveryReport;
import dev.poro.wal.ReplayProgress;
import dev.poro.wal.SnapshotReport;
import dev.poro.wal.SyncPolicy;
import dev.poro.wal.WriteAheadLog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

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
 * <p>Limits: a key has 0 to {@value Limits#MAX_KEY_LENGTH} bytes, a value 0 to {@link PoroBuilder#maxValueLength}.
 */
public final class Poro implements AutoCloseable {
    private final Path path;
    private final SyncPolicy syncPolicy;
    private final int maxValueLength;
    private final int maxRecordLength;
    private final EventRing ring;
    private final WriteAheadLog log;
    private final StateMachine stateMachine;
    private final FailStop failStop;
    private final Patience patience;
    private final JournalingHandler journal;
    private final HandlerRunner runner;
    private final Object closeLock = new Object();
    private final long eventsPerMark;
    private volatile long markedAt;
    private volatile boolean closing;
    private volatile boolean closed;

    private Poro(PoroBuilder settings, WriteAheadLog log, StateMachine stateMachine, FailStop failStop) {
        this.path = settings.path();
        this.syncPolicy = settings.syncPolicy();
        this.maxValueLength = settings.maxValueLength();
        this.maxRecordLength = settings.logSettings().maxRecordLength();
        this.eventsPerMark = settings.eventsPerMark();
        this.log = log;
        this.stateMachine = stateMachine;
        this.failStop = failStop;
        this.patience = new Patience(failStop);
        HandlerRunnerFactory handlers = settings.handlers();
        this.ring = handlers.newRing(settings.ringCapacity());
        this.journal = log.newHandler(ring);
        StateMachineHandler handler = new StateMachineHandler(stateMachine, ring, failStop);
        this.runner = handlers.start(ring, journal, handler, failStop);
        log.startSnapshots(new SnapshotDriver(ring, runner, handler, stateMachine));
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
            publishMemoryBudget(bytes);
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
        checkLengths(key, value.length);
        try {
            Waiter waiter = Waiter.ofCurrentThread();
            long ticket = publishSet(key, value, waiter);
            existedOrThrow(await(waiter));
            markIfDue(ticket);
        } catch (InternalError fault) {
            throw stoppedBy(fault);
        }
    }

    /**
     * {@link #set(byte[], byte[])} with key and value in UTF-8.
     *
     * @throws IllegalArgumentException if one has an unpaired surrogate
     */
    public void set(String key, String value) {
        set(Utf8.encode(key), Utf8.encode(value));
    }

    /**
     * The value under a key, or {@code null} if there is none. Waits for nobody; sees every operation that has
     * returned, and never one that the sync policy does not hold yet.
     *
     * @throws StoreClosedException if the store is closed
     */
    public byte[] get(byte[] key) {
        try {
            return stateMachine.get(key);
        } catch (StateMachineException retired) {
            throw closedException();
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
        try {
            return stateMachine.get(key, target, offset);
        } catch (StateMachineException retired) {
            throw closedException();
        }
    }

    /** {@link #get(byte[])} with key and value in UTF-8. */
    public String get(String key) {
        byte[] value = get(Utf8.encode(key));
        return value == null ? null : new String(value, StandardCharsets.UTF_8);
    }

    /**
     * Removes a key.
     *
     * @return whether it was there
     * @throws RuntimeException as {@link #set(byte[], byte[])} does, but for the memory budget
     */
    public boolean delete(byte[] key) {
        checkLengths(key, 0);
        try {
            Waiter waiter = Waiter.ofCurrentThread();
            long ticket = publishDelete(key, waiter);
            boolean existed = existedOrThrow(await(waiter));
            markIfDue(ticket);
            return existed;
        } catch (InternalError fault) {
            throw stoppedBy(fault);
        }
    }

    /** {@link #delete(byte[])} with the key in UTF-8. */
    public boolean delete(String key) {
        return delete(Utf8.encode(key));
    }

    /**
     * Publishes a set without waiting for its outcome (but for room in the ring, and about once in a million times for
     * the events before it, when a digest mark is due). Events of one thread happen in the order in which it published
     * them.
     *
     * @return a ticket for {@link #await}
     * @throws RuntimeException as {@link #set(byte[], byte[])} does, but for what only the outcome tells
     */
    public long setAsync(byte[] key, byte[] value) {
        checkLengths(key, value.length);
        long ticket = publishSet(key, value, null);
        runner.published();
        markIfDue(ticket);
        return ticket;
    }

    /** {@link #delete(byte[])} without waiting, as {@link #setAsync}. */
    public long deleteAsync(byte[] key) {
        checkLengths(key, 0);
        long ticket = publishDelete(key, null);
        runner.published();
        markIfDue(ticket);
        return ticket;
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
        if (closed && ticket > ring.applied()) {
            throw closedException();
        }
        runner.awaitApplied(ticket);
        return existedOrThrow(ring.outcomeOf(ticket));
    }

    private long publishSet(byte[] key, byte[] value, Waiter waiter) {
        long ringSequence = claim();
        try {
            int length = RecordDescriptor.recordLength(key.length, value.length);
            RecordEncoder.encodeSet(
                    ring.slot(ringSequence).prepare(length, waiter, stateMachine.hash(key)), key, value);
        } catch (RuntimeException | Error unpublished) {
            giveUp(ringSequence);
            throw unpublished;
        }
        ring.publish(ringSequence);
        return ringSequence;
    }

    private long publishDelete(byte[] key, Waiter waiter) {
        long ringSequence = claim();
        try {
            int length = RecordDescriptor.recordLength(key.length, 0);
            RecordEncoder.encodeDelete(ring.slot(ringSequence).prepare(length, waiter, stateMachine.hash(key)), key);
        } catch (RuntimeException | Error unpublished) {
            giveUp(ringSequence);
            throw unpublished;
        }
        ring.publish(ringSequence);
        return ringSequence;
    }

    /** A wait that ends without an outcome leaves an event behind that would complete this thread's next one. */
    private Outcome await(Waiter waiter) {
        try {
            return runner.await(waiter);
        } catch (RuntimeException | Error interruptedWait) {
            Waiter.forget();
            throw interruptedWait;
        }
    }

    /** Claims a slot, which the caller must publish. */
    private long claim() {
        if (closing) {
            throw closedException();
        }
        long ringSequence = claimEvenIfClosing();
        if (closing) {
            // The mark of the clean close may have been claimed before us: nothing may follow it into the log.
            giveUp(ringSequence);
            throw closedException();
        }
        return ringSequence;
    }

    private long claimEvenIfClosing() {
        long ringSequence = ring.tryClaim();
        while (ringSequence == EventRing.FULL) {
            if (closed) {
                throw closedException();
            }
            if (patience.isOver()) {
                throw failedException();
            }
            runner.awaitCapacity();
            ringSequence = ring.tryClaim();
        }
        return ringSequence;
    }

    private void giveUp(long ringSequence) {
        ring.slot(ringSequence).cancel();
        ring.publish(ringSequence);
        // Someone's event may have been waiting behind this slot.
        runner.published();
    }

    private void checkLengths(byte[] key, int valueLength) {
        EventTooLargeException.requireWithin(maxValueLength, maxRecordLength, key.length, valueLength);
    }

    private boolean existedOrThrow(Outcome outcome) {
        switch (outcome) {
            case OUT_OF_MEMORY:
                throw MemoryBudgetExceededException.of(stateMachine.memoryBudget(), stateMachine.memoryUsed());
            case LOG_FULL:
                throw LogFullException.of(path, log.whyFull());
            case FAILED:
                throw closing && !failStop.isTripped() ? closedException() : failedException();
            default:
                return outcome.existed();
        }
    }

    private StoreClosedException closedException() {
        return new StoreClosedException(path + " is closed", null);
    }

    /**
     * A store into a mapped segment that somebody has cut short: the JVM throws this wherever the thread is by then,
     * soon after it ran the handlers.
     */
    private StoreFailedException stoppedBy(InternalError fault) {
        failStop.trip(fault);
        Waiter.forget();
        return failedException();
    }

    private StoreFailedException failedException() {
        return StoreFailedException.of(path, log.lastSequence(), log.explain(failStop.cause()));
    }

    /**
     * Publishes a digest mark if one is due. It is not worth waiting for: where the ring is full, a later event brings
     * it.
     */
    private void markIfDue(long ticket) {
        if (ticket - markedAt < eventsPerMark) {
            return;
        }
        long ringSequence = ring.tryClaim();
        if (ringSequence == EventRing.FULL) {
            return;
        }
        markedAt = ringSequence;
        if (closing) {
            giveUp(ringSequence);
        } else {
            publishMark(EventType.DIGEST_MARK, ringSequence);
        }
    }

    /**
     * Puts a mark into the log that states the digest just before it. Between claim and publication the ring stands
     * still at this slot, so the state can be read at rest.
     */
    private void publishMark(EventType type, long ringSequence) {
        try {
            runner.awaitApplied(ringSequence - 1);
            EventSlot slot = ring.slot(ringSequence);
            if (failStop.isTripped()) {
                slot.cancel();
            } else {
                int length = RecordDescriptor.recordLength(0, RecordDescriptor.MARK_LENGTH);
                RecordEncoder.encodeMark(
                        slot.prepare(length, null, 0),
                        type,
                        stateMachine.appliedSequence(),
                        stateMachine.digest(),
                        stateMachine.keys());
            }
        } catch (RuntimeException | Error unpublished) {
            giveUp(ringSequence);
            throw unpublished;
        }
        ring.publish(ringSequence);
        runner.published();
    }

    private void publishMemoryBudget(long bytes) {
        long ringSequence = claim();
        Waiter waiter = Waiter.ofCurrentThread();
        try {
            int length = RecordDescriptor.recordLength(0, RecordDescriptor.BUDGET_LENGTH);
            RecordEncoder.encodeMemoryBudget(ring.slot(ringSequence).prepare(length, waiter, 0), bytes);
        } catch (RuntimeException | Error unpublished) {
            giveUp(ringSequence);
            throw unpublished;
        }
        ring.publish(ringSequence);
        existedOrThrow(await(waiter));
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
        if (closing) {
            throw closedException();
        }
        try {
            SnapshotReport taken = log.takeSnapshot();
            if (taken == null) {
                throw failStop.isTripped() ? failedException() : closedException();
            }
            return taken.summary().sequence();
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
        return backup(directory, ReplayProgress.NONE);
    }

    /**
     * As {@link #backup(Path)} does.
     *
     * @param progress told on the calling thread how far it is; an exception from it breaks the backup off, as an
     *     interrupt does, and comes out of here
     */
    public BackupReport backup(Path directory, ReplayProgress progress) {
        if (closing || failStop.isTripped()) {
            throw closing ? closedException() : failedException();
        }
        return Backup.run(log, path, directory, progress);
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
        synchronized (closeLock) {
            if (closed) {
                return;
            }
            closing = true;
            try {
                log.stopSnapshots();
                long mark = claimEvenIfClosing();
                publishMark(EventType.CLEAN_CLOSE, mark);
                runner.awaitApplied(mark);
            } finally {
                runner.stop();
                closed = true;
                release.run();
                closeLog();
            }
            if (failStop.isTripped()) {
                throw failedException();
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

    /** How the log stands: its length, its last snapshot. A {@link PoroException} if its directory cannot be read. */
    public LogStatus logStatus() {
        try {
            return log.status();
        } catch (IOException | LogException e) {
            throw PoroException.stopped(path, "looking at the log", sequence(), e, "Mend the cause and ask again.");
        }
    }

    /** What opening found in the log. */
    public RecoveryReport recovery() {
        return log.recovery();
    }

    /**
     * How the memory is used. Exact while nobody writes.
     *
     * @throws StoreClosedException if the store is closed
     */
    public MemoryReport memory() {
        try {
            return stateMachine.memoryReport();
        } catch (StateMachineException retired) {
            throw closedException();
        }
    }

    /** How the event ring is used. Costs the writers nothing; figures may be of slightly different moments. */
    public RingReport ring() {
        long batches = journal.batches();
        long applied = ring.applied() + 1;
        return new RingReport(ring.capacity(), ring.claimed() + 1, applied, batches);
    }
}
