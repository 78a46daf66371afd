package dev.poro.engine;

import dev.poro.events.EventRing;
import dev.poro.events.EventRun;
import dev.poro.events.EventType;
import dev.poro.events.Outcome;
import dev.poro.events.OutcomeWaiter;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlags;
import dev.poro.statemachine.StateMachine;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.Objects;

/**
 * Many changes and reads that go through a store together: no thread is woken and nothing is waited for until all of
 * them are there, and under {@link SyncPolicy#ALWAYS} they cost one fsync.
 *
 * <pre>{@code
 * Pipeline pipeline = poro.pipeline();
 * int set = pipeline.set(key, value);
 * int sum = pipeline.add(counter, 1);
 * int read = pipeline.get(key);
 * pipeline.execute();
 * long number = pipeline.number(sum);
 * byte[] seen = pipeline.value(read);       // what the set has stored
 * pipeline.reset();                         // and again
 * }</pre>
 *
 * <p><b>Order.</b> They happen in the order in which they were added. A read sees every change before it and none after
 * it. Changes of other threads may come in between, so a pipeline is no transaction; for that there is {@link Batch},
 * which may be a part of it ({@link #commit}). Each change and each read is linearizable, and {@link #execute} returns
 * when all changes are as durable as the {@link SyncPolicy} states; so is all that the reads have seen. Reads leave no
 * trace in the log.
 *
 * <p><b>Size.</b> What has more changes and reads than {@link PoroBuilder#ringCapacity} goes through the store in parts
 * of that many, one after the other, each with its own fsync; reads before the first change do not count. The memory of
 * all keys and values, and of all values read, is that of the pipeline: {@link #length} says how much has come
 * together.
 *
 * <p><b>Errors.</b> A method that adds checks its arguments as the method of {@link Poro} of the same name does, and
 * throws what that throws; nothing is added then. A change that is rejected is a result ({@link #outcome}) and ends
 * nothing. If {@link #execute} throws, {@link #outcome} says of each what became of it: the results that are there
 * hold.
 *
 * <p><b>Arguments</b> are copied when they are added. Of a {@link ByteBuffer}, heap or direct, the bytes between
 * position and limit are meant; both stay as they are.
 *
 * <p>Used by one thread at a time. Used again after {@link #reset}, it allocates nothing on the heap, unless there is
 * more to hold than before. {@link #close} gives its memory back; without it, the garbage collector does.
 */
public final class Pipeline implements AutoCloseable {
    private static final byte[] NOTHING = {};

    private final EventRing ring;
    private final Operations operations;
    private final Contents contents;
    private final StateMachine stateMachine;
    private final RunReader reader;

    private EventRun run = new EventRun();
    private boolean executed;
    private boolean closed;
    /** Whose outcome comes last; {@code null} unless the run was sent and is not finished. */
    private OutcomeWaiter sent;

    /** Results of lower indices may be read. */
    private int known;

    private long mostValues = Long.MAX_VALUE;

    // The record that is being added.
    private int recordLength;
    private int keyLength;
    private long keyAt;
    private long bytesAt;

    /** A view of the array of values, as long as it is the same. */
    private ByteBuffer view = ByteBuffer.wrap(NOTHING);

    Pipeline(EventRing ring, Operations operations, Contents contents, StateMachine stateMachine) {
        this.ring = ring;
        this.operations = operations;
        this.contents = contents;
        this.stateMachine = stateMachine;
        this.reader = new RunReader(stateMachine);
    }

    /** Adds {@link Poro#set(byte[], byte[])}; returns its index, from 0 on, as all methods that add. */
    public int set(byte[] key, byte[] value) {
        return set(key, value, Expiry.NONE, SetIf.ALWAYS);
    }

