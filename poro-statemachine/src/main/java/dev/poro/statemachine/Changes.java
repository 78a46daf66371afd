package dev.poro.statemachine;

import dev.poro.events.ChangeKind;
import dev.poro.events.ChangeSink;
import dev.poro.events.EventType;
import dev.poro.events.ExpiryCondition;
import dev.poro.events.Outcome;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordFlags;
import dev.poro.events.RecordFlyweight;
import dev.poro.events.SnapshotSink;
import dev.poro.events.ValueTarget;
import java.util.Arrays;

/**
 * What events do to entries. Each change is first decided: it finds its entry, checks its guard, and computes the
 * outcome and what the contents will count. Then, if the memory budget admits it, it is carried out: entry and
 * {@link Totals} change. A batch is decided as a whole before any of it is carried out.
 *
 * <p>An entry whose expiry is at or before the event's time is absent for every decision. It stays until an event that
 * changes its key, or an EXPIRE_DUE, removes it.
 *
 * <p>Each walk in progress gets each entry as it was before it changes. Single writer.
 */
final class Changes {
    // What a decided change does to its entry. Numbers, because to store a reference at each event passes the garbage
    // collector's barrier.
    private static final int NONE = 0;
    private static final int REMOVE = 1;
    /** An entry that has an expiry gets another one. */
    private static final int CHANGE_EXPIRY = 2;
    // A new entry, with the value of the record, a number, a spliced value, or the value that it has.
    private static final int PUT = 3;
    private static final int PUT_NUMBER = 4;
    private static final int PUT_SPLICED = 5;
    private static final int PUT_SAME = 6;

    private static final int REJECTED_BATCH_ITSELF = -1;

    /** Changes of a batch whose memory is prefetched together. */
    private static final int GROUP = 64;

    private static final SnapshotWalk[] NO_WALKS = {};

    private final CurrentTable table;
    private final Totals totals;
    private final NewEntry entry = new NewEntry();
    private final DecimalNumber decimal = new DecimalNumber();
    private final Scratch scratch = new Scratch();
    private final BatchPlan plan;
    private final RecordFlyweight part = new RecordFlyweight();
    private final AbsenceWatches watches;

    /** Who is told of the event that is applied; mostly nobody. */
    private KeyTeller teller;

    /** Gets every change; {@code null} if nobody wants them. */
    private ChangeSink sink;

    /** Of the change that is carried out, in its event. */
    private int index;

    /** The walks in progress; another array when one begins or ends. */
    private SnapshotWalk[] walks = NO_WALKS;

    // The change that is being decided or carried out.
    private Table current;
    private long slot;
    /** The address of the entry that has the key, expired or not; 0 if there is none. */
    private long found;
    /** Whether there is an entry and it has not expired. */
    private boolean live;

    private int effect;
    private int newValueLength;
    private long newExpiry;
    private long number;
    /** What the contents will count more, in bytes, without what the heap of expiries takes. */
    private int growth;

    private int moreKeys;
    private int moreExpiring;

    /** What the contents will count more for the client of the event, in bytes; only of an event with a token. */
    private int growthOfClients;

    Changes(CurrentTable table, Totals totals, WyHash keyHash, AbsenceWatches watches) {
        this.table = table;
        this.totals = totals;
        this.watches = watches;
        this.plan = new BatchPlan(keyHash);
    }

    /** See {@link Outcome}: the number that goes with the outcome of the last event. */
    long number() {
        return number;
    }

    /** The next event comes. */
    void begin() {
        number = 0;
        index = 0;
    }

    /** What the next event does to keys is to be told, or {@code null} if not. */
    void tellTo(KeyTeller newTeller) {
        teller = newTeller;
    }

    /** Every change goes to this sink from now on. */
    void handTo(ChangeSink newSink) {
        sink = newSink;
    }

    /** The next event carries a token. */
    void tellToken(long sequence, long client, long tokenNumber) {
        if (sink != null) {
            sink.onToken(sequence, client, tokenNumber);
        }
    }

    /** What the contents will count more for a client, if the next event is accepted, in bytes. */
    void countClient(int bytes) {
        growthOfClients = bytes;
    }

    /** The event was done before: it has this number, and no effect. */
    void answer(long numberOfAnswer) {
        willDoNothing();
        number = numberOfAnswer;
    }

