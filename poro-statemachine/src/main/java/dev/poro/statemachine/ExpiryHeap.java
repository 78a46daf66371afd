package dev.poro.statemachine;

import static dev.poro.statemachine.ArenaDescriptor.EXPIRING_OFFSET;
import static dev.poro.statemachine.ArenaDescriptor.HEAP_PAGES_OFFSET;
import static dev.poro.statemachine.ArenaDescriptor.PAGE_LENGTH;
import static dev.poro.statemachine.ArenaDescriptor.REFERENCE_BITS;
import static dev.poro.statemachine.ArenaDescriptor.REFERENCE_MASK;

import dev.poro.events.RawMemory;
import java.util.Arrays;

/**
 * The entries that have an expiry, in a heap: the one that is due first is at the top. Four children a node (Johnson,
 * Information Processing Letters 4(3), 1975): an entry that expires later than most others, which is the usual case,
 * is added by one comparison.
 *
 * <pre>
 *   element, at its place in pages of the arena
 *    63                            34 33                              0
 *   +-------------------------------+---------------------------------+
 *   | tag: units of 1,024 ms from   | reference to the entry          |
 *   | 2020 on, within 0 and 2^30 - 1|                                 |
 *   +-------------------------------+---------------------------------+
 * </pre>
 *
 * <p>The order is that of expiry, then sequence, then key bytes: no two entries are equal, and the order is the same on
 * every machine. Most comparisons are decided by the tags and visit no entry. An entry knows its place, so that one
 * that is replaced or removed leaves the heap in logarithmic time.
 *
 * <p>Its pages count against the memory budget as a whole, see {@link #charge}: that is a function of the number of
 * entries alone. Single writer.
 */
final class ExpiryHeap {
    /** Entries with an expiry, at most. */
    static final int MAX_ENTRIES = (PAGE_LENGTH - HEAP_PAGES_OFFSET) / Integer.BYTES * (PAGE_LENGTH / Long.BYTES);

    private static final int PLACES_PER_PAGE_SHIFT = 13;

    /** Entries that a page of 64 KiB refers to. */
    static final int PLACES_PER_PAGE = 1 << PLACES_PER_PAGE_SHIFT;

    private static final int CHILDREN_SHIFT = 2;
    private static final int CHILDREN = 1 << CHILDREN_SHIFT;

    /** 2020-01-01T00:00:00Z. */
    private static final long TAG_BEGIN = 1_577_836_800_000L;

    private static final int TAG_SHIFT = 10;
    private static final long MAX_TAG = (1L << (Long.SIZE - REFERENCE_BITS)) - 1;

    private final Arena arena;
    private final Entries entries;
    private final long base;

    ExpiryHeap(Arena arena, Entries entries) {
        this.arena = arena;
        this.entries = entries;
        this.base = arena.base();
    }

    /** What the pages of a heap of so many entries count against the memory budget, in bytes. */
    static long charge(long entries) {
        return ((entries + PLACES_PER_PAGE - 1) >> PLACES_PER_PAGE_SHIFT) * PAGE_LENGTH;
    }

    /** The pages that it takes. */
    long pages() {
        return charge(size()) / PAGE_LENGTH;
    }

    int size() {
        return RawMemory.readInt(base + EXPIRING_OFFSET);
    }

    /** The address of the entry that is due first; there must be one. */
    long first() {
        return entries.address(firstReference());
    }

    /** The reference to the entry that is due first; there must be one. */
    long firstReference() {
        assert size() > 0 : "no entry has an expiry";
        return elementAt(0) & REFERENCE_MASK;
    }

    /** Adds an entry, which has an expiry. Takes a page where the last one is full. */
    void add(long reference) {
        int place = size();
        if ((place & PLACES_PER_PAGE - 1) == 0) {
            int page = arena.takePage();
            if (page == Arena.NO_PAGE) {
                throw new StateMachineException("no page left for the expiries although the memory budget admits them:"
                        + " a defect in the accounting of memory");
            }
            RawMemory.writeInt(pageNumber(place), page);
        }
        resize(place + 1);
        siftUp(place, elementOf(reference));
    }

    /** Takes an entry out, which is still as it was when it was added. */
    void remove(long entry) {
        int place = Entries.place(entry);
        int last = size() - 1;
        long moved = elementAt(last);
        resize(last);
        if (place != last) {
            put(place, moved);
        }
        if ((last & PLACES_PER_PAGE - 1) == 0) {
            arena.givePage(RawMemory.readInt(pageNumber(last)));
        }
    }

    /** The expiry or the sequence of the entry at a place has changed, or another entry has taken its place. */
    void change(int place, long reference) {
        put(place, elementOf(reference));
    }

