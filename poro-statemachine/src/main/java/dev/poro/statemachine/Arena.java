package dev.poro.statemachine;

import static dev.poro.statemachine.ArenaDescriptor.FIRST_POOL_PAGE;
import static dev.poro.statemachine.ArenaDescriptor.FREE_COUNT_OFFSET;
import static dev.poro.statemachine.ArenaDescriptor.FREE_HEAD_OFFSET;
import static dev.poro.statemachine.ArenaDescriptor.MAX_PAGES;
import static dev.poro.statemachine.ArenaDescriptor.NEXT_NEW_PAGE_OFFSET;
import static dev.poro.statemachine.ArenaDescriptor.PAGE_LENGTH;
import static dev.poro.statemachine.ArenaDescriptor.PAGE_SHIFT;
import static dev.poro.statemachine.ArenaDescriptor.REFERENCE_SHIFT;
import static dev.poro.statemachine.ArenaDescriptor.TOUCHED_BEFORE_OFFSET;

import dev.poro.events.RawMemory;
import java.lang.ref.Cleaner;

/**
 * One region of memory outside the heap, cut into pages of 64 KiB. The constructor takes the region from the operating
 * system. {@link #freeze} ends that phase: from then on pages are handed out and taken back, and the operating system
 * is not involved until {@link #release}. {@link ArenaState} guards that order: a call in the wrong state throws.
 *
 * <p>The region is reserved as a whole but touched lazily: a page costs physical memory from the first time it is
 * taken. Free pages form a stack, linked through their first four bytes, and are handed out before new ones.
 *
 * <p>Single writer. Other threads may read what the region holds as long as they keep this object reachable and
 * {@link #release} is not called. {@link RetiredArenas} calls it when they have left. The region is released at the
 * latest when the garbage collector finds the arena unreachable.
 */
final class Arena {
    /** The result of {@link #takePage} if every page is taken. */
    static final int NO_PAGE = 0;

    private static final int SMALLEST_SYSTEM_PAGE = 4 << 10;

    private static final Cleaner CLEANER = Cleaner.create();

    private final int pages;
    private final long base;
    private final Cleaner.Cleanable region;
    private ArenaState state = ArenaState.ALLOCATE;

    /**
     * Takes a region of {@code pages} pages, the control page and the directory included.
     *
     * @throws StateMachineException if the region would be larger than references reach
     * @throws OutOfMemoryError if the system refuses
     */
    Arena(int pages) {
        if (pages <= FIRST_POOL_PAGE || pages > MAX_PAGES) {
            throw new StateMachineException("an arena of " + pages + " pages of 64 KiB: at least "
                    + (FIRST_POOL_PAGE + 1) + " are needed, and references reach " + MAX_PAGES + " (128 GiB)");
        }
        this.pages = pages;
        RetiredArenas.sweep();
        Region taken = Region.take(((long) pages << PAGE_SHIFT) + PAGE_LENGTH);
        this.region = CLEANER.register(this, taken);
        this.base = (taken.address + PAGE_LENGTH - 1) & -PAGE_LENGTH;
        RawMemory.fill(base, PAGE_LENGTH, (byte) 0);
        RawMemory.writeInt(base + NEXT_NEW_PAGE_OFFSET, FIRST_POOL_PAGE);
    }

    /** Copies everything that a smaller arena holds; the smaller one keeps its contents. */
    void adopt(Arena smaller) {
        require(ArenaState.ALLOCATE, "adopt");
        smaller.require(ArenaState.FROZEN, "be adopted");
        if (smaller.pages > pages) {
            throw new StateMachineException("an arena of " + pages + " pages cannot hold one of " + smaller.pages);
        }
        RawMemory.copy(smaller.base, base, (long) smaller.nextNewPage() << PAGE_SHIFT);
        RawMemory.writeInt(base + TOUCHED_BEFORE_OFFSET, 0);
    }

    /** Begins the phase in which pages are handed out. */
    void freeze() {
        require(ArenaState.ALLOCATE, "freeze");
        state = ArenaState.FROZEN;
    }

    /** A page with undefined contents, or {@link #NO_PAGE}. */
    int takePage() {
        require(ArenaState.FROZEN, "take a page");
        int page = RawMemory.readInt(base + FREE_HEAD_OFFSET);
        if (page != NO_PAGE) {
            assert freeCount() > 0 && isTaken(page) : "page " + page + " of " + freeCount() + " free ones";
            RawMemory.writeInt(base + FREE_HEAD_OFFSET, RawMemory.readInt(pageAddress(page)));
            RawMemory.writeInt(base + FREE_COUNT_OFFSET, freeCount() - 1);
            return page;
        }
        page = nextNewPage();
        if (page == pages) {
            return NO_PAGE;
        }
        RawMemory.writeInt(base + NEXT_NEW_PAGE_OFFSET, page + 1);
        return page;
    }