    /** An event that changes one key was applied with this outcome. */
    void tellOfChange(RecordFlyweight record, Outcome outcome) {
        boolean isSetInThePast = record.type() == EventType.SET && outcome == Outcome.ABSENT;
        if ((effect != NONE && outcome != Outcome.OUT_OF_MEMORY) || isSetInThePast) {
            teller.changed(record, outcome, found != 0 && !live);
        }
    }

    /** An event that changes one key. */
    Outcome change(long sequence, long time, RecordFlyweight record, long hash) {
        enterTable();
        Outcome outcome = decide(time, record, hash);
        if (effect == NONE && (growthOfClients == 0 || !Clients.remembers(record.type(), outcome))) {
            return outcome;
        }
        if (!totals.admits(growth + growthOfClients, moreKeys, moreExpiring)) {
            number = 0;
            return Outcome.OUT_OF_MEMORY;
        }
        carryOut(sequence, time, record, hash);
        return outcome;
    }

    /**
     * {@link #change} of a set without guard and expiry, which most events are: as much as the compiler takes in one
     * piece.
     */
    Outcome set(long sequence, long time, RecordFlyweight record, long hash) {
        enterTable();
        find(record, hash, time);
        newExpiry = NewEntry.NO_EXPIRY;
        moreKeys = 0;
        Outcome outcome = decidePut(PUT, record.keyLength(), record.valueLength());
        if (!totals.admits(growth, moreKeys, moreExpiring)) {
            return Outcome.OUT_OF_MEMORY;
        }
        number = sequence;
        entry.of(hash, sequence, record, NewEntry.NO_EXPIRY);
        entry.computeDigest();
        if (sink != null) {
            handOutPut(sequence, time);
        }
        totals.add(moreKeys, moreExpiring, growth, put(hash));
        return outcome;
    }

    /** {@link #change} of an add without guard, for the same reason. */
    Outcome add(long sequence, long time, RecordFlyweight record, long hash) {
        enterTable();
        willDoNothing();
        find(record, hash, time);
        Outcome outcome = decideAdd(record);
        if (effect == NONE) {
            return outcome;
        }
        if (!totals.admits(growth, moreKeys, moreExpiring)) {
            number = 0;
            return Outcome.OUT_OF_MEMORY;
        }
        if (live && sink == null && Table.takesInPlace(found, newValueLength)) {
            long removed = Entries.digest(found);
            preserve(hash);
            totals.add(0, 0, 0, current.overwriteNumber(slot, hash, sequence, decimal) - removed);
            return outcome;
        }
        totals.add(moreKeys, moreExpiring, growth, carryOutPut(sequence, time, record, hash));
        return outcome;
    }

    /** Stores the reference only if it is another one, see above. */
    private void enterTable() {
        Table now = table.get();
        if (current != now) {
            current = now;
        }
    }

    Outcome clear(long sequence, long time) {
        enterTable();
        number = totals.keys();
        if (sink != null) {
            handOutClear(sequence, time);
        }
        if (current != null) {
            clearTable();
        }
        return Outcome.ACCEPTED;
    }

    private void clearTable() {
        for (SnapshotWalk walk : walks) {
            walk.abort();
            walk.close();
        }
        walks = NO_WALKS;
        current.clear();
        totals.clear();
    }

    Outcome expireDue(long sequence, long time, int most) {
        enterTable();
        int removed = 0;
        if (current != null) {
            ExpiryHeap expiries = current.expiries();
            while (removed < most && expiries.size() > 0 && Entries.expiry(expiries.first()) <= time) {
                remove(sequence, time, expiries.firstReference());
                removed++;
                index++;
            }
        }
        number = removed;
        return Outcome.ACCEPTED;
    }

    private void remove(long sequence, long time, long reference) {
        long hash = current.hashOf(reference);
        slot = current.index().slotOf(hash, reference);
        found = current.entryAt(slot);
        if (teller != null) {
            teller.expired(current.entries(), found);
        }
        live = false;
        willRemove();
        carryOut(sequence, time, null, hash);
    }

    /** All or nothing: the requirements, the outcome of each change and the memory are decided first. */
    Outcome batch(long sequence, long time, RecordFlyweight batch) {
        try {
            return decideBatch(sequence, time, batch);
        } finally {
            plan.release();
        }
    }

