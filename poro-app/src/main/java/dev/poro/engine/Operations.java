package dev.poro.engine;

import dev.poro.events.EventRing;
import dev.poro.events.EventRun;
import dev.poro.events.EventType;
import dev.poro.events.ExpiryCondition;
import dev.poro.events.FailStop;
import dev.poro.events.KeyEventListener;
import dev.poro.events.Limits;
import dev.poro.events.Outcome;
import dev.poro.events.OutcomeWaiter;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordFlags;
import dev.poro.statemachine.StateMachine;
import dev.poro.statemachine.StateMachineException;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The changes that a store offers: each is checked, published as an event, and its outcome becomes a result or an
 * exception. Where the memory budget rejects a change although keys have expired, these are removed first.
 *
 * <p>Thread-safe. A change without a previous value, a result or an exception allocates nothing.
 */
final class Operations {
    private static final byte[] NOTHING = {};
    private static final ByteBuffer NO_BUFFER = ByteBuffer.allocate(0).asReadOnlyBuffer();

    /** Keys that have expired which one event removes while somebody waits for memory. */
    private static final int EXPIRED_AT_ONCE = 1024;

    /** How long a replica that does not lead waits for the leader to remove such keys: a few of its periods. */
    private static final long REMOVAL_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final EventRing ring;
    private final Publisher publisher;
    /** {@code null} unless this is a replica. */
    private final MessageSender sender;

    private final StateMachine stateMachine;
    private final LongSupplier logTime;
    private final FailStop failStop;
    private final StoreErrors errors;
    private final int maxValueLength;
    private final int maxRecordLength;

    /** Whether a change was rejected for the memory budget of late. */
    private volatile boolean wasRejected;

    Operations(
            EventRing ring,
            Publisher publisher,
            StateMachine stateMachine,
            LongSupplier logTime,
            FailStop failStop,
            StoreErrors errors,
            int maxValueLength,
            int maxRecordLength) {
        this.ring = ring;
        this.publisher = publisher;
        this.sender = publisher.sender();
        this.stateMachine = stateMachine;
        this.logTime = logTime;
        this.failStop = failStop;
        this.errors = errors;
        this.maxValueLength = maxValueLength;
        this.maxRecordLength = maxRecordLength;
    }

    int maxValueLength() {
        return maxValueLength;
    }

    /** In bytes; without a cluster, there is no limit. */
    int longestMessage() {
        return sender == null ? Integer.MAX_VALUE : sender.longestMessage();
    }

    /** Stores a value; returns whether the key was there. */
    boolean set(byte[] key, byte[] value) {
        requireLengths(key, value);
        rejectIfCertain(key, value);
        return existed(perform(EventType.SET, 0, 0, 0, key, value, 0, false));
    }

    /** {@link #set} that sets an expiry or keeps it; see {@link RecordFlags}. */
    boolean set(byte[] key, byte[] value, int expiry, long time) {
        requireLengths(key, value);
        return existed(perform(EventType.SET, expiry, time, 0, key, value, 0, false));
    }

    /** {@link #set} under a condition; returns whether that was met. */
    boolean setIf(byte[] key, byte[] value, int flags, long time, long guard) {
        requireLengths(key, value);
        return isMet(perform(EventType.SET, flags, time, guard, key, value, 0, false));
    }

    /**
     * {@link #set} that returns the value before, or {@code null} if there was none; if the condition in the flags is
     * not met, nothing else happens.
     */
    byte[] getAndSet(byte[] key, byte[] value, int flags, long time) {
        requireLengths(key, value);
        return previous(perform(EventType.SET, flags, time, 0, key, value, 0, true));
    }

    boolean delete(byte[] key) {
        requireKey(key);
        return existed(perform(EventType.DELETE, 0, 0, 0, key, NOTHING, 0, false));
    }

    boolean deleteIf(byte[] key, long sequence) {
        requireKey(key);
        requireSequence(sequence);
        return existed(perform(EventType.DELETE, RecordFlags.IF_SEQUENCE, 0, sequence, key, NOTHING, 0, false));
    }

    byte[] getAndDelete(byte[] key) {
        requireKey(key);
        return previous(perform(EventType.DELETE, 0, 0, 0, key, NOTHING, 0, true));
    }

    long add(byte[] key, long delta) {
        requireKey(key);
        return number(perform(EventType.ADD, 0, 0, 0, key, NOTHING, delta, false));
    }

