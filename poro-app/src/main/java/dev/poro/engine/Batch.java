package dev.poro.engine;

import dev.poro.events.ExpiryCondition;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlags;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Several changes of a store, of which all happen or none: for every reader, under a crash, and under a full memory
 * budget. It happens only if everything that it requires is so at that moment.
 *
 * <pre>{@code
 * Entry from = poro.entry(alice);
 * BatchOutcome outcome = poro.batch().require(alice, from.sequence()).set(alice, less).set(bob, more).commit();
 * }</pre>
 *
 * <p>A key is changed once at most; requirements of a key that is changed, or of any other, are welcome. All parts
 * together have 16 MiB at most and fit into a segment of the log. Arrays are copied at once. Not thread-safe; used
 * once.
 */
public final class Batch {
    private static final byte[] NOTHING = {};
    private static final int FIRST_CAPACITY = 512;

    private final Operations operations;
    private final List<byte[]> requirements = new ArrayList<>();
    private byte[] changes = new byte[FIRST_CAPACITY];
    private int changesLength;
    private int changeCount;
    private boolean clears;
    private int flags;
    private long guard;
    private boolean committed;

    Batch(Operations operations) {
        this.operations = operations;
    }

    /**
     * The batch happens only if the entry has this version.
     *
     * @param sequence {@link Entry#sequence}, or {@link Entry#ABSENT}
     */
    public Batch require(byte[] key, long sequence) {
        operations.requireKey(key);
        Operations.requireSequence(sequence);
        return require(key, RecordFlags.IF_SEQUENCE, sequence);
    }

    /** The batch happens only if the key is there. */
    public Batch requirePresent(byte[] key) {
        operations.requireKey(key);
        return require(key, RecordFlags.IF_PRESENT, 0);
    }

    /** The batch happens only if the key is not there. */
    public Batch requireAbsent(byte[] key) {
        operations.requireKey(key);
        return require(key, RecordFlags.IF_ABSENT, 0);
    }

    private Batch require(byte[] key, int condition, long sequence) {
        requireOpen();
        requirements.add(encode(
                RecordDescriptor.recordLength(condition, key.length, 0),
                at -> RecordEncoder.encodeRequire(at, condition, sequence, key)));
        return this;
    }

    /**
     * The batch happens only if no event has come into the log after this sequence, whatever came of it: the store is
     * as it was read then.
     */
    public Batch requireNothingAfter(long sequence) {
        requireOpen();
        Operations.requireSequence(sequence);
        flags = RecordFlags.IF_SEQUENCE;
        guard = sequence;
        return this;
    }

    /** Removes every key, before any other change of this batch. */
    public Batch clear() {
        requireOpen();
        clears = true;
        return this;
    }

    /** Stores a value under a key, without an expiry. */
    public Batch set(byte[] key, byte[] value) {
        return set(key, value, Expiry.NONE);
    }

    /** Stores a value that expires after a time of the log's clock, one millisecond or more. */
    public Batch set(byte[] key, byte[] value, Duration timeToLive) {
        return set(key, value, Expiry.after(timeToLive));
    }

    /** Stores a value under a key and leaves its expiry as it is. */
    public Batch setKeepingExpiry(byte[] key, byte[] value) {
        return set(key, value, Expiry.KEEP);
    }

    /** Stores a value that expires at a time of the log's clock. */
    public Batch set(byte[] key, byte[] value, Instant expiry) {
        return set(key, value, Expiry.at(expiry));
    }

    /** Stores a value under a key with any expiry. */
    public Batch set(byte[] key, byte[] value, Expiry expiry) {
        operations.requireLengths(key, value);
        Objects.requireNonNull(expiry, "expiry");
        int expiryFlags = expiry.flags();
        return change(
                RecordDescriptor.recordLength(expiryFlags, key.length, value.length),
                at -> RecordEncoder.encodeSet(at, expiryFlags, expiry.millis(), 0, key, value));
    }

    /** Removes a key; if it is not there, nothing happens to it. */
    public Batch delete(byte[] key) {
        operations.requireKey(key);
        return change(RecordDescriptor.recordLength(key.length, 0), at -> RecordEncoder.encodeDelete(at, key));
    }

    /** {@link Poro#add}. If the value is no number, the batch is rejected. */
    public Batch add(byte[] key, long delta) {
        operations.requireKey(key);
        return change(
                RecordDescriptor.recordLength(key.length, RecordDescriptor.DELTA_LENGTH),
                at -> RecordEncoder.encodeAdd(at, 0, 0, key, delta));
    }

    /** {@link Poro#append}. If the value would become too long, the batch is rejected. */
    public Batch append(byte[] key, byte[] bytes) {
        return splice(key, RecordDescriptor.SPLICE_AT_END, bytes);
    }

