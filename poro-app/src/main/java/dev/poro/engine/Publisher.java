package dev.poro.engine;

import dev.poro.events.EventRing;
import dev.poro.events.EventRun;
import dev.poro.events.EventSlot;
import dev.poro.events.EventType;
import dev.poro.events.FailStop;
import dev.poro.events.KeyEventListener;
import dev.poro.events.Outcome;
import dev.poro.events.OutcomeWaiter;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlags;
import dev.poro.events.RecordMemory;
import dev.poro.statemachine.StateMachine;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * Puts events into the ring. Everything that may fail, wait or take long comes before a slot is claimed: the check of
 * the stack, taking memory, encoding the record, hashing the encoded key (other threads may change the caller's arrays
 * meanwhile). The exception is a short record without a waiter, which is encoded in its slot. Nothing waits between
 * claim and publication, and a claimed slot is always published, as a cancelled one if necessary.
 *
 * <p>In a replica, events and runs go to the cluster instead ({@link MessageSender}); what only concerns this store, as
 * marks and cancelled events, goes into the ring.
 *
 * <p>Thread-safe.
 */
final class Publisher {
    /** In place of a ring sequence: another thread publishes alone. */
    private static final long SHUT = -1;

    /** In place of a ring sequence: the event was sent to the cluster. No mark is due after it. */
    private static final long SENT = 0;

    /** Instead of an address: the record is encoded in the slot. */
    private static final long IN_SLOT = 0;

    /**
     * The number of waits for memory after which a long record takes precedence over others. Some of these waits are
     * sleeps.
     */
    private static final int ROUNDS_BEFORE_PRECEDENCE = 300;

    /** How often a run waits for room for all of it before it is published in parts. */
    private static final int ROUNDS_BEFORE_PARTS = 8;

    /** Records up to this length find memory as soon as any record is released, and need no precedence. */
    private static final int SHORT_LENGTH = 64 << 10;

    private final EventRing ring;
    private final RecordMemory memory;
    private final StateMachine stateMachine;
    private final HandlerRunner runner;
    private final StoreErrors errors;
    private final FailureTimeout patience;
    private final long eventsPerMark;
    private final PublishGate gate = new PublishGate();
    /** {@code null} unless this is a replica. */
    private final MessageSender sender;

    private volatile long markedAt;
    private volatile boolean closing;
    private volatile boolean closed;

    /** @param replicator takes the events of a replica; {@code null} for a store of its own */
    Publisher(
            EventRing ring,
            StateMachine stateMachine,
            HandlerRunner runner,
            FailStop failStop,
            StoreErrors errors,
            long eventsPerMark,
            Replicator replicator) {
        this.ring = ring;
        this.memory = ring.memory();
        this.stateMachine = stateMachine;
        this.runner = runner;
        this.errors = errors;
        this.patience = new FailureTimeout(failStop);
        this.eventsPerMark = eventsPerMark;
        this.sender = replicator == null
                ? null
                : new MessageSender(ring, replicator, gate, this::isClosing, errors, failStop);
    }

    /** Sends to the cluster; {@code null} unless this is a replica. */
    MessageSender sender() {
        return sender;
    }

    /**
     * Publishes an event and waits for its outcome.
     *
     * <p>What an event is made of, here and in {@link #publish}: {@code flags} are {@link RecordFlags}; {@code time}
     * and {@code guard} are what the fields that these ask for hold; {@code key} and {@code value} are empty where the
     * type has none; {@code number} is the delta of an ADD, the condition of an EXPIRE_AT, how many at most of an
     * EXPIRE_DUE, the bytes of a MEMORY_BUDGET, and offset and limit of a SPLICE ({@link #spliceNumber}); the value of
     * a BATCH are its records.
     *
     * @param previous whether the value before the event is wanted
     * @return the waiter, which the caller gives back; without an outcome if the store has stopped
     */
    OutcomeWaiter publishAndAwait(
            EventType type, int flags, long time, long guard, byte[] key, byte[] value, long number, boolean previous) {
        StackProbe.require();
        OutcomeWaiter waiter = ring.takeWaiter();
        long ringSequence = publish(type, flags, time, guard, key, value, number, waiter, previous, null);
        return await(waiter, ringSequence);
    }

