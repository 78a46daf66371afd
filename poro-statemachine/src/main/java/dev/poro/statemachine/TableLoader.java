package dev.poro.statemachine;

import dev.poro.events.RawMemory;

/**
 * Fills an empty table with many entries. To look each of them up in an index that exceeds the caches means to wait for
 * memory each time. So the index gets all its pages at once, and a word is first put behind the others that came to its
 * page. When all are there, each page is put in order: that is within the caches, and finds the keys that came twice.
 *
 * <pre>
 *   page of the index while words come    | w3 w1 w7 w2 .  .  .  .  .  . |
 *   put in order                          | w7 .  .  w1 w3 .  .  w2 .  . |   at their homes or behind
 * </pre>
 *
 * <p>A page that has as many words as it is split at is put in order at once, and then goes on as usual. Should memory
 * become short, because the hashes are not spread and the index has pages that stay empty, all pages are put in order
 * and everything goes on as usual. Single writer; nobody else knows the table before {@link #end}.
 */
final class TableLoader {
    private static final int IN_ORDER = -1;

    private final Table table;
    private final Index index;
    private final int depth;

    /** Of each page that was there at first: how many words have come to it, or {@link #IN_ORDER}. */
    private final int[] counts;

    private final long[] words = new long[Index.SPLIT_AT];

    private boolean isInOrder;

    /** @param keys how many there will be, about */
    TableLoader(Table table, long keys) {
        this.table = table;
        this.index = table.index();
        this.depth = index.prepareFor(keys);
        this.counts = new int[1 << depth];
    }

    /**
     * Adds an entry.
     *
     * @throws StateMachineException if the key was seen to be there already
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
     * From now on the table is like any other.
     *
     * @throws StateMachineException if a key was added twice
     */
    void end() {
        for (long page = 0; page < counts.length; page++) {
            putInOrder(page << 1 << (Long.SIZE - 1 - depth));
        }
        isInOrder = true;
    }

    /** The page that a hash belongs to, unless that was done. */
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
