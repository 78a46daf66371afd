package dev.poro.statemachine;

import static dev.poro.statemachine.ArenaDescriptor.DIRECTORY_OFFSET;
import static dev.poro.statemachine.ArenaDescriptor.INDEX_DEPTH_OFFSET;
import static dev.poro.statemachine.ArenaDescriptor.INDEX_PAGES_OFFSET;
import static dev.poro.statemachine.ArenaDescriptor.REFERENCE_MASK;

import dev.poro.events.RawMemory;
import java.util.function.LongConsumer;

/**
 * Maps the hash of a key to the reference of its entry by extendible hashing (Fagin, Nievergelt, Pippenger, Strong: ACM
 * TODS 4(3), 1979). The directory maps the top bits of a hash to an {@link IndexPage}; A page that is 80 % full is
 * split in two. If its depth was already that of the directory, the directory doubles in place. With 17 bits the
 * directory refers to 131,072 pages, a billion slots.
 *
 * <p>Two sibling pages that are 68 % full together are merged, so that the index shrinks with the contents: siblings of
 * equal depth always hold more than {@link #MERGE_AT} - 32 words together, hence a word takes at most
 * {@link EntryDescriptor#INDEX_CHARGE} bytes. (Every 16th removal looks at the sibling; the 32 are what two pages can
 * lose in between. A page whose sibling was split again holds about as much as both its children, hashes being
 * uniform.) The directory itself never shrinks.
 *
 * <p><b>There is room for every key, whatever its hash.</b> If a split would not divide the words of a page, or the
 * directory has its maximum depth, more pages are chained to it: {@link IndexChain}. If the hashes leave pages half
 * empty, {@link #compact} merges ranges of pages until a word takes no more than its 24 bytes.
 *
 * <p>Cost: an insertion takes one page at most. With hashes of a seeded function it also visits no more than one, or
 * two where one is split. Of <i>c</i> keys whose hashes agree in 17 bits or more, {@code n = c / 6,547} pages are
 * chained. A search visits up to <i>n</i> pages, and compares with each key that agrees in 30 bits. About every 6,547th
 * insertion visits every slot of the chain. {@link #compact} visits the directory and the pages that it merges; it runs
 * only while memory is short.
 *
 * <p>Single writer.
 */
final class Index {
    /** The result of {@link #find} if the key is absent. */
    static final long NO_SLOT = 0;

    static final int MAX_DEPTH = 17;

    /** The largest number of keys: 87.5 % of the slots at full depth, which no page exceeds by chance. */
    static final long MAX_KEYS = 7161L << MAX_DEPTH;

    /** A page with this number of words is split before the next insertion. */
    static final int SPLIT_AT = IndexPage.SLOTS * 4 / 5;

    /**
     * Words of a page, on average, when {@link #prepareFor} sizes an index. Siblings then hold more than
     * {@link #MERGE_AT} together, and hardly any page needs a split.
     */
    private static final int PREPARED_WORDS = 6_200;

    /**
     * At full depth a page is chained only when it is 93.75 % full, which no page with 7,161 words on average reaches
     * by chance.
     */
    static final int CHAIN_AT = IndexPage.SLOTS * 15 / 16;

    /** Siblings that hold no more than this number of words together are merged. */
    static final int MERGE_AT = 5600;

    private static final int MERGE_CHECK_MASK = 15;

    /** Where {@link #compact} keeps the pages in a number that also counts words. */
    private static final int PAGES_SHIFT = 40;

    private final Arena arena;
    private final IndexChain chain;
    private final Entries entries;
    private final StripedSeqLock stamps;
    private final long base;

    Index(Arena arena, Entries entries, StripedSeqLock stamps) {
        this.arena = arena;
        this.chain = new IndexChain(arena);
        this.entries = entries;
        this.stamps = stamps;
        this.base = arena.base();
    }

    /** Gives a new arena's index its first page. */
    void initialize() {
        int page = arena.takePage();
        IndexPage.initialize(arena.pageAddress(page), 0);
        RawMemory.writeInt(base + INDEX_DEPTH_OFFSET, 0);
        RawMemory.writeInt(base + INDEX_PAGES_OFFSET, 1);
        writeDirectory(0, page);
    }