    /**
     * {@link Poro#overwrite}. If the value would become too long, the batch is rejected.
     *
     * @param offset in bytes, 0 or more
     */
    public Batch overwrite(byte[] key, int offset, byte[] bytes) {
        Operations.requireOffset(offset);
        return splice(key, offset, bytes);
    }

    private Batch splice(byte[] key, int offset, byte[] bytes) {
        operations.requireLengths(key, bytes);
        return change(
                RecordDescriptor.recordLength(key.length, RecordDescriptor.SPLICE_HEADER_LENGTH + bytes.length),
                at -> RecordEncoder.encodeSplice(at, 0, 0, key, offset, operations.spliceLimit(), bytes));
    }

    /** {@link Poro#expireAt}; if the key is not there, nothing happens to it. */
    public Batch expireAt(byte[] key, Instant expiry) {
        return expire(key, Expiry.at(expiry));
    }

    /** {@link Poro#persist}; if the key is not there, nothing happens to it. */
    public Batch persist(byte[] key) {
        return expire(key, Expiry.NONE);
    }

    /**
     * {@link Poro#expire}; if the key is not there, nothing happens to it.
     *
     * @param expiry any but {@link Expiry#KEEP}
     */
    public Batch expire(byte[] key, Expiry expiry) {
        operations.requireKey(key);
        Operations.requireChange(expiry);
        ExpiryCondition condition =
                expiry.kind() == Expiry.Kind.NONE ? ExpiryCondition.IF_SOME : ExpiryCondition.ALWAYS;
        int expiryFlags = expiry.flags();
        return change(
                RecordDescriptor.recordLength(expiryFlags, key.length, RecordDescriptor.CONDITION_LENGTH),
                at -> RecordEncoder.encodeExpireAt(at, expiryFlags, expiry.millis(), 0, key, condition));
    }

    /** How many changes there are. */
    public int size() {
        return changeCount;
    }

    /**
     * Publishes the batch and waits for its outcome. A batch without any part happens at once and leaves no trace.
     *
     * @throws ChangeRejectedException if a value is no number, would become too long, or a key is changed twice
     * @throws EventTooLargeException if it is longer than an event of this store may be
     * @throws IllegalStateException if it was committed before
     * @throws RuntimeException as {@link Poro#set(byte[], byte[])} does
     */
    public BatchOutcome commit() {
        requireOpen();
        committed = true;
        if (requirements.isEmpty() && changeCount == 0 && !clears && flags == 0) {
            return new BatchOutcome(true, 0, -1);
        }
        return operations.commit(flags, guard, encoded(), requirements.size());
    }

    /** The records of a batch that becomes a part of a pipeline of the same store. */
    byte[] take(Operations ofPipeline) {
        requireOpen();
        if (ofPipeline != operations) {
            throw new IllegalArgumentException("the batch is of another store");
        }
        byte[] records = encoded();
        if (records.length == 0) {
            throw new IllegalArgumentException("the batch names no key and changes nothing");
        }
        operations.requireBatchLength(records.length);
        committed = true;
        return records;
    }

    int flags() {
        return flags;
    }

    long guard() {
        return guard;
    }

    int requirements() {
        return requirements.size();
    }

    private byte[] encoded() {
        byte[] clear = clears ? encode(RecordDescriptor.recordLength(0, 0), RecordEncoder::encodeClear) : NOTHING;
        int length = requirements.stream().mapToInt(each -> each.length).sum() + clear.length + changesLength;
        ByteBuffer all = ByteBuffer.allocate(length);
        requirements.forEach(all::put);
        return all.put(clear).put(changes, 0, changesLength).array();
    }

    private void requireOpen() {
        if (committed) {
            throw new IllegalStateException("the batch was committed already");
        }
    }

    private Batch change(int length, Encoding encoding) {
        requireOpen();
        byte[] record = encode(length, encoding);
        operations.requireBatchLength((long) changesLength + length);
        if (changesLength + length > changes.length) {
            changes = Arrays.copyOf(changes, Math.max(changesLength + length, 2 * changes.length));
        }
        System.arraycopy(record, 0, changes, changesLength, length);
        changesLength += length;
        changeCount++;
        return this;
    }

    private static byte[] encode(int length, Encoding encoding) {
        byte[] record = new byte[length];
        long memory = RawMemory.allocate(length);
        try {
            encoding.encode(memory);
            RawMemory.copy(memory, record, 0, length);
            return record;
        } finally {
            RawMemory.free(memory, length);
        }
    }

    /** Writes a record. */
    private interface Encoding {
        int encode(long address);
    }
}
