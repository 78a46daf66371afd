package dev.poro.statemachine;

import dev.poro.events.ChangeSink;
import dev.poro.events.EventType;
import dev.poro.events.KeyEventListener;
import dev.poro.events.Outcome;
import dev.poro.events.RecordFlags;
import dev.poro.events.RecordFlyweight;
import dev.poro.events.SnapshotSink;
import dev.poro.events.StateSummary;
import dev.poro.events.ValueTarget;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The live keys and their values, outside the heap. Only {@link #apply} changes them, live and at replay. It is a pure
 * function of the state and its arguments: the same events give the same outcomes and the same {@link #digest()} on any
 * machine.
 *
 * <p>Memory is limited by the budget that the latest {@code MEMORY_BUDGET} set. What counts against it is a function of
 * the contents alone: for every entry the memory of its size class and 24 bytes for the index; an expiry takes 16 bytes
 * of its entry, and every 8,192 expiries a page of 64 KiB; a client whose changes carry tokens takes 64 bytes. A change
 * that would exceed the budget is rejected, unless the contents count no more afterwards.
 *
 * <p>Time is that of the log: for {@code apply} the timestamp of the event, for readers {@link #useLogTime}. An entry
 * whose expiry is then or earlier is absent.
 *
 * <p>Threads: one writer calls {@link #apply}, the snapshot methods, {@link #forEach} and {@link #close}. Any thread
 * may call {@code get} and the accessors at any time; the accessors are exact for the writer and recent for others.
 * After {@code apply} has returned, every {@code get} that begins later sees its change. Nothing is allocated on the
 * heap by {@code apply} of a set or delete and by {@link #get(byte[], byte[], int)}.
 */
public final class StateMachine implements AutoCloseable {
    /** The largest memory budget, in bytes: a little under 128 GiB, which is what references in the arena reach. */
    public static final long MAX_MEMORY_BUDGET = Table.MAX_CAPACITY;

    /** The most snapshots that may be in progress: the store's own and those of four readers. */
    public static final int MAX_SNAPSHOTS = 5;

    /** Nothing expires before a clock is there. */
    private static final long NO_TIME = Long.MIN_VALUE;

    private final WyHash keyHash;
    private final CurrentTable table;
    private final Totals totals = new Totals();
    private final AbsenceWatches absenceWatches = new AbsenceWatches();
    private final Changes changes;
    private final Clients clients;
    private final Reads reads;

    private volatile boolean verifiesMarks = true;
    private volatile LongSupplier logTime = () -> NO_TIME;

    /** The event that was answered last without being done. */
    private long answered;

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
     * With a known seed for the hash of the keys. The public constructor uses a random seed, so that keys cannot be
     * chosen to collide.
     */
    StateMachine(long reserveBytes, long hashSeed) {
        this(reserveBytes, new WyHash(hashSeed));
    }

    /** With a hash of the keys that a test chooses. */
    StateMachine(long reserveBytes, WyHash keyHash) {
        this(reserveBytes, keyHash, Clients.MOST);
    }

    /** With a limit of the clients that a test chooses. */
    StateMachine(long reserveBytes, WyHash keyHash, int mostClients) {
        if (reserveBytes < 0 || reserveBytes > MAX_MEMORY_BUDGET) {
            throw new IllegalArgumentException("reserve of " + reserveBytes + " bytes: 0 to " + MAX_MEMORY_BUDGET);
        }
        this.keyHash = keyHash;
        this.table = new CurrentTable(reserveBytes, keyHash, () -> logTime.getAsLong());
        this.changes = new Changes(table, totals, keyHash, absenceWatches);
        this.clients = new Clients(mostClients);
        this.reads = new Reads(table);
    }

    /**
     * Applies the next event.
     *
     * @param sequence the event's log sequence, one above {@link #appliedSequence()}; the first call may start
     *     anywhere, from 1 on
     * @param timestamp of the event's frame, in milliseconds since 1970; expiries are judged by it. A time before that
     *     counts as 0, so that no expiry is negative
     * @param record the event, well-formed and within {@link dev.poro.events.Limits}
     * @return the outcome; {@link #outcomeNumber} has its number
     * @throws StateMachineException if the event is out of order, if a mark contradicts the state, or after
     *     {@link #close}; the state machine must not be used any further
     * @throws OutOfMemoryError if the contents need more memory than the system grants, which is possible only under
     *     a budget above what was reserved
     */
    public Outcome apply(long sequence, long timestamp, RecordFlyweight record) {
        return apply(sequence, timestamp, record, hash(record.keyAddress(), record.keyLength()));
    }

    /**
     * {@link #apply(long, long, RecordFlyweight)} with the hash of the record's key, which the caller has computed.
     *
     * @param keyHash {@link #hash} of the key; ignored if the event has no key
     */
    public Outcome apply(long sequence, long timestamp, RecordFlyweight record, long keyHash) {
        long applied = totals.sequence();
        requireNext(sequence, applied);
        Outcome outcome;
        try {
            outcome = applyByType(sequence, Math.max(0, timestamp), record, keyHash);
            changes.end();
        } catch (RuntimeException | Error e) {
            reads.changeFailed();
            throw e;
        }
        assert totals.sequence() == applied : "two threads apply events at the same time";
        totals.applied(sequence, timestamp);
        reads.answer();
        return outcome;
    }

    /**
     * {@link #apply(long, long, RecordFlyweight, long)}, and then tells what it has done to keys. Nothing is told of an
     * event that had no effect.
     *
     * @param given tells of a batch that took effect, in place of what its changes would say; otherwise {@code null}
     */
    public Outcome apply(
            long sequence,
            long timestamp,
            RecordFlyweight record,
            long keyHash,
            KeyEventListener listener,
            Consumer<KeyEventListener> given) {
        KeyTeller teller = new KeyTeller(listener, given);
        Outcome outcome;
        changes.tellTo(teller);
        try {
            outcome = apply(sequence, timestamp, record, keyHash);
            if (isAnswered()) {
                return outcome;
            }
            if (record.type().changesOneKey()) {
                changes.tellOfChange(record, outcome);
            }
        } finally {
            changes.tellTo(null);
        }
        teller.tell(outcome);
        return outcome;
    }

    /**
     * Whether the event that was applied last was not done, because its token tells that it was done before or does not
     * follow the last change of its client. Only the writer.
     */
    public boolean isAnswered() {
        return answered != 0 && answered == totals.sequence();
    }

    /** How many clients are remembered whose changes carry tokens. */
    public long clients() {
        return totals.clients();
    }

    /** The sum of the digests of the clients: the part of {@link #digest} that is not of entries. */
    public long digestOfClients() {
        return totals.digestOfClients();
    }

    /** From now on hands every change to a sink; {@code null} to hand it to nobody. Only the writer. */
    public void handChangesTo(ChangeSink sink) {
        changes.handTo(sink);
    }

    /**
     * The number that goes with the outcome of the event that was applied last, see {@link Outcome}. Only the writer.
     */
    public long outcomeNumber() {
        return changes.number();
    }

    /**
     * Checks a mark that is no event of its own.
     *
     * @throws StateMachineException if it contradicts the state; the state machine must not be used any further
     */
    public void checkMark(RecordFlyweight mark) {
        checkMark(totals.sequence(), mark);
    }

    /**
     * Copies the value that the key of a record has at a time, if it has one, to {@code target}; nothing if the record
     * does not change one key. Only the writer, before it applies the record.
     *
     * @throws OutOfMemoryError if the heap has no room for it
     */
    public void copyValue(RecordFlyweight record, long keyHash, long timestamp, ValueTarget target) {
        if (record.type().changesOneKey()) {
            changes.copyValue(record, keyHash, Math.max(0, timestamp), target);
        }
    }

    /**
     * Reads the key of a record, which is no event, between two events. Changes nothing; only the writer.
     *
     * @param time that judges whether the entry has expired, in milliseconds since 1970
     * @param target where to copy the value to; {@code null} if nobody wants it
     * @param details what the entry holds besides; undefined if the key is absent
     * @return bytes of the value; -1 if the key is absent
     */
    public int readInPlace(RecordFlyweight record, long keyHash, long time, ValueTarget target, EntryDetails details) {
        return changes.readInPlace(record, keyHash, Math.max(0, time), target, details);
    }

    /**
     * From now on readers judge expiries by this time, in milliseconds since 1970. Before the first call nothing is
     * hidden from them.
     *
     * @param newLogTime any thread calls it; never less than before
     */
    public void useLogTime(LongSupplier newLogTime) {
        logTime = newLogTime;
    }

    /**
     * Loads the memory that {@link #apply} will need into the caches, without waiting for it. Changes nothing; only the
     * writer. Useful if there is other work to do before {@code apply}: a lookup otherwise waits for memory twice,
     * first for the index, then for the entry.
     */
    public void prefetch(RecordFlyweight record, long keyHash) {
        Table current = table.get();
        if (current != null && record.type().hasKey()) {
            current.prefetch(keyHash, record.keyLength() + record.valueLength());
        }
    }

    /** The hash under which this state machine finds a key. Other instances use other seeds. Any thread. */
    public long hash(byte[] key) {
        return keyHash.of(key);
    }

    /** {@link #hash(byte[])} of a key in an array or, without an array, in memory. Any thread. */
    public long hash(byte[] keyArray, long keyAt, int keyLength) {
        return keyHash.of(keyArray, keyAt, keyLength);
    }

    /** {@link #hash(byte[])} of the key at an address. Any thread. */
    public long hash(long key, int keyLength) {
        return keyHash.of(key, keyLength);
    }

    /**
     * A copy of the value, or {@code null} if the key is absent. Any thread; takes no lock. If the value changes too
     * often to be copied, the writer copies it for the reader.
     *
     * @throws StateMachineException after {@link #close}, or if {@code apply} has failed halfway through a change that
     *     concerns the key
     */
    public byte[] get(byte[] key) {
        return reads.read(hash(key), key, 0, key.length, null);
    }

    /** {@link #get(byte[])}, with what the entry holds besides; {@code details} is undefined if the key is absent. */
    public byte[] get(byte[] key, EntryDetails details) {
        return reads.read(hash(key), key, 0, key.length, details);
    }

    /**
     * {@link #get(byte[], EntryDetails)} of a key that is anywhere.
     *
     * @param keyArray has the key from index {@code keyAt} on; if it is {@code null}, memory has it from that address
     *     on
     * @param details may be {@code null}
     */
    public byte[] get(long keyHash, byte[] keyArray, long keyAt, int keyLength, EntryDetails details) {
        return reads.read(keyHash, keyArray, keyAt, keyLength, details);
    }

    /**
     * {@link #get(byte[], byte[], int)} of a key that is anywhere to any place, with what the entry holds besides.
     *
     * @param keyArray as in {@link #get(long, byte[], long, int, EntryDetails)}
     * @param target takes the value from index {@code targetAt} on; if it is {@code null}, memory takes it from that
     *     address on
     * @param room how many bytes of the value may be copied
     * @param details may be {@code null}; undefined if the key is absent
     */
    public int get(
            long keyHash,
            byte[] keyArray,
            long keyAt,
            int keyLength,
            byte[] target,
            long targetAt,
            int room,
            EntryDetails details) {
        return reads.read(keyHash, keyArray, keyAt, keyLength, target, targetAt, room, details);
    }

    /** See {@link ReadGroup}. */
    long prefetch(long[] keyHashes, int count) {
        return reads.prefetch(keyHashes, count);
    }

    /**
     * Copies the value, or the part of it that fits, into {@code target} from {@code offset} on. Any thread; takes no
     * lock. Allocates nothing, unless the value changes so often that the writer copies it for the reader.
     *
     * @return the length of the whole value, which is more than was copied if it exceeds {@code target.length -
     *     offset}; -1 if the key is absent; even then {@code target} may have been changed
     * @throws IndexOutOfBoundsException unless {@code 0 <= offset <= target.length}
     * @throws StateMachineException after {@link #close}, or if {@code apply} has failed halfway through a change that
     *     concerns the key
     */
    public int get(byte[] key, byte[] target, int offset) {
        if (offset < 0 || offset > target.length) {
            throw new IndexOutOfBoundsException("offset " + offset + " in an array of " + target.length + " bytes");
        }
        return reads.read(hash(key), key, 0, key.length, target, offset, target.length - offset, null);
    }

    /**
     * A number that is another one after each change of the key; changes of other keys may change it, too. Any thread;
     * takes no lock. If two calls return the same number, the key was the same all the time in between, but for an
     * expiry that was reached.
     *
     * @return negative if the key is changing now, or there is no state yet: then it says nothing
     * @throws StateMachineException after {@link #close}
     */
    public long stamp(byte[] key) {
        return reads.readStamp(hash(key));
    }

    /**
     * Notices from now on if the key, which is absent, is created. No event may be in progress during this call: the
     * watch might miss it.
     */
    public AbsenceWatch watchAbsence(byte[] key) {
        return absenceWatches.add(hash(key));
    }

    /** What an entry counts against the memory budget, in bytes, without what the index of expiries takes. */
    public static int charge(int keyLength, int valueLength, boolean expires) {
        return EntryDescriptor.charge(keyLength + valueLength, expires);
    }

    /**
     * Whether a set of this key to a value of this length, without expiry, would certainly be rejected as
     * {@code OUT_OF_MEMORY}. Any thread; exact if nothing is applied meanwhile, but for keys that have expired.
     *
     * @throws StateMachineException after {@link #close}
     */
    public boolean rejects(byte[] key, int valueLength) {
        EntryDetails details = new EntryDetails();
        byte[] replaced = get(key, details);
        int charge = EntryDescriptor.charge(key.length + valueLength);
        if (replaced == null) {
            boolean hasExpired = details.sequence() != 0;
            return !hasExpired && (table.get() == null || !totals.admits(charge, 1, 0));
        }
        int growth = charge - EntryDescriptor.charge(key.length + replaced.length, details.expires());
        return !totals.admits(growth, 0, details.expires() ? -1 : 0);
    }

    /** How many of the keys have an expiry. */
    public long expiringKeys() {
        return totals.expiring();
    }

    /** When the next key expires, in milliseconds of log time since 1970; meaningless if none has an expiry. */
    public long nextExpiry() {
        return totals.nextExpiry();
    }

    /**
     * Adds the entries of the next step of a scan, some hundreds at most unless hashes collide, and moves the position
     * behind it. Any thread; takes no lock. The entries are as they were at one moment. A key that is present all the
     * time while positions go from the start to the end is added exactly once, whatever is written meanwhile; one that
     * comes or goes once at most.
     *
     * @return whether the position is not the end
     * @throws StateMachineException after {@link #close}, or if {@code apply} has failed halfway
     */
    public boolean scan(ScanPosition position, ScannedEntries entries) {
        return reads.readStep(position, entries);
    }

    /** The number of live keys, those included that have expired and are still to be removed. */
    public long keys() {
        return totals.keys();
    }

    /** The sum of the digests of the live entries and of the clients, modulo 2^64; 0 when there is none. */
    public long digest() {
        return totals.digest();
    }

    /**
     * The digest of one entry. Without clients, {@link #digest} is the sum of these, so known contents can be compared
     * with it.
     */
    public static long digestOf(byte[] key, byte[] value) {
        return EntryDigest.of(key, value);
    }

    /** The log sequence of the event that was applied last; 0 before the first. */
    public long appliedSequence() {
        return totals.sequence();
    }

    /**
     * Whether marks are checked: only if the events began with sequence 1 or right after a snapshot. Otherwise the
     * contents are incomplete, and marks do not apply to them.
     */
    public boolean verifiesMarks() {
        return verifiesMarks;
    }

    /** The limit on {@link #memoryUsed}, in bytes; 0 before the first budget. */
    public long memoryBudget() {
        return totals.memoryBudget();
    }

    /** The sum of the charges of all entries and clients, in bytes. May exceed a budget that was lowered. */
    public long memoryUsed() {
        return totals.memoryUsed();
    }

    /** At least the length of each value, in bytes: that of the longest one that there has been. Any thread. */
    public int longestValue() {
        Table current = table.get();
        return current == null ? 0 : current.longestValue();
    }

    /**
     * How the memory is used. Any thread; for threads other than the writer, figures may be of slightly different
     * moments.
     *
     * @throws StateMachineException after {@link #close}
     */
    public MemoryReport memoryReport() {
        return reads.readReport(memoryBudget(), memoryUsed());
    }

    /** Visits every live entry, in no particular order. Only the writer, or while nothing is applied. */
    public void forEach(EntryVisitor visitor) {
        Table current = table.get();
        if (current != null) {
            current.forEach(visitor);
        }
    }

    /**
     * Visits every entry, those included that have expired and are still to be removed: first the entries that have an
     * expiry, in the order in which an EXPIRE_DUE removes them, then the others in no particular order. Needs 8 bytes
     * of heap for each that has an expiry. Only the writer, or while nothing is applied.
     */
    public void forEachByExpiry(DetailedEntryVisitor visitor) {
        Table current = table.get();
        if (current != null) {
            current.forEachByExpiry(visitor);
        }
    }

    /**
     * The events between the last one and this sequence are lost. The next event may have it. Marks are not checked any
     * more. Only the writer.
     *
     * @param sequence above {@link #appliedSequence()}
     */
    public void skipTo(long sequence) {
        table.requireOpen();
        if (sequence <= totals.sequence()) {
            throw new StateMachineException("event " + sequence + " is before event " + totals.sequence());
        }
        verifiesMarks = false;
        totals.applied(sequence - 1, totals.timestamp());
    }

    /**
     * Begins a snapshot of the state as it is now; later events do not change what it contains. Only the writer, which
     * then calls {@link #stepSnapshot} between events until that returns {@code false}. Several may be in progress.
     *
     * @throws StateMachineException if {@value #MAX_SNAPSHOTS} snapshots are in progress, or one to this sink, or there
     *     is no state yet
     */
    public void beginSnapshot(SnapshotSink sink) {
        if (changes.walks() == MAX_SNAPSHOTS || changes.walkTo(sink) != null) {
            throw new StateMachineException(changes.walks() + " snapshots are in progress already");
        }
        changes.begin(new SnapshotWalk(totals.summary(), sink, table.require(), clients));
    }

    /**
     * Writes the next few entries of a snapshot in progress to its sink; none if the sink has no room. Takes a few
     * microseconds if the entries are small. Only the writer.
     *
     * @return whether the snapshot is still in progress
     */
    public boolean stepSnapshot(SnapshotSink sink) {
        SnapshotWalk walk = changes.walkTo(sink);
        if (walk == null) {
            return false;
        }
        if (!sink.isWanted()) {
            changes.end(walk);
            return false;
        }
        if (!walk.step(table.get())) {
            return true;
        }
        changes.end(walk);
        walk.end();
        return false;
    }

    /**
     * Releases the memory. No thread may be in {@code get} or {@code memoryReport}; if that is not certain, call
     * {@link #retire} instead. Closing again has no effect.
     */
    @Override
    public void close() {
        table.close();
        changes.close();
        clients.clear();
    }

    /**
     * Closes the state machine, and releases the memory as soon as no read is in progress: usually before this returns,
     * otherwise at the latest when this process next reserves memory.
     */
    public void retire() {
        table.retire();
        changes.close();
        clients.clear();
    }

    /** The entries, or {@code null} before the first budget and after the close. */
    Table table() {
        return table.get();
    }

    /**
     * A table to restore a snapshot into, with room for {@code capacity} bytes, or for as much of that as the system
     * grants.
     */
    Table beginRestore(long capacity) {
        requireUnused();
        table.reserve(capacity);
        return table.get();
    }

    /** The clients to restore a snapshot into. */
    Clients clientsToRestore() {
        requireUnused();
        return clients;
    }

    /** Table and clients hold what the summary says: the state is that after its event. */
    void endRestore(StateSummary summary, long expiring) {
        requireUnused();
        totals.restore(summary, expiring, clients.digest());
        changes.end();
    }

    /** Empties a table whose restore was not completed. */
    void abandonRestore() {
        requireUnused();
        table.empty();
        clients.clear();
    }

    private void requireUnused() {
        if (!table.isOpen() || totals.sequence() != 0) {
            throw new StateMachineException("only an empty state machine can be filled from a snapshot");
        }
    }

    private Outcome applyByType(long sequence, long time, RecordFlyweight record, long keyHash) {
        changes.begin();
        switch (record.type()) {
            case SET:
                return record.flags() == 0
                        ? changes.set(sequence, time, record, keyHash)
                        : change(sequence, time, record, keyHash);
            case ADD:
                return record.flags() == 0
                        ? changes.add(sequence, time, record, keyHash)
                        : change(sequence, time, record, keyHash);
            case DELETE:
            case SPLICE:
            case EXPIRE_AT:
            case BATCH:
                return change(sequence, time, record, keyHash);
            case CLEAR:
                return changes.clear(sequence, time);
            case EXPIRE_DUE:
                return changes.expireDue(sequence, time, record.most());
            case MEMORY_BUDGET:
                return changeBudget(record.memoryBudget());
            case CLEAN_CLOSE:
            case DIGEST_MARK:
                return checkMark(sequence - 1, record);
            case REQUIRE:
            case CLIENT:
                break;
        }
        throw new AssertionError(record.type());
    }

    private Outcome change(long sequence, long time, RecordFlyweight record, long keyHash) {
        return RecordFlags.hasToken(record.flags())
                ? changeOnce(sequence, time, record, keyHash)
                : changeInAnyCase(sequence, time, record, keyHash);
    }

    private Outcome changeInAnyCase(long sequence, long time, RecordFlyweight record, long keyHash) {
        return record.type() == EventType.BATCH
                ? changes.batch(sequence, time, record)
                : changes.change(sequence, time, record, keyHash);
    }

    /** The token is looked at before any guard. What is rejected is not remembered: its number stays free. */
    private Outcome changeOnce(long sequence, long time, RecordFlyweight record, long keyHash) {
        long client = record.tokenClient();
        long number = record.tokenNumber();
        Outcome answer = clients.answer(client, number);
        if (answer != null) {
            changes.answer(clients.answerNumber());
            answered = sequence;
            return answer;
        }
        changes.countClient(clients.growthBy(client));
        changes.tellToken(sequence, client, number);
        Outcome outcome = changeInAnyCase(sequence, time, record, keyHash);
        changes.countClient(0);
        if (Clients.remembers(record.type(), outcome)) {
            clients.done(client, number, sequence, outcome, changes.number());
            totals.setClients(clients);
        }
        return outcome;
    }

    private Outcome changeBudget(long budget) {
        if (Long.compareUnsigned(budget, MAX_MEMORY_BUDGET) > 0) {
            throw new StateMachineException("a memory budget of " + Long.toUnsignedString(budget)
                    + " bytes: references reach 128 GiB, which leaves " + MAX_MEMORY_BUDGET + " bytes for a budget");
        }
        table.reserve(budget);
        totals.setMemoryBudget(budget);
        return Outcome.ACCEPTED;
    }

    /** A mark states what the state was just before it. */
    private Outcome checkMark(long before, RecordFlyweight mark) {
        if (!verifiesMarks
                || (mark.markSequence() == before
                        && mark.markDigest() == totals.digest()
                        && mark.markKeys() == totals.keys())) {
            return Outcome.ACCEPTED;
        }
        throw new StateMachineException(String.format(
                Locale.ROOT,
                "the %s states that after sequence %d there were %d keys with digest %016x, but after sequence %d there"
                        + " are %d keys with digest %016x",
                mark.type(),
                mark.markSequence(),
                mark.markKeys(),
                mark.markDigest(),
                before,
                totals.keys(),
                totals.digest()));
    }

    private void requireNext(long sequence, long applied) {
        table.requireOpen();
        if (applied == 0 && sequence >= 1) {
            verifiesMarks = sequence == 1;
        } else if (sequence != applied + 1) {
            throw new StateMachineException("event " + sequence + " after event " + applied + ": expected event "
                    + (applied + 1) + "; the log has a gap, or events were applied twice");
        }
    }
}