    /**
     * Gives an empty index the pages that the given number of keys will need, as far as pages are free.
     *
     * @return how many bits the hashes of each page share
     */
    int prepareFor(long keys) {
        int depth = 0;
        while (depth < MAX_DEPTH && keys >>> depth > PREPARED_WORDS) {
            depth++;
        }
        if (arena.freePages() < 1 << depth) {
            return 0;
        }
        for (int pageDepth = 0; pageDepth < depth; pageDepth++) {
            for (long prefix = 0; prefix < 1 << pageDepth; prefix++) {
                long hash = prefix << 1 << (Long.SIZE - 1 - pageDepth);
                split(hash, pageAddress(hash));
            }
        }
        return depth;
    }

    int pages() {
        return RawMemory.readInt(base + INDEX_PAGES_OFFSET);
    }

    /** The number of the page that holds a hash; an arbitrary number if a reader runs during a change. */
    int page(long hash) {
        return readDirectory(position(hash, depth()));
    }

    /** The address of the slot with a key, or {@link #NO_SLOT}. Valid until the next insertion or removal. */
    long find(long hash, long key, int keyLength) {
        for (long page = pageAddress(hash); page != IndexChain.NONE; page = chain.next(page)) {
            int slot = IndexPage.home(hash);
            for (long word = IndexPage.word(page, slot); word != 0; word = IndexPage.word(page, slot)) {
                if (IndexPage.hasTagOf(word, hash)
                        && entries.hasKey(entries.address(reference(word)), key, keyLength)) {
                    return IndexPage.slotAddress(page, slot);
                }
                slot = IndexPage.next(slot);
            }
        }
        return NO_SLOT;
    }

    /** Where the search for a hash begins: the word there, which may be 0. */
    long homeWord(long hash) {
        return IndexPage.word(pageAddress(hash), IndexPage.home(hash));
    }

    /** The reference under which {@link #find} most often looks first, without a branch; may be 0. */
    long referenceNearHome(long hash) {
        return IndexPage.referenceNearHome(pageAddress(hash), hash);
    }

    /** The reference under which {@link #find} will look first; 0 if the key is absent. */
    long likelyReference(long hash) {
        long page = pageAddress(hash);
        int slot = IndexPage.home(hash);
        long word = IndexPage.word(page, slot);
        while (word != 0 && !IndexPage.hasTagOf(word, hash)) {
            slot = IndexPage.next(slot);
            word = IndexPage.word(page, slot);
        }
        return reference(word);
    }

    /** The address of the slot that holds {@code reference}, which must be in the index under {@code hash}. */
    long slotOf(long hash, long reference) {
        long wanted = IndexPage.wordOf(hash, reference);
        for (long page = pageAddress(hash); page != IndexChain.NONE; page = chain.next(page)) {
            int slot = IndexPage.home(hash);
            for (long word = IndexPage.word(page, slot); word != 0; word = IndexPage.word(page, slot)) {
                if (word == wanted) {
                    return IndexPage.slotAddress(page, slot);
                }
                slot = IndexPage.next(slot);
            }
        }
        throw new StateMachineException("reference " + reference + " is not in the index: a defect of Poro");
    }

    /** The reference to an entry in a slot found before. */
    static long referenceAt(long slotAddress) {
        return reference(RawMemory.readLong(slotAddress));
    }

    static long reference(long word) {
        return word & REFERENCE_MASK;
    }

    /** Makes a slot found before refer to another entry with the same hash. The stripe must have begun to change. */
    static void replace(long slotAddress, long reference) {
        long word = RawMemory.readLong(slotAddress);
        assert word != 0 && reference == reference(reference) && reference != 0 : reference;
        RawMemory.writeLongOrdered(slotAddress, (word & IndexPage.TAG_MASK) | reference);
    }

    /** Adds a key that is absent. */
    void insert(long hash, long reference) {
        long page = pageWithRoom(hash);
        stamps.begin(hash);
        IndexPage.insert(page, (hash & IndexPage.TAG_MASK) | reference);
        stamps.end(hash);
    }

    /** Removes the key in a slot found before. */
    void remove(long hash, long slotAddress) {
        long page = IndexPage.pageOf(slotAddress);
        stamps.begin(hash);
        IndexPage.remove(page, slotAddress, stamps);
        stamps.end(hash);
        if ((IndexPage.used(page) & MERGE_CHECK_MASK) == 0) {
            mergeIfSparse(hash, page);
        }
    }

    /** Hands the reference of every entry to {@code consumer}, in no particular order. */
    void forEach(LongConsumer consumer) {
        int size = 1 << depth();
        for (int position = 0, previous = Arena.NO_PAGE; position < size; position++) {
            int page = readDirectory(position);
            if (page != previous) {
                forEachInChain(arena.pageAddress(page), consumer);
            }
            previous = page;
        }
    }