    private Outcome decideBatch(long sequence, long time, RecordFlyweight batch) {
        enterTable();
        if (RecordFlags.guard(batch.flags()) == RecordFlags.IF_SEQUENCE && totals.sequence() > batch.guardSequence()) {
            number = REJECTED_BATCH_ITSELF;
            return Outcome.UNMET;
        }
        long at = batch.valueAddress();
        long end = at + batch.valueLength();
        for (; at < end && part.wrap(at).type() == EventType.REQUIRE; at += part.length()) {
            find(part, plan.hashOf(part), time);
            if (!isMet(part)) {
                number = index;
                return Outcome.UNMET;
            }
            index++;
        }
        boolean clears = at < end && part.wrap(at).type() == EventType.CLEAR;
        if (clears) {
            at += part.length();
            index++;
        }
        int duplicate = plan.read(at, end);
        if (duplicate != BatchPlan.NO_DUPLICATE) {
            number = (long) index + duplicate;
            return Outcome.DUPLICATE;
        }
        boolean fits = current != null && !clears && fitsInAnyCase();
        Outcome rejection = fits ? null : decideChanges(time, index, clears);
        if (rejection != null) {
            return rejection;
        }
        if (current != null) {
            carryOutBatch(sequence, time, index, clears, fits);
        }
        number = sequence;
        return Outcome.ACCEPTED;
    }

    /**
     * Whether the batch is admitted whatever its changes find: it has only sets and deletes without flags, and there is
     * room even if each of its keys is new. So it need not be decided before it is carried out; most batches are such.
     */
    private boolean fitsInAnyCase() {
        long most = growthOfClients;
        for (int i = 0; i < plan.count(); i++) {
            plan.wrap(i, part);
            if (part.flags() != 0 || (part.type() != EventType.SET && part.type() != EventType.DELETE)) {
                return false;
            }
            most += EntryDescriptor.charge(part.keyLength() + part.valueLength());
        }
        // The table may have less room than the budget where the system refused some.
        return totals.admits(most, plan.count(), 0) && totals.memoryUsed() + most <= current.capacity();
    }

    /** Why the batch is rejected, or {@code null}. */
    private Outcome decideChanges(long time, int firstIndex, boolean clears) {
        Table before = current;
        if (clears) {
            current = null; // what a change will find
        }
        long bytes = growthOfClients;
        long keys = 0;
        long expiring = 0;
        long gaining = 0;
        for (int i = 0; i < plan.count(); i++) {
            prefetchFrom(i);
            Outcome outcome = decide(time, plan.wrap(i, part), plan.hash(i));
            if (outcome == Outcome.NOT_A_NUMBER || outcome == Outcome.OVERFLOW || outcome == Outcome.TOO_LONG) {
                current = before;
                number = (long) firstIndex + i;
                return outcome;
            }
            bytes += growth;
            keys += moreKeys;
            expiring += moreExpiring;
            gaining += Math.max(0, moreExpiring);
        }
        current = before;
        boolean isAdmitted = clears
                ? totals.admitsInPlaceOfAll(bytes, keys, expiring)
                : totals.admits(bytes, keys, expiring, gaining);
        number = REJECTED_BATCH_ITSELF;
        return isAdmitted ? null : Outcome.OUT_OF_MEMORY;
    }

    /** At the first change of a group: so that the waits for memory of all overlap, see {@link PrefetchGroup}. */
    private void prefetchFrom(int begin) {
        if (begin % GROUP != 0 || current == null) {
            return;
        }
        int end = Math.min(begin + GROUP, plan.count());
        for (int i = begin; i < end; i++) {
            current.prefetchIndex(plan.hash(i));
        }
        for (int i = begin; i < end; i++) {
            plan.wrap(i, part);
            current.prefetchEntry(plan.hash(i), part.keyLength() + part.valueLength());
        }
    }