    /** @param offset of the first byte, or {@link RecordDescriptor#SPLICE_AT_END} */
    long splice(byte[] key, int offset, byte[] bytes) {
        requireLengths(key, bytes);
        long number = Publisher.spliceNumber(offset, spliceLimit());
        return number(perform(EventType.SPLICE, 0, 0, 0, key, bytes, number, false));
    }

    /** The limit of a SPLICE, which the format wants to be 1 at least. */
    int spliceLimit() {
        return Math.max(1, maxValueLength);
    }

    /** Sets an expiry, or removes it if the flags have none; returns whether the condition was met. */
    boolean expire(byte[] key, int expiry, long time, ExpiryCondition condition) {
        requireKey(key);
        return existed(perform(EventType.EXPIRE_AT, expiry, time, 0, key, NOTHING, condition.code(), false));
    }

    long clear() {
        return number(perform(EventType.CLEAR, 0, 0, 0, NOTHING, NOTHING, 0, false));
    }

    /** Removes keys that have expired; returns how many. */
    long expireDue(int most) {
        return number(perform(EventType.EXPIRE_DUE, 0, 0, 0, NOTHING, NOTHING, most, false));
    }

    void setMemoryBudget(long bytes) {
        existed(perform(EventType.MEMORY_BUDGET, 0, 0, 0, NOTHING, NOTHING, bytes, false));
    }

    /**
     * @param token {@code null} for none
     * @param requirements how many the records begin with
     * @param told what to tell listeners in place of the changes, or {@code null}
     */
    BatchOutcome commit(
            Token token, int flags, long guard, byte[] records, int requirements, Consumer<KeyEventListener> told) {
        requireBatchLength(records.length);
        if (records.length == 0) {
            if (sender != null) {
                existedOrThrow(publisher.awaitCluster());
            }
            boolean isMet = stateMachine.appliedSequence() <= guard;
            return new BatchOutcome(isMet, 0, -1);
        }
        OutcomeWaiter waiter = told == null && token == null
                ? perform(EventType.BATCH, flags, 0, guard, NOTHING, records, 0, false)
                : perform(token, EventType.BATCH, flags, 0, guard, NOTHING, records, 0, told);
        try {
            return batchOutcome(outcomeOf(waiter), waiter.number(), requirements);
        } finally {
            waiter.giveBack();
        }
    }

    BatchOutcome batchOutcome(Outcome outcome, long number, int requirements) {
        switch (outcome) {
            case ACCEPTED:
                return new BatchOutcome(true, number, -1);
            case UNMET:
                return new BatchOutcome(false, 0, (int) number);
            case NOT_A_NUMBER:
            case OVERFLOW:
            case TOO_LONG:
            case DUPLICATE:
                throw ChangeRejectedException.ofBatch(outcome, number - requirements);
            default:
                throw failure(outcome);
        }
    }

    /** {@link #set} of buffers. */
    boolean set(ByteBuffer key, ByteBuffer value) {
        return existed(perform(EventType.SET, 0, 0, 0, key, value, 0, false));
    }

    /** {@link #setIf} of buffers. */
    boolean setIf(ByteBuffer key, ByteBuffer value, int flags, long time, long guard) {
        return isMet(perform(EventType.SET, flags, time, guard, key, value, 0, false));
    }

    /** {@link #getAndSet} of buffers. */
    byte[] getAndSet(ByteBuffer key, ByteBuffer value, int flags, long time) {
        return previous(perform(EventType.SET, flags, time, 0, key, value, 0, true));
    }

    boolean setIf(ByteBuffer key, ByteBuffer value, Expiry expiry, SetIf condition) {
        return setIf(key, value, flagsOf(expiry, condition), expiry.millis(), 0);
    }

    byte[] getAndSet(ByteBuffer key, ByteBuffer value, Expiry expiry, SetIf condition) {
        return getAndSet(key, value, flagsOf(expiry, condition), expiry.millis());
    }

    boolean setIf(byte[] key, byte[] value, Expiry expiry, SetIf condition) {
        return setIf(key, value, flagsOf(expiry, condition), expiry.millis(), 0);
    }

    byte[] getAndSet(byte[] key, byte[] value, Expiry expiry, SetIf condition) {
        return getAndSet(key, value, flagsOf(expiry, condition), expiry.millis());
    }

