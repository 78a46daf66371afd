package dev.poro.engine;

import dev.poro.events.EventType;
import dev.poro.events.ExpiryCondition;
import dev.poro.events.KeyEventListener;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlags;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
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

    /** {@code null} if it has none. */
    private final Token token;

    private ByteBuffer requirements = records(0);
    private int requirementCount;
    private ByteBuffer changes = records(FIRST_CAPACITY);
    private int changeCount;
    private boolean clears;
    private int flags;
    private long guard;
    private boolean committed;

    /** Names and keys of events, or {@code null}. */
    private List<String> toldNames;

    private List<byte[]> toldKeys;

    /** @param token {@code null} for none */
    Batch(Operations operations, Token token) {
        this.operations = operations;
        this.token = token;
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
        requirements = withRoom(requirements, EventType.REQUIRE, condition, key, NOTHING);
        RecordEncoder.put(requirements, EventType.REQUIRE, condition, 0, sequence, key, NOTHING, 0);
        requirementCount++;
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
        return change(EventType.SET, expiry, key, value, 0);
    }

    /** Removes a key; if it is not there, nothing happens to it. */
    public Batch delete(byte[] key) {
        operations.requireKey(key);
        return change(EventType.DELETE, Expiry.NONE, key, NOTHING, 0);
    }

    /** {@link Poro#add}. If the value is no number, the batch is rejected. */
    public Batch add(byte[] key, long delta) {
        operations.requireKey(key);
        return change(EventType.ADD, Expiry.NONE, key, NOTHING, delta);
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
        long number = Publisher.spliceNumber(offset, operations.spliceLimit());
        return change(EventType.SPLICE, Expiry.NONE, key, bytes, number);
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
        return change(EventType.EXPIRE_AT, expiry, key, NOTHING, condition.code());
    }

    /**
     * If the batch happens, has {@link KeyEvents} tell this, in place of what it would say of the changes; one event
     * after the other, in the order of the calls. It is not in the log. Not for a batch of a {@link Pipeline}.
     */
    public Batch tell(String name, byte[] key) {
        requireOpen();
        Objects.requireNonNull(name, "name");
        if (toldNames == null) {
            toldNames = new ArrayList<>();
            toldKeys = new ArrayList<>();
        }
        toldNames.add(name);
        toldKeys.add(key.clone());
        return this;
    }

    private void tellAll(KeyEventListener listener) {
        for (int i = 0; i < toldNames.size(); i++) {
            if (listener.wants(toldNames.get(i))) {
                listener.onKeyEvent(toldNames.get(i), toldKeys.get(i));
            }
        }
    }

    /** How many changes there are. */
    public int size() {
        return changeCount;
    }

    /**
     * Publishes the batch and waits for its outcome. A batch without any part happens at once and leaves no trace; the
     * number of its token, if it has one, stays free. So it does if a requirement is not met.
     *
     * @throws TokenRejectedException if it has a token that is not that of the client's next change, nor of its last
     *     one
     * @throws ChangeRejectedException if a value is no number, would become too long, or a key is changed twice
     * @throws EventTooLargeException if it is longer than an event of this store may be
     * @throws IllegalStateException if it was committed before
     * @throws RuntimeException as {@link Poro#set(byte[], byte[])} does
     */
    public BatchOutcome commit() {
        requireOpen();
        committed = true;
        if (requirementCount == 0 && changeCount == 0 && !clears && flags == 0) {
            return new BatchOutcome(true, 0, -1);
        }
        return operations.commit(
                token, flags, guard, encoded(), requirementCount, toldNames == null ? null : this::tellAll);
    }

    /** The records of a batch that becomes a part of a pipeline of the same store. */
    byte[] take(Operations ofPipeline) {
        requireOpen();
        if (ofPipeline != operations) {
            throw new IllegalArgumentException("the batch is of another store");
        }
        if (token != null) {
            throw new IllegalArgumentException("a batch with a token is committed on its own");
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
        return requirementCount;
    }

    private byte[] encoded() {
        int clearLength = clears ? RecordDescriptor.recordLength(0, 0) : 0;
        byte[] records = new byte[requirements.position() + clearLength + changes.position()];
        ByteBuffer all = ByteBuffer.wrap(records).order(ByteOrder.LITTLE_ENDIAN).put(requirements.flip());
        if (clears) {
            RecordEncoder.put(all, EventType.CLEAR, 0, 0, 0, NOTHING, NOTHING, 0);
        }
        all.put(changes.flip());
        return records;
    }

    private void requireOpen() {
        if (committed) {
            throw new IllegalStateException("the batch was committed already");
        }
    }

    private Batch change(EventType type, Expiry expiry, byte[] key, byte[] bytes, long number) {
        requireOpen();
        int expiryFlags = expiry.flags();
        changes = withRoom(changes, type, expiryFlags, key, bytes);
        RecordEncoder.put(changes, type, expiryFlags, expiry.millis(), 0, key, bytes, number);
        changeCount++;
        return this;
    }

    /** The records, with room for one more. */
    private ByteBuffer withRoom(ByteBuffer records, EventType type, int recordFlags, byte[] key, byte[] bytes) {
        int valueLength = RecordEncoder.valueLength(type, bytes.length);
        long length = records.position() + (long) RecordDescriptor.recordLength(recordFlags, key.length, valueLength);
        operations.requireBatchLength(length);
        if (length <= records.capacity()) {
            return records;
        }
        int capacity = (int) Math.max(length, 2L * records.capacity());
        return records(capacity).put(records.flip());
    }

    private static ByteBuffer records(int capacity) {
        return ByteBuffer.allocate(capacity).order(ByteOrder.LITTLE_ENDIAN);
    }
}