    /**
     * First the entries that do not become larger, then the rest, unless it fits in any order: so they never count more
     * in between than before or after; only the heap of expiries may, see {@link Evacuator}. No reader sees a part of
     * it: all stripes that change are held until the end.
     */
    private void carryOutBatch(long sequence, long time, int firstIndex, boolean clears, boolean inAnyOrder) {
        ChangeSink later = sink;
        if (later != null && !inAnyOrder) {
            handOutBatch(sequence, time, firstIndex, clears);
            sink = null;
        }
        StripedSeqLock stamps = current.stamps();
        if (clears) {
            stamps.holdAll();
            clearTable();
        } else {
            for (int i = 0; i < plan.count(); i++) {
                stamps.hold(plan.hash(i));
            }
        }
        for (int i = 0; i < plan.count(); i++) {
            prefetchFrom(i);
            Outcome outcome = decide(time, plan.wrap(i, part), plan.hash(i));
            if (growth <= 0 || inAnyOrder) {
                index = firstIndex + i;
                carryOutPart(sequence, time, i, outcome);
                plan.done(i);
            }
        }
        for (int i = 0; !inAnyOrder && i < plan.count(); i++) {
            if (!plan.isDone(i)) {
                carryOutPart(sequence, time, i, decide(time, plan.wrap(i, part), plan.hash(i)));
            }
        }
        stamps.letGo();
        sink = later;
    }

    /**
     * The changes of a batch in the order of its records, in which they need not be carried out. Each key comes once,
     * so that none of them depends on another.
     */
    private void handOutBatch(long sequence, long time, int firstIndex, boolean clears) {
        Table before = current;
        if (clears) {
            index = firstIndex - 1;
            handOutClear(sequence, time);
            current = null; // what a change will find
        }
        for (int i = 0; i < plan.count(); i++) {
            decide(time, plan.wrap(i, part), plan.hash(i));
            index = firstIndex + i;
            if (effect >= PUT) {
                build(sequence, part, plan.hash(i));
                handOutPut(sequence, time);
            } else if (effect == REMOVE) {
                handOutRemove(sequence, time, part);
            } else if (effect == CHANGE_EXPIRY) {
                handOutExpiry(sequence, time);
            }
        }
        current = before;
    }

    private void carryOutPart(long sequence, long time, int i, Outcome outcome) {
        carryOut(sequence, time, part, plan.hash(i));
        if (teller != null) {
            teller.at(i);
            tellOfChange(part, outcome);
        }
    }

    /** Copies the value that a record's key has at this time. */
    void copyValue(RecordFlyweight record, long hash, long time, ValueTarget target) {
        enterTable();
        find(record, hash, time);
        if (live) {
            copyFound(target);
        }
    }

    /** Reads a record's key at this time; returns the length of the value, or -1. */
    int readInPlace(RecordFlyweight record, long hash, long time, ValueTarget target, EntryDetails details) {
        enterTable();
        find(record, hash, time);
        if (!live) {
            return EntryReader.ABSENT_LENGTH;
        }
        details.set(Entries.sequence(found), Entries.expiryOrNone(found));
        if (target != null) {
            copyFound(target);
        }
        return Entries.valueLength(found);
    }

    private void copyFound(ValueTarget target) {
        int length = Entries.valueLength(found);
        byte[] room = target.room(length);
        current.entries().copyPayload(found, Entries.keyLength(found), room, target.begin(), length);
    }

    private void find(RecordFlyweight record, long hash, long time) {
        found = 0;
        if (current != null) {
            slot = current.find(hash, record.keyAddress(), record.keyLength());
            if (slot != Index.NO_SLOT) {
                found = current.entryAt(slot);
            }
        }
        live = found != 0 && (!Entries.expires(found) || Entries.expiry(found) > time);
    }

    private long sequenceOfLive() {
        return live ? Entries.sequence(found) : 0;
    }

    private boolean isMet(RecordFlyweight record) {
        switch (RecordFlags.guard(record.flags())) {
            case RecordFlags.IF_ABSENT:
                return !live;
            case RecordFlags.IF_PRESENT:
                return live;
            case RecordFlags.IF_SEQUENCE:
                return sequenceOfLive() == record.guardSequence();
            default:
                return true;
        }
    }

    private Outcome decide(long time, RecordFlyweight record, long hash) {
        willDoNothing();
        number = 0;
        find(record, hash, time);
        if (record.flags() != 0 && !isMet(record)) {
            return unmet();
        }
        switch (record.type()) {
            case SET:
                return decideSet(time, record);
            case DELETE:
                return decideRemove();
            case ADD:
                return decideAdd(record);
            case SPLICE:
                return decideSplice(record);
            case EXPIRE_AT:
                return decideExpireAt(time, record);
            default:
                throw new AssertionError(record.type());
        }
    }

