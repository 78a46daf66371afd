package dev.poro.statemachine;

import static dev.poro.statemachine.ArenaDescriptor.CACHE_LINE_LENGTH;
import static dev.poro.statemachine.ArenaDescriptor.PAGE_LENGTH;
import static dev.poro.statemachine.ArenaDescriptor.REFERENCE_MASK;

import dev.poro.events.RawMemory;
import java.util.function.LongConsumer;

/**
 * A page of the index: a hash table of 8,184 slots with linear probing that wraps around at the end of the page.
 *
 * <pre>
 *   page                                   slot
 *   +----+-----------------------------+    63                          34 33                              0
 *   |  0 | u32 used slots              |   +------------------------------+---------------------------------+
 *   |  4 | u32 depth                   |   | tag: top 30 bits of the hash | reference to the entry, never 0 |
 *   |  8 | u32 next page of a chain    |   +------------------------------+---------------------------------+
 *   | 64 | 8,184 slots of 8 bytes      |   an empty slot is 0
 *   +----+-----------------------------+
 * </pre>
 *
 * <p>All keys of a page agree in the top {@code depth} bits of their hashes. The directory uses up to 17 bits of the
 * tag. The home slot follows from the other 13, so it stays the same when the page is split or merged, and only the
 * comparison of keys visits an entry. Hashes that are too many for one page and that no split would divide share an
 * {@link IndexChain} of pages.
 *
 * <p>Static methods over the page's address; single writer. Removal moves the followers back (Knuth, The Art of
 * Computer Programming, volume 3, 6.4, algorithm R), so there are no tombstones.
 */
final class IndexPage {
    static final int SLOTS = 8184;

    static final long TAG_MASK = ~REFERENCE_MASK;

    private static final int USED_OFFSET = 0;
    private static final int DEPTH_OFFSET = 4;
    private static final int NEXT_PAGE_OFFSET = 8;
    private static final int SLOTS_OFFSET = 64;
    private static final int HOME_BITS = 13;

    private IndexPage() {}

    static void initialize(long page, int depth) {
        RawMemory.fill(page, PAGE_LENGTH, (byte) 0);
        RawMemory.writeInt(page + DEPTH_OFFSET, depth);
    }

    static int used(long page) {
        return RawMemory.readInt(page + USED_OFFSET);
    }

    static int depth(long page) {
        return RawMemory.readInt(page + DEPTH_OFFSET);
    }

    static void setDepth(long page, int depth) {
        RawMemory.writeInt(page + DEPTH_OFFSET, depth);
    }

    /**
     * The number of the next page of the chain, or {@link Arena#NO_PAGE}; an arbitrary number if a reader runs during a
     * change.
     */
    static int nextPage(long page) {
        return RawMemory.readInt(page + NEXT_PAGE_OFFSET);
    }

    /** Readers that see the new number also see what the next page holds. */
    static void setNextPage(long page, int next) {
        RawMemory.storeFence();
        RawMemory.writeInt(page + NEXT_PAGE_OFFSET, next);
    }

    /** The page that a slot lies in. */
    static long pageOf(long slotAddress) {
        return slotAddress & -PAGE_LENGTH;
    }

    /** The slot where the search for a hash begins; also takes a slot's word, whose tag is part of the hash. */
    static int home(long hash) {
        int bits = (int) (hash >>> ArenaDescriptor.REFERENCE_BITS) & ((1 << HOME_BITS) - 1);
        return (bits * SLOTS) >>> HOME_BITS;
    }

    static int next(int slot) {
        return slot + 1 == SLOTS ? 0 : slot + 1;
    }

    static long slotAddress(long page, int slot) {
        return page + SLOTS_OFFSET + slot * 8L;
    }

    static long word(long page, int slot) {
        return RawMemory.readLong(slotAddress(page, slot));
    }

    /**
     * The reference under a hash in the home slot or up to three slots after it in the same cache line, where 80 to 93
     * % of the keys are; 0 if there is none. Waits for that cache line only, and does not branch on its contents: a
     * branch here would be mispredicted every third time (measured: a sixth of a set among 10 million keys).
     */
    static long referenceNearHome(long page, long hash) {
        long home = slotAddress(page, home(hash));
        long first = Math.min(home, (home | CACHE_LINE_LENGTH - 1) + 1 - 4 * Long.BYTES);
        long word = ifTagOf(hash, RawMemory.readLong(first))
                | ifTagOf(hash, RawMemory.readLong(first + 8))
                | ifTagOf(hash, RawMemory.readLong(first + 16))
                | ifTagOf(hash, RawMemory.readLong(first + 24));
        return word & REFERENCE_MASK;
    }

    /** The word if it has the tag of the hash, or 0. */
    private static long ifTagOf(long hash, long word) {
        long difference = (word ^ hash) & TAG_MASK;
        return word & ~((difference | -difference) >> (Long.SIZE - 1));
    }