    /**
     * {@link #publishAndAwait} of a change with a token.
     *
     * @param token {@code null} for none
     * @param told of a batch: what to tell listeners in place of its changes; otherwise {@code null}
     */
    OutcomeWaiter publishAndAwait(
            Token token,
            EventType type,
            int flags,
            long time,
            long guard,
            byte[] key,
            byte[] value,
            long number,
            Consumer<KeyEventListener> told) {
        StackProbe.require();
        OutcomeWaiter waiter = ring.takeWaiter();
        if (told != null) {
            waiter.tell(told);
        }
        int allFlags = token == null ? flags : flags | RecordFlags.TOKEN;
        long ringSequence = publish(type, allFlags, time, guard, key, value, number, waiter, false, token);
        return await(waiter, ringSequence);
    }

    private OutcomeWaiter await(OutcomeWaiter waiter, long ringSequence) {
        try {
            runner.await(waiter);
        } catch (RuntimeException | Error e) {
            // The event may still get its outcome: the waiter is left to it.
            waiter.giveBack();
            throw e;
        }
        markIfDue(ringSequence);
        return waiter;
    }

    /** {@link #publishAndAwait} of what lies between position and limit of buffers, which stay as they are. */
    OutcomeWaiter publishAndAwait(
            EventType type,
            int flags,
            long time,
            long guard,
            ByteBuffer key,
            ByteBuffer value,
            long number,
            boolean previous) {
        StackProbe.require();
        OutcomeWaiter waiter = ring.takeWaiter();
        if (sender != null) {
            send(type, flags, time, guard, key, value, number, waiter, previous);
            return await(waiter, SENT);
        }
        long ringSequence = tryPublish(type, flags, time, guard, key, value, number, waiter, previous);
        while (ringSequence == SHUT) {
            awaitGate(waiter);
            ringSequence = tryPublish(type, flags, time, guard, key, value, number, waiter, previous);
        }
        return await(waiter, ringSequence);
    }

    /** Publishes, or returns {@link #SHUT}; then the waiter is still the caller's. */
    private long tryPublish(
            EventType type,
            int flags,
            long time,
            long guard,
            ByteBuffer key,
            ByteBuffer value,
            long number,
            OutcomeWaiter waiter,
            boolean previous) {
        int keyLength = key.remaining();
        int bytesLength = value.remaining();
        int length = recordLength(type, flags, keyLength, bytesLength);
        long block = IN_SLOT;
        long record;
        long keyHash;
        try {
            if (waiter.hasRoomFor(length)) {
                record = waiter.record(length);
            } else {
                block = takeBlock(length);
                record = block;
            }
            long keyAt = RecordEncoder.encodeHead(record, type, flags, time, guard, keyLength, bytesLength, number);
            copy(key, keyAt, keyLength);
            copy(value, record + length - bytesLength, bytesLength);
            keyHash = stateMachine.hash(keyAt, keyLength);
        } catch (RuntimeException | Error unclaimed) {
            letGo(waiter, block, length);
            throw unclaimed;
        }
        long ringSequence = claimFor(waiter, block, length);
        if (ringSequence == SHUT) {
            return SHUT;
        }
        try {
            EventSlot slot = ring.slot(ringSequence);
            if (block != IN_SLOT) {
                slot.prepareBlock(block, length, waiter, keyHash);
            } else {
                slot.prepare(record, length, waiter, keyHash);
            }
            if (previous) {
                slot.wantPrevious();
            }
            ring.publish(ringSequence);
        } catch (RuntimeException | Error unpublished) {
            giveUp(ringSequence, waiter);
            throw unpublished;
        }
        return ringSequence;
    }

    /** Copies what begins at the position of a buffer, which stays as it is. */
    static void copy(ByteBuffer source, long target, int length) {
        try {
            RawMemory.copyIn(RawMemory.arrayOf(source), RawMemory.placeOf(source, length), target, length);
        } finally {
            Reference.reachabilityFence(source);
        }
    }

