package dev.poro.statemachine;

import dev.poro.events.RecordFlyweight;
import dev.poro.perf.Check;
import dev.poro.perf.Keys;

/** A {@link Table} and what a writer does with it, less the accounting and the digest of {@link StateMachine}. */
final class FilledTable {
    static final WyHash HASH = new WyHash(42);

    private static final int MOST_BYTES_OF_A_SHORT_ENTRY = 160;

    private final Table table;
    private final NewEntry entry = new NewEntry();
    private long sequence;

    /** An empty table with room for {@code entries} of up to 64 bytes of key and value. */
    FilledTable(int entries) {
        table = Table.create((long) entries * MOST_BYTES_OF_A_SHORT_ENTRY, HASH, () -> Long.MIN_VALUE);
    }

    Table table() {
        return table;
    }

    /** Adds a key that is absent. */
    void insert(RecordFlyweight record) {
        long hash = hash(record);
        if (table.find(hash, record.keyAddress(), record.keyLength()) != Index.NO_SLOT) {
            throw new IllegalStateException("the key is there already");
        }
        table.insert(entry.of(hash, ++sequence, record, NewEntry.NO_EXPIRY));
    }

    /** Replaces the value of a key that is present. */
    void replace(RecordFlyweight record) {
        long hash = hash(record);
        long slot = findPresent(hash, record);
        table.replace(slot, entry.of(hash, ++sequence, record, NewEntry.NO_EXPIRY));
    }

    /** Replaces the value of a key by the one that is not of the same length. */
    void replaceByOther(RecordFlyweight one, RecordFlyweight other) {
        long hash = hash(one);
        long slot = findPresent(hash, one);
        boolean isOne = Entries.valueLength(table.entryAt(slot)) == one.valueLength();
        table.replace(slot, entry.of(hash, ++sequence, isOne ? other : one, NewEntry.NO_EXPIRY));
    }

    /** Removes a key that is present. */
    void remove(RecordFlyweight record) {
        long hash = hash(record);
        table.remove(findPresent(hash, record), hash);
    }

    /** Checks that it holds {@code keyCount} entries, one for each key, and gives the memory back. */
    void close(Keys keys, int keyCount, EncodedRecord record) {
        long entries = table.report(0, 0).sizeClasses().stream()
                .mapToLong(MemoryReport.SizeClass::slotsUsed)
                .sum();
        Check.equal("entries", keyCount, entries);
        for (int i = 0; i < keyCount; i++) {
            RecordFlyweight expected = record.with(keys.key(i));
            findPresent(hash(expected), expected);
        }
        table.arena().release();
    }

    private long hash(RecordFlyweight record) {
        return HASH.of(record.keyAddress(), record.keyLength());
    }

    private long findPresent(long hash, RecordFlyweight record) {
        long slot = table.find(hash, record.keyAddress(), record.keyLength());
        if (slot == Index.NO_SLOT) {
            throw new IllegalStateException("the key is absent");
        }
        return slot;
    }
}