    boolean expire(byte[] key, Expiry expiry, ExpireIf condition) {
        requireChange(expiry);
        Objects.requireNonNull(condition, "condition");
        return expire(key, expiry.flags(), expiry.millis(), condition.condition());
    }

    boolean expire(ByteBuffer key, Expiry expiry, ExpireIf condition) {
        requireChange(expiry);
        Objects.requireNonNull(condition, "condition");
        return expire(key, expiry.flags(), expiry.millis(), condition.condition());
    }

    boolean delete(ByteBuffer key) {
        return existed(perform(EventType.DELETE, 0, 0, 0, key, NO_BUFFER, 0, false));
    }

    boolean deleteIf(ByteBuffer key, long sequence) {
        requireSequence(sequence);
        return existed(perform(EventType.DELETE, RecordFlags.IF_SEQUENCE, 0, sequence, key, NO_BUFFER, 0, false));
    }

    byte[] getAndDelete(ByteBuffer key) {
        return previous(perform(EventType.DELETE, 0, 0, 0, key, NO_BUFFER, 0, true));
    }

    long add(ByteBuffer key, long delta) {
        return number(perform(EventType.ADD, 0, 0, 0, key, NO_BUFFER, delta, false));
    }

    /** {@link #splice} of buffers. */
    long splice(ByteBuffer key, int offset, ByteBuffer bytes) {
        long number = Publisher.spliceNumber(offset, spliceLimit());
        return number(perform(EventType.SPLICE, 0, 0, 0, key, bytes, number, false));
    }

    /** {@link #expire} of a key in a buffer. */
    boolean expire(ByteBuffer key, int expiry, long time, ExpiryCondition condition) {
        return existed(perform(EventType.EXPIRE_AT, expiry, time, 0, key, NO_BUFFER, condition.code(), false));
    }

    /**
     * Publishes the events and reads of a run from an index on and waits for all of them. Changes that are rejected are
     * results. Keys that have expired are removed before, if the budget may not admit the run: between its events is no
     * place to try one again.
     *
     * @throws RuntimeException if the log had no space for one, or if the store is closed or has stopped; the run says
     *     what became of each
     */
    void perform(EventRun run, int from) {
        try {
            if (needsRemovals(run)) {
                removeExpired(EXPIRED_AT_ONCE + run.size());
            }
            publisher.publishAndAwait(run, from);
        } catch (InternalError fault) {
            throw stoppedBy(fault);
        }
        requireDone(run, from);
    }

    private boolean needsRemovals(EventRun run) {
        return haveKeysExpired() && stateMachine.memoryUsed() + 2 * run.recordsLength() > stateMachine.memoryBudget();
    }

    /**
     * Begins what {@link #perform} does with a whole run, and {@link #finish} ends it.
     *
     * @param whenDone called once {@link #finish} waits no more, by any thread
     * @return {@code null} if nothing was begun: this is no replica, the run takes more than one message, or it would
     *     have to wait before it is sent
     */
    OutcomeWaiter trySend(EventRun run, Runnable whenDone) {
        if (sender == null || needsRemovals(run)) {
            return null;
        }
        try {
            return publisher.trySend(run, whenDone);
        } catch (InternalError fault) {
            throw stoppedBy(fault);
        }
    }

    /** Waits for the outcomes of a run that was begun; throws what {@link #perform} does. */
    void finish(EventRun run, OutcomeWaiter sent) {
        try {
            publisher.awaitSent(run, sent);
        } catch (InternalError fault) {
            throw stoppedBy(fault);
        }
        requireDone(run, 0);
    }

    /** Whether {@link #finish} does not wait, or waits in vain. */
    boolean isDone(OutcomeWaiter sent) {
        return sent.poll() != null || failStop.isTripped();
    }

    private void requireDone(EventRun run, int from) {
        if (sender != null && !run.isLeft() && run.partEnd() > from) {
            requireConfirmed(run.outcome(run.partEnd() - 1));
        }
        if (run.isLeft() || run.partEnd() < run.size()) {
            throw failure(Outcome.FAILED);
        }
        boolean isFull = false;
        for (int index = from; index < run.size(); index++) {
            Outcome outcome = run.outcome(index);
            if (outcome == Outcome.FAILED) {
                throw failure(outcome);
            }
            isFull |= outcome == Outcome.LOG_FULL;
        }
        if (isFull) {
            throw failure(Outcome.LOG_FULL);
        }
    }

