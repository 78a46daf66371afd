package dev.poro.statemachine;

import static dev.poro.statemachine.ArenaDescriptor.CACHE_LINE_LENGTH;
import static dev.poro.statemachine.ArenaDescriptor.FIRST_POOL_PAGE;
import static dev.poro.statemachine.ArenaDescriptor.MAX_PAGES;
import static dev.poro.statemachine.ArenaDescriptor.PAGE_SHIFT;
import static dev.poro.statemachine.EntryDescriptor.CHUNK_PAYLOAD_LENGTH;
import static dev.poro.statemachine.EntryDescriptor.HEADER_LENGTH;

import dev.poro.events.Limits;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * The entries of a store: a hash table in one arena. Finds, adds, replaces and removes entries. {@link Changes} decides
 * whether an entry is admitted, and keeps the memory used within {@link #capacity()}.
 *
 * <p>An entry is written before the index refers to it, and freed after the index no longer does. So a stripe is closed
 * to its readers only while a reference is swapped, whatever the length of the value. The exception is a value that
 * fits into the slot of the previous one and is written in place.
 *
 * <p>Single writer; {@link #reader()} is for any thread.
 */
final class Table {
    /** The most pages that one change may take: for chunks, a slot, the index and the expiries. */
    static final int PAGES_OF_A_CHANGE =
            pagesForChunks((Limits.MAX_KEY_LENGTH + Limits.MAX_VALUE_LENGTH) / CHUNK_PAYLOAD_LENGTH) + 3;

    /**
     * By how many pages the heap of expiries may exceed, in the midst of a batch, what it takes before and after. A
     * record that gives a key an expiry has 17 bytes or more, all but one.
     */
    private static final int PAGES_OF_A_BATCH =
            Limits.MAX_VALUE_LENGTH / (RecordDescriptor.HEADER_LENGTH + Long.BYTES) / ExpiryHeap.PLACES_PER_PAGE + 1;

    /** Pages to keep free: a change that finds fewer frees some. */
    static final int SPARE_PAGES = PAGES_OF_A_CHANGE + PAGES_OF_A_BATCH;

    /** Pages beyond those that the budget counts; see {@link Evacuator} for the reason. */
    static final int SLACK_PAGES = SizeClasses.COUNT + 1 + SPARE_PAGES;

    /**
     * The largest budget, in bytes: as it was before there were expiries, for it is in logs. The region for it lacks
     * the pages that are for expiries alone, because references do not reach further.
     */
    static final long MAX_CAPACITY =
            (long) (MAX_PAGES - FIRST_POOL_PAGE - SLACK_PAGES + PAGES_OF_A_BATCH + 1) << PAGE_SHIFT;

    /** The smallest reservation to try, in bytes. */
    private static final long MIN_GRANT = 1 << 20;

    private static final int USUAL_PAYLOAD_LENGTH = 2 * CACHE_LINE_LENGTH - HEADER_LENGTH;
    private static final int PREFETCHED_LENGTH = 18 * CACHE_LINE_LENGTH;

    /** Far enough from both ends of the array that it shares no cache line with fields that readers use. */
    private static final int PREFETCHED_AT = 16;

    private final Arena arena;
    private final Slab slab;
    private final StripedSeqLock stamps;
    private final Entries entries;
    private final Index index;
    private final ExpiryHeap expiries;
    private final Evacuator evacuator;
    private final EntryReader reader;
    private final ScanReader scanReader;
    private final WyHash keyHash;
    private final LongSupplier logTime;

    /** The sum of the prefetched bytes. Storing it keeps the compiler from removing the loads. */
    private final long[] prefetched = new long[2 * PREFETCHED_AT];

    /** Of all values that were ever written; for readers, before they can see the value. */
    private volatile int longestValue;

    private Table(Arena arena, int longestValue, WyHash keyHash, LongSupplier logTime) {
        this.arena = arena;
        this.longestValue = longestValue;
        this.keyHash = keyHash;
        this.logTime = logTime;
        this.slab = new Slab(arena);
        this.stamps = new StripedSeqLock(arena);
        this.entries = new Entries(arena, slab);
        this.index = new Index(arena, entries, stamps);
        this.expiries = new ExpiryHeap(arena, entries);
        this.evacuator = new Evacuator(slab, entries, index, expiries, stamps, keyHash);
        this.reader = new EntryReader(arena, index, stamps, logTime);
        this.scanReader = new ScanReader(arena, index, reader, stamps);
    }

    /**
     * An empty table with room for what counts up to {@code capacity} bytes.
     *
     * @param logTime for readers, in milliseconds since 1970: what expires then or earlier is hidden from them
     */
    static Table create(long capacity, WyHash keyHash, LongSupplier logTime) {
        Arena arena = new Arena(pagesOf(capacity));
        arena.freeze();
        Table table = new Table(arena, 0, keyHash, logTime);
        table.index.initialize();
        return table;
    }

    /** An empty table with room for {@code capacity} bytes, or for as much of that as the system grants. */
    static Table createUpTo(long capacity, WyHash keyHash, LongSupplier logTime) {
        try {
            return create(capacity, keyHash, logTime);
        } catch (OutOfMemoryError refused) {
            if (capacity <= MIN_GRANT) {
                throw refused;
            }
            return createUpTo(Math.max(MIN_GRANT, capacity / 2), keyHash, logTime);
        }
    }

    /** A table with the same entries and more room. This one stays unchanged for the readers that still use it. */
    Table grown(long capacity) {
        Arena larger = new Arena(pagesOf(capacity));
        larger.adopt(arena);
        larger.freeze();
        return new Table(larger, longestValue, keyHash, logTime);
    }

    /** Whether {@link #grown} would have no more room than this. */
    boolean isAsLargeAsFor(long capacity) {
        return pagesOf(capacity) <= arena.length() >>> PAGE_SHIFT;
    }

    /** The largest sum of charges that it has room for, in bytes. */
    long capacity() {
        return (long) (arena.poolPages() - SLACK_PAGES) << PAGE_SHIFT;
    }

    /** At least the length of each value, in bytes: that of the longest one that there has been. Any thread. */
    int longestValue() {
        return longestValue;
    }

    Arena arena() {
        return arena;
    }

    Index index() {
        return index;
    }

    Entries entries() {
        return entries;
    }

    ExpiryHeap expiries() {
        return expiries;
    }

    StripedSeqLock stamps() {
        return stamps;
    }

    EntryReader reader() {
        return reader;
    }

    ScanReader scanReader() {
        return scanReader;
    }

    /** The slot of a key, or {@link Index#NO_SLOT}; valid until the next change. */
    long find(long hash, long key, int keyLength) {
        return index.find(hash, key, keyLength);
    }

    /**
     * Prefetches what {@link #find} and the change that follows will need: the cache line of the index, and the entry
     * that it most likely refers to. No branch depends on the fetched data: a mispredicted one would stall everything
     * after it until the data arrives (measured: a fifth of a synchronous set).
     */
    void prefetch(long hash, int payloadLength) {
        touchEntry(index.referenceNearHome(hash), payloadLength);
    }

    /** Prefetches the cache line of the index only. */
    void prefetchIndex(long hash) {
        prefetched[PREFETCHED_AT] += index.homeWord(hash);
    }

    /** Prefetches the entry, once the cache line of the index is present. */
    void prefetchEntry(long hash, int payloadLength) {
        touchEntry(index.likelyReference(hash), payloadLength);
    }

    /** Prefetches the beginning of an entry, which is the whole of most entries. */
    void prefetchEntry(long reference) {
        touchEntry(reference, USUAL_PAYLOAD_LENGTH);
    }

    /**
     * Loads one byte of each cache line of the entry, because Java has no prefetch instruction. The bytes are summed up
     * in memory: the compiler removes a load whose result is unused, even a volatile one.
     */
    private void touchEntry(long reference, int payloadLength) {
        int length = Math.min(HEADER_LENGTH + payloadLength, PREFETCHED_LENGTH);
        if (arena.contains(reference, length)) {
            long entry = entries.address(reference);
            int bytes = 0;
            for (int line = 0; line < length; line += CACHE_LINE_LENGTH) {
                bytes += RawMemory.readByte(entry + line);
            }
            prefetched[PREFETCHED_AT] += bytes;
        }
    }

    /** The address of the entry in a slot; valid until the next change. */
    long entryAt(long slot) {
        return entries.address(Index.referenceAt(slot));
    }

    /** Adds an entry for a key that is absent. */
    void insert(NewEntry inserted) {
        makeRoom(pagesOf(inserted) + 1);
        index.insert(inserted.hash(), write(inserted));
    }

    /** Whether an entry can be inserted without winning pages first, so that no entry moves. */
    boolean hasRoomFor(NewEntry inserted) {
        return arena.freePages() > pagesOf(inserted);
    }

    /** Writes an entry that the index does not know yet, and returns its reference. There must be room for it. */
    long write(NewEntry written) {
        noteLength(written.valueLength());
        long reference = entries.write(written);
        if (written.expires()) {
            expiries.add(reference);
        }
        return reference;
    }

    private void noteLength(int valueLength) {
        if (valueLength > longestValue) {
            longestValue = valueLength;
        }
    }

    /** Whether two entries have the same key. */
    boolean haveSameKey(long reference, long other) {
        long entry = entries.address(reference);
        if (Entries.isInline(entry)) {
            return entries.hasKey(entries.address(other), entry + HEADER_LENGTH, Entries.keyLength(entry));
        }
        return Arrays.equals(keyOf(reference), keyOf(other));
    }

    /** The hash of the key of an entry. */
    long hashOf(long reference) {
        return Entries.hash(entries.address(reference), keyHash);
    }

    /** A copy of the key of an entry. */
    byte[] keyOf(long reference) {
        long entry = entries.address(reference);
        byte[] key = new byte[Entries.keyLength(entry)];
        entries.copyPayload(entry, 0, key, 0, key.length);
        return key;
    }

    /** Replaces the entry in a slot by one with the same key. */
    void replace(long slot, NewEntry replacement) {
        noteLength(replacement.valueLength());
        long hash = replacement.hash();
        long entry = entryAt(slot);
        if (fitsInPlace(entry, replacement)) {
            stamps.begin(hash);
            entries.overwriteValue(entry, replacement);
            stamps.end(hash);
            if (replacement.expires()) {
                expiries.change(Entries.place(entry), Index.referenceAt(slot));
            }
            return;
        }
        boolean mayHaveMoved = makeRoom(pagesOf(replacement));
        long current = mayHaveMoved ? find(hash, replacement.payload(), replacement.keyLength()) : slot;
        long written = entries.write(replacement);
        long replaced = Index.referenceAt(current);
        stamps.begin(hash);
        Index.replace(current, written);
        stamps.end(hash);
        replaceExpiry(replaced, written, replacement.expires());
        entries.free(replaced);
    }

    private void replaceExpiry(long replaced, long written, boolean expires) {
        long old = entries.address(replaced);
        if (!Entries.expires(old)) {
            if (expires) {
                expiries.add(written);
            }
        } else if (expires) {
            expiries.change(Entries.place(old), written);
        } else {
            expiries.remove(old);
        }
    }

    /** Whether an entry is as plain as most are and would have the same size class with a value of this length. */
    static boolean takesInPlace(long entry, int valueLength) {
        int oldLength = Entries.payloadLength(entry);
        int newLength = Entries.keyLength(entry) + valueLength;
        return !Entries.expires(entry)
                && !EntryDescriptor.keepsDigest(Math.max(oldLength, newLength))
                && EntryDescriptor.sizeClass(oldLength, false) == EntryDescriptor.sizeClass(newLength, false);
    }

    /**
     * Replaces the value of an entry that {@link #takesInPlace} by a decimal, which is written where it stays; returns
     * the digest of the entry.
     */
    long overwriteNumber(long slot, long hash, long sequence, DecimalNumber decimal) {
        noteLength(decimal.length());
        long entry = entryAt(slot);
        stamps.begin(hash);
        long digest = Entries.overwriteNumber(entry, sequence, decimal);
        stamps.end(hash);
        return digest;
    }

    /** Gives the entry in a slot, which has an expiry, another one. */
    void changeExpiry(long slot, long hash, long sequence, long expiry) {
        long entry = entryAt(slot);
        stamps.begin(hash);
        Entries.overwriteExpiry(entry, sequence, expiry);
        stamps.end(hash);
        expiries.change(Entries.place(entry), Index.referenceAt(slot));
    }

    /** Removes the entry in a slot. */
    void remove(long slot, long hash) {
        long removed = Index.referenceAt(slot);
        long entry = entries.address(removed);
        if (Entries.expires(entry)) {
            expiries.remove(entry);
        }
        index.remove(hash, slot);
        entries.free(removed);
    }

    /**
     * Removes every entry, at the cost of one page of the index, however many there are: nothing is freed one by one,
     * all pages are there to be taken again. Readers who are inside find nothing that they may return.
     */
    void clear() {
        stamps.beginAll(0, 0);
        arena.takeAllBack();
        slab.clear();
        expiries.clear();
        index.initialize();
        stamps.endAll(0, 0);
    }

    /** Visits every entry; between changes only. */
    void forEach(EntryVisitor visitor) {
        index.forEach(reference -> {
            long entry = entries.address(reference);
            byte[] key = keyOf(reference);
            byte[] value = new byte[Entries.valueLength(entry)];
            entries.copyPayload(entry, key.length, value, 0, value.length);
            visitor.visit(key, value, Entries.sequence(entry));
        });
    }

    /** Visits every entry: first those that have an expiry, in the order in which they are due. */
    void forEachByExpiry(DetailedEntryVisitor visitor) {
        EntryDetails details = new EntryDetails();
        for (long reference : expiries().inOrder()) {
            visit(reference, details, visitor);
        }
        index.forEach(reference -> {
            if (!Entries.expires(entries.address(reference))) {
                visit(reference, details, visitor);
            }
        });
    }

    private void visit(long reference, EntryDetails details, DetailedEntryVisitor visitor) {
        long entry = entries.address(reference);
        byte[] key = keyOf(reference);
        byte[] value = new byte[Entries.valueLength(entry)];
        entries.copyPayload(entry, key.length, value, 0, value.length);
        details.set(Entries.sequence(entry), Entries.expiryOrNone(entry));
        visitor.visit(key, value, details);
    }

    MemoryReport report(long budget, long used) {
        List<MemoryReport.SizeClass> sizeClasses = new ArrayList<>(SizeClasses.CHUNK);
        for (int sizeClass = 0; sizeClass < SizeClasses.CHUNK; sizeClass++) {
            sizeClasses.add(report(sizeClass));
        }
        return new MemoryReport(
                budget,
                used,
                arena.length(),
                arena.poolPages(),
                arena.poolPages() - arena.freePages(),
                arena.touchedPages(),
                index.pages(),
                expiries.pages(),
                List.copyOf(sizeClasses),
                report(SizeClasses.CHUNK));
    }

    private MemoryReport.SizeClass report(int sizeClass) {
        return new MemoryReport.SizeClass(
                SizeClasses.slotLengthOf(sizeClass),
                slab.pages(sizeClass),
                slab.usedSlots(sizeClass),
                slab.freeSlots(sizeClass));
    }

    private static boolean fitsInPlace(long entry, NewEntry replacement) {
        boolean expires = Entries.expires(entry);
        int oldLength = Entries.payloadLength(entry);
        return expires == replacement.expires()
                && EntryDescriptor.isInline(oldLength, expires)
                && replacement.isInline()
                && EntryDescriptor.sizeClass(oldLength, expires) == replacement.sizeClass();
    }

    /**
     * Has so many pages free before a change, so that nothing that an entry refers to moves while it is written. Where
     * fewer are free than are to be spare, a change also wins as many as it may take, and no more: the work that a
     * large one leaves behind is shared out.
     *
     * @return whether slots of the index have moved
     */
    private boolean makeRoom(int pages) {
        int wanted = pages;
        while (wanted > 0 && arena.freePages() < SPARE_PAGES && evacuator.evacuate()) {
            wanted--;
        }
        boolean isCompacted = false;
        while (arena.freePages() < pages) {
            if (evacuator.evacuate()) {
                continue;
            }
            if (!index.compact()) {
                throw noPageIsFree();
            }
            isCompacted = true;
        }
        return isCompacted;
    }

    /** The pages that writing an entry may take. */
    private static int pagesOf(NewEntry written) {
        return pagesForChunks(written.chunks()) + (written.expires() ? 2 : 1);
    }

    private OutOfMemoryError noPageIsFree() {
        return new OutOfMemoryError("no page is free in an arena of " + arena.length()
                + " bytes: the system granted less than the memory budget of the log");
    }

    private static int pagesForChunks(int chunks) {
        int chunksPerPage = SizeClasses.slotsPerPage(SizeClasses.CHUNK);
        return (chunks + chunksPerPage - 1) / chunksPerPage;
    }

    private static int pagesOf(long capacity) {
        int pages = FIRST_POOL_PAGE + SLACK_PAGES + (int) ((capacity + (1L << PAGE_SHIFT) - 1) >>> PAGE_SHIFT);
        return Math.min(pages, MAX_PAGES);
    }
}
