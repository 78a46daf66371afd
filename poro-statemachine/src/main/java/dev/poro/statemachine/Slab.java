package dev.poro.statemachine;

import static dev.poro.statemachine.ArenaDescriptor.PAGE_SHIFT;
import static dev.poro.statemachine.ArenaDescriptor.REFERENCE_SHIFT;
import static dev.poro.statemachine.ArenaDescriptor.SIZE_CLASSES_OFFSET;
import static dev.poro.statemachine.SizeClasses.PAGE_HEADER_LENGTH;

import dev.poro.events.RawMemory;

/**
 * Hands out slots of the {@link SizeClasses}, after Bonwick's slab allocator (USENIX 1994): a page belongs to one
 * class, its free slots form a stack that runs through them, and a page without a used slot goes back to the arena at
 * once.
 *
 * <pre>
 *   page header                         size class, in the control page
 *   +----+--------------------------+   +----+-------------------------------------------+
 *   |  0 | u32 size class           |   |  0 | u32 first page less than a quarter full   |
 *   |  4 | u32 used slots           |   |  4 | u32 first page less than half full        |
 *   |  8 | u32 first free slot or 0 |   |  8 | u32 first page less than 3 quarters full  |
 *   | 12 | u32 lowest unused slot   |   | 12 | u32 first page with any free slot         |
 *   | 16 | u32 previous page or 0   |   | 16 | u32 pages                                 |
 *   | 20 | u32 next page or 0       |   | 24 | u64 used slots                            |
 *   +----+--------------------------+   +----+-------------------------------------------+
 * </pre>
 *
 * <p>Slots within a page are named by their byte offset. Pages with free slots are linked into four lists by how full
 * they are. Slots come from the fullest list, so that sparse pages become empty; the {@link Evacuator} takes pages from
 * the sparsest list. Full pages are in no list.
 *
 * <p>The first word of a used slot is positive and that of a free one negative, so a page can be scanned. All state is
 * in the region. Single writer.
 */
final class Slab {
    private static final int CLASS_OFFSET = 0;
    private static final int USED_OFFSET = 4;
    private static final int FREE_HEAD_OFFSET = 8;
    private static final int NEXT_NEW_OFFSET = 12;
    private static final int PREVIOUS_OFFSET = 16;
    private static final int NEXT_OFFSET = 20;

    private static final int QUARTERS = 4;
    private static final int CLASS_PAGES_OFFSET = 16;
    private static final int CLASS_USED_OFFSET = 24;
    private static final int CLASS_SHIFT = 5;

    private final Arena arena;
    private final long base;

    Slab(Arena arena) {
        this.arena = arena;
        this.base = arena.base();
    }

    /**
     * A reference to a slot with undefined contents. The caller stores a positive first word.
     *
     * @throws StateMachineException if a page is needed and none is left; see {@link Evacuator} for why that cannot
     *     happen
     */
    long allocate(int sizeClass) {
        long lists = classAddress(sizeClass);
        int page = fullestPage(lists);
        if (page == Arena.NO_PAGE) {
            page = takePage(lists, sizeClass);
        }
        long header = arena.pageAddress(page);
        int used = RawMemory.readInt(header + USED_OFFSET);
        assert used < SizeClasses.slotsPerPage(sizeClass) : "page " + page + " is full";
        int slot = popSlot(header, sizeClass);
        RawMemory.writeInt(header + USED_OFFSET, used + 1);
        add(lists + CLASS_USED_OFFSET, 1);
        move(page, lists, quarter(used, sizeClass), quarter(used + 1, sizeClass));
        return (((long) page << PAGE_SHIFT) + slot) >>> REFERENCE_SHIFT;
    }

    /** Forgets every slot; the pages are the arena's again. */
    void clear() {
        RawMemory.fill(classAddress(0), (long) SizeClasses.COUNT << CLASS_SHIFT, (byte) 0);
    }