    static boolean hasTagOf(long word, long hash) {
        return ((word ^ hash) & TAG_MASK) == 0;
    }

    /** A hash and the reference to its entry, as a slot holds them. */
    static long wordOf(long hash, long reference) {
        return (hash & TAG_MASK) | reference;
    }

    /** Puts a word into the first free slot at or after its home. At least one slot must stay free. */
    static void insert(long page, long word) {
        assert used(page) < SLOTS - 1 && (word & REFERENCE_MASK) != 0 : "word " + word + " after " + used(page);
        place(page, word);
        RawMemory.writeInt(page + USED_OFFSET, used(page) + 1);
    }

    /**
     * Empties the slot at {@code slotAddress}. The probe sequence of every other key is intact at all times, and the
     * stripe of each word that moves is advanced before its old slot is reused.
     */
    static void remove(long page, long slotAddress, StripedSeqLock stamps) {
        assert used(page) > 0 && RawMemory.readLong(slotAddress) != 0 : "an empty slot";
        int hole = (int) ((slotAddress - page - SLOTS_OFFSET) >>> 3);
        int slot = hole;
        while (true) {
            slot = next(slot);
            long word = word(page, slot);
            if (word == 0) {
                break;
            }
            if (distance(home(word), slot) >= distance(hole, slot)) {
                RawMemory.writeLong(slotAddress(page, hole), word);
                stamps.advance(word);
                hole = slot;
            }
        }
        RawMemory.writeLong(slotAddress(page, hole), 0);
        RawMemory.writeInt(page + USED_OFFSET, used(page) - 1);
    }

    /**
     * Moves the words whose hashes have a 1 after the page's prefix to {@code sibling}, a page without contents, and
     * increments the depth of both. Readers of the page must be held off.
     */
    static void split(long page, long sibling) {
        int depth = depth(page) + 1;
        long bit = Long.MIN_VALUE >>> (depth - 1);
        initialize(sibling, depth);
        RawMemory.writeInt(page + DEPTH_OFFSET, depth);
        RawMemory.writeInt(page + USED_OFFSET, 0);
        // In probe order from a free slot on, a word's new place is never behind one that is still to be visited.
        int start = 0;
        while (word(page, start) != 0) {
            start++;
        }
        for (int slot = next(start); slot != start; slot = next(slot)) {
            long word = word(page, slot);
            if (word != 0) {
                RawMemory.writeLong(slotAddress(page, slot), 0);
                insert((word & bit) == 0 ? page : sibling, word);
            }
        }
    }

    /** Moves all words of {@code sibling} to {@code page} and decrements its depth. Readers must be held off. */
    static void merge(long page, long sibling) {
        for (int slot = 0; slot < SLOTS; slot++) {
            long word = word(sibling, slot);
            if (word != 0) {
                insert(page, word);
            }
        }
        RawMemory.writeInt(page + DEPTH_OFFSET, depth(page) - 1);
    }

    /** Moves all words of a page to {@code target}, and returns their number. Readers must be held off. */
    static int drain(long page, long[] target) {
        int count = 0;
        for (int slot = 0; slot < SLOTS; slot++) {
            long word = word(page, slot);
            if (word != 0) {
                target[count++] = word;
                RawMemory.writeLong(slotAddress(page, slot), 0);
            }
        }
        setUsed(page, 0);
        return count;
    }

    /** The number of words that a split would move to the sibling. */
    static int countOfUpperHalf(long page) {
        long bit = Long.MIN_VALUE >>> depth(page);
        int count = 0;
        for (int slot = 0; slot < SLOTS; slot++) {
            count += (word(page, slot) & bit) == 0 ? 0 : 1;
        }
        return count;
    }

    /** Hands every word whose home is from {@code from} up to, not including, {@code to} to {@code consumer}. */
    static void forEachAtHome(long page, int from, int to, LongConsumer consumer) {
        int length = to - from;
        // A word lies at its home or, with no free slot in between, behind it.
        for (int slot = from, visited = 0; visited < SLOTS; slot = next(slot), visited++) {
            long word = word(page, slot);
            if (word == 0) {
                if (visited >= length - 1) {
                    return;
                }
            } else if (home(word) >= from && home(word) < to) {
                consumer.accept(word);
            }
        }
    }

    /** Sets the number of words of a page that were not inserted one by one. */
    static void setUsed(long page, int used) {
        RawMemory.writeInt(page + USED_OFFSET, used);
    }

    private static void place(long page, long word) {
        int slot = home(word);
        while (word(page, slot) != 0) {
            slot = next(slot);
        }
        RawMemory.writeLong(slotAddress(page, slot), word);
    }

    private static int distance(int from, int to) {
        return to >= from ? to - from : to - from + SLOTS;
    }
}
