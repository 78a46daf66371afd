package dev.poro.statemachine;

import java.util.List;

/**
 * How the memory of a state machine is used, at one moment. Immutable. Lengths are in bytes, pages are 64 KiB.
 *
 * @param budget the limit on {@code used}
 * @param used the sum of the charges of all entries: a function of the contents alone, whatever the layout
 * @param reserved address space of the arena; physical memory is taken only by pages that were touched
 * @param pages pages that can be handed out
 * @param pagesUsed pages that hold entries, chunks, parts of the index or of the order of expiries
 * @param pagesTouched pages that were in use at least once, the used ones included
 * @param indexPages pages of the index
 * @param expiryPages pages that hold the order in which keys expire
 * @param sizeClasses the classes of the slab, shortest slots first
 * @param chunks the chunks of large entries
 */
public record MemoryReport(
        long budget,
        long used,
        long reserved,
        long pages,
        long pagesUsed,
        long pagesTouched,
        long indexPages,
        long expiryPages,
        List<SizeClass> sizeClasses,
        SizeClass chunks) {

    private static final SizeClass NO_CHUNKS = new SizeClass(SizeClasses.slotLengthOf(SizeClasses.CHUNK), 0, 0, 0);

    /** The report of a state machine that has no memory yet. */
    static MemoryReport empty(long budget) {
        return new MemoryReport(budget, 0, 0, 0, 0, 0, 0, 0, List.of(), NO_CHUNKS);
    }

    /** Bytes of the pages in use. */
    public long usedPageBytes() {
        return pagesUsed << ArenaDescriptor.PAGE_SHIFT;
    }

    /** Bytes of the pages that were in use at least once. */
    public long touchedPageBytes() {
        return pagesTouched << ArenaDescriptor.PAGE_SHIFT;
    }

    /** Bytes of the pages of the index. */
    public long indexBytes() {
        return indexPages << ArenaDescriptor.PAGE_SHIFT;
    }

    /** Bytes of the pages that hold the order in which keys expire. */
    public long expiryBytes() {
        return expiryPages << ArenaDescriptor.PAGE_SHIFT;
    }

    /**
     * A class of slots of equal length.
     *
     * @param slotLength bytes of a slot
     * @param pages pages of the class
     * @param slotsUsed slots in use
     * @param slotsFree free slots of those pages
     */
    public record SizeClass(int slotLength, long pages, long slotsUsed, long slotsFree) {}
}
