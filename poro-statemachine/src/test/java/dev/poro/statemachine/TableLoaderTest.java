package dev.poro.statemachine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.events.RawMemory;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlyweight;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A table that was filled at once is one that was filled entry by entry; hashes are of the test's choice. */
@Tag("R25")
class TableLoaderTest {
    private static final int LONGEST = 20_000;

    private final NewEntry entry = new NewEntry();
    private final Table table = Table.create(64 << 20, new WyHash(1), () -> Long.MIN_VALUE);
    private final long buffer = RawMemory.allocate(LONGEST + 1_000);
    private final RecordFlyweight record = new RecordFlyweight();
    private final List<Long> hashes = new ArrayList<>();

    @AfterEach
    void release() {
        RawMemory.free(buffer, LONGEST + 1_000);
        table.arena().release();
    }

    @Test
    void findsEveryEntryThatWasAdded() {
        Random random = new Random(1);
        TableLoader loader = new TableLoader(table, 30_000);
        int pages = table.index().pages();
        for (int key = 0; key < 30_000; key++) {
            add(loader, random.nextLong(), key, key % 1_000 == 0 ? LONGEST : key % 90);
        }
        loader.end();

        requireAll();
        assertThat(pages)
                .as("it never grows")
                .isEqualTo(8)
                .isEqualTo(table.index().pages());
    }

    @Test
    void goesOnAsAnyTable() {
        Random random = new Random(2);
        TableLoader loader = new TableLoader(table, 9_000);
        for (int key = 0; key < 9_000; key++) {
            add(loader, random.nextLong(), key, 10);
        }
        loader.end();
        for (int key = 0; key < 9_000; key += 2) {
            table.remove(find(hashes.get(key), key), hashes.get(key));
        }
        for (int key = 0; key < 9_000; key++) {
            assertThat(find(hashes.get(key), key) == Index.NO_SLOT).isEqualTo(key % 2 == 0);
        }
        for (int key = 0; key < 9_000; key += 2) {
            encode(key, 40);
            table.insert(entry.of(hashes.get(key), key + 1, record, NewEntry.NO_EXPIRY));
        }
        requireAll();
    }

    /** There are two pages, and all hashes belong to the first. */
    @Test
    void splitsAPageThatMoreComesToThanExpected() {
        Random random = new Random(3);
        TableLoader loader = new TableLoader(table, 8_000);
        for (int key = 0; key < 8_000; key++) {
            add(loader, random.nextLong() >>> 1, key, 10);
        }
        assertThatExceptionOfType(StateMachineException.class)
                .isThrownBy(() -> add(loader, hashes.get(7), 7, 10))
                .withMessageContaining("two entries of one key");
        loader.end();

        requireAll();
        assertThat(table.index().pages()).isEqualTo(3);
    }

    @Test
    void tellsKeysOfOneHashApart() {
        TableLoader loader = new TableLoader(table, 3);
        for (int key = 0; key < 3; key++) {
            add(loader, 4711, key, 10);
        }
        loader.end();
        requireAll();
    }

    @Test
    @Tag("R23")
    void refusesAKeyThatComesTwiceWhateverItsLength() {
        for (int valueLength : List.of(0, 10, LONGEST)) {
            TableLoader loader = new TableLoader(table, 4);
            add(loader, 1, 1, 10);
            add(loader, 2, 2, valueLength);
            add(loader, 2, 2, 20);
            assertThatExceptionOfType(StateMachineException.class)
                    .isThrownBy(loader::end)
                    .withMessageContaining("two entries of one key");
            IndexPage.initialize(table.index().pageAddress(0), 0);
        }
    }

    @Test
    void preparesNoMorePagesThanTheKeysArePaidFor() {
        for (long keys = 1; keys < 1_000_000; keys += 1 + keys / 8) {
            Table empty = Table.create(64 << 20, new WyHash(1), () -> Long.MIN_VALUE);
            int depth = empty.index().prepareFor(keys);
            assertThat(empty.index().pages()).isEqualTo(1 << depth);
            assertThat((long) empty.index().pages() << ArenaDescriptor.PAGE_SHIFT)
                    .as("%d keys", keys)
                    .isLessThanOrEqualTo(Math.max(ArenaDescriptor.PAGE_LENGTH, keys * EntryDescriptor.INDEX_CHARGE));
            empty.arena().release();
        }
    }

    @Test
    void preparesNothingWithoutPages() {
        Table small = Table.create(1 << 20, new WyHash(1), () -> Long.MIN_VALUE);
        assertThat(small.index().prepareFor(100_000_000)).isZero();
        assertThat(small.index().pages()).isEqualTo(1);
        small.arena().release();
    }

    private void add(TableLoader loader, long hash, int key, int valueLength) {
        encode(key, valueLength);
        loader.add(entry.of(hash, key + 1, record, NewEntry.NO_EXPIRY));
        hashes.add(hash);
    }

    private void encode(int key, int valueLength) {
        RecordEncoder.encodeSet(
                buffer, ByteBuffer.allocate(Integer.BYTES).putInt(key).array(), new byte[valueLength]);
        record.wrap(buffer);
    }

    private void requireAll() {
        for (int key = 0; key < hashes.size(); key++) {
            long slot = find(hashes.get(key), key);
            assertThat(slot).as("key %d", key).isNotEqualTo(Index.NO_SLOT);
            assertThat(Entries.sequence(table.entryAt(slot))).isEqualTo(key + 1);
        }
    }

    private long find(long hash, int key) {
        encode(key, 0);
        return table.find(hash, record.keyAddress(), record.keyLength());
    }
}
