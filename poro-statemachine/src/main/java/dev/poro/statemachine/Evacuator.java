package dev.poro.statemachine;

import static dev.poro.statemachine.ArenaDescriptor.PAGE_SHIFT;
import static dev.poro.statemachine.ArenaDescriptor.REFERENCE_MASK;
import static dev.poro.statemachine.ArenaDescriptor.REFERENCE_SHIFT;
import static dev.poro.statemachine.EntryDescriptor.CHUNK_NEXT_OFFSET;
import static dev.poro.statemachine.EntryDescriptor.CHUNK_PREVIOUS_OFFSET;
import static dev.poro.statemachine.EntryDescriptor.FIRST_CHUNK_OFFSET;
import static dev.poro.statemachine.EntryDescriptor.PREVIOUS_IS_ENTRY;

import dev.poro.events.RawMemory;

/**
 * Turns free slots into free pages: moves the entries of a sparse page into free slots of other pages of the same
 * class. This makes the memory budget exact, and keeps pages from staying for ever with a size class that is no longer
 * used (memcached's "slab calcification").
 *
 * <p><b>If the charges fit into the budget, the allocation succeeds.</b> A change takes at most
 * {@link Table#PAGES_OF_A_CHANGE} pages: for the chunks and the slot of the largest entry, one of the index, and one of
 * the heap of expiries. If it may need more pages than are free, pages can be freed. Let a class have <i>n</i> slots a
 * page, <i>u</i> used and <i>f</i> free slots. If <i>f ≥ n</i>, the other pages of the class have a free slot for every
 * used slot of any one page, which can thus be emptied. If that holds for no class, each class has fewer than
 * <i>u / n + 1</i> pages. A used slot is charged 65,536 / <i>n</i> bytes or more, the pages of the heap of expiries are
 * charged as they are, and the index, once it is compact, has at most 24 bytes a key and one page; so fewer than
 * {@code charges / 65,536 + COUNT + 1} pages are taken. The region has {@code budget / 65,536 + COUNT + 1 +
 * SPARE_PAGES} pages. Hence, while {@code charges <= budget}, enough are free.
 *
 * <p>In the midst of a batch, the charges may exceed those before and after it. Entries that do not become larger come
 * first, so the charges of entries alone are highest before or after. But keys that get an expiry may come before those
 * that lose one, and then the heap of expiries is longer for a while, by a place for each of them. That is at most
 * {@code SPARE_PAGES - PAGES_OF_A_CHANGE} pages. (Keys that lose an expiry while their entries grow make up for their
 * places: a size class is at least 8 bytes longer than the one before. Entries with chunks may grow by less, but the
 * record of such a change has 17 bytes or more, too.)
 *
 * <p>For the same reason the pages in use exceed the budget by no more than {@code COUNT + 1}, which is 3.3 MiB, plus
 * what one change takes, as long as each change that finds fewer than {@code SPARE_PAGES} free pages frees as many as
 * it may take.
 *
 * <p>Single writer, between changes: everything in the slab is reachable from the index.
 */
final class Evacuator {
    private final Slab slab;
    private final Entries entries;
    private final Index index;
    private final ExpiryHeap expiries;
    private final StripedSeqLock stamps;
    private final WyHash keyHash;

    Evacuator(Slab slab, Entries entries, Index index, ExpiryHeap expiries, StripedSeqLock stamps, WyHash keyHash) {
        this.slab = slab;
        this.entries = entries;
        this.index = index;
        this.expiries = expiries;
        this.stamps = stamps;
        this.keyHash = keyHash;
    }

    /**
     * Frees one page of the class with the most free slots in bytes; {@code false} if no class has a page's worth of
     * them.
     */
    boolean evacuate() {
        int wasteful = -1;
        long mostWaste = 0;
        for (int sizeClass = 0; sizeClass < SizeClasses.COUNT; sizeClass++) {
            long free = slab.freeSlots(sizeClass);
            long waste = free * SizeClasses.slotLengthOf(sizeClass);
            if (free >= SizeClasses.slotsPerPage(sizeClass) && waste > mostWaste) {
                wasteful = sizeClass;
                mostWaste = waste;
            }
        }
        if (wasteful < 0) {
            return false;
        }
        evacuatePageOf(wasteful);
        return true;
    }

    private void evacuatePageOf(int sizeClass) {
        int page = slab.withdrawSparsestPage(sizeClass);
        int length = SizeClasses.slotLengthOf(sizeClass);
        for (int slot = slab.nextUsedSlot(page, 0); slot != 0; slot = slab.nextUsedSlot(page, slot + length)) {
            long from = (((long) page << PAGE_SHIFT) + slot) >>> REFERENCE_SHIFT;
            long to = slab.allocate(sizeClass);
            RawMemory.copy(entries.address(from), entries.address(to), length);
            if (sizeClass == SizeClasses.CHUNK) {
                relinkChunk(to);
            } else {
                relinkEntry(from, to);
            }
        }
        slab.discard(page);
    }

    private void relinkEntry(long from, long to) {
        long entry = entries.address(to);
        boolean inline = Entries.isInline(entry);
        long hash = Entries.hash(entry, keyHash);
        long slot = index.slotOf(hash, from);
        stamps.begin(hash);
        Index.replace(slot, to);
        if (!inline) {
            long firstChunk = entries.address(RawMemory.readLong(entry + FIRST_CHUNK_OFFSET));
            RawMemory.writeLong(firstChunk + CHUNK_PREVIOUS_OFFSET, to | PREVIOUS_IS_ENTRY);
        }
        stamps.end(hash);
        if (Entries.expires(entry)) {
            expiries.move(Entries.place(entry), to);
        }
    }

    private void relinkChunk(long to) {
        long chunk = entries.address(to);
        long tag = RawMemory.readLong(chunk + CHUNK_NEXT_OFFSET) & ~REFERENCE_MASK;
        long previous = RawMemory.readLong(chunk + CHUNK_PREVIOUS_OFFSET);
        long next = Entries.nextChunk(chunk);
        stamps.begin(tag);
        if ((previous & PREVIOUS_IS_ENTRY) != 0) {
            RawMemory.writeLong(entries.address(previous & REFERENCE_MASK) + FIRST_CHUNK_OFFSET, to);
        } else {
            RawMemory.writeLong(entries.address(previous) + CHUNK_NEXT_OFFSET, tag | to);
        }
        if (next != 0) {
            RawMemory.writeLong(entries.address(next) + CHUNK_PREVIOUS_OFFSET, to);
        }
        stamps.end(tag);
    }
}