    private Outcome unmet() {
        number = sequenceOfLive();
        return Outcome.UNMET;
    }

    private Outcome decideSet(long time, RecordFlyweight record) {
        newExpiry = record.flags() == 0 ? NewEntry.NO_EXPIRY : expiryOf(record, time);
        if (newExpiry != NewEntry.NO_EXPIRY && newExpiry <= time) {
            return decideRemove();
        }
        return decidePut(PUT, record.keyLength(), record.valueLength());
    }

    private Outcome decidePut(int kind, int keyLength, int valueLength) {
        willPut(kind, keyLength, valueLength);
        return live ? Outcome.REPLACED : Outcome.CREATED;
    }

    private Outcome decideRemove() {
        number = sequenceOfLive();
        if (found != 0) {
            willRemove();
        }
        return live ? Outcome.DELETED : Outcome.ABSENT;
    }

    private Outcome decideAdd(RecordFlyweight record) {
        if (!live) {
            decimal.set(0);
        } else if (!readNumber()) {
            return Outcome.NOT_A_NUMBER;
        }
        if (!decimal.add(record.delta())) {
            return Outcome.OVERFLOW;
        }
        number = decimal.value();
        newExpiry = expiryOfLive();
        return decidePut(PUT_NUMBER, record.keyLength(), decimal.length());
    }

    private boolean readNumber() {
        int length = Entries.valueLength(found);
        if (length > DecimalNumber.MAX_LENGTH) {
            return false;
        }
        long text = Entries.inlineValue(found);
        if (text == 0) {
            text = scratch.take(length);
            current.entries().copyPayload(found, Entries.keyLength(found), text, length);
        }
        return decimal.parse(text, length);
    }

    private Outcome decideSplice(RecordFlyweight record) {
        int oldLength = live ? Entries.valueLength(found) : 0;
        int length = record.spliceLength();
        if (length == 0) {
            number = oldLength;
            return live ? Outcome.REPLACED : Outcome.ABSENT;
        }
        long newLength = Math.max(oldLength, spliceBegin(record, oldLength) + length);
        if (newLength > record.spliceLimit()) {
            return Outcome.TOO_LONG;
        }
        number = newLength;
        newExpiry = expiryOfLive();
        return decidePut(PUT_SPLICED, record.keyLength(), (int) newLength);
    }

    private static long spliceBegin(RecordFlyweight record, int oldLength) {
        int offset = record.spliceOffset();
        return offset == RecordDescriptor.SPLICE_AT_END ? oldLength : Integer.toUnsignedLong(offset);
    }

    private Outcome decideExpireAt(long time, RecordFlyweight record) {
        if (!live) {
            return Outcome.ABSENT;
        }
        long oldExpiry = expiryOfLive();
        newExpiry = expiryOf(record, time);
        if (!isMet(record.condition(), oldExpiry, newExpiry)) {
            return unmet();
        }
        if (newExpiry != NewEntry.NO_EXPIRY && newExpiry <= time) {
            return decideRemove();
        }
        if (oldExpiry != NewEntry.NO_EXPIRY && newExpiry != NewEntry.NO_EXPIRY) {
            effect = CHANGE_EXPIRY;
        } else {
            willPut(PUT_SAME, record.keyLength(), Entries.valueLength(found));
        }
        return Outcome.REPLACED;
    }

    /** No expiry counts as one that is later than all others. */
    private static boolean isMet(ExpiryCondition condition, long oldExpiry, long newExpiry) {
        boolean hadOne = oldExpiry != NewEntry.NO_EXPIRY;
        boolean getsOne = newExpiry != NewEntry.NO_EXPIRY;
        switch (condition) {
            case IF_NONE:
                return !hadOne;
            case IF_SOME:
                return hadOne;
            case IF_LATER:
                return hadOne && (!getsOne || newExpiry > oldExpiry);
            case IF_EARLIER:
                return getsOne && (!hadOne || newExpiry < oldExpiry);
            default:
                return true;
        }
    }

