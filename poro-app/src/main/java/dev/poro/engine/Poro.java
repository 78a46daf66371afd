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
import dev.poro.wal.RecoveryReport;
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
    /** A digest mark goes into the log about every so many events. */
    private static final long EVENTS_PER_MARK = 1 << 20;

    private final Path path;
    private final SyncPolicy syncPolicy;
    private final int maxValueLength;
    private final int maxRecordLength;
    private final EventRing ring;
    private final WriteAheadLog log;
    private final StateMachine stateMachine;
    private final FailStop failStop;
    private final HandlerRunner runner;
    private final Object closeLock = new Object();
    private volatile boolean closing;
    private volatile boolean closed;

    private Poro(PoroBuilder settings, WriteAheadLog log, StateMachine stateMachine, FailStop failStop) {
        this.path = settings.path();
        this.syncPolicy = settings.syncPolicy();
        this.maxValueLength = settings.maxValueLength();
        this.maxRecordLength = settings.logSettings().maxRecordLength();
        this.log = log;
        this.stateMachine = stateMachine;
        this.failStop = failStop;
        this.ring = new EventRing(
                settings.ringCapacity(),
                settings.threading() == Threading.DEDICATED
                        ? DedicatedRunner.waitStrategy()
                        : CallerRunner.waitStrategy());
        this.runner = startHandlers(settings.threading());
    }

    /** The log and the state agree; what is still missing is the budget, if it is not that of the log. */
    static Poro start(
            PoroBuilder settings, WriteAheadLog log, StateMachine stateMachine, FailStop failStop, long memoryBudget) {
        Poro poro = new Poro(settings, log, stateMachine, failStop);
        if (stateMachine.memoryBudget() != memoryBudget) {
            try {
                poro.publishMemoryBudget(memoryBudget);
            } catch (RuntimeException e) {
                poro.closeAfter(e);
                throw e;
            }
        }
        return poro;
    }

    private void closeAfter(RuntimeException failure) {
        try {
            close();
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    private HandlerRunner startHandlers(Threading threading) {
        StateMachineHandler apply = new StateMachineHandler(stateMachine, ring, failStop);
        if (threading == Threading.CALLER) {
            CallerRunner caller = new CallerRunner(ring, log.newHandler(ring), apply, failStop);
            caller.start();
            return caller;
        }
        DedicatedRunner dedicated = new DedicatedRunner(ring);
        dedicated.start(log.newHandler(ring), apply, failStop);
        return dedicated;
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
        Waiter waiter = Waiter.ofCurrentThread();
        long ticket = publishSet(key, value, waiter);
        existedOrThrow(runner.await(waiter));
        markIfDue(ticket);
    }

    /** {@link #set(byte[], byte[])} with key and value in UTF-8. */
    public void set(String key, String value) {
        set(utf8(key), utf8(value));
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

    /** {@link #get(byte[])} with key and value in UTF-8. */
    public String get(String key) {
        byte[] value = get(utf8(key));
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
        Waiter waiter = Waiter.ofCurrentThread();
        long ticket = publishDelete(key, waiter);
        boolean existed = existedOrThrow(runner.await(waiter));
        markIfDue(ticket);
        return existed;
    }

    /** {@link #delete(byte[])} with the key in UTF-8. */
    public boolean delete(String key) {
        return delete(utf8(key));
    }

    /**
     * Publishes a set without waiting for its outcome. Events of one thread happen in the order in which it published
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
        runner.awaitApplied(ticket);
        return existedOrThrow(ring.outcomeOf(ticket));
    }

    private long publishSet(byte[] key, byte[] value, Waiter waiter) {
        long ringSequence = claim();
        EventSlot slot = ring.slot(ringSequence);
        RecordEncoder.encodeSet(
                prepare(slot, RecordDescriptor.recordLength(key.length, value.length), waiter, ringSequence),
                key,
                value);
        ring.publish(ringSequence);
        return ringSequence;
    }

    private long publishDelete(byte[] key, Waiter waiter) {
        long ringSequence = claim();
        EventSlot slot = ring.slot(ringSequence);
        RecordEncoder.encodeDelete(
                prepare(slot, RecordDescriptor.recordLength(key.length, 0), waiter, ringSequence), key);
        ring.publish(ringSequence);
        return ringSequence;
    }

    private long prepare(EventSlot slot, int length, Waiter waiter, long ringSequence) {
        try {
            return slot.prepare(length, waiter);
        } catch (OutOfMemoryError e) {
            giveUp(ringSequence);
            throw e;
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
            runner.awaitCapacity();
            ringSequence = ring.tryClaim();
        }
        return ringSequence;
    }

    private void giveUp(long ringSequence) {
        ring.slot(ringSequence).cancel();
        ring.publish(ringSequence);
    }

    private void checkLengths(byte[] key, int valueLength) {
        if (key.length > Limits.MAX_KEY_LENGTH) {
            throw new EventTooLargeException(
                    "key of " + key.length + " bytes: the limit is " + Limits.MAX_KEY_LENGTH, null);
        }
        if (valueLength > maxValueLength) {
            throw new EventTooLargeException(
                    "value of " + valueLength + " bytes: the limit is " + maxValueLength, null);
        }
        if (RecordDescriptor.recordLength(key.length, valueLength) > maxRecordLength) {
            throw new EventTooLargeException(
                    "key and value of " + (key.length + valueLength) + " bytes do not fit into a log segment: the limit"
                            + " is " + (maxRecordLength - RecordDescriptor.HEADER_LENGTH)
                            + ", or open the store with longer segments",
                    null);
        }
    }

    private boolean existedOrThrow(Outcome outcome) {
        switch (outcome) {
            case OUT_OF_MEMORY:
                throw new MemoryBudgetExceededException(
                        "the value does not fit into the memory budget of " + stateMachine.memoryBudget()
                                + " bytes, of which " + stateMachine.memoryUsed()
                                + " are in use. Delete keys, or open the store with more memory.",
                        null);
            case LOG_FULL:
                throw new LogFullException(
                        path + ": no space for the next log segment (" + log.noSpace()
                                + "). Nothing was written; writing resumes by itself once there is space.",
                        null);
            case FAILED:
                throw closing && !failStop.isTripped() ? closedException() : failedException();
            default:
                return outcome.existed();
        }
    }

    private StoreClosedException closedException() {
        return new StoreClosedException(path + " is closed", null);
    }

    private StoreFailedException failedException() {
        Throwable cause = failStop.cause();
        return new StoreFailedException(
                path + ": the store has stopped at sequence " + log.lastSequence() + ": " + cause
                        + ". Nothing more is acknowledged; mend the cause and open the store again.",
                cause);
    }

    private void markIfDue(long ticket) {
        if (ticket % EVENTS_PER_MARK == EVENTS_PER_MARK - 1 && !closing) {
            publishMark(EventType.DIGEST_MARK);
        }
    }

    /**
     * Puts a mark into the log that states the digest just before it. Between claim and publication the ring stands
     * still at this slot, so the state can be read at rest.
     */
    private long publishMark(EventType type) {
        long ringSequence = claimEvenIfClosing();
        runner.awaitApplied(ringSequence - 1);
        EventSlot slot = ring.slot(ringSequence);
        if (failStop.isTripped()) {
            slot.cancel();
        } else {
            int length = RecordDescriptor.recordLength(0, RecordDescriptor.MARK_LENGTH);
            RecordEncoder.encodeMark(
                    slot.prepare(length, null),
                    type,
                    stateMachine.appliedSequence(),
                    stateMachine.digest(),
                    stateMachine.keys());
        }
        ring.publish(ringSequence);
        runner.published();
        return ringSequence;
    }

    private void publishMemoryBudget(long bytes) {
        long ringSequence = claim();
        EventSlot slot = ring.slot(ringSequence);
        Waiter waiter = Waiter.ofCurrentThread();
        RecordEncoder.encodeMemoryBudget(
                slot.prepare(RecordDescriptor.recordLength(0, RecordDescriptor.BUDGET_LENGTH), waiter), bytes);
        ring.publish(ringSequence);
        existedOrThrow(runner.await(waiter));
    }

    /**
     * Lets the operations that are under way finish, writes and forces the mark of a clean close, and gives the log
     * free. Under every sync policy, all that was acknowledged is then durable. Idempotent.
     *
     * @throws StoreFailedException if the store had stopped, or its last force fails
     */
    @Override
    public void close() {
        synchronized (closeLock) {
            if (closed) {
                return;
            }
            closing = true;
            try {
                runner.awaitApplied(publishMark(EventType.CLEAN_CLOSE));
                runner.stop();
            } finally {
                closed = true;
                stateMachine.retire();
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

    /** What opening found in the log. */
    public RecoveryReport recovery() {
        return log.recovery();
    }

    /** How the memory is used. Exact while nobody writes. */
    public MemoryReport memory() {
        return stateMachine.memoryReport();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
