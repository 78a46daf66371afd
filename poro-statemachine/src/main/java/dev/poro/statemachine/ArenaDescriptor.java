package dev.poro.statemachine;

/**
 * The layout of an arena's region: pages of 64 KiB, aligned to 64 KiB. Everything in the region refers to other parts
 * by page number or by offset from the region's base, so that the region may be copied to another address as it is.
 *
 * <pre>
 *   page 0      control page: the bookkeeping of arena, index and slab, and the stamps
 *   page 1..8   directory of the index, u32 page numbers
 *   page 9..    the pool: pages of entries, pages of chunks, pages of the index, free pages
 *
 *   control page
 *   +------+------------------------------------------------------+
 *   |    0 | u32 first free page, or 0                            |
 *   |    4 | u32 lowest page that was never taken                 |
 *   |    8 | u32 free pages below that one                        |
 *   |   12 | u32 pages that were taken before the last clearing   |
 *   |   64 | u32 depth of the directory                           |
 *   |   68 | u32 pages of the index                               |
 *   |   72 | u32 entries with an expiry                           |
 *   | 1024 | 32 bytes a size class, see {@link Slab}              |
 *   | 8192 | 1,024 stamps of 8 bytes, see {@link StripedSeqLock}          |
 *   |16384 | 12,288 u32 page numbers, see {@link ExpiryHeap}      |
 *   +------+------------------------------------------------------+
 * </pre>
 *
 * <p>A <em>reference</em> is an offset from the base divided by 8. It has 34 bits, hence the limit of 128 GiB.
 */
final class ArenaDescriptor {
    static final int PAGE_SHIFT = 16;
    static final int PAGE_LENGTH = 1 << PAGE_SHIFT;

    /** The unit in which the processor fetches memory, in bytes. */
    static final int CACHE_LINE_LENGTH = 64;

    static final int REFERENCE_SHIFT = 3;
    static final int REFERENCE_BITS = 34;
    static final long REFERENCE_MASK = (1L << REFERENCE_BITS) - 1;

    /** Pages of a region, at most. */
    static final int MAX_PAGES = 1 << (REFERENCE_BITS + REFERENCE_SHIFT - PAGE_SHIFT);

    static final int FREE_HEAD_OFFSET = 0;
    static final int NEXT_NEW_PAGE_OFFSET = 4;
    static final int FREE_COUNT_OFFSET = 8;
    static final int TOUCHED_BEFORE_OFFSET = 12;
    static final int INDEX_DEPTH_OFFSET = 64;
    static final int INDEX_PAGES_OFFSET = 68;
    static final int EXPIRING_OFFSET = 72;
    static final int SIZE_CLASSES_OFFSET = 1024;
    static final int STAMPS_OFFSET = 8192;
    static final int HEAP_PAGES_OFFSET = 16384;
    static final int DIRECTORY_OFFSET = PAGE_LENGTH;

    /** The first page of the pool. */
    static final int FIRST_POOL_PAGE = 9;

    private ArenaDescriptor() {}

    /** The number of the page that holds what {@code reference} refers to. */
    static int pageOf(long reference) {
        return (int) (reference >>> (PAGE_SHIFT - REFERENCE_SHIFT));
    }
}