    /**
     * Hands on the words of all hashes that share the top {@code bits} bits of {@code prefix} and whose home slot is
     * from {@code fromHome} up to, not including, {@code toHome}, and of others with such a home that share a page with
     * these; {@code bits} is at most the depth of the directory.
     */
    void forEach(long prefix, int bits, int fromHome, int toHome, LongConsumer consumer) {
        int first = position(prefix, depth());
        int last = first + (1 << (depth() - bits)) - 1;
        for (int position = first; position <= last; ) {
            long head = arena.pageAddress(readDirectory(position));
            for (long page = head; page != IndexChain.NONE; page = chain.next(page)) {
                IndexPage.forEachAtHome(page, fromHome, toHome, consumer);
            }
            position += 1 << (depth() - Math.max(bits, IndexPage.depth(head)));
        }
    }

    /** The number of leading bits that all hashes of the page of {@code hash} share. */
    int depth(long hash) {
        return IndexPage.depth(pageAddress(hash));
    }

    /** The number of positions of the directory, as a power of two; any number for a reader that meets a change. */
    int directoryDepth() {
        return depth();
    }

    /** The number of the page at a position of the directory; any number for a reader that meets a change. */
    int pageAt(int position) {
        return readDirectory(position);
    }

    private void forEachInChain(long first, LongConsumer consumer) {
        for (long page = first; page != IndexChain.NONE; page = chain.next(page)) {
            for (int slot = 0; slot < IndexPage.SLOTS; slot++) {
                long word = IndexPage.word(page, slot);
                if (word != 0) {
                    consumer.accept(reference(word));
                }
            }
        }
    }

    /** The address of the page that holds a hash, or of the first of its chain. */
    long pageAddress(long hash) {
        return arena.pageAddress(page(hash));
    }

    private long pageWithRoom(long hash) {
        long page = pageAddress(hash);
        return IndexPage.used(page) < SPLIT_AT ? page : pageWithRoom(hash, page);
    }

    /** Finds room in a chain, or in a page that is due for a split; takes one more page if necessary. */
    private long pageWithRoom(long hash, long first) {
        int most = IndexPage.depth(first) == MAX_DEPTH ? CHAIN_AT : SPLIT_AT;
        long page = chain.pageWithRoom(first, most);
        if (page != IndexChain.NONE) {
            return page;
        }
        if (arena.freePages() == 0) {
            return requireFreeSlot(first);
        }
        if (IndexPage.depth(first) < MAX_DEPTH
                && arena.freePages() > (chain.isChain(first) ? chain.pages(first) : 0)
                && chain.isDivisible(first)) {
            split(hash, first);
            page = chain.pageWithRoom(pageAddress(hash), SPLIT_AT);
            return page == IndexChain.NONE ? requireFreeSlot(pageAddress(hash)) : page;
        }
        addPages(1);
        return chain.append(first);
    }

    /** One slot always stays free, so that every search ends. */
    private long requireFreeSlot(long first) {
        long page = chain.pageWithRoom(first, IndexPage.SLOTS - 1);
        if (page == IndexChain.NONE) {
            throw new StateMachineException("a page of the index is full and no page is free, although the memory"
                    + " budget admits the key: a defect in the accounting of memory");
        }
        return page;
    }

    private void split(long hash, long page) {
        int pageDepth = IndexPage.depth(page);
        if (pageDepth == depth()) {
            doubleDirectory();
        }
        int before = arena.freePages();
        int sibling = arena.takePage();
        stamps.beginAll(hash, pageDepth);
        IndexPage.split(page, arena.pageAddress(sibling));
        if (chain.isChain(page)) {
            chain.divide(page, arena.pageAddress(sibling));
        }
        int length = 1 << (depth() - pageDepth - 1);
        fillDirectory(position(hash, pageDepth) * 2 + 1, length, sibling);
        stamps.endAll(hash, pageDepth);
        addPages(before - arena.freePages());
    }

    /**
     * Shrinks the index to what its words are charged: if a range of hashes takes more pages than its charges cover,
     * all its pages become one packed chain. Smaller ranges come first.
     *
     * @return whether pages were freed
     */
    boolean compact() {
        int before = pages();
        compact(0, 0);
        return pages() < before;
    }