    /**
     * Publishes the events and reads of a run and waits until all of them have their outcomes. No thread is woken
     * before the last is published. What fits into the ring is published at once, so that the journal gets it in one
     * batch; the rest follows in parts, each when the one before is done.
     *
     * <p>If the store stops, the rest is not published. If an outcome does not come, the run is left to the handlers
     * ({@link EventRun#isLeft}).
     *
     * @param from the index to begin with
     */
    void publishAndAwait(EventRun run, int from) {
        int begin = from;
        while (begin < run.size() && (sender == null ? isDone(run, begin) : isDoneByCluster(run, begin))) {
            begin = run.partEnd();
        }
    }

    /** {@link #isDone} in a replica: the part is one message. */
    private boolean isDoneByCluster(EventRun run, int begin) {
        StackProbe.require();
        OutcomeWaiter waiter = ring.takeWaiter();
        sendPart(run, begin, waiter);
        return awaitSent(run, waiter);
    }

    /**
     * In a replica: sends a run without waiting for its outcomes, if it is one message.
     *
     * @param whenDone called once {@link #awaitSent} waits no more, by any thread
     * @return whose outcome to wait for; {@code null} if nothing was sent, because the run takes more than one message,
     *     or another thread publishes alone
     */
    OutcomeWaiter trySend(EventRun run, Runnable whenDone) {
        if (run.size() == 0 || sender.endOfPart(run, 0) < run.size()) {
            return null;
        }
        StackProbe.require();
        OutcomeWaiter waiter = ring.takeWaiter();
        if (isPartSent(run, 0, waiter, whenDone)) {
            return waiter;
        }
        waiter.giveBackUnused();
        return null;
    }

    /** Waits for a part that was sent. Returns whether it is done and more may follow. */
    boolean awaitSent(EventRun run, OutcomeWaiter waiter) {
        Outcome last = awaitPart(run, waiter);
        if (last == null) {
            return false;
        }
        if (last == Outcome.NOT_COMMITTED || last == Outcome.UNCERTAIN) {
            for (int index = run.partBegin(); index < run.partEnd(); index++) {
                run.complete(index, last, 0);
            }
            return false;
        }
        return last != Outcome.FAILED;
    }

    /** Waits for the last outcome of a part; without one, returns {@code null} and leaves the run to the handlers. */
    private Outcome awaitPart(EventRun run, OutcomeWaiter waiter) {
        try {
            runner.await(waiter);
        } catch (RuntimeException | Error e) {
            run.leave();
            waiter.giveBack();
            throw e;
        }
        Outcome last = waiter.poll();
        waiter.giveBack();
        if (last == null) {
            run.leave();
        }
        return last;
    }

    /** Sends a part of a run; gives the waiter back if that fails. */
    private void sendPart(EventRun run, int begin, OutcomeWaiter waiter) {
        while (!isPartSent(run, begin, waiter, null)) {
            awaitGate(waiter);
        }
    }

    /**
     * Sends a part of a run; gives the waiter back if that fails. Returns false, and has sent nothing, if another
     * thread publishes alone; the waiter is still the caller's then.
     */
    private boolean isPartSent(EventRun run, int begin, OutcomeWaiter waiter, Runnable whenDone) {
        int end = sender.endOfPart(run, begin);
        int length = 0;
        for (int index = begin; index < end; index++) {
            length += run.eventLength(index);
        }
        boolean isSent = false;
        try {
            long records = length == 0 ? 0 : run.gather(begin, end, length);
            run.part(begin, end, EventRun.NOT_IN_RING);
            isSent = sender.trySend(records, length, waiter, run, false, whenDone);
            return isSent;
        } catch (RuntimeException | Error unsent) {
            waiter.giveBackUnused();
            throw unsent;
        } finally {
            if (!isSent) {
                run.part(begin, begin, EventRun.NOT_IN_RING);
            }
        }
    }

    /** Returns whether the part is done and more may follow. */
    private boolean isDone(EventRun run, int begin) {
        StackProbe.require();
        OutcomeWaiter waiter = ring.takeWaiter();
        claimPart(run, begin, waiter);
        boolean hasEvents = publishPart(run, begin, waiter);
        Outcome last = awaitPart(run, waiter);
        if (last == null) {
            return false;
        }
        if (hasEvents) {
            markIfDue(run.partSequence() + run.partEnd() - begin - 1);
        }
        return last != Outcome.FAILED;
    }

