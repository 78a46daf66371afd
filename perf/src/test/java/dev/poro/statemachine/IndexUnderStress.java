package dev.poro.statemachine;

import dev.poro.events.RawMemory;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlyweight;

/**
 * An index with one real entry and any number of words that refer to nothing, and its reader. Hashes are chosen freely.
 */
final class IndexUnderStress {
    private static final byte[] KEY = {'k', 'e', 'y'};
    private static final byte[] VALUE = {'v'};

    final Index index;

    private final Arena arena;
    private final EntryReader reader;
    private final long reference;

    IndexUnderStress(int pages) {
        this.arena = new Arena(ArenaDescriptor.FIRST_POOL_PAGE + pages);
        arena.freeze();
        Entries entries = new Entries(arena, new Slab(arena));
        StripedSeqLock stamps = new StripedSeqLock(arena);
        this.index = new Index(arena, entries, stamps);
        this.reader = new EntryReader(arena, index, stamps, () -> 0);
        index.initialize();
        this.reference = write(entries);
    }

    private static long write(Entries entries) {
        int length = 64;
        long record = RawMemory.allocate(length);
        RecordEncoder.encodeSet(record, KEY, VALUE);
        long reference = entries.write(new NewEntry().of(0, 1, new RecordFlyweight().wrap(record), NewEntry.NO_EXPIRY));
        RawMemory.free(record, length);
        return reference;
    }

    /** Adds the entry under a hash. */
    void insertEntry(long hash) {
        index.insert(hash, reference);
    }

    void removeEntry(long hash) {
        index.remove(hash, index.slotOf(hash, reference));
    }

    /** Whether a reader finds the entry. */
    boolean finds(long hash) {
        return reader.read(hash, KEY, 0, KEY.length, null) != null;
    }

    /** A copy of the pages taken until now, the control page and the directory. */
    byte[] save() {
        byte[] saved = new byte[(ArenaDescriptor.FIRST_POOL_PAGE + arena.touchedPages()) << ArenaDescriptor.PAGE_SHIFT];
        RawMemory.copy(arena.base(), saved, 0, saved.length);
        return saved;
    }

    /** What was when {@code saved} was copied. Nobody reads meanwhile. */
    void restore(byte[] saved) {
        RawMemory.copy(saved, 0, arena.base(), saved.length);
    }
}
