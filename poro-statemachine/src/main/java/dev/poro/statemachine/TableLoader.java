package dev.poro.statemachine;

import dev.poro.events.RawMemory;

/**
 * Fills an empty table with many entries. A lookup for each of them, in an index that exceeds the caches, would wait
 * for memory each time. So the index gets all its pages at once, and each word is first appended to its page. When all
 * entries are there, each page is put in order: that stays within the caches, and detects duplicate keys.
 *
 * <pre>
 *   page of the index while words come    | w3 w1 w7 w2 .  .  .  .  .  . |
 *   put in order                          | w7 .  .  w1 w3 .  .  w2 .  . |   at their homes or behind
 * </pre>
 *
 * <p>A page that reaches the number of words at which it is split is put in order at once; later words are inserted as
 * usual. If memory becomes short, because uneven hashes leave pages of the index empty, all pages are put in order and
 * all later words are inserted as usual. Single writer; no other thread uses the table before {@link #end}.
 */
final class TableLoader {
    private static final int IN_ORDER = -1;

    private final Table table;
    private final Index index;
    private final int depth;

    /** For each initial page: the number of its words, or {@link #IN_ORDER}. */
    private final int[] counts;

    private final long[] words = new long[Index.SPLIT_AT];

    private boolean isInOrder;

    /** @param keys the approximate number of entries to come */
    TableLoader(Table table, long keys) {
        this.table = table;
        this.index = table.index();
        this.depth = index.prepareFor(keys);
        this.counts = new int[1 << depth];
    }

    /**
     * Adds an entry.
     *
     * @throws StateMachineException if the key was seen to be present already
     */
    void add(NewEntry added) {
        long hash = added.hash();
        int page = Index.position(hash, depth);
        if (!isInOrder && !table.hasRoomFor(added)) {
            end();
        } else if (counts[page] == Index.SPLIT_AT) {
            putInOrder(hash);
        }
        int count = counts[page];
        if (count == IN_ORDER) {
            requireAbsent(added);
            table.insert(added);
            return;
        }
        long word = IndexPage.wordOf(hash, table.write(added));
        RawMemory.writeLong(IndexPage.slotAddress(index.pageAddress(hash), count), word);
        counts[page] = count + 1;
    }

    private void requireAbsent(NewEntry added) {
        if (table.find(added.hash(), added.payload(), added.keyLength()) != Index.NO_SLOT) {
            throw twoOfOneKey();
        }
    }

    private static StateMachineException twoOfOneKey() {
        return new StateMachineException("the snapshot holds two entries of one key");
    }

    /**
     * Puts all pages in order: the table is complete.
     *
     * @throws StateMachineException if a key was added twice
     */
    void end() {
        for (long page = 0; page < counts.length; page++) {
            putInOrder(page << 1 << (Long.SIZE - 1 - depth));
        }
        isInOrder = true;
    }

    /** Puts the page of a hash in order, unless it is already. */
    private void putInOrder(long hash) {
        int position = Index.position(hash, depth);
        int count = counts[position];
        if (count == IN_ORDER) {
            return;
        }
        long page = index.pageAddress(hash);
        for (int slot = 0; slot < count; slot++) {
            words[slot] = IndexPage.word(page, slot);
        }
        RawMemory.fill(IndexPage.slotAddress(page, 0), (long) count * Long.BYTES, (byte) 0);
        for (int at = 0; at < count; at++) {
            place(page, words[at]);
        }
        IndexPage.setUsed(page, count);
        counts[position] = IN_ORDER;
    }

    private void place(long page, long word) {
        int slot = IndexPage.home(word);
        for (long other = IndexPage.word(page, slot); other != 0; other = IndexPage.word(page, slot)) {
            if (IndexPage.hasTagOf(other, word) && haveSameKey(word, other)) {
                throw twoOfOneKey();
            }
            slot = IndexPage.next(slot);
        }
        RawMemory.writeLong(IndexPage.slotAddress(page, slot), word);
    }

    private boolean haveSameKey(long word, long other) {
        return table.haveSameKey(Index.reference(word), Index.reference(other));
    }
}
