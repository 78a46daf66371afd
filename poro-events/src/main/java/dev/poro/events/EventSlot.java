package dev.poro.events;

import java.nio.ByteBuffer;

/**
 * One preallocated slot of the {@link EventRing}: the record's bytes and what the handlers found out about it.
 *
 * <p>Owned in turn by the publisher that claimed it (until it publishes), the journaling handler and the state
 * machine handler; the ring's sequences hand it on with the necessary ordering, so no field is volatile.
 *
 * <p>A record of at most {@value #INLINE_LENGTH} bytes lies in the ring's one block of memory. A longer one lies in a
 * buffer of the slot's own, which stays for the next long record unless it is larger than
 * {@value #RETAINED_LENGTH} bytes.
 */
public final class EventSlot {
    /** Bytes of a record that a slot holds without a buffer of its own. */
    public static final int INLINE_LENGTH = 256;

    static final int RETAINED_LENGTH = 16 << 10;

    private final long inlineAddress;
    private ByteBuffer buffer;
    private long bufferAddress;
    private int bufferLength;

    private long recordAddress;
    private int recordLength;
    private Waiter waiter;
    private long keyHash;

    private boolean journaled;
    private long logSequence;
    private long timestamp;
    private Outcome refusal;

    EventSlot(long inlineAddress) {
        this.inlineAddress = inlineAddress;
    }

    /**
     * Makes room for a record of {@code length} bytes and returns the address to encode it at. Publisher only, once
     * a claim.
     *
     * @param waiter told the outcome when it is known; {@code null} if nobody waits
     * @param keyHash of the record's key, by the hash of the state machine that is to apply it; any number if there is
     *     no key
     */
    public long prepare(int length, Waiter waiter, long keyHash) {
        this.waiter = waiter;
        this.keyHash = keyHash;
        journaled = false;
        refusal = null;
        recordLength = length;
        recordAddress = length <= INLINE_LENGTH ? inlineAddress : ensureBuffer(length);
        return recordAddress;
    }

    /** Turns the claimed slot into one that every handler passes over. Publisher only. */
    public void cancel() {
        waiter = null;
        journaled = false;
        refusal = Outcome.FAILED;
        recordLength = 0;
        recordAddress = inlineAddress;
    }

    /** Whether the publisher gave the slot up. */
    public boolean isCancelled() {
        return recordLength == 0;
    }

    /** Where the record lies. */
    public long recordAddress() {
        return recordAddress;
    }

    /** Bytes of the record; 0 in a cancelled slot. */
    public int recordLength() {
        return recordLength;
    }

    /** The hash of the record's key, computed by the publisher: the one state machine has enough to do. */
    public long keyHash() {
        return keyHash;
    }

    /** The record is in the log at this sequence, with this timestamp in milliseconds. Journaling handler only. */
    public void journaled(long logSequence, long timestamp) {
        this.journaled = true;
        this.logSequence = logSequence;
        this.timestamp = timestamp;
    }

    /** The record is not in the log, or may be but must not count. Journaling handler only. */
    public void refuse(Outcome why) {
        this.journaled = false;
        this.refusal = why;
    }

    /** Whether the event is in the log and is to be applied. */
    public boolean isJournaled() {
        return journaled;
    }

    /** The event's durable sequence; meaningful once {@link #isJournaled()}. */
    public long logSequence() {
        return logSequence;
    }

    /** Milliseconds since the epoch, as the log has them; meaningful once {@link #isJournaled()}. */
    public long timestamp() {
        return timestamp;
    }

    /** Why the event is not to be applied. */
    public Outcome refusal() {
        return refusal;
    }

    /** Tells the waiter, and lets go of a buffer too large to keep. Called by the ring for the last handler. */
    void complete(Outcome outcome) {
        Waiter told = waiter;
        waiter = null;
        if (told != null) {
            told.complete(outcome);
        }
        if (bufferLength > RETAINED_LENGTH) {
            releaseBuffer();
        }
    }

    private long ensureBuffer(int length) {
        if (bufferLength < length) {
            releaseBuffer();
            int rounded = Math.max(4 * INLINE_LENGTH, Integer.highestOneBit(length - 1) << 1);
            buffer = ByteBuffer.allocateDirect(rounded);
            bufferAddress = RawMemory.addressOf(buffer);
            bufferLength = rounded;
        }
        return bufferAddress;
    }

    private void releaseBuffer() {
        if (buffer != null) {
            RawMemory.release(buffer);
            buffer = null;
            bufferLength = 0;
        }
    }
}
