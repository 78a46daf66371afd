package dev.poro.statemachine;

import dev.poro.events.Outcome;
import dev.poro.events.RecordFlyweight;

/**
 * Applies sets and deletes: finds the entry, decides whether the event takes effect, and changes the entry and the
 * {@link Totals}. Before that, the snapshot in progress gets the old entry. Single writer.
 */
final class Changes {
    private final CurrentTable table;
    private final Totals totals;

    /** The snapshot in progress, or {@code null}. */
    private SnapshotWalk walk;

    Changes(CurrentTable table, Totals totals) {
        this.table = table;
        this.totals = totals;
    }

    Outcome set(long sequence, RecordFlyweight record, long hash) {
        Table current = table.get();
        if (current == null) {
            return Outcome.OUT_OF_MEMORY;
        }
        int keyLength = record.keyLength();
        int valueLength = record.valueLength();
        long slot = current.find(hash, record.keyAddress(), keyLength);
        boolean replaces = slot != Index.NO_SLOT;
        long entry = replaces ? current.entryAt(slot) : 0;
        int charge = EntryDescriptor.charge(keyLength + valueLength);
        int growth = replaces ? charge - EntryDescriptor.charge(Entries.payloadLength(entry)) : charge;
        if (!totals.admits(growth, replaces)) {
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

    Outcome delete(RecordFlyweight record, long hash) {
        Table current = table.get();
        if (current == null) {
            return Outcome.ABSENT;
        }
        int keyLength = record.keyLength();
        long slot = current.find(hash, record.keyAddress(), keyLength);
        if (slot == Index.NO_SLOT) {
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

    private void preserve(Table current, long hash, long entry) {
        if (walk != null) {
            walk.beforeChange(current, hash, entry);
        }
    }

    /** The snapshot in progress, or {@code null}. */
    SnapshotWalk walk() {
        return walk;
    }

    /** Sets the snapshot that gets every entry before it changes; {@code null} for none. */
    void preserveFor(SnapshotWalk snapshot) {
        walk = snapshot;
    }
}