    /** Takes a slot back. */
    void free(long reference) {
        int page = ArenaDescriptor.pageOf(reference);
        long header = arena.pageAddress(page);
        int sizeClass = RawMemory.readInt(header + CLASS_OFFSET);
        long lists = classAddress(sizeClass);
        int used = RawMemory.readInt(header + USED_OFFSET);
        long slot = base + (reference << REFERENCE_SHIFT);
        assert used > 0 && isUsed(header, slot, sizeClass) : "reference " + reference + " is not one to a used slot";
        RawMemory.writeLong(slot, ~(long) RawMemory.readInt(header + FREE_HEAD_OFFSET));
        RawMemory.writeInt(header + FREE_HEAD_OFFSET, (int) (slot - header));
        RawMemory.writeInt(header + USED_OFFSET, used - 1);
        add(lists + CLASS_USED_OFFSET, -1);
        if (used == 1) {
            unlink(page, lists, quarter(used, sizeClass));
            givePage(page, lists);
        } else {
            move(page, lists, quarter(used, sizeClass), quarter(used - 1, sizeClass));
        }
    }

    private static boolean isUsed(long header, long slot, int sizeClass) {
        long offset = slot - header;
        return offset < RawMemory.readInt(header + NEXT_NEW_OFFSET)
                && (offset - PAGE_HEADER_LENGTH) % SizeClasses.slotLengthOf(sizeClass) == 0
                && RawMemory.readLong(slot) > 0;
    }

    long pages(int sizeClass) {
        return RawMemory.readInt(classAddress(sizeClass) + CLASS_PAGES_OFFSET);
    }

    long usedSlots(int sizeClass) {
        return RawMemory.readLong(classAddress(sizeClass) + CLASS_USED_OFFSET);
    }

    long freeSlots(int sizeClass) {
        return pages(sizeClass) * SizeClasses.slotsPerPage(sizeClass) - usedSlots(sizeClass);
    }

    /**
     * Takes one of the sparsest pages of a class out of its list, so that no more slots come from it. The class must
     * have a page with a free slot.
     */
    int withdrawSparsestPage(int sizeClass) {
        long lists = classAddress(sizeClass);
        int quarter = 0;
        while (RawMemory.readInt(listHead(lists, quarter)) == Arena.NO_PAGE) {
            quarter++;
        }
        int page = RawMemory.readInt(listHead(lists, quarter));
        unlink(page, lists, quarter);
        return page;
    }

    /** The first used slot of a page at or after {@code slot}, or 0; 0 asks for the page's first. */
    int nextUsedSlot(int page, int slot) {
        long header = arena.pageAddress(page);
        int length = SizeClasses.slotLengthOf(RawMemory.readInt(header + CLASS_OFFSET));
        int end = RawMemory.readInt(header + NEXT_NEW_OFFSET);
        for (int at = Math.max(slot, PAGE_HEADER_LENGTH); at < end; at += length) {
            if (RawMemory.readLong(header + at) > 0) {
                return at;
            }
        }
        return 0;
    }

    /** Returns a withdrawn page to the arena. All its used slots must have been copied elsewhere. */
    void discard(int page) {
        long header = arena.pageAddress(page);
        long lists = classAddress(RawMemory.readInt(header + CLASS_OFFSET));
        add(lists + CLASS_USED_OFFSET, -RawMemory.readInt(header + USED_OFFSET));
        givePage(page, lists);
    }

    private int takePage(long lists, int sizeClass) {
        int page = arena.takePage();
        if (page == Arena.NO_PAGE) {
            throw new StateMachineException("no page left for slots of " + SizeClasses.slotLengthOf(sizeClass)
                    + " bytes although the memory budget admits them: a defect in the accounting of memory");
        }
        long header = arena.pageAddress(page);
        RawMemory.writeInt(header + CLASS_OFFSET, sizeClass);
        RawMemory.writeInt(header + USED_OFFSET, 0);
        RawMemory.writeInt(header + FREE_HEAD_OFFSET, 0);
        RawMemory.writeInt(header + NEXT_NEW_OFFSET, PAGE_HEADER_LENGTH);
        link(page, lists, 0);
        RawMemory.writeInt(lists + CLASS_PAGES_OFFSET, RawMemory.readInt(lists + CLASS_PAGES_OFFSET) + 1);
        return page;
    }