    /** Claims slots for a part of a run; gives the waiter back if that fails. */
    private void claimPart(EventRun run, int begin, OutcomeWaiter waiter) {
        try {
            while (!tryClaimPart(run, begin)) {
                awaitGate(null);
            }
        } catch (RuntimeException | Error unclaimed) {
            waiter.giveBackUnused();
            throw unclaimed;
        }
    }

    /**
     * Claims slots for as many as fit into the ring; for fewer if other publishers leave no room for so many. Returns
     * false, and has claimed nothing, if another thread publishes alone.
     */
    private boolean tryClaimPart(EventRun run, int begin) {
        boolean interrupted = false;
        try {
            requireOpen();
            int count = Math.min(run.size() - begin, ring.capacity());
            long first = ring.tryClaim(count);
            for (int round = 0; first == EventRing.FULL; round++) {
                interrupted |= Thread.interrupted();
                awaitCapacity(round);
                count = round < ROUNDS_BEFORE_PARTS ? count : Math.max(1, count / 2);
                first = ring.tryClaim(count);
            }
            run.part(begin, begin + count, first);
            if (!closing && !gate.isShut()) {
                return true;
            }
            cancelPart(run, begin);
            requireOpen();
            return false;
        } finally {
            Backoff.restoreInterrupt(interrupted);
        }
    }

    /** Returns whether there are events among what is published. */
    private boolean publishPart(EventRun run, int begin, OutcomeWaiter waiter) {
        long first = run.partSequence();
        int last = run.partEnd() - 1;
        boolean hasEvents = false;
        try {
            for (int index = begin; index <= last; index++) {
                ring.slot(first + index - begin).prepareOfRun(run, index, index == last ? waiter : null);
                hasEvents |= !run.isRead(index);
            }
            ring.publishRun(first, first + last - begin);
        } catch (RuntimeException | Error unpublished) {
            if (ring.isPublished(first)) {
                run.leave();
                waiter.giveBack();
            } else {
                // The first is published last: no handler has come to any of them.
                cancelPart(run, begin);
                waiter.giveBackUnused();
            }
            throw unpublished;
        }
        return hasEvents;
    }

    private void cancelPart(EventRun run, int begin) {
        long first = run.partSequence();
        long last = first + run.partEnd() - begin - 1;
        run.part(begin, begin, first);
        for (long ringSequence = first; ringSequence <= last; ringSequence++) {
            ring.slot(ringSequence).cancel();
        }
        ring.publishRun(first, last);
        runner.published();
    }

    /** Publishes an event; returns its ring sequence. Not in a replica, whose events have none before they are done. */
    long publish(EventType type, int flags, long time, long guard, byte[] key, byte[] value, long number) {
        assert sender == null : "an event of a replica that nobody waits for";
        StackProbe.require();
        long ringSequence = publish(type, flags, time, guard, key, value, number, null, false, null);
        runner.published();
        markIfDue(ringSequence);
        return ringSequence;
    }

    /** The number of a SPLICE. */
    static long spliceNumber(int offset, int limit) {
        return ((long) offset << Integer.SIZE) | limit;
    }

    /**
     * Lets the calling thread publish alone until it closes what this returns. Everything that other threads have
     * published is applied by then, unless the store has stopped. In a replica, others are the threads of this process.
     */
    ChangeHold hold() {
        StackProbe.require();
        requireOpen();
        ChangeHold hold = new ChangeHold(gate, gate.shut());
        try {
            if (sender != null) {
                sender.awaitAnswers();
            }
            long claimed = ring.claimed();
            // Claimed before the mark of the clean close, it is handled before that; otherwise perhaps never.
            requireOpen();
            runner.awaitApplied(claimed);
            return hold;
        } catch (RuntimeException | Error e) {
            hold.close();
            throw e;
        }
    }

    /** Waits until an event has its outcome, or the store has stopped and it does not come. */
    void awaitApplied(long ringSequence) {
        StackProbe.require();
        runner.awaitApplied(ringSequence);
    }

    /** From now on only {@link #publishCleanClose} publishes. */
    void beginClosing() {
        closing = true;
    }

    /** Publishes the mark of a clean close as the last event; returns its ring sequence. */
    long publishCleanClose() {
        long ringSequence = claimEvenIfClosing();
        publishMark(EventType.CLEAN_CLOSE, ringSequence);
        return ringSequence;
    }