    /** Waits for the outcome of a ticket; returns whether the key was there before. */
    boolean await(long ticket) {
        if (ticket < 0 || ticket > ring.claimed()) {
            throw new IllegalArgumentException("no event has ticket " + ticket);
        }
        try {
            if (publisher.isClosed() && ticket > ring.applied()) {
                throw errors.closed();
            }
            publisher.awaitApplied(ticket);
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

    /** {@link StoreErrors#stoppedBy}. */
    RuntimeException stoppedBy(InternalError fault) {
        return errors.stoppedBy(fault);
    }

    /** Publishes a change without waiting; returns its ticket. */
    long publish(EventType type, int flags, long time, byte[] key, byte[] value, long number) {
        requireLengths(key, value);
        requireFits(type, flags, key.length, value.length);
        try {
            if (sender != null) {
                return publishAndAwait(type, flags, time, key, value, number);
            }
            return publisher.publish(type, flags, time, 0, key, value, number);
        } catch (InternalError fault) {
            throw errors.stoppedBy(fault);
        }
    }

    /** {@link #publish} in a replica: an event has no ticket before it is in the ring, and then it is done soon. */
    private long publishAndAwait(EventType type, int flags, long time, byte[] key, byte[] value, long number) {
        OutcomeWaiter waiter = publisher.publishAndAwait(type, flags, time, 0, key, value, number, false);
        Outcome outcome = outcomeOf(waiter);
        long ticket = waiter.ringSequence();
        waiter.giveBack();
        if (outcome == Outcome.FAILED) {
            throw failure(outcome);
        }
        requireConfirmed(outcome);
        return ticket;
    }

    private void requireConfirmed(Outcome outcome) {
        if (outcome == Outcome.NOT_COMMITTED || outcome == Outcome.UNCERTAIN) {
            throw failure(outcome);
        }
    }

    /** {@link #publish} of an append. */
    long publishAppend(byte[] key, byte[] bytes) {
        long number = Publisher.spliceNumber(RecordDescriptor.SPLICE_AT_END, spliceLimit());
        return publish(EventType.SPLICE, 0, 0, key, bytes, number);
    }

    /** Waits until everything that is applied now is durable, or for this long; returns whether it is. */
    boolean awaitDurable(LongSupplier durableSequence, Duration timeout) {
        Objects.requireNonNull(timeout, "timeout");
        long target = stateMachine.appliedSequence();
        long begin = System.nanoTime();
        boolean interrupted = false;
        try {
            for (int round = 0; durableSequence.getAsLong() < target; round++) {
                if (failStop.isTripped()) {
                    throw errors.stopped();
                }
                if (timeout.minusNanos(System.nanoTime() - begin).isNegative()) {
                    return false;
                }
                interrupted |= Thread.interrupted();
                Backoff.pause(round);
            }
            return true;
        } finally {
            Backoff.restoreInterrupt(interrupted);
        }
    }

    /**
     * {@link #perform} of a change with a token, or of a batch of which listeners are told.
     *
     * @param token {@code null} for none
     * @param told {@code null} for nothing in place of what is usual
     * @throws TokenRejectedException if the token is not that of the client's next change, nor of its last one
     */
    OutcomeWaiter perform(
            Token token,
            EventType type,
            int flags,
            long time,
            long guard,
            byte[] key,
            byte[] value,
            long number,
            Consumer<KeyEventListener> told) {
        requireFits(type, token == null ? flags : flags | RecordFlags.TOKEN, key.length, value.length);
        try {
            OutcomeWaiter waiter = publisher.publishAndAwait(token, type, flags, time, guard, key, value, number, told);
            if (waiter.poll() == Outcome.OUT_OF_MEMORY && haveKeysExpired()) {
                waiter.giveBack();
                removeExpired(EXPIRED_AT_ONCE);
                waiter = publisher.publishAndAwait(token, type, flags, time, guard, key, value, number, told);
            }
            requireInTurn(token, waiter);
            return waiter;
        } catch (InternalError fault) {
            throw errors.stoppedBy(fault);
        }
    }

    private static void requireInTurn(Token token, OutcomeWaiter waiter) {
        Outcome outcome = waiter.poll();
        if (outcome == Outcome.FORGOTTEN || outcome == Outcome.OUT_OF_TURN) {
            long last = waiter.number();
            waiter.giveBack();
            throw TokenRejectedException.of(token, last);
        }
    }

    private OutcomeWaiter perform(
            EventType type, int flags, long time, long guard, byte[] key, byte[] value, long number, boolean previous) {
        requireFits(type, flags, key.length, value.length);
        try {
            OutcomeWaiter waiter = publisher.publishAndAwait(type, flags, time, guard, key, value, number, previous);
            if (waiter.poll() != Outcome.OUT_OF_MEMORY || !haveKeysExpired()) {
                return waiter;
            }
            waiter.giveBack();
            removeExpired(EXPIRED_AT_ONCE);
            return publisher.publishAndAwait(type, flags, time, guard, key, value, number, previous);
        } catch (InternalError fault) {
            throw errors.stoppedBy(fault);
        }
    }

    private OutcomeWaiter perform(
            EventType type,
            int flags,
            long time,
            long guard,
            ByteBuffer key,
            ByteBuffer value,
            long number,
            boolean previous) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(value, "value");
        requireRecord(type, flags, key.remaining(), value.remaining());
        try {
            OutcomeWaiter waiter = publisher.publishAndAwait(type, flags, time, guard, key, value, number, previous);
            if (waiter.poll() != Outcome.OUT_OF_MEMORY || !haveKeysExpired()) {
                return waiter;
            }
            waiter.giveBack();
            removeExpired(EXPIRED_AT_ONCE);
            return publisher.publishAndAwait(type, flags, time, guard, key, value, number, previous);
        } catch (InternalError fault) {
            throw errors.stoppedBy(fault);
        }
    }

    /** In a replica that does not lead: waits until the leader has removed what has expired, or for a while. */
    private void removeExpired(int most) {
        if (sender == null || sender.isLeader()) {
            expireDue(most);
            return;
        }
        long begin = System.nanoTime();
        boolean interrupted = false;
        for (int round = 0; haveKeysExpired() && System.nanoTime() - begin < REMOVAL_WAIT_NANOS; round++) {
            interrupted |= Thread.interrupted();
            Backoff.pause(round);
        }
        Backoff.restoreInterrupt(interrupted);
    }

    /** Whether this store is to remove keys that have expired: in a replica, the leader is, by the cluster's time. */
    boolean isRemovalDue() {
        return sender == null
                ? haveKeysExpired()
                : sender.isLeader()
                        && stateMachine.expiringKeys() > 0
                        && stateMachine.nextExpiry() <= sender.timeMillis();
    }

    /** Whether there are keys to remove that have expired. */
    boolean haveKeysExpired() {
        return stateMachine.expiringKeys() > 0 && stateMachine.nextExpiry() <= logTime.getAsLong();
    }

    private static Outcome outcomeOf(OutcomeWaiter waiter) {
        Outcome outcome = waiter.poll();
        return outcome == null ? Outcome.FAILED : outcome;
    }

    boolean existed(OutcomeWaiter waiter) {
        Outcome outcome = outcomeOf(waiter);
        waiter.giveBack();
        return existedOrThrow(outcome);
    }

    boolean isMet(OutcomeWaiter waiter) {
        Outcome outcome = outcomeOf(waiter);
        waiter.giveBack();
        existedOrThrow(outcome);
        return outcome != Outcome.UNMET;
    }

    long number(OutcomeWaiter waiter) {
        Outcome outcome = outcomeOf(waiter);
        long number = waiter.number();
        waiter.giveBack();
        existedOrThrow(outcome);
        return number;
    }

    private byte[] previous(OutcomeWaiter waiter) {
        try {
            existedOrThrow(outcomeOf(waiter));
            return waiter.previous();
        } finally {
            waiter.giveBack();
        }
    }

    /** Whether the key was there before the event, and the event took effect. */
    boolean existedOrThrow(Outcome outcome) {
        switch (outcome) {
            case CREATED:
            case REPLACED:
            case DELETED:
            case ABSENT:
            case ACCEPTED:
            case UNMET:
            case FOUND:
                return outcome.existed();
            case NOT_A_NUMBER:
            case OVERFLOW:
            case TOO_LONG:
            case DUPLICATE:
                throw ChangeRejectedException.of(outcome);
            default:
                throw failure(outcome);
        }
    }

    private RuntimeException failure(Outcome outcome) {
        switch (outcome) {
            case OUT_OF_MEMORY:
                wasRejected = sender == null; // what this replica has applied says nothing of what others have sent
                return MemoryBudgetExceededException.of(stateMachine.memoryBudget(), stateMachine.memoryUsed());
            case LOG_FULL:
                return errors.logFull();
            case CREATED:
            case REPLACED:
            case DELETED:
            case ABSENT:
            case ACCEPTED:
                return new PoroException(
                        "the token was used before, for a change of another kind: that one was done, this one is not",
                        null);
            case NOT_COMMITTED:
                return errors.notCommitted(false);
            case UNCERTAIN:
                return errors.notCommitted(true);
            default:
                return publisher.isClosing() ? errors.closed() : errors.stopped();
        }
    }

    /**
     * Rejects a set that the memory budget does not admit without a trace in the log, where that is certain: nothing is
     * under way in the ring, so the state stands still, and it would reject the set. Only after a set was rejected, so
     * that it costs nothing while there is memory.
     */
    private void rejectIfCertain(byte[] key, byte[] value) {
        if (wasRejected && !failStop.isTripped() && !haveKeysExpired() && isCertainlyRejected(key, value)) {
            throw failure(Outcome.OUT_OF_MEMORY);
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

    void requireLengths(byte[] key, byte[] value) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(value, "value");
        EventTooLargeException.requireWithin(maxValueLength, maxRecordLength, key.length, value.length);
    }

    /** An event of this kind, with a key and a value of these lengths, is within the limits. */
    void requireRecord(EventType type, int flags, int keyLength, int valueLength) {
        EventTooLargeException.requireWithin(maxValueLength, maxRecordLength, keyLength, valueLength);
        requireFits(type, flags, keyLength, valueLength);
    }

    void requireKey(byte[] key) {
        Objects.requireNonNull(key, "key");
        EventTooLargeException.requireWithin(maxValueLength, maxRecordLength, key.length, 0);
    }

    /** What a record holds besides key and value must fit as well. */
    private void requireFits(EventType type, int flags, int keyLength, int valueLength) {
        int length = Publisher.recordLength(type, flags, keyLength, valueLength);
        if (length > maxRecordLength) {
            int others = length - RecordDescriptor.recordLength(keyLength, valueLength);
            EventTooLargeException.requireFits(maxRecordLength, others, keyLength, valueLength);
        }
    }

    void requireBatchLength(long length) {
        long most = Math.min(Limits.MAX_VALUE_LENGTH, maxRecordLength - RecordDescriptor.recordLength(0, 0));
        if (length > most) {
            throw new EventTooLargeException(
                    "a batch of " + length + " bytes: the limit is " + most + ". Commit it in parts.", null);
        }
    }

    static void requireSequence(long sequence) {
        if (sequence < 0) {
            throw new IllegalArgumentException("sequence " + sequence + ": 0 or more");
        }
    }

    static int flagsOf(Expiry expiry, SetIf condition) {
        Objects.requireNonNull(expiry, "expiry");
        Objects.requireNonNull(condition, "condition");
        return expiry.flags() | condition.flags();
    }

    static void requireOffset(int offset) {
        if (offset < 0) {
            throw new IllegalArgumentException("offset " + offset + ": 0 or more");
        }
    }

    static void requireChange(Expiry expiry) {
        Objects.requireNonNull(expiry, "expiry");
        if (expiry.kind() == Expiry.Kind.KEEP) {
            throw new IllegalArgumentException("an expiry that is kept is no change");
        }
    }

    /** @throws IllegalArgumentException unless it is a millisecond or more, and less than 292 million years */
    static long millisOf(Duration timeToLive) {
        Objects.requireNonNull(timeToLive, "timeToLive");
        try {
            long millis = timeToLive.toMillis();
            if (millis > 0) {
                return millis;
            }
        } catch (ArithmeticException e) {
            // below
        }
        throw new IllegalArgumentException("time to live of " + timeToLive + ": a millisecond or more");
    }

    /** @throws IllegalArgumentException if it is before 1970 */
    static long millisOf(Instant expiry) {
        Objects.requireNonNull(expiry, "expiry");
        try {
            long millis = expiry.toEpochMilli();
            if (millis >= 0) {
                return millis;
            }
        } catch (ArithmeticException | DateTimeException e) {
            // below
        }
        throw new IllegalArgumentException("expiry at " + expiry + ": 1970 or later");
    }
}
