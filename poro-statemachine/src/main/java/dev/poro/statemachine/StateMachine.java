package dev.poro.statemachine;

import dev.poro.events.Outcome;
import dev.poro.events.RecordFlyweight;
import dev.poro.events.SnapshotSink;
import dev.poro.events.StateSummary;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What the events amount to: the live keys and their values, outside the heap. {@link #apply} is the only way to change
 * it, live and at replay, and a pure function of the state and its arguments: the same events give the same outcomes
 * and the same {@link #digest()} on any machine.
 *
 * <p>Memory is limited by the budget that the latest {@code MEMORY_BUDGET} set. What counts against it is a function of
 * the contents alone: for every entry the memory of its size class and 24 bytes for the index. A set that would exceed
 * the budget is rejected, unless it replaces a value by one that counts no more.
 *
 * <p>Threads: one writer calls {@link #apply}, the snapshot methods, {@link #forEach} and {@link #close}. Any thread
 * may call {@code get} and the accessors at any time; the accessors are exact for the writer and recent for others.
 * After {@code apply} has returned, every {@code get} that begins later sees its change. Nothing is allocated on the
 * heap by {@code apply} of a set or delete and by {@link #get(byte[], byte[], int)}.
 */
public final class StateMachine implements AutoCloseable {
    /** The largest memory budget, in bytes: a little under 128 GiB, which is what references in the arena reach. */
    public static final long MAX_MEMORY_BUDGET = Table.MAX_CAPACITY;

    /** What the writer is asked for at first. */
    private static final int USUAL_VALUE_LENGTH = 4096;

    private static final byte[] NO_BYTES = {};
    private static final int ROUNDS_PER_ATTEMPT = 64;

    private final WyHash keyHash;

    private final Totals totals = new Totals();
    private final VirtualReaders virtualReaders = new VirtualReaders();

    private final ReadRequests requests = new ReadRequests();

    /** Of the snapshot under way, or {@code null}. */
    private SnapshotWalk walk;

    private volatile Table table;
    private volatile boolean hasReaders;
    private volatile boolean closed;
    /** A change was broken off, and what it was about may be closed to readers for ever. */
    private volatile boolean failed;

    private volatile boolean verifiesMarks = true;

    /**
     * An empty state machine.
     *
     * @param reserveBytes the budget to reserve address space for at once, so that a budget up to it is sure to find
     *     its memory; 0 to {@link #MAX_MEMORY_BUDGET}. It has no influence on outcomes.
     * @throws OutOfMemoryError if the system refuses to reserve that much
     */
    public StateMachine(long reserveBytes) {
        this(reserveBytes, ThreadLocalRandom.current().nextLong());
    }

    /**
     * With a seed for the hash of the keys that is known; the public constructor's is random, so that nobody can make
     * keys collide.
     */
    StateMachine(long reserveBytes, long hashSeed) {
        this(reserveBytes, new WyHash(hashSeed));
    }

    /** With a hash of the keys that a test chooses. */
    StateMachine(long reserveBytes, WyHash keyHash) {
        if (reserveBytes < 0 || reserveBytes > MAX_MEMORY_BUDGET) {
            throw new IllegalArgumentException("reserve of " + reserveBytes + " bytes: 0 to " + MAX_MEMORY_BUDGET);
        }
        this.keyHash = keyHash;
        this.table = reserveBytes == 0 ? null : Table.create(reserveBytes, keyHash);
    }

    /**
     * Applies the next event.
     *
     * @param sequence the event's log sequence, one above {@link #appliedSequence()}; the first call may start
     *     anywhere, from 1 on
     * @param timestamp when the event was journaled, in milliseconds since 1970; no event depends on it yet
     * @param record the event, well-formed and within {@link dev.poro.events.Limits}
     * @return {@code CREATED}, {@code REPLACED} or {@code OUT_OF_MEMORY} of a set, {@code DELETED} or {@code ABSENT}
     *     of a delete, {@code ACCEPTED} of the store's own events
     * @throws StateMachineException if the event is out of order, if a mark contradicts the state, or after
     *     {@link #close}; the state machine must not be used any further
     * @throws OutOfMemoryError if the contents need more memory than the system grants, which is possible only under
     *     a budget above what was reserved
     */
    public Outcome apply(long sequence, long timestamp, RecordFlyweight record) {
        return apply(sequence, timestamp, record, hash(record.keyAddress(), record.keyLength()));
    }

    /**
     * {@link #apply(long, long, RecordFlyweight)} with the hash of the record's key, which somebody else has computed.
     *
     * @param keyHash {@link #hash} of the key; of no importance to an event that has none
     */
    public Outcome apply(long sequence, long timestamp, RecordFlyweight record, long keyHash) {
        requireNext(sequence);
        Outcome outcome;
        try {
            outcome = applyByType(sequence, record, keyHash);
        } catch (RuntimeException | Error e) {
            failed = true;
            throw e;
        }
        totals.applied(sequence, timestamp);
        if (requests.areThere()) {
            answerRequests();
        }
        return outcome;
    }

    /**
     * Has the processor fetch what {@link #apply} will need, without waiting for it. Changes nothing; only the writer.
     * Useful where there is other work to do in between: a lookup otherwise waits for memory twice, first for the
     * index, then for the entry that it refers to.
     */
    public void prefetch(RecordFlyweight record, long keyHash) {
        Table current = table;
        if (current != null && record.type().isData()) {
            current.prefetch(keyHash, record.keyLength() + record.valueLength());
        }
    }

    /** The hash by which this state machine, and no other, finds a key. Any thread. */
    public long hash(byte[] key) {
        return keyHash.of(key);
    }

    /** {@link #hash(byte[])} of the key at an address. Any thread. */
    public long hash(long key, int keyLength) {
        return keyHash.of(key, keyLength);
    }

    /**
     * A copy of the value, or {@code null} if the key is absent. Any thread; waits for no lock. Where the value changes
     * all the time, the writer is asked to copy it.
     *
     * @throws StateMachineException after {@link #close}, or if {@code apply} has failed in the midst of a change that
     *     concerns the key
     */
    public byte[] get(byte[] key) {
        long hash = hash(key);
        byte[] value = readCopy(hash, key);
        return value == EntryReader.IN_VAIN ? readByWriter(hash, key) : value;
    }

    /**
     * Copies the value, or the part of it that fits, into {@code target} from {@code offset} on. Any thread; waits
     * for no lock. Allocates nothing, unless the value changes all the time and the writer is asked to copy it.
     *
     * @return the length of the whole value, which is more than was copied if it exceeds {@code target.length -
     *     offset}; -1 if the key is absent, and then {@code target} may have changed all the same
     * @throws IndexOutOfBoundsException unless {@code 0 <= offset <= target.length}
     * @throws StateMachineException after {@link #close}, or if {@code apply} has failed in the midst of a change that
     *     concerns the key
     */
    public int get(byte[] key, byte[] target, int offset) {
        if (offset < 0 || offset > target.length) {
            throw new IndexOutOfBoundsException("offset " + offset + " in an array of " + target.length + " bytes");
        }
        long hash = hash(key);
        int length = readInto(hash, key, target, offset);
        if (length != EntryReader.VAIN_LENGTH) {
            return length;
        }
        byte[] value = readByWriter(hash, key);
        if (value == null) {
            return EntryReader.ABSENT;
        }
        System.arraycopy(value, 0, target, offset, Math.min(value.length, target.length - offset));
        return value.length;
    }

    /** All uses of a table by readers are in methods that {@link RetiredArenas} knows by name. */
    private byte[] readCopy(long hash, byte[] key) {
        int reader = virtualReaders.enter();
        Table current = null;
        try {
            current = tableForReading();
            if (current == null) {
                return null;
            }
            return current.reader().read(hash, key);
        } finally {
            Reference.reachabilityFence(current);
            virtualReaders.exit(reader);
        }
    }

    private int readInto(long hash, byte[] key, byte[] target, int offset) {
        int reader = virtualReaders.enter();
        Table current = null;
        try {
            current = tableForReading();
            if (current == null) {
                return EntryReader.ABSENT;
            }
            return current.reader().read(hash, key, target, offset);
        } finally {
            Reference.reachabilityFence(current);
            virtualReaders.exit(reader);
        }
    }

    /**
     * Asks the writer, who answers after its next event. If there is none, nothing changes, and one of the attempts
     * that are made meanwhile succeeds.
     */
    private byte[] readByWriter(long hash, byte[] key) {
        int length = USUAL_VALUE_LENGTH;
        while (!failed) {
            ReadRequest request = requests.add(hash, key, length);
            for (int round = 1; !failed && !request.isDone(); round++) {
                ReadRequests.pause(round);
                byte[] value = round % ROUNDS_PER_ATTEMPT == 0 ? readCopy(hash, key) : EntryReader.IN_VAIN;
                if (value != EntryReader.IN_VAIN) {
                    request.giveUp();
                    return value;
                }
            }
            if (request.isDone()) {
                length = request.length();
                if (length <= request.target().length) {
                    return length == EntryReader.ABSENT ? null : Arrays.copyOf(request.target(), length);
                }
            }
        }
        return readAfterFailure(hash, key);
    }

    /** Nothing changes any more, but what was about to change stays as it is. */
    private byte[] readAfterFailure(long hash, byte[] key) {
        byte[] value = readCopy(hash, key);
        if (value == EntryReader.IN_VAIN) {
            throw new StateMachineException(
                    "a change of this key, or of one near it, has failed halfway; open the store again");
        }
        return value;
    }

    private void answerRequests() {
        Table current = table;
        if (current != null) {
            requests.answer(current.reader());
        }
    }

    /**
     * Whether a set of this key to a value of this length would be rejected as {@code OUT_OF_MEMORY}. Any thread; exact
     * if nothing is applied meanwhile.
     *
     * @throws StateMachineException after {@link #close}
     */
    public boolean rejects(byte[] key, int valueLength) {
        int replaced = get(key, NO_BYTES, 0);
        boolean replaces = replaced != EntryReader.ABSENT;
        int charge = EntryDescriptor.charge(key.length + valueLength);
        int growth = replaces ? charge - EntryDescriptor.charge(key.length + replaced) : charge;
        return table == null || !admits(growth, replaces);
    }

    /** The number of live keys. */
    public long keys() {
        return totals.keys();
    }

    /** The sum of the digests of the live entries, modulo 2^64; 0 when there is none. */
    public long digest() {
        return totals.digest();
    }

    /** What one entry contributes to {@link #digest}: contents that are known can be held against it. */
    public static long digestOf(byte[] key, byte[] value) {
        return EntryDigest.of(key, value);
    }

    /** The log sequence of the event that was applied last; 0 before the first. */
    public long appliedSequence() {
        return totals.sequence();
    }

    /**
     * Whether marks are checked: only if the events began with sequence 1 or behind a snapshot. Otherwise the contents
     * are incomplete and a mark says nothing about them.
     */
    public boolean verifiesMarks() {
        return verifiesMarks;
    }

    /** What the contents may count, in bytes; 0 before the first budget. */
    public long memoryBudget() {
        return totals.memoryBudget();
    }

    /** What the contents count, in bytes. May exceed a budget that was lowered. */
    public long memoryUsed() {
        return totals.memoryUsed();
    }

    /**
     * Where the memory is. Any thread; from another one than the writer, figures may be of slightly different moments.
     *
     * @throws StateMachineException after {@link #close}
     */
    public MemoryReport memoryReport() {
        return readReport();
    }

    private MemoryReport readReport() {
        int reader = virtualReaders.enter();
        Table current = null;
        try {
            current = tableForReading();
            if (current == null) {
                return MemoryReport.empty(memoryBudget());
            }
            return current.report(memoryBudget(), memoryUsed());
        } finally {
            Reference.reachabilityFence(current);
            virtualReaders.exit(reader);
        }
    }

    /** Visits every live entry, in no particular order. Only the writer, or while nothing is applied. */
    public void forEach(EntryVisitor visitor) {
        Table current = table;
        if (current != null) {
            current.forEach(visitor);
        }
    }

    /**
     * Begins to hand out the state as it is now, while later events change it. Only the writer, which from then on
     * calls {@link #stepSnapshot} now and then, and while no other snapshot is under way.
     */
    public void beginSnapshot(SnapshotSink sink) {
        if (walk != null) {
            throw new StateMachineException("a snapshot is under way already");
        }
        walk = new SnapshotWalk(totals.summary(), sink, requireTable());
    }

    /**
     * Hands out the next few entries of the snapshot under way, a few microseconds' worth if they are small; none if
     * its sink has no room. Only the writer.
     *
     * @return whether the snapshot goes on
     */
    public boolean stepSnapshot() {
        SnapshotWalk current = walk;
        if (current != null && current.step(table)) {
            walk = null;
            current.end();
        }
        return walk != null;
    }

    /**
     * Gives the memory back. No thread may be in {@code get} or {@code memoryReport}; who cannot be sure of that calls
     * {@link #retire} instead. Closing again has no effect.
     */
    @Override
    public void close() {
        Table current = table;
        closed = true;
        table = null;
        if (current != null) {
            current.arena().release();
        }
    }

    /** The entries, or {@code null} before the first budget and after the close. */
    Table table() {
        return table;
    }

    /** A table to restore a snapshot into, with room for {@code capacity} bytes or what the system grants of that. */
    Table emptyTable(long capacity) {
        requireUnused();
        Table current = table;
        if (current == null) {
            table = Table.createUpTo(capacity, keyHash);
        } else if (capacity > current.capacity()) {
            tryToGrow(current, capacity);
        }
        return table;
    }

    /** The table holds what the summary says: the state is that after its event. */
    void restored(StateSummary summary) {
        requireUnused();
        totals.restore(summary);
    }

    /** Empties a table that was not wholly restored. */
    void dropEntries() {
        requireUnused();
        Table current = table;
        if (current != null) {
            long capacity = current.capacity();
            table = null;
            current.arena().release();
            table = Table.createUpTo(capacity, keyHash);
        }
    }

    private void requireUnused() {
        if (closed || totals.sequence() != 0) {
            throw new StateMachineException("only an empty state machine can be filled from a snapshot");
        }
    }

    /**
     * Refuses everything from now on, and gives the memory back as soon as no read is under way: usually before this
     * returns, otherwise at the latest when the next memory is reserved in this process.
     */
    public void retire() {
        Table current = table;
        closed = true;
        table = null;
        if (current != null) {
            RetiredArenas.retire(current.arena(), virtualReaders);
        }
    }

    private Outcome applyByType(long sequence, RecordFlyweight record, long keyHash) {
        switch (record.type()) {
            case SET:
                return set(sequence, record, keyHash);
            case DELETE:
                return delete(record, keyHash);
            case MEMORY_BUDGET:
                return changeBudget(record.memoryBudget());
            case CLEAN_CLOSE:
            case DIGEST_MARK:
                return checkMark(sequence, record);
        }
        throw new AssertionError(record.type());
    }

    private Outcome set(long sequence, RecordFlyweight record, long hash) {
        Table current = table;
        if (current == null) {
            return Outcome.OUT_OF_MEMORY;
        }
        int keyLength = record.keyLength();
        int valueLength = record.valueLength();
        long slot = current.find(hash, record.keyAddress(), keyLength);
        boolean replaces = slot != Index.ABSENT;
        long entry = replaces ? current.entryAt(slot) : 0;
        int charge = EntryDescriptor.charge(keyLength + valueLength);
        int growth = replaces ? charge - EntryDescriptor.charge(Entries.payloadLength(entry)) : charge;
        if (!admits(growth, replaces)) {
            return Outcome.OUT_OF_MEMORY;
        }
        long added = EntryDigest.of(record.keyAddress(), keyLength, valueLength);
        if (replaces) {
            long removed = Entries.digest(entry);
            preserve(current, hash, entry);
            current.replace(slot, hash, sequence, record, added);
            totals.add(0, growth, added - removed);
            return Outcome.REPLACED;
        }
        current.insert(hash, sequence, record, added);
        totals.add(1, growth, added);
        return Outcome.CREATED;
    }

    private Outcome delete(RecordFlyweight record, long hash) {
        Table current = table;
        if (current == null) {
            return Outcome.ABSENT;
        }
        int keyLength = record.keyLength();
        long slot = current.find(hash, record.keyAddress(), keyLength);
        if (slot == Index.ABSENT) {
            return Outcome.ABSENT;
        }
        long entry = current.entryAt(slot);
        int charge = EntryDescriptor.charge(Entries.payloadLength(entry));
        long removed = Entries.digest(entry);
        preserve(current, hash, entry);
        current.remove(slot, hash);
        totals.add(-1, -charge, -removed);
        return Outcome.DELETED;
    }

    /** The snapshot under way has the entry as it is, should it need it. */
    private void preserve(Table current, long hash, long entry) {
        if (walk != null) {
            walk.beforeChange(current, hash, entry);
        }
    }

    private boolean admits(int growth, boolean replaces) {
        if (growth > 0 && totals.memoryUsed() + growth > totals.memoryBudget()) {
            return false;
        }
        return replaces || totals.keys() < Index.MAX_KEYS;
    }

    private Outcome changeBudget(long budget) {
        if (Long.compareUnsigned(budget, MAX_MEMORY_BUDGET) > 0) {
            throw new StateMachineException("a memory budget of " + Long.toUnsignedString(budget)
                    + " bytes: references reach 128 GiB, which leaves " + MAX_MEMORY_BUDGET + " bytes for a budget");
        }
        Table current = table;
        if (current == null) {
            table = Table.createUpTo(budget, keyHash);
        } else if (budget > current.capacity()) {
            tryToGrow(current, budget);
        }
        totals.setMemoryBudget(budget);
        return Outcome.ACCEPTED;
    }

    /**
     * Moves to a larger arena, if the system grants one: a log may come from a larger machine, and its contents fit
     * into what there is all the same. The old arena is given back at once if no thread has ever read, which is how it
     * is at replay; otherwise readers may still be in it.
     */
    private void tryToGrow(Table current, long capacity) {
        try {
            table = current.grown(capacity);
        } catch (OutOfMemoryError refused) {
            return;
        }
        // Either this read sees a reader's announcement, or that reader sees the new table: both fields are volatile.
        if (hasReaders) {
            RetiredArenas.retireLater(current.arena(), virtualReaders);
        } else {
            current.arena().release();
        }
    }

    private Table requireTable() {
        Table current = table;
        if (current == null) {
            throw new StateMachineException(closed ? "the state machine is closed" : "there is no state yet");
        }
        return current;
    }

    private Table tableForReading() {
        if (!hasReaders) {
            hasReaders = true;
        }
        Table current = table;
        if (current == null && closed) {
            throw new StateMachineException("the state machine is closed");
        }
        return current;
    }

    /** A mark states what the state was just before it. */
    private Outcome checkMark(long sequence, RecordFlyweight mark) {
        long before = sequence - 1;
        if (!verifiesMarks
                || (mark.markSequence() == before
                        && mark.markDigest() == totals.digest()
                        && mark.markKeys() == totals.keys())) {
            return Outcome.ACCEPTED;
        }
        throw new StateMachineException(String.format(
                Locale.ROOT,
                "the %s at sequence %d says that after sequence %d there were %d keys with digest %016x, but after"
                        + " sequence %d there are %d keys with digest %016x",
                mark.type(),
                sequence,
                mark.markSequence(),
                mark.markKeys(),
                mark.markDigest(),
                before,
                totals.keys(),
                totals.digest()));
    }

    private void requireNext(long sequence) {
        long applied = totals.sequence();
        if (closed) {
            throw new StateMachineException("the state machine is closed");
        }
        if (applied == 0 && sequence >= 1) {
            verifiesMarks = sequence == 1;
        } else if (sequence != applied + 1) {
            throw new StateMachineException("event " + sequence + " after event " + applied + ": expected event "
                    + (applied + 1) + "; the log has a gap, or events were applied twice");
        }
    }
}