    /**
     * Publishes an event that all handlers pass over, and returns its ring sequence. The caller waits for that.
     *
     * @throws StoreClosedException if the store is closing
     */
    long publishCancelled() {
        StackProbe.require();
        requireOpen();
        long ringSequence = claimEvenIfClosing();
        // Claimed before the mark of the clean close, it is handled before that; otherwise perhaps never.
        boolean isInTime = !closing;
        ring.slot(ringSequence).cancel();
        ring.publish(ringSequence);
        if (!isInTime) {
            runner.published();
            throw errors.closed();
        }
        return ringSequence;
    }

    /** Called when the handlers no longer run. */
    void close() {
        closed = true;
    }

    boolean isClosing() {
        return closing;
    }

    boolean isClosed() {
        return closed;
    }

    private long publish(
            EventType type,
            int flags,
            long time,
            long guard,
            byte[] key,
            byte[] value,
            long number,
            OutcomeWaiter waiter,
            boolean previous,
            Token token) {
        if (sender != null) {
            return send(type, flags, time, guard, key, value, number, waiter, previous, token);
        }
        long ringSequence = tryPublish(type, flags, time, guard, key, value, number, waiter, previous, token);
        while (ringSequence == SHUT) {
            awaitGate(waiter);
            ringSequence = tryPublish(type, flags, time, guard, key, value, number, waiter, previous, token);
        }
        return ringSequence;
    }

    /** Publishes, or returns {@link #SHUT}; then the waiter is still the caller's. */
    private long tryPublish(
            EventType type,
            int flags,
            long time,
            long guard,
            byte[] key,
            byte[] value,
            long number,
            OutcomeWaiter waiter,
            boolean previous,
            Token token) {
        int length = recordLength(type, flags, key.length, value.length);
        long block = IN_SLOT;
        long record = IN_SLOT;
        long keyHash = 0;
        try {
            if (waiter != null && waiter.hasRoomFor(length)) {
                record = waiter.record(length);
            } else if (length > EventSlot.INLINE_LENGTH) {
                block = takeBlock(length);
                record = block;
            }
            if (record != IN_SLOT) {
                keyHash = encode(record, type, flags, time, guard, key, value, number, token);
            }
        } catch (RuntimeException | Error unclaimed) {
            letGo(waiter, block, length);
            throw unclaimed;
        }
        long ringSequence = claimFor(waiter, block, length);
        if (ringSequence == SHUT) {
            return SHUT;
        }
        try {
            EventSlot slot = ring.slot(ringSequence);
            if (block != IN_SLOT) {
                slot.prepareBlock(block, length, waiter, keyHash);
            } else if (record != IN_SLOT) {
                slot.prepare(record, length, waiter, keyHash);
            } else {
                long hash = encode(slot.inlineRecord(), type, flags, time, guard, key, value, number, token);
                slot.prepare(slot.inlineRecord(), length, waiter, hash);
            }
            if (previous) {
                slot.wantPrevious();
            }
            ring.publish(ringSequence);
        } catch (RuntimeException | Error unpublished) {
            giveUp(ringSequence, waiter);
            throw unpublished;
        }
        return ringSequence;
    }

    /** In a replica: sends an event to the cluster. */
    private long send(
            EventType type,
            int flags,
            long time,
            long guard,
            byte[] key,
            byte[] value,
            long number,
            OutcomeWaiter waiter,
            boolean previous,
            Token token) {
        int length = recordLength(type, flags, key.length, value.length);
        return send(
                waiter,
                length,
                previous,
                record -> encode(record, type, flags, time, guard, key, value, number, token));
    }

    private void send(
            EventType type,
            int flags,
            long time,
            long guard,
            ByteBuffer key,
            ByteBuffer value,
            long number,
            OutcomeWaiter waiter,
            boolean previous) {
        int keyLength = key.remaining();
        int bytesLength = value.remaining();
        int length = recordLength(type, flags, keyLength, bytesLength);
        send(waiter, length, previous, record -> {
            long keyAt = RecordEncoder.encodeHead(record, type, flags, time, guard, keyLength, bytesLength, number);
            copy(key, keyAt, keyLength);
            copy(value, record + length - bytesLength, bytesLength);
        });
    }

