package dev.poro.events;

import java.util.function.Consumer;

/**
 * One preallocated slot of the {@link EventRing}: where the record is, and what the handlers have
 * recorded about it.
 *
 * <p>Owned in turn by the publisher that claimed it (until it publishes), the journaling handler and the state
 * machine handler; the ring's sequences hand it on with the necessary ordering, so no field is volatile.
 *
 * <p>The record of a publisher that waits is in the memory of its {@link OutcomeWaiter}, a long record in
 * {@link RecordMemory}. Both are encoded before the slot is claimed. A record of at most {@value #INLINE_LENGTH} bytes
 * may also be in the slot's own memory.
 */
public final class EventSlot {
    /** Bytes of a record that a slot has memory for. */
    public static final int INLINE_LENGTH = 256;

    private final long inlineAddress;

    private long recordAddress;
    private int recordLength;
    private boolean mark;
    private boolean read;
    private boolean previousWanted;
    private OutcomeWaiter waiter;

    /** The run that the event belongs to, or {@code null}. Not stored at each event, but for one of a run. */
    private EventRun run;

    private int runIndex;
    private long keyHash;

    /** The message that has brought the event, in a replica; otherwise {@code null}, and never stored. */
    private CommittedMessage message;

    /** Of {@link RecordMemory}, to be given back; length 0 if there is none. */
    private long blockAddress;

    private int blockLength;

    private boolean journaled;
    private boolean passedOver;
    private long logSequence;
    private long timestamp;
    private long latestWallClock;
    private Outcome refusal;

    EventSlot(long inlineAddress) {
        this.inlineAddress = inlineAddress;
    }

    /**
     * Where a record of at most {@value #INLINE_LENGTH} bytes may be encoded. Publisher only, between claim and
     * publish.
     */
    public long inlineRecord() {
        return inlineAddress;
    }

    /**
     * Refers to the event's record, which stays where it is until the event has its outcome. Publisher only.
     *
     * @param waiter told the outcome when it is known; {@code null} if nobody waits
     * @param keyHash of the record's key, by the hash of the state machine that is to apply it; any number if there is
     *     no key
     */
    public void prepare(long address, int length, OutcomeWaiter waiter, long keyHash) {
        assert length > 0 && length <= Limits.MAX_RECORD_LENGTH : length;
        assert blockLength == 0 : "the slot still has the memory of the event before";
        this.waiter = waiter;
        this.keyHash = keyHash;
        assert run == null : "the slot still belongs to the run of the event before";
        mark = false;
        read = false;
        previousWanted = false;
        journaled = false;
        passedOver = false;
        refusal = null;
        recordLength = length;
        recordAddress = address;
    }

    /** {@link #prepare} for a record in {@link RecordMemory}. The memory goes back there with the outcome. */
    public void prepareBlock(long address, int length, OutcomeWaiter waiter, long keyHash) {
        prepare(address, length, waiter, keyHash);
        blockAddress = address;
        blockLength = length;
    }

    /**
     * The waiter wants the value that the key has before the event. Publisher only, after {@link #prepare}; never in
     * the log.
     */
    public void wantPrevious() {
        previousWanted = true;
    }

    /** Who wants a value: the one before the event, or the one that is read; or {@code null}. Last handler only. */
    public ValueTarget wantsValue() {
        if (!previousWanted) {
            return null;
        }
        return run == null ? waiter : run.target(runIndex);
    }

    /** What to tell of a batch in place of its changes, see {@link OutcomeWaiter#tell}. Last handler only. */
    public Consumer<KeyEventListener> toldInstead() {
        return waiter == null ? null : waiter.told();
    }

    /**
     * Refers to an event or a read of a run, whose record lies with the run. Publisher only.
     *
     * @param lastWaiter told when the slot has its outcome, after the run; {@code null} unless it is the last slot
     */
    public void prepareOfRun(EventRun itsRun, int index, OutcomeWaiter lastWaiter) {
        prepare(itsRun.recordAddress(index), itsRun.recordLength(index), lastWaiter, itsRun.keyHash(index));
        run = itsRun;
        runIndex = index;
        read = itsRun.isRead(index);
        previousWanted = itsRun.wantsValue(index);
    }

    /**
     * The event, or the read, belongs to a message of a cluster's log. Publisher only, after {@link #prepare} or
     * {@link #prepareOfRun}: always in a replica, and never otherwise.
     */
    public void committed(CommittedMessage itsMessage) {
        message = itsMessage;
    }

    /** The message that the event belongs to; {@code null} if this is no replica, and of a mark. */
    public CommittedMessage message() {
        return message;
    }

    /**
     * Whether it is a read: the journal passes over it, so it is not in the log and takes no sequence; the state
     * machine's handler reads what is there at that place between the events. Its record is a {@link
     * EventType#REQUIRE} of the key, which no log takes outside of a batch.
     */
    public boolean isRead() {
        return read;
    }

