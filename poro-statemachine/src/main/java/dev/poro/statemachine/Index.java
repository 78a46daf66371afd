package dev.poro.statemachine;

import static dev.poro.statemachine.ArenaDescriptor.DIRECTORY_OFFSET;
import static dev.poro.statemachine.ArenaDescriptor.INDEX_DEPTH_OFFSET;
import static dev.poro.statemachine.ArenaDescriptor.INDEX_PAGES_OFFSET;
import static dev.poro.statemachine.ArenaDescriptor.REFERENCE_MASK;

import dev.poro.events.RawMemory;
import java.util.function.LongConsumer;

/**
 * From the hash of a key to the reference of its entry: extendible hashing (Fagin, Nievergelt, Pippenger, Strong: ACM
 * TODS 4(3), 1979). The directory maps the top bits of a hash to an {@link IndexPage}; a page that is 80 % full is
 * split in two, and where it was already as deep as the directory the directory doubles in place. No operation pays
 * for more than one page. With 17 bits the directory reaches 131,072 pages, which is a billion slots.
 *
 * <p>Two sibling pages that are 68 % full together are merged, so that the index shrinks with the contents: siblings of
 * equal depth always hold more than {@link #MERGE_AT} - 32 words together, hence a word takes at most
 * {@link EntryDescriptor#INDEX_CHARGE} bytes. (Every 16th removal looks at the sibling; the 32 are what two pages can
 * lose in between. A page whose sibling was split again holds about as much as both its children, hashes being
 * uniform.) The directory itself never shrinks.
 *
 * <p>Single writer.
 */
final class Index {
    /** What {@link #find} answers when a key is absent. */
    static final long ABSENT = 0;

    static final int MAX_DEPTH = 17;

    /** Keys, at most: 87.5 % of the slots at full depth, which no page exceeds by chance. */
    static final long MAX_KEYS = 7161L << MAX_DEPTH;

    /** A page that holds so many words is split before the next one. */
    static final int SPLIT_AT = IndexPage.SLOTS * 4 / 5;

    /**
     * Words of a page, on average, that an index is prepared for. Siblings then hold more than {@link #MERGE_AT}
     * together, and hardly a page comes to be split.
     */
    private static final int PREPARED_WORDS = 6_200;

    /** Siblings that hold so many words together are merged. */
    static final int MERGE_AT = 5600;

    private static final int MERGE_CHECK_MASK = 15;

    private final Arena arena;
    private final Entries entries;
    private final Stamps stamps;
    private final long base;

    Index(Arena arena, Entries entries, Stamps stamps) {
        this.arena = arena;
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
     * Gives an empty index the pages that so many keys will need, if there are as many.
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

    /** The number of the page that holds a hash; any number at all for a reader that meets a change. */
    int page(long hash) {
        return readDirectory(position(hash, depth()));
    }

    /** The address of the slot with a key, or {@link #ABSENT}. It is good until the next insertion or removal. */
    long find(long hash, long key, int keyLength) {
        long page = pageAddress(hash);
        for (int slot = IndexPage.home(hash); ; slot = IndexPage.next(slot)) {
            long word = IndexPage.word(page, slot);
            if (word == 0) {
                return ABSENT;
            }
            if (IndexPage.hasTagOf(word, hash) && entries.hasKey(entries.address(reference(word)), key, keyLength)) {
                return IndexPage.slotAddress(page, slot);
            }
        }
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
        long wanted = (hash & IndexPage.TAG_MASK) | reference;
        long page = pageAddress(hash);
        int slot = IndexPage.home(hash);
        while (IndexPage.word(page, slot) != wanted) {
            slot = IndexPage.next(slot);
        }
        return IndexPage.slotAddress(page, slot);
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
        long page = pageAddress(hash);
        stamps.begin(hash);
        IndexPage.remove(page, slotAddress, stamps);
        stamps.end(hash);
        if ((IndexPage.used(page) & MERGE_CHECK_MASK) == 0) {
            mergeIfSparse(hash);
        }
    }

    /** Hands the reference of every entry to {@code consumer}, in no particular order. */
    void forEach(LongConsumer consumer) {
        int size = 1 << depth();
        for (int position = 0, previous = Arena.NO_PAGE; position < size; position++) {
            int page = readDirectory(position);
            if (page != previous) {
                forEachInPage(arena.pageAddress(page), consumer);
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
            long page = arena.pageAddress(readDirectory(position));
            IndexPage.forEachAtHome(page, fromHome, toHome, consumer);
            position += 1 << (depth() - Math.max(bits, IndexPage.depth(page)));
        }
    }

    /** How many bits the hashes of the page that holds {@code hash} share. */
    int depth(long hash) {
        return IndexPage.depth(pageAddress(hash));
    }

    private static void forEachInPage(long page, LongConsumer consumer) {
        for (int slot = 0; slot < IndexPage.SLOTS; slot++) {
            long word = IndexPage.word(page, slot);
            if (word != 0) {
                consumer.accept(reference(word));
            }
        }
    }

    /** The address of the page that holds a hash. */
    long pageAddress(long hash) {
        return arena.pageAddress(page(hash));
    }

    private long pageWithRoom(long hash) {
        while (true) {
            long page = pageAddress(hash);
            if (IndexPage.used(page) < SPLIT_AT) {
                return page;
            }
            if (IndexPage.depth(page) == MAX_DEPTH || arena.freePages() == 0) {
                return requireFreeSlot(page);
            }
            split(hash, page);
        }
    }

    /** One slot stays free for ever, so that every search ends. */
    private static long requireFreeSlot(long page) {
        if (IndexPage.used(page) >= IndexPage.SLOTS - 1) {
            throw new StateMachineException("a page of the index is full and cannot be split: "
                    + (IndexPage.SLOTS - 1) + " keys agree in the top " + IndexPage.depth(page)
                    + " bits of their hashes, which does not happen by chance");
        }
        return page;
    }

    private void split(long hash, long page) {
        int pageDepth = IndexPage.depth(page);
        if (pageDepth == depth()) {
            doubleDirectory();
        }
        int sibling = arena.takePage();
        stamps.beginAll(hash, pageDepth);
        IndexPage.split(page, arena.pageAddress(sibling));
        int length = 1 << (depth() - pageDepth - 1);
        fillDirectory(position(hash, pageDepth) * 2 + 1, length, sibling);
        stamps.endAll(hash, pageDepth);
        addPages(1);
    }

    private void mergeIfSparse(long hash) {
        int page = page(hash);
        int pageDepth = IndexPage.depth(arena.pageAddress(page));
        if (pageDepth == 0) {
            return;
        }
        int length = 1 << (depth() - pageDepth);
        int sibling = readDirectory((position(hash, pageDepth) ^ 1) * length);
        if (IndexPage.depth(arena.pageAddress(sibling)) != pageDepth
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