    private long send(OutcomeWaiter waiter, int length, boolean previous, LongConsumer encoder) {
        while (!trySend(waiter, length, previous, encoder)) {
            awaitGate(waiter);
        }
        return SENT;
    }

    /**
     * Sends an event; if another thread publishes alone, returns {@code false}, and the waiter is still the caller's.
     */
    private boolean trySend(OutcomeWaiter waiter, int length, boolean previous, LongConsumer encoder) {
        long block = IN_SLOT;
        boolean isSent;
        try {
            long record;
            if (waiter.hasRoomFor(length)) {
                record = waiter.record(length);
            } else {
                block = takeBlock(length);
                record = block;
            }
            encoder.accept(record);
            isSent = sender.trySend(record, length, waiter, null, previous, null);
        } catch (RuntimeException | Error unsent) {
            letGo(waiter, block, length);
            throw unsent;
        }
        letGo(null, block, length);
        return isSent;
    }

    /**
     * In a replica: waits until everything is applied here that the cluster has committed before this call.
     *
     * @return the outcome, of no event
     */
    Outcome awaitCluster() {
        StackProbe.require();
        OutcomeWaiter waiter = ring.takeWaiter();
        while (!isBarrierSent(waiter)) {
            awaitGate(waiter);
        }
        await(waiter, SENT);
        Outcome outcome = waiter.poll();
        waiter.giveBack();
        return outcome == null ? Outcome.FAILED : outcome;
    }

    private boolean isBarrierSent(OutcomeWaiter waiter) {
        try {
            return sender.trySend(0, 0, waiter, null, false, null);
        } catch (RuntimeException | Error unsent) {
            waiter.giveBackUnused();
            throw unsent;
        }
    }

    /** Bytes of the record of an event. */
    static int recordLength(EventType type, int flags, int keyLength, int valueLength) {
        return RecordDescriptor.recordLength(flags, keyLength, RecordEncoder.valueLength(type, valueLength));
    }

    /** The hash is that of the key as it was encoded: the array may be changed by another thread at any time. */
    private long encode(
            long address,
            EventType type,
            int flags,
            long time,
            long guard,
            byte[] key,
            byte[] value,
            long number,
            Token token) {
        switch (type) {
            case SET:
                if (flags == 0) {
                    RecordEncoder.encodeSet(address, key, value);
                } else {
                    RecordEncoder.encodeSet(address, flags, time, guard, key, value);
                }
                break;
            case DELETE:
                RecordEncoder.encodeDelete(address, flags, guard, key);
                break;
            case ADD:
                RecordEncoder.encodeAdd(address, flags, guard, key, number);
                break;
            case SPLICE:
                RecordEncoder.encodeSplice(
                        address, flags, guard, key, (int) (number >>> Integer.SIZE), (int) number, value);
                break;
            case EXPIRE_AT:
                RecordEncoder.encodeExpireAt(address, flags, time, guard, key, (int) number);
                break;
            case EXPIRE_DUE:
                RecordEncoder.encodeExpireDue(address, (int) number);
                break;
            case BATCH:
                int length = RecordEncoder.encodeBatchHeader(address, flags, guard, value.length);
                RawMemory.copy(value, 0, address + length, value.length);
                break;
            case CLEAR:
                RecordEncoder.encodeClear(address);
                break;
            case MEMORY_BUDGET:
                RecordEncoder.encodeMemoryBudget(address, number);
                break;
            default:
                throw new AssertionError(type);
        }
        if (token != null) {
            RecordEncoder.encodeToken(address, token.client(), token.number());
        }
        long keyAddress = address + RecordDescriptor.HEADER_LENGTH + RecordFlags.fieldsLength(flags);
        return stateMachine.hash(keyAddress, key.length);
    }

    private long takeBlock(int length) {
        requireOpen();
        long block = memory.tryTake(length);
        if (block != RecordMemory.FULL) {
            return block;
        }
        boolean interrupted = false;
        try {
            for (int round = 0; block == RecordMemory.FULL; round++) {
                interrupted |= Thread.interrupted();
                awaitCapacity(round);
                requireOpen();
                block = round < ROUNDS_BEFORE_PRECEDENCE || length <= SHORT_LENGTH
                        ? memory.tryTake(length)
                        : memory.tryTakeBeforeOthers(length, Thread.currentThread());
            }
        } finally {
            memory.giveUp(Thread.currentThread());
            Backoff.restoreInterrupt(interrupted);
        }
        return block;
    }