    private void givePage(int page, long lists) {
        assert RawMemory.readInt(lists + CLASS_PAGES_OFFSET) > 0 : "page " + page + " of a class without pages";
        RawMemory.writeInt(lists + CLASS_PAGES_OFFSET, RawMemory.readInt(lists + CLASS_PAGES_OFFSET) - 1);
        arena.givePage(page);
    }

    private static int popSlot(long header, int sizeClass) {
        int slot = RawMemory.readInt(header + FREE_HEAD_OFFSET);
        if (slot != 0) {
            RawMemory.writeInt(header + FREE_HEAD_OFFSET, (int) ~RawMemory.readLong(header + slot));
            return slot;
        }
        slot = RawMemory.readInt(header + NEXT_NEW_OFFSET);
        RawMemory.writeInt(header + NEXT_NEW_OFFSET, slot + SizeClasses.slotLengthOf(sizeClass));
        return slot;
    }

    private static int fullestPage(long lists) {
        for (int quarter = QUARTERS - 1; quarter >= 0; quarter--) {
            int page = RawMemory.readInt(listHead(lists, quarter));
            if (page != Arena.NO_PAGE) {
                return page;
            }
        }
        return Arena.NO_PAGE;
    }

    /** The list of a page with that many used slots; {@link #QUARTERS} means a full page, which is in no list. */
    private static int quarter(int used, int sizeClass) {
        int slots = SizeClasses.slotsPerPage(sizeClass);
        int half = slots >>> 1;
        if (used < half) {
            return used < slots >>> 2 ? 0 : 1;
        }
        if (used == slots) {
            return QUARTERS;
        }
        return used < half + (slots >>> 2) ? 2 : 3;
    }

    private void move(int page, long lists, int from, int to) {
        if (from == to) {
            return;
        }
        if (from != QUARTERS) {
            unlink(page, lists, from);
        }
        if (to != QUARTERS) {
            link(page, lists, to);
        }
    }

    private void link(int page, long lists, int quarter) {
        long header = arena.pageAddress(page);
        int next = RawMemory.readInt(listHead(lists, quarter));
        RawMemory.writeInt(header + PREVIOUS_OFFSET, Arena.NO_PAGE);
        RawMemory.writeInt(header + NEXT_OFFSET, next);
        if (next != Arena.NO_PAGE) {
            RawMemory.writeInt(arena.pageAddress(next) + PREVIOUS_OFFSET, page);
        }
        RawMemory.writeInt(listHead(lists, quarter), page);
    }

    private void unlink(int page, long lists, int quarter) {
        long header = arena.pageAddress(page);
        int previous = RawMemory.readInt(header + PREVIOUS_OFFSET);
        int next = RawMemory.readInt(header + NEXT_OFFSET);
        if (previous == Arena.NO_PAGE) {
            RawMemory.writeInt(listHead(lists, quarter), next);
        } else {
            RawMemory.writeInt(arena.pageAddress(previous) + NEXT_OFFSET, next);
        }
        if (next != Arena.NO_PAGE) {
            RawMemory.writeInt(arena.pageAddress(next) + PREVIOUS_OFFSET, previous);
        }
    }

    private long classAddress(int sizeClass) {
        return base + SIZE_CLASSES_OFFSET + ((long) sizeClass << CLASS_SHIFT);
    }

    private static long listHead(long lists, int quarter) {
        return lists + quarter * 4L;
    }

    private static void add(long address, long delta) {
        assert RawMemory.readLong(address) + delta >= 0 : "fewer than no used slots";
        RawMemory.writeLong(address, RawMemory.readLong(address) + delta);
    }
}