    private long expiryOfLive() {
        return live ? Entries.expiryOrNone(found) : NewEntry.NO_EXPIRY;
    }

    private long expiryOf(RecordFlyweight record, long time) {
        switch (RecordFlags.expiry(record.flags())) {
            case RecordFlags.KEEP_EXPIRY:
                return expiryOfLive();
            case RecordFlags.ABSOLUTE_EXPIRY:
                return record.time();
            case RecordFlags.RELATIVE_EXPIRY:
                return time > Long.MAX_VALUE - record.time() ? Long.MAX_VALUE : time + record.time();
            default:
                return NewEntry.NO_EXPIRY;
        }
    }

    private void willDoNothing() {
        effect = NONE;
        growth = 0;
        moreKeys = 0;
        moreExpiring = 0;
    }

    private void willRemove() {
        effect = REMOVE;
        growth = -Entries.charge(found);
        moreKeys = -1;
        moreExpiring = Entries.expires(found) ? -1 : 0;
    }

    private void willPut(int kind, int keyLength, int valueLength) {
        effect = kind;
        newValueLength = valueLength;
        boolean expires = newExpiry != NewEntry.NO_EXPIRY;
        int charge = EntryDescriptor.charge(keyLength + valueLength, expires);
        if (found == 0) {
            growth = charge;
            moreKeys = 1;
            moreExpiring = expires ? 1 : 0;
        } else {
            growth = charge - Entries.charge(found);
            moreExpiring = (expires ? 1 : 0) - (Entries.expires(found) ? 1 : 0);
        }
    }

    /** @param record {@code null} if the entry is removed because it has expired */
    private void carryOut(long sequence, long time, RecordFlyweight record, long hash) {
        long digest;
        if (effect >= PUT) {
            digest = carryOutPut(sequence, time, record, hash);
        } else if (effect == REMOVE) {
            if (sink != null) {
                handOutRemove(sequence, time, record);
            }
            digest = carryOutRemove(hash);
        } else if (effect == CHANGE_EXPIRY) {
            if (sink != null) {
                handOutExpiry(sequence, time);
            }
            digest = carryOutExpiry(sequence, hash);
        } else {
            return;
        }
        totals.add(moreKeys, moreExpiring, growth, digest);
    }

    /** Returns what is added to the digest of the state, as those below do. */
    private long carryOutPut(long sequence, long time, RecordFlyweight record, long hash) {
        build(sequence, record, hash);
        if (sink != null) {
            handOutPut(sequence, time);
        }
        return put(hash);
    }

    /** The entry that is about to be put, before that. */
    private void handOutPut(long sequence, long time) {
        long expiry = entry.expires() ? entry.expiry() : ChangeSink.NO_EXPIRY;
        sink.onChange(
                sequence,
                time,
                index,
                ChangeKind.SET,
                sequenceOfLive(),
                expiry,
                entry.payload(),
                entry.keyLength(),
                entry.valueLength());
    }

    /** The entry that is about to be removed. */
    private void handOutRemove(long sequence, long time, RecordFlyweight record) {
        int keyLength = Entries.keyLength(found);
        long key;
        if (record != null) {
            key = record.keyAddress();
        } else {
            key = scratch.take(keyLength);
            current.entries().copyPayload(found, 0, key, keyLength);
        }
        ChangeKind kind = live ? ChangeKind.DELETE : ChangeKind.EXPIRED;
        sink.onChange(sequence, time, index, kind, Entries.sequence(found), ChangeSink.NO_EXPIRY, key, keyLength, 0);
    }

    /** The entry whose expiry is about to change. */
    private void handOutExpiry(long sequence, long time) {
        int keyLength = Entries.keyLength(found);
        int valueLength = Entries.valueLength(found);
        long payload = scratch.take((long) keyLength + valueLength);
        current.entries().copyPayload(found, 0, payload, keyLength + valueLength);
        long previous = Entries.sequence(found);
        sink.onChange(sequence, time, index, ChangeKind.SET, previous, newExpiry, payload, keyLength, valueLength);
    }

    private void handOutClear(long sequence, long time) {
        if (totals.keys() > 0) {
            sink.onChange(sequence, time, index, ChangeKind.CLEARED, 0, ChangeSink.NO_EXPIRY, 0, 0, 0);
        }
    }