    /**
     * Waits until the gate opens. What holds it may need memory for its own event: the caller holds none.
     */
    private void awaitGate(OutcomeWaiter waiter) {
        boolean interrupted = false;
        try {
            for (int round = 0; gate.isShut(); round++) {
                interrupted |= Thread.interrupted();
                Backoff.pause(round);
                requireOpen();
            }
        } catch (RuntimeException | Error e) {
            letGo(waiter, IN_SLOT, 0);
            throw e;
        } finally {
            Backoff.restoreInterrupt(interrupted);
        }
    }

    /**
     * Claims a slot, which the caller must publish; or returns {@link #SHUT}, if another thread publishes alone. If it
     * claims none, releases what was taken for the event; the waiter only if it throws.
     */
    private long claimFor(OutcomeWaiter waiter, long block, int length) {
        try {
            requireOpen();
            long ringSequence = claimEvenIfClosing();
            if (!closing && !gate.isShut()) {
                return ringSequence;
            }
            // The mark of the clean close may have been claimed before us: nothing may follow it into the log.
            cancel(ringSequence);
            requireOpen();
        } catch (RuntimeException | Error unclaimed) {
            letGo(waiter, block, length);
            throw unclaimed;
        }
        letGo(null, block, length);
        return SHUT;
    }

    private long claimEvenIfClosing() {
        long ringSequence = ring.tryClaim();
        return ringSequence == EventRing.FULL ? awaitSlot() : ringSequence;
    }

    private long awaitSlot() {
        boolean interrupted = false;
        try {
            long ringSequence = EventRing.FULL;
            for (int round = 0; ringSequence == EventRing.FULL; round++) {
                interrupted |= Thread.interrupted();
                awaitCapacity(round);
                ringSequence = ring.tryClaim();
            }
            return ringSequence;
        } finally {
            Backoff.restoreInterrupt(interrupted);
        }
    }

    private void awaitCapacity(int round) {
        if (closed) {
            throw errors.closed();
        }
        if (patience.isOver()) {
            throw errors.stopped();
        }
        runner.awaitCapacity(round);
    }

    private void requireOpen() {
        if (closing) {
            throw errors.closed();
        }
    }

    private void letGo(OutcomeWaiter waiter, long block, int length) {
        if (waiter != null) {
            waiter.giveBackUnused();
        }
        if (block != IN_SLOT) {
            memory.free(block, length);
        }
    }

    /**
     * Cancels an event that failed between claim and publication. What was taken for it is released with its outcome.
     */
    private void giveUp(long ringSequence, OutcomeWaiter waiter) {
        boolean isPublished = ring.isPublished(ringSequence);
        if (!isPublished) {
            cancel(ringSequence);
        }
        if (waiter != null) {
            if (isPublished) {
                waiter.giveBack();
            } else {
                waiter.giveBackUnused();
            }
        }
    }

    private void cancel(long ringSequence) {
        ring.slot(ringSequence).cancel();
        ring.publish(ringSequence);
        // An event of another thread may have been waiting behind this slot.
        runner.published();
    }

    /** Publishes a digest mark if one is due. If the ring is full, a later event does. */
    void markIfDue(long ringSequence) {
        if (ringSequence - markedAt >= eventsPerMark) {
            mark();
        }
    }

    private void mark() {
        long ringSequence = ring.tryClaim();
        if (ringSequence == EventRing.FULL) {
            return;
        }
        markedAt = ringSequence;
        if (closing) {
            cancel(ringSequence);
        } else {
            publishMark(EventType.DIGEST_MARK, ringSequence);
        }
    }

    private void publishMark(EventType type, long ringSequence) {
        try {
            ring.slot(ringSequence).prepareMark(type);
            ring.publishMark(ringSequence);
        } catch (RuntimeException | Error unpublished) {
            giveUp(ringSequence, null);
            throw unpublished;
        }
        runner.published();
    }
}