    /** Takes back a page that {@link #takePage} handed out. */
    void givePage(int page) {
        require(ArenaState.FROZEN, "give a page back");
        if (!isTaken(page)) {
            throw new StateMachineException("page " + page + " was never taken");
        }
        assert freeCount() < nextNewPage() - FIRST_POOL_PAGE : "more pages are given back than were taken";
        RawMemory.writeInt(pageAddress(page), RawMemory.readInt(base + FREE_HEAD_OFFSET));
        RawMemory.writeInt(base + FREE_HEAD_OFFSET, page);
        RawMemory.writeInt(base + FREE_COUNT_OFFSET, freeCount() + 1);
    }

    /** Takes every page back at once, whatever it holds. */
    void takeAllBack() {
        require(ArenaState.FROZEN, "take all pages back");
        RawMemory.writeInt(base + TOUCHED_BEFORE_OFFSET, touchedPages());
        RawMemory.writeInt(base + FREE_HEAD_OFFSET, NO_PAGE);
        RawMemory.writeInt(base + FREE_COUNT_OFFSET, 0);
        RawMemory.writeInt(base + NEXT_NEW_PAGE_OFFSET, FIRST_POOL_PAGE);
    }

    /** Whether it was taken at least once. */
    private boolean isTaken(int page) {
        return page >= FIRST_POOL_PAGE && page < nextNewPage();
    }

    /** Returns the region to the operating system. No thread may read it any more. */
    void release() {
        if (state == ArenaState.DEALLOCATE) {
            throw wrongState("release");
        }
        state = ArenaState.DEALLOCATE;
        region.clean();
    }

    ArenaState state() {
        return state;
    }

    /** The address of the region's first byte. */
    long base() {
        return base;
    }

    long pageAddress(int page) {
        return base + ((long) page << PAGE_SHIFT);
    }

    /** Whether {@code length} bytes at {@code reference} lie in the pool; guards reads that may be torn. */
    boolean contains(long reference, long length) {
        long offset = reference << REFERENCE_SHIFT;
        return offset >= (long) FIRST_POOL_PAGE << PAGE_SHIFT && offset + length <= (long) pages << PAGE_SHIFT;
    }

    /** Bytes of the region. */
    long length() {
        return (long) pages << PAGE_SHIFT;
    }

    /** The number of pages that {@link #takePage} can still hand out. */
    int freePages() {
        return pages - nextNewPage() + freeCount();
    }

    /** The number of pages that can be handed out in all. */
    int poolPages() {
        return pages - FIRST_POOL_PAGE;
    }

    /** The number of pages that were taken at least once and so may use physical memory. */
    int touchedPages() {
        return Math.max(nextNewPage() - FIRST_POOL_PAGE, RawMemory.readInt(base + TOUCHED_BEFORE_OFFSET));
    }

    /**
     * Has the system provide the memory of a page of the pool, counted from 0, if it has not yet. Changes nothing, even
     * while the writer writes to the page: it adds 0 to some of its words, atomically. Any thread, before {@link
     * #release}.
     */
    void touch(int page) {
        require(ArenaState.FROZEN, "touch a page");
        long address = pageAddress(FIRST_POOL_PAGE + page);
        for (int at = 0; at < PAGE_LENGTH; at += SMALLEST_SYSTEM_PAGE) {
            RawMemory.addZero(address + at);
        }
    }

    private int nextNewPage() {
        return RawMemory.readInt(base + NEXT_NEW_PAGE_OFFSET);
    }

    private int freeCount() {
        return RawMemory.readInt(base + FREE_COUNT_OFFSET);
    }

    private void require(ArenaState required, String call) {
        if (state != required) {
            throw wrongState(call);
        }
    }

    private StateMachineException wrongState(String call) {
        return new StateMachineException("an arena in state " + state + " cannot " + call);
    }

    /** The memory itself, in a separate object so that the cleaner's action does not keep the arena reachable. */
    private static final class Region implements Runnable {
        private final long address;
        private final long length;

        private Region(long address, long length) {
            this.address = address;
            this.length = length;
        }

        private static Region take(long length) {
            try {
                return new Region(RawMemory.allocate(length), length);
            } catch (OutOfMemoryError e) {
                throw new OutOfMemoryError("the system refuses to reserve " + length + " bytes of memory; choose a"
                        + " smaller memory budget, or raise its limit (ulimit -v, vm.overcommit_memory)");
            }
        }

        @Override
        public void run() {
            RawMemory.free(address, length);
        }
    }
}