    private long put(long hash) {
        if (!live) {
            watches.created(hash);
        }
        if (found == 0) {
            current.insert(entry);
            return entry.digest();
        }
        long removed = Entries.digest(found);
        preserve(hash);
        current.replace(slot, entry);
        return entry.digest() - removed;
    }

    /** Prepares the new entry. */
    private void build(long sequence, RecordFlyweight record, long hash) {
        if (effect == PUT) {
            number = sequence;
            entry.of(hash, sequence, record, newExpiry);
        } else {
            int keyLength = record.keyLength();
            long payload;
            if (effect == PUT_NUMBER) {
                payload = sum(record);
            } else {
                payload = keyBeforeValue(record);
                if (effect == PUT_SPLICED) {
                    splice(record, keyLength, payload + keyLength);
                } else {
                    number = sequence;
                    current.entries().copyPayload(found, keyLength, payload + keyLength, newValueLength);
                }
            }
            entry.of(hash, sequence, payload, keyLength, newValueLength, newExpiry);
        }
        entry.computeDigest();
    }

    /** Where the payload of the new entry lies: the key, and room for the value. */
    private long keyBeforeValue(RecordFlyweight record) {
        int keyLength = record.keyLength();
        long payload = scratch.take(keyLength + newValueLength);
        RawMemory.copy(record.keyAddress(), payload, keyLength);
        return payload;
    }

    /** Where the payload of the new entry lies: the key and the decimal. */
    private long sum(RecordFlyweight record) {
        long payload = keyBeforeValue(record);
        decimal.write(payload + record.keyLength());
        return payload;
    }

    private void splice(RecordFlyweight record, int keyLength, long value) {
        int oldLength = live ? Entries.valueLength(found) : 0;
        int begin = (int) spliceBegin(record, oldLength);
        if (oldLength > 0) {
            current.entries().copyPayload(found, keyLength, value, oldLength);
        }
        if (begin > oldLength) {
            RawMemory.fill(value + oldLength, begin - oldLength, (byte) 0);
        }
        RawMemory.copy(record.spliceAddress(), value + begin, record.spliceLength());
    }

    private long carryOutRemove(long hash) {
        long removed = Entries.digest(found);
        preserve(hash);
        current.remove(slot, hash);
        return -removed;
    }

    private long carryOutExpiry(long sequence, long hash) {
        number = sequence;
        long removed = Entries.digest(found);
        preserve(hash);
        current.changeExpiry(slot, hash, sequence, newExpiry);
        return Entries.digest(found) - removed;
    }

    private void preserve(long hash) {
        if (walks.length > 0) {
            preserveForWalks(hash);
        }
    }

    private void preserveForWalks(long hash) {
        for (SnapshotWalk walk : walks) {
            if (walk.sink().isWanted()) {
                walk.beforeChange(current, hash, found);
            } else {
                end(walk);
            }
        }
    }

    /** An event is over: memory that was taken for it is given back, and when the next key expires is made known. */
    void end() {
        scratch.release();
        if (totals.expiring() > 0) {
            totals.setNextExpiry(Entries.expiry(table.get().expiries().first()));
        }
    }

    /** No event will be applied any more. */
    void close() {
        scratch.free();
        plan.close();
        for (SnapshotWalk walk : walks) {
            walk.close();
        }
        walks = NO_WALKS;
    }

    /** Walks in progress that are wanted. */
    int walks() {
        for (SnapshotWalk walk : walks) {
            if (!walk.sink().isWanted()) {
                end(walk);
            }
        }
        return walks.length;
    }

    /** The walk in progress that hands out to a sink, or {@code null}. */
    SnapshotWalk walkTo(SnapshotSink sink) {
        for (SnapshotWalk walk : walks) {
            if (walk.sink() == sink) {
                return walk;
            }
        }
        return null;
    }

    /** From now on the walk gets every entry before it changes. */
    void begin(SnapshotWalk walk) {
        SnapshotWalk[] more = Arrays.copyOf(walks, walks.length + 1);
        more[walks.length] = walk;
        walks = more;
    }

    /** The walk gets no more entries. */
    void end(SnapshotWalk ended) {
        ended.close();
        walks = Arrays.stream(walks).filter(walk -> walk != ended).toArray(SnapshotWalk[]::new);
    }
}