    /** A read was passed over, at this time in milliseconds, by which its handler judges expiries. Journal only. */
    public void passOver(long time) {
        assert read : "an event is passed over";
        this.passedOver = true;
        this.timestamp = time;
    }

    /** Whether it is a read that is to be done. */
    public boolean isPassedOver() {
        return passedOver;
    }

    /** What the handler found under the key that is read, besides the value. */
    public void found(long expiry, int valueLength) {
        run.found(runIndex, expiry, valueLength);
    }

    /** The event is a mark of this type; {@link #state} says later what it states. Publisher only. */
    public void prepareMark(EventType type) {
        prepare(inlineAddress, RecordEncoder.encodeMark(inlineAddress, type, 0, 0, 0), null, 0);
        leaveMessage();
        mark = true;
    }

    /** Whether it was prepared as a mark. */
    public boolean isMark() {
        return mark;
    }

    /** The mark states this: the state just before it. Journaling handler only, before it journals the mark. */
    public void state(long sequence, long digest, long keys) {
        RecordEncoder.encodeMark(
                recordAddress,
                EventType.ofCode(RawMemory.readByte(recordAddress + RecordDescriptor.TYPE_OFFSET)),
                sequence,
                digest,
                keys);
    }

    /** Gives up the claimed slot: every handler skips it. Publisher only. */
    public void cancel() {
        waiter = null;
        if (run != null) {
            run = null;
        }
        leaveMessage();
        mark = false;
        read = false;
        previousWanted = false;
        journaled = false;
        passedOver = false;
        refusal = Outcome.FAILED;
        recordLength = 0;
        recordAddress = inlineAddress;
    }

    private void leaveMessage() {
        if (message != null) {
            message = null;
        }
    }

    /** Whether the publisher gave the slot up. */
    public boolean isCancelled() {
        return recordLength == 0;
    }

    /** The address of the record. */
    public long recordAddress() {
        return recordAddress;
    }

    /** Bytes of the record; 0 in a cancelled slot. */
    public int recordLength() {
        return recordLength;
    }

    /** The hash of the record's key. The publisher computes it, to save work for the state machine's thread. */
    public long keyHash() {
        return keyHash;
    }

    /**
     * The record is in the log. Journaling handler only.
     *
     * @param logSequence of the event
     * @param timestamp of its frame, in milliseconds
     * @param latestWallClock the latest that the wall clock has shown up to its frame, in milliseconds
     */
    public void journaled(long logSequence, long timestamp, long latestWallClock) {
        assert !isCancelled() && logSequence > 0 : "a cancelled event at log sequence " + logSequence;
        this.journaled = true;
        this.logSequence = logSequence;
        this.timestamp = timestamp;
        this.latestWallClock = latestWallClock;
    }

    /** The mark is in the log, with this timestamp in milliseconds; it has no sequence. Journaling handler only. */
    public void journaledMark(long timestamp) {
        assert mark && !isCancelled() : "no mark";
        this.journaled = true;
        this.logSequence = 0;
        this.timestamp = timestamp;
    }

    /** The record is not in the log, or may be there but must not be applied. Journaling handler only. */
    public void refuse(Outcome why) {
        this.journaled = false;
        this.passedOver = false;
        this.refusal = why;
    }

    /** Whether the event is in the log and is to be applied, or the mark is in the log. */
    public boolean isJournaled() {
        return journaled;
    }

    /** The event's durable sequence, 0 for a mark; meaningful once {@link #isJournaled()}. */
    public long logSequence() {
        return logSequence;
    }

    /** Milliseconds since the epoch, as the log has them; meaningful once {@link #isJournaled()} or passed over. */
    public long timestamp() {
        return timestamp;
    }

    /**
     * The latest that the wall clock has shown up to the frame of the event, in milliseconds since the epoch;
     * meaningful once {@link #isJournaled()}, but not for a mark.
     */
    public long latestWallClock() {
        return latestWallClock;
    }

    /** Why the event is not to be applied. */
    public Outcome refusal() {
        return refusal;
    }

    /**
     * Gives the record's memory back and tells the waiter. Called by the ring for the last handler. Returns the thread
     * that has to be woken, or {@code null}.
     */
    Thread complete(Outcome outcome, long number, RecordMemory memory) {
        releaseBlock(memory);
        EventRun itsRun = run;
        if (itsRun != null) {
            run = null;
            itsRun.complete(runIndex, outcome, number); // before the waiter of the last learns of it
        }
        OutcomeWaiter told = waiter;
        waiter = null;
        return told == null ? null : told.complete(outcome, number);
    }

    void releaseBlock(RecordMemory memory) {
        if (blockLength > 0) {
            memory.giveBack(blockAddress, blockLength);
            blockLength = 0;
        }
    }
}