    /** An entry was copied to another slot as it is. */
    void move(int place, long to) {
        RawMemory.writeLong(addressOf(place), (elementAt(place) & ~REFERENCE_MASK) | to);
    }

    /** Forgets all entries; the pages are the arena's again. */
    void clear() {
        resize(0);
    }

    /**
     * References to all entries, the one that is due first at the beginning. Needs more heap only where many are due at
     * once.
     */
    long[] inOrder() {
        long[] elements = new long[size()];
        Arrays.setAll(elements, place -> elementAt(place) ^ Long.MIN_VALUE); // tags are unsigned
        Arrays.sort(elements);
        for (int begin = 0, end; begin < elements.length; begin = end) {
            end = begin + 1;
            while (end < elements.length && haveSameTag(elements[begin], elements[end])) {
                end++;
            }
            sortByEntry(elements, begin, end);
        }
        for (int i = 0; i < elements.length; i++) {
            elements[i] &= REFERENCE_MASK;
        }
        return elements;
    }

    private static boolean haveSameTag(long element, long other) {
        return ((element ^ other) >>> REFERENCE_BITS) == 0;
    }

    private void sortByEntry(long[] elements, int begin, int end) {
        if (end - begin > 1) {
            long[] sorted = Arrays.stream(elements, begin, end)
                    .boxed()
                    .sorted((element, other) -> isEntryBefore(entryOf(element), entryOf(other)) ? -1 : 1)
                    .mapToLong(Long::longValue)
                    .toArray();
            System.arraycopy(sorted, 0, elements, begin, sorted.length);
        }
    }

    private void put(int place, long element) {
        if (place > 0 && isBefore(element, elementAt(parentOf(place)))) {
            siftUp(place, element);
        } else {
            siftDown(place, element);
        }
    }

    private void siftUp(int from, long element) {
        int place = from;
        while (place > 0) {
            int parent = parentOf(place);
            long other = elementAt(parent);
            if (!isBefore(element, other)) {
                break;
            }
            write(place, other);
            place = parent;
        }
        write(place, element);
    }

    private void siftDown(int from, long element) {
        int size = size();
        int place = from;
        while (true) {
            int child = (place << CHILDREN_SHIFT) + 1;
            if (child >= size) {
                break;
            }
            int first = child;
            long least = elementAt(child);
            int end = Math.min(size, child + CHILDREN);
            for (int other = child + 1; other < end; other++) {
                long candidate = elementAt(other);
                if (isBefore(candidate, least)) {
                    first = other;
                    least = candidate;
                }
            }
            if (!isBefore(least, element)) {
                break;
            }
            write(place, least);
            place = first;
        }
        write(place, element);
    }

    private static int parentOf(int place) {
        return (place - 1) >> CHILDREN_SHIFT;
    }

    private boolean isBefore(long element, long other) {
        long tag = element >>> REFERENCE_BITS;
        long otherTag = other >>> REFERENCE_BITS;
        return tag != otherTag ? tag < otherTag : isEntryBefore(entryOf(element), entryOf(other));
    }

    private boolean isEntryBefore(long entry, long other) {
        long expiry = Entries.expiry(entry);
        long otherExpiry = Entries.expiry(other);
        if (expiry != otherExpiry) {
            return expiry < otherExpiry;
        }
        long sequence = Entries.sequence(entry);
        long otherSequence = Entries.sequence(other);
        return sequence != otherSequence ? sequence < otherSequence : entries.compareKeys(entry, other) < 0;
    }

    private long elementOf(long reference) {
        long since = Entries.expiry(entries.address(reference)) - TAG_BEGIN;
        long tag = since < 0 ? 0 : Math.min(since >> TAG_SHIFT, MAX_TAG);
        return (tag << REFERENCE_BITS) | reference;
    }

    private long entryOf(long element) {
        return entries.address(element & REFERENCE_MASK);
    }

    private void write(int place, long element) {
        RawMemory.writeLong(addressOf(place), element);
        Entries.setPlace(entryOf(element), place);
    }

    private long elementAt(int place) {
        return RawMemory.readLong(addressOf(place));
    }

    private long addressOf(int place) {
        int page = RawMemory.readInt(pageNumber(place));
        return arena.pageAddress(page) + (long) (place & PLACES_PER_PAGE - 1) * Long.BYTES;
    }

    private long pageNumber(int place) {
        return base + HEAP_PAGES_OFFSET + (long) (place >> PLACES_PER_PAGE_SHIFT) * Integer.BYTES;
    }

    private void resize(int size) {
        RawMemory.writeInt(base + EXPIRING_OFFSET, size);
    }
}