    /**
     * Returns the pages and words of the hashes that share the top {@code depth} bits of {@code prefix}, in one number.
     */
    private long compact(long prefix, int depth) {
        long page = pageAddress(prefix);
        if (IndexPage.depth(page) == depth) {
            return ((long) chain.pages(page) << PAGES_SHIFT) + chain.words(page);
        }
        long both = compact(prefix, depth + 1) + compact(prefix | (Long.MIN_VALUE >>> depth), depth + 1);
        long words = both & ((1L << PAGES_SHIFT) - 1);
        boolean isPaid = (both >>> PAGES_SHIFT) * ArenaDescriptor.PAGE_LENGTH <= words * EntryDescriptor.INDEX_CHARGE;
        return isPaid ? both : collapse(prefix, depth, words);
    }

    private long collapse(long prefix, int depth, long words) {
        int before = arena.freePages();
        int first = position(prefix, depth());
        int end = first + (1 << (depth() - depth));
        stamps.beginAll(prefix, depth);
        long page = arena.pageAddress(readDirectory(first));
        for (int position = first + positionsOf(page); position < end; ) {
            int number = readDirectory(position);
            IndexPage.setNextPage(chain.last(page), number);
            position += positionsOf(arena.pageAddress(number));
        }
        fillDirectory(position(prefix, depth), end - first, readDirectory(first));
        chain.pack(page);
        chain.setDepth(page, depth);
        stamps.endAll(prefix, depth);
        addPages(before - arena.freePages());
        return ((long) chain.pages(page) << PAGES_SHIFT) + words;
    }

    /** The number of positions of the directory that refer to a page. */
    private int positionsOf(long page) {
        return 1 << (depth() - IndexPage.depth(page));
    }

    private void mergeIfSparse(long hash, long page) {
        long first = pageAddress(hash);
        if (chain.isChain(first)) {
            mergeInChain(hash, first, page);
        } else if (IndexPage.depth(first) > 0) {
            mergeWithSibling(hash, page(hash));
        }
    }

    private void mergeInChain(long hash, long first, long page) {
        long partner = chain.partnerOf(first, page);
        if (partner != IndexChain.NONE) {
            int depth = IndexPage.depth(first);
            stamps.beginAll(hash, depth);
            chain.merge(first, page, partner);
            stamps.endAll(hash, depth);
            addPages(-1);
        }
    }

    private void mergeWithSibling(long hash, int page) {
        int pageDepth = IndexPage.depth(arena.pageAddress(page));
        int length = 1 << (depth() - pageDepth);
        int sibling = readDirectory((position(hash, pageDepth) ^ 1) * length);
        if (IndexPage.depth(arena.pageAddress(sibling)) != pageDepth
                || chain.isChain(arena.pageAddress(sibling))
                || IndexPage.used(arena.pageAddress(page)) + IndexPage.used(arena.pageAddress(sibling)) > MERGE_AT) {
            return;
        }
        stamps.beginAll(hash, pageDepth - 1);
        IndexPage.merge(arena.pageAddress(page), arena.pageAddress(sibling));
        fillDirectory(position(hash, pageDepth) ^ 1, length, page);
        stamps.endAll(hash, pageDepth - 1);
        arena.givePage(sibling);
        addPages(-1);
    }

    private void doubleDirectory() {
        int depth = depth();
        stamps.beginAll(0, 0);
        for (int position = (1 << depth) - 1; position >= 0; position--) {
            int page = readDirectory(position);
            writeDirectory(position * 2, page);
            writeDirectory(position * 2 + 1, page);
        }
        RawMemory.writeInt(base + INDEX_DEPTH_OFFSET, depth + 1);
        stamps.endAll(0, 0);
    }

    /** Makes the {@code length} positions of a prefix refer to {@code page}. */
    private void fillDirectory(int prefix, int length, int page) {
        int first = prefix * length;
        for (int position = first; position < first + length; position++) {
            writeDirectory(position, page);
        }
    }

    private int depth() {
        return RawMemory.readInt(base + INDEX_DEPTH_OFFSET);
    }

    private void addPages(int delta) {
        assert pages() + delta > 0 : pages() + " pages and " + delta;
        RawMemory.writeInt(base + INDEX_PAGES_OFFSET, pages() + delta);
    }

    /** The top {@code depth} bits; two shifts because a shift by 64 would be one by 0. */
    static int position(long hash, int depth) {
        return (int) (hash >>> 1 >>> (Long.SIZE - 1 - depth));
    }

    private int readDirectory(int position) {
        return RawMemory.readInt(base + DIRECTORY_OFFSET + position * 4L);
    }

    private void writeDirectory(int position, int page) {
        RawMemory.writeInt(base + DIRECTORY_OFFSET + position * 4L, page);
    }
}
