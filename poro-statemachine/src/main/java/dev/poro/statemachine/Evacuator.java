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
 * Turns free slots into free pages: moves what a sparse page holds into the free slots of other pages of its class.
 * This is what makes the memory budget exact, and what keeps pages from belonging for ever to a class that is no longer
 * in use (memcached's "slab calcification").
 *
 * <p><b>If the count fits, the allocation succeeds.</b> A change takes at most {@link Table#PAGES_OF_A_CHANGE} pages:
 * what the largest entry takes for its chunks, its slot, and one of the index. If it may need more than are free, pages
 * can be won: let a class have <i>n</i> slots a page, <i>u</i> used and <i>f</i> free slots. If <i>f ≥ n</i>, the
 * other pages of the class have a free slot for every used slot of any one page, which can thus be emptied. If that
 * holds for no class, each has fewer than <i>u / n + 1</i> pages. A used slot counts 65,536 / <i>n</i> bytes or more,
 * and the index, once it is compact, has at most 24 bytes a key and one page; so fewer than {@code count / 65,536 +
 * COUNT + 1} pages are taken. The region has {@code budget / 65,536 + COUNT + 1 + PAGES_OF_A_CHANGE} pages. Hence,
 * while {@code count <= budget}, enough are free.
 *
 * <p>For the same reason the pages in use exceed the budget by no more than {@code COUNT + 1}, which is 3.3 MiB, and
 * what one change takes, as long as each change that meets fewer than {@code PAGES_OF_A_CHANGE} free pages wins as many
 * as it may take.
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

    Evacuator(
            Slab slab, Entries entries, Index index, ExpiryHeap expiries, StripedSeqLock stamps, WyHash keyHash) {
        this.slab = slab;
        this.entries = entries;
        this.index = index;
        this.expiries = expiries;
        this.stamps = stamps;
        this.keyHash = keyHash;
    }

    /** Wins one page from the class that wastes most; {@code false} if no class has a page's worth of free slots. */
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