    /** Adds {@link Poro#set(byte[], byte[], Expiry, SetIf)}. */
    public int set(byte[] key, byte[] value, Expiry expiry, SetIf condition) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(value, "value");
        return set(key, 0, key.length, value, 0, value.length, expiry, condition);
    }

    /**
     * {@link #set(byte[], byte[], Expiry, SetIf)} of parts of arrays.
     *
     * @throws IndexOutOfBoundsException if a part is not in its array
     */
    public int set(
            byte[] key,
            int keyOffset,
            int keyLength,
            byte[] value,
            int valueOffset,
            int valueLength,
            Expiry expiry,
            SetIf condition) {
        requirePart(key, keyOffset, keyLength, "key");
        requirePart(value, valueOffset, valueLength, "value");
        begin(Operations.flagsOf(expiry, condition), expiry.millis(), keyLength, valueLength);
        RawMemory.copy(key, keyOffset, keyAt, keyLength);
        RawMemory.copy(value, valueOffset, bytesAt, valueLength);
        return endChange(false);
    }

    /** {@link #set(byte[], byte[])} of buffers. */
    public int set(ByteBuffer key, ByteBuffer value) {
        return set(key, value, Expiry.NONE, SetIf.ALWAYS);
    }

    /** {@link #set(byte[], byte[], Expiry, SetIf)} of buffers. */
    public int set(ByteBuffer key, ByteBuffer value, Expiry expiry, SetIf condition) {
        beginSet(key, value, Operations.flagsOf(expiry, condition), expiry.millis(), 0);
        return endChange(false);
    }

    /**
     * Adds {@link Poro#getAndSet(byte[], byte[], Expiry, SetIf)}: {@link #value} and {@link #view} give the value
     * before, also if the condition was not met.
     */
    public int getAndSet(byte[] key, byte[] value, Expiry expiry, SetIf condition) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(value, "value");
        begin(Operations.flagsOf(expiry, condition), expiry.millis(), key.length, value.length);
        copy(key, value);
        return endChange(true);
    }

    /** {@link #getAndSet(byte[], byte[], Expiry, SetIf)} of buffers. */
    public int getAndSet(ByteBuffer key, ByteBuffer value, Expiry expiry, SetIf condition) {
        beginSet(key, value, Operations.flagsOf(expiry, condition), expiry.millis(), 0);
        return endChange(true);
    }

    /** Adds {@link Poro#replace(byte[], long, byte[])}: compare and set. */
    public int replace(byte[] key, long sequence, byte[] value) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(value, "value");
        Operations.requireSequence(sequence);
        int flags = RecordFlags.IF_SEQUENCE | RecordFlags.KEEP_EXPIRY;
        begin(EventType.SET, flags, 0, sequence, key.length, value.length, 0);
        copy(key, value);
        return endChange(false);
    }

    /** {@link #replace(byte[], long, byte[])} of buffers. */
    public int replace(ByteBuffer key, long sequence, ByteBuffer value) {
        Operations.requireSequence(sequence);
        beginSet(key, value, RecordFlags.IF_SEQUENCE | RecordFlags.KEEP_EXPIRY, 0, sequence);
        return endChange(false);
    }

    /** Adds {@link Poro#delete(byte[])}. */
    public int delete(byte[] key) {
        beginOfKey(key, EventType.DELETE, 0, 0, 0, 0);
        return endChange(false);
    }

    /** {@link #delete(byte[])} of a key in a buffer. */
    public int delete(ByteBuffer key) {
        beginOfKey(key, EventType.DELETE, 0, 0, 0, 0);
        return endChange(false);
    }

    /** Adds {@link Poro#delete(byte[], long)}. */
    public int delete(byte[] key, long sequence) {
        Operations.requireSequence(sequence);
        beginOfKey(key, EventType.DELETE, RecordFlags.IF_SEQUENCE, 0, sequence, 0);
        return endChange(false);
    }

    /** {@link #delete(byte[], long)} of a key in a buffer. */
    public int delete(ByteBuffer key, long sequence) {
        Operations.requireSequence(sequence);
        beginOfKey(key, EventType.DELETE, RecordFlags.IF_SEQUENCE, 0, sequence, 0);
        return endChange(false);
    }

    /** Adds {@link Poro#getAndDelete(byte[])}: {@link #value} and {@link #view} give the value before. */
    public int getAndDelete(byte[] key) {
        beginOfKey(key, EventType.DELETE, 0, 0, 0, 0);
        return endChange(true);
    }

    /** {@link #getAndDelete(byte[])} of a key in a buffer. */
    public int getAndDelete(ByteBuffer key) {
        beginOfKey(key, EventType.DELETE, 0, 0, 0, 0);
        return endChange(true);
    }

    /** Adds {@link Poro#add(byte[], long)}: {@link #number} gives the sum. */
    public int add(byte[] key, long delta) {
        beginOfKey(key, EventType.ADD, 0, 0, 0, delta);
        return endChange(false);
    }

    /** {@link #add(byte[], long)} to a key in a buffer. */
    public int add(ByteBuffer key, long delta) {
        beginOfKey(key, EventType.ADD, 0, 0, 0, delta);
        return endChange(false);
    }

    /** Adds {@link Poro#append(byte[], byte[])}: {@link #number} gives the length afterwards. */
    public int append(byte[] key, byte[] bytes) {
        return splice(key, RecordDescriptor.SPLICE_AT_END, bytes);
    }

    /** {@link #append(byte[], byte[])} of buffers. */
    public int append(ByteBuffer key, ByteBuffer bytes) {
        return splice(key, RecordDescriptor.SPLICE_AT_END, bytes);
    }

    /** Adds {@link Poro#overwrite(byte[], int, byte[])}: {@link #number} gives the length afterwards. */
    public int overwrite(byte[] key, int offset, byte[] bytes) {
        Operations.requireOffset(offset);
        return splice(key, offset, bytes);
    }

    /** {@link #overwrite(byte[], int, byte[])} of buffers. */
    public int overwrite(ByteBuffer key, int offset, ByteBuffer bytes) {
        Operations.requireOffset(offset);
        return splice(key, offset, bytes);
    }

    private int splice(byte[] key, int offset, byte[] bytes) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(bytes, "bytes");
        long number = Publisher.spliceNumber(offset, operations.spliceLimit());
        begin(EventType.SPLICE, 0, 0, 0, key.length, bytes.length, number);
        copy(key, bytes);
        return endChange(false);
    }

    private int splice(ByteBuffer key, int offset, ByteBuffer bytes) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(bytes, "bytes");
        long number = Publisher.spliceNumber(offset, operations.spliceLimit());
        int length = bytes.remaining();
        begin(EventType.SPLICE, 0, 0, 0, key.remaining(), length, number);
        Publisher.copy(key, keyAt, keyLength);
        Publisher.copy(bytes, bytesAt, length);
        return endChange(false);
    }

    /** Adds {@link Poro#expire(byte[], Expiry, ExpireIf)}. */
    public int expire(byte[] key, Expiry expiry, ExpireIf condition) {
        Operations.requireChange(expiry);
        Objects.requireNonNull(condition, "condition");
        beginOfKey(
                key,
                EventType.EXPIRE_AT,
                expiry.flags(),
                expiry.millis(),
                0,
                condition.condition().code());
        return endChange(false);
    }

    /** {@link #expire(byte[], Expiry, ExpireIf)} of a key in a buffer. */
    public int expire(ByteBuffer key, Expiry expiry, ExpireIf condition) {
        Operations.requireChange(expiry);
        Objects.requireNonNull(condition, "condition");
        beginOfKey(
                key,
                EventType.EXPIRE_AT,
                expiry.flags(),
                expiry.millis(),
                0,
                condition.condition().code());
        return endChange(false);
    }

    /** Adds {@link Poro#expireAt(byte[], Instant)}. */
    public int expireAt(byte[] key, Instant expiry) {
        return expire(key, Expiry.at(expiry), ExpireIf.ALWAYS);
    }

    /** Adds {@link Poro#persist(byte[])}. */
    public int persist(byte[] key) {
        return expire(key, Expiry.NONE, ExpireIf.SOME);
    }

    /** {@link #persist(byte[])} of a key in a buffer. */
    public int persist(ByteBuffer key) {
        return expire(key, Expiry.NONE, ExpireIf.SOME);
    }

    /**
     * Adds a batch of this store: {@link #batchOutcome} says what became of it.
     *
     * @throws IllegalArgumentException if the batch is of another store, or names no key and changes nothing
     * @throws RuntimeException as {@link Batch#commit} does
     */
    public int commit(Batch batch) {
        Objects.requireNonNull(batch, "batch");
        requireAdding();
        byte[] records = batch.take(operations);
        int flags = batch.flags();
        recordLength = RecordDescriptor.recordLength(flags, 0, records.length);
        long address = run.nextRecord(recordLength);
        int headLength = RecordEncoder.encodeBatchHeader(address, flags, batch.guard(), records.length);
        RawMemory.copy(records, 0, address + headLength, records.length);
        int index = run.add(recordLength, 0, false, false);
        run.note(index, batch.requirements());
        return index;
    }

    /** Adds {@link Poro#get(byte[])}, or {@link Poro#entry(byte[])}: {@link #value} and the like give what it read. */
    public int get(byte[] key) {
        Objects.requireNonNull(key, "key");
        return get(key, 0, key.length);
    }

    /**
     * {@link #get(byte[])} of a key that is a part of an array.
     *
     * @throws IndexOutOfBoundsException if the part is not in the array
     */
    public int get(byte[] key, int keyOffset, int keyLength) {
        requirePart(key, keyOffset, keyLength, "key");
        begin(EventType.REQUIRE, RecordFlags.IF_PRESENT, 0, 0, keyLength, 0, 0);
        RawMemory.copy(key, keyOffset, keyAt, keyLength);
        return endRead(true);
    }

    /** {@link #get(byte[])} of a key in a buffer. */
    public int get(ByteBuffer key) {
        beginOfKey(key, EventType.REQUIRE, RecordFlags.IF_PRESENT, 0, 0, 0);
        return endRead(true);
    }

    /**
     * Adds a read that does not copy the value: {@link Poro#contains(byte[])}, and more: {@link #valueLength},
     * {@link #number} (the version) and {@link #expiryMillis} are there.
     */
    public int contains(byte[] key) {
        beginOfKey(key, EventType.REQUIRE, RecordFlags.IF_PRESENT, 0, 0, 0);
        return endRead(false);
    }

    /** {@link #contains(byte[])} of a key in a buffer. */
    public int contains(ByteBuffer key) {
        beginOfKey(key, EventType.REQUIRE, RecordFlags.IF_PRESENT, 0, 0, 0);
        return endRead(false);
    }

    /** How many changes and reads were added. */
    public int size() {
        return run.size();
    }

    /** Bytes of memory that what was added takes, without what reads will take. */
    public long length() {
        return run.recordsLength();
    }

    /**
     * At least the length of each value that the store has now, in bytes: that of the longest one since it was opened.
     * So much memory a read takes at most, if no longer value comes before it.
     */
    public int longestValue() {
        return stateMachine.longestValue();
    }

    /**
     * The most bytes that {@link #send} takes as one message: longer is what has a {@link #length} above it. Without a
     * cluster, there are no messages, and no limit.
     */
    public int longestMessage() {
        return operations.longestMessage();
    }

    /**
     * Sets how many bytes of memory the values take that are read, at most; without this, only the heap limits it. A
     * value beyond is not copied: {@link #valueLength}, {@link #value} and {@link #view} throw an {@link
     * OutOfMemoryError} as if the heap had no room for it. What others write meanwhile may make values longer than they
     * were when the reads were added.
     *
     * @param bytes 0 or more
     * @return this
     * @throws IllegalStateException if something was added since the last {@link #reset}
     */
    public Pipeline limitValues(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("a limit of " + bytes + " bytes");
        }
        requireOpen();
        if (run.size() > 0) {
            throw new IllegalStateException("the pipeline is not empty");
        }
        mostValues = bytes;
        run.limitValues(bytes);
        return this;
    }

    /**
     * Does everything that was added, in this order, and waits until all of it is done. An interrupt does not end it.
     *
     * @throws LogFullException if the log had no space for a change; all others are done
     * @throws StoreFailedException if the store has stopped
     * @throws StoreClosedException if the store is closed
     * @throws IllegalStateException if it was executed since the last {@link #reset}
     */
    public void execute() {
        requireAdding();
        executed = true;
        try {
            int reads = RunReader.countOf(run);
            contents.read(run, reads, reader);
            if (reads < run.size()) {
                operations.perform(run, reads);
            }
        } catch (InternalError fault) {
            throw operations.stoppedBy(fault);
        } finally {
            known = run.known(ring.applied());
        }
    }

    /**
     * In a {@link Replica}: sends what was added to the cluster and does not wait for it. Then {@link #finish} must
     * come, and does the rest of what {@link #execute} does. Meanwhile the thread may send other pipelines: what one
     * thread has sent happens in this order. The reads happen in this order too, those at the beginning as well; so
     * they are current.
     *
     * @param whenDone called once, by any thread and perhaps before this method returns, when {@link #finish} will not
     *     wait; must be quick, and not throw
     * @return {@code false} if nothing was sent, because it is no single message, this is no replica, another thread
     *     {@linkplain Poro#holdChanges has the others wait}, or keys that have expired must be removed first: call
     *     {@link #execute}, which may wait
     * @throws NotCommittedException if the cluster does not take it: nothing was done, nor will be
     * @throws StoreFailedException if the store has stopped
     * @throws StoreClosedException if the store is closed
     * @throws IllegalStateException if it was executed or sent since the last {@link #reset}
     */
    public boolean send(Runnable whenDone) {
        Objects.requireNonNull(whenDone, "whenDone");
        requireAdding();
        executed = true;
        try {
            sent = operations.trySend(run, whenDone);
        } catch (RuntimeException | Error e) {
            known = run.size();
            throw e;
        }
        executed = sent != null;
        return executed;
    }

    /** Whether {@link #finish} returns, or throws, without waiting for the cluster. */
    public boolean isDone() {
        return sent == null || operations.isDone(sent);
    }

    /**
     * Waits until everything that was sent is done. An interrupt does not end it. Does nothing if nothing is on its
     * way.
     *
     * @throws RuntimeException as {@link #execute} does
     */
    public void finish() {
        requireOpen();
        OutcomeWaiter waiter = sent;
        if (waiter == null) {
            return;
        }
        sent = null;
        try {
            operations.finish(run, waiter);
        } finally {
            known = run.known(ring.applied());
        }
    }

    /** Nobody waits any more for what was sent. */
    private void leave() {
        if (sent != null) {
            run.leave();
            sent.giveBack();
            sent = null;
        }
    }

    /**
     * Forgets everything that was added, with all results. What a buffer of {@link #view} shows is undefined now. What
     * was sent and is not finished may happen or not.
     */
    public void reset() {
        requireOpen();
        leave();
        if (run.isLeft()) {
            run = new EventRun();
            run.limitValues(mostValues);
        } else {
            run.reset();
        }
        executed = false;
        known = 0;
    }

    /** Gives the memory back. Idempotent; any other method then throws {@link IllegalStateException}. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            leave();
            if (!run.isLeft()) {
                run.free();
            }
        }
    }

    /**
     * What became of a change or a read.
     *
     * @param index what the method returned that has added it
     * @throws IllegalStateException before {@link #execute}
     * @throws IndexOutOfBoundsException if nothing has this index
     */
    public PipelineOutcome outcome(int index) {
        requireResult(index);
        if (index < known) {
            return PipelineOutcome.of(run.outcome(index));
        }
        return index < run.partEnd() ? PipelineOutcome.UNKNOWN : PipelineOutcome.NOT_DONE;
    }

    /**
     * Whether the key was present: for a change before it. For {@link #expire} also whether the condition was met.
     *
     * @throws RuntimeException what the method of {@link Poro} throws if the change was rejected, or is not done
     */
    public boolean existed(int index) {
        return operations.existedOrThrow(doneOutcome(index));
    }

    /**
     * What goes with the outcome: the sum of {@link #add}; the length after {@link #append} and {@link #overwrite}; the
     * version of the entry after a set or an expiry; the version that the entry has which was read, was removed, or did
     * not meet a condition; {@link Entry#ABSENT} if there is none.
     *
     * @throws RuntimeException as {@link #existed} does
     */
    public long number(int index) {
        operations.existedOrThrow(doneOutcome(index));
        return run.number(index);
    }

    /**
     * What became of a batch that was added by {@link #commit}.
     *
     * @throws RuntimeException what {@link Batch#commit} throws if it was rejected, or is not done
     */
    public BatchOutcome batchOutcome(int index) {
        return operations.batchOutcome(doneOutcome(index), run.number(index), (int) run.expiry(index));
    }

    /**
     * When the entry expires that a read has found, in milliseconds since 1970 by the log's clock; -1 if it does not,
     * or if there is none.
     *
     * @throws RuntimeException as {@link #existed} does
     */
    public long expiryMillis(int index) {
        operations.existedOrThrow(doneOutcome(index));
        return run.isRead(index) ? run.expiry(index) : EventRun.NO_EXPIRY;
    }

    /**
     * Bytes of the value that was read, or that was there before a change that asks for it; -1 if there is none.
     *
     * @throws OutOfMemoryError if the heap had no room for the value; what was to happen has happened
     * @throws RuntimeException as {@link #existed} does
     */
    public int valueLength(int index) {
        operations.existedOrThrow(doneOutcome(index));
        return run.valueLength(index);
    }

    /**
     * A copy of the value that was read, or that was there before a change that asks for it; {@code null} if there is
     * none.
     *
     * @throws RuntimeException as {@link #valueLength} does, and {@link IllegalArgumentException} if the value was not
     *     asked for
     */
    public byte[] value(int index) {
        int length = wantedLength(index);
        int begin = run.valueBegin(index);
        return length < 0 ? null : Arrays.copyOfRange(run.values(), begin, begin + length);
    }

    /**
     * {@link #value} without a copy: the bytes between position and limit of a buffer that is the pipeline's. It shows
     * another value after the next call of this method, and is not to be used after {@link #reset}.
     */
    public ByteBuffer view(int index) {
        int length = wantedLength(index);
        if (length < 0) {
            return null;
        }
        if (view.array() != run.values()) {
            view = ByteBuffer.wrap(run.values());
        }
        int begin = run.valueBegin(index);
        return view.limit(begin + length).position(begin);
    }

    /** What {@link #get} has read, as {@link Poro#entry(byte[])} returns it. */
    public Entry entry(int index) {
        byte[] value = value(index);
        if (value == null || !run.isRead(index)) {
            return null;
        }
        long expiry = run.expiry(index);
        return new Entry(value, run.number(index), expiry == EventRun.NO_EXPIRY ? null : Instant.ofEpochMilli(expiry));
    }

    private int wantedLength(int index) {
        operations.existedOrThrow(doneOutcome(index));
        if (!run.wantsValue(index)) {
            throw new IllegalArgumentException("the value of " + index + " was not asked for");
        }
        return run.valueLength(index);
    }

    private Outcome doneOutcome(int index) {
        requireResult(index);
        Outcome outcome = index < known ? run.outcome(index) : null;
        return outcome == null ? Outcome.FAILED : outcome;
    }

    private void requireResult(int index) {
        requireOpen();
        if (!executed) {
            throw new IllegalStateException("the pipeline was not executed yet");
        }
        if (sent != null) {
            throw new IllegalStateException("the pipeline is not finished yet");
        }
        Objects.checkIndex(index, run.size());
    }

    private void requireAdding() {
        requireOpen();
        if (executed) {
            throw new IllegalStateException("the pipeline was executed: reset it first");
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the pipeline is closed");
        }
    }

    private static void requirePart(byte[] array, int offset, int length, String name) {
        Objects.requireNonNull(array, name);
        Objects.checkFromIndexSize(offset, length, array.length);
    }

    private void begin(int flags, long time, int lengthOfKey, int lengthOfValue) {
        begin(EventType.SET, flags, time, 0, lengthOfKey, lengthOfValue, 0);
    }

    /** Encodes the next record but its key and the bytes that it stores. It is no part of the run yet. */
    private void begin(
            EventType type, int flags, long time, long guard, int lengthOfKey, int bytesLength, long number) {
        requireAdding();
        operations.requireRecord(type, flags, lengthOfKey, bytesLength);
        recordLength = Publisher.recordLength(type, flags, lengthOfKey, bytesLength);
        long address = run.nextRecord(recordLength);
        keyLength = lengthOfKey;
        keyAt = RecordEncoder.encodeHead(address, type, flags, time, guard, lengthOfKey, bytesLength, number);
        bytesAt = address + recordLength - bytesLength;
    }

    private void beginSet(ByteBuffer key, ByteBuffer value, int flags, long time, long guard) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(value, "value");
        int length = value.remaining();
        begin(EventType.SET, flags, time, guard, key.remaining(), length, 0);
        Publisher.copy(key, keyAt, keyLength);
        Publisher.copy(value, bytesAt, length);
    }

    private void beginOfKey(byte[] key, EventType type, int flags, long time, long guard, long number) {
        Objects.requireNonNull(key, "key");
        begin(type, flags, time, guard, key.length, 0, number);
        copy(key, NOTHING);
    }

    private void beginOfKey(ByteBuffer key, EventType type, int flags, long time, long guard, long number) {
        Objects.requireNonNull(key, "key");
        begin(type, flags, time, guard, key.remaining(), 0, number);
        Publisher.copy(key, keyAt, keyLength);
    }

    private void copy(byte[] key, byte[] bytes) {
        RawMemory.copy(key, 0, keyAt, key.length);
        RawMemory.copy(bytes, 0, bytesAt, bytes.length);
    }

    private int endChange(boolean wantsPrevious) {
        return run.add(recordLength, stateMachine.hash(keyAt, keyLength), false, wantsPrevious);
    }

    private int endRead(boolean wantsValue) {
        return run.add(recordLength, stateMachine.hash(keyAt, keyLength), true, wantsValue);
    }
}
