package dev.poro.statemachine;

/**
 * Pages of the {@link Index} that hold the words of one range of hashes together, because they are too many for one
 * page and no split would divide them: keys that collide. The directory refers to the first page, and each page to the
 * next. Each page is a hash table of its own; a search visits them in order. With a seeded hash, chains do not occur by
 * chance. Collisions cost time: a search in a chain of <i>n</i> pages costs up to <i>n</i> times as much, and keys that
 * agree in 30 bits of their hashes are compared one by one.
 *
 * <p>All methods take the address of the first page. Single writer. Readers must be held off while words move.
 */
final class IndexChain {
    /** The address of no page. */
    static final long NONE = 0;

    private final Arena arena;

    /** The words of a page that is being emptied. */
    private final long[] words = new long[IndexPage.SLOTS];

    IndexChain(Arena arena) {
        this.arena = arena;
    }

    /** The page after {@code page}, or {@link #NONE}. */
    long next(long page) {
        int next = IndexPage.nextPage(page);
        return next == Arena.NO_PAGE ? NONE : arena.pageAddress(next);
    }

    boolean isChain(long first) {
        return IndexPage.nextPage(first) != Arena.NO_PAGE;
    }

    int pages(long first) {
        int pages = 0;
        for (long page = first; page != NONE; page = next(page)) {
            pages++;
        }
        return pages;
    }

    long words(long first) {
        long count = 0;
        for (long page = first; page != NONE; page = next(page)) {
            count += IndexPage.used(page);
        }
        return count;
    }

    long last(long first) {
        long last = first;
        while (isChain(last)) {
            last = next(last);
        }
        return last;
    }

    /** The first page with fewer than {@code most} words, or {@link #NONE}. */
    long pageWithRoom(long first, int most) {
        long page = first;
        while (page != NONE && IndexPage.used(page) >= most) {
            page = next(page);
        }
        return page;
    }

    /** Appends a page from the arena, which must have a free one. */
    long append(long first) {
        int number = arena.takePage();
        long page = arena.pageAddress(number);
        IndexPage.initialize(page, IndexPage.depth(first));
        IndexPage.setNextPage(last(first), number);
        return page;
    }

    /** Whether a split is worth it: each half gets at least an eighth of the words. */
    boolean isDivisible(long first) {
        long upper = 0;
        for (long page = first; page != NONE; page = next(page)) {
            upper += IndexPage.countOfUpperHalf(page);
        }
        long all = words(first);
        return Math.min(upper, all - upper) >= all / 8;
    }

    /**
     * Divides the pages after the first one, which has been divided between itself and {@code sibling} before. The
     * arena must have as many free pages as the chain has pages.
     */
    void divide(long first, long sibling) {
        int depth = IndexPage.depth(first);
        long bit = Long.MIN_VALUE >>> (depth - 1);
        long lower = first;
        long upper = sibling;
        long page = next(first);
        IndexPage.setNextPage(first, Arena.NO_PAGE);
        while (page != NONE) {
            long following = next(page);
            int count = IndexPage.drain(page, words);
            arena.givePage(numberOf(page));
            for (int at = 0; at < count; at++) {
                if ((words[at] & bit) == 0) {
                    lower = insert(lower, words[at]);
                } else {
                    upper = insert(upper, words[at]);
                }
            }
            page = following;
        }
    }

    /** Returns the page that the word was put into. */
    private long insert(long last, long word) {
        long page = IndexPage.used(last) < Index.SPLIT_AT ? last : append(last);
        IndexPage.insert(page, word);
        return page;
    }

    /**
     * Moves words towards the first page until all pages but the last hold {@link Index#SPLIT_AT} words; returns the
     * empty pages to the arena.
     */
    void pack(long first) {
        long target = first;
        long before = first;
        for (long page = next(first); page != NONE; ) {
            int count = IndexPage.drain(page, words);
            for (int at = 0; at < count; at++) {
                while (target != page && IndexPage.used(target) >= Index.SPLIT_AT) {
                    target = next(target);
                }
                IndexPage.insert(target, words[at]);
            }
            long following = next(page);
            if (IndexPage.used(page) == 0) {
                remove(before, page);
            } else {
                before = page;
            }
            page = following;
        }
    }

    /**
     * The page that can take the words of {@code page}, or whose words {@code page} can take: a page that is not full,
     * or any if {@code page} is empty. {@link #NONE} if there is none.
     */
    long partnerOf(long first, long page) {
        int used = IndexPage.used(page);
        for (long other = first; other != NONE; other = next(other)) {
            if (other != page && (used == 0 || used + IndexPage.used(other) <= Index.MERGE_AT)) {
                return other;
            }
        }
        return NONE;
    }

    /** Moves the words of the later one of two pages to the earlier one, and returns the later one to the arena. */
    void merge(long first, long page, long partner) {
        long target = first;
        while (target != page && target != partner) {
            target = next(target);
        }
        long source = target == page ? partner : page;
        int count = IndexPage.drain(source, words);
        for (int at = 0; at < count; at++) {
            IndexPage.insert(target, words[at]);
        }
        long before = target;
        while (next(before) != source) {
            before = next(before);
        }
        remove(before, source);
    }

    void setDepth(long first, int depth) {
        for (long page = first; page != NONE; page = next(page)) {
            IndexPage.setDepth(page, depth);
        }
    }

    private void remove(long before, long page) {
        IndexPage.setNextPage(before, IndexPage.nextPage(page));
        arena.givePage(numberOf(page));
    }

    private int numberOf(long page) {
        return (int) ((page - arena.base()) >>> ArenaDescriptor.PAGE_SHIFT);
    }
}
