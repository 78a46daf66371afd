package dev.poro.statemachine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.RawMemory;
import dev.poro.events.TestScale;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The heap of a table's expiries against a sorted set. */
class ExpiryHeapTest {
    private static final int ENTRIES = TestScale.choose(60_000, 600_000);
    private static final long LONGEST_PAYLOAD = 1 << 17;
    private static final long NOW = 1_700_000_000_000L;

    /** One millisecond, many; within one tag, across all; before the tags and after them. */
    private static final long[] RANGES = {1, 1 << 10, 1 << 16, 1L << 33, 1L << 50};

    private final WyHash hash = new WyHash(1);
    private final Table table = Table.create(256 << 20, hash, () -> Long.MIN_VALUE);
    private final NewEntry entry = new NewEntry();
    private final long payload = RawMemory.allocate(LONGEST_PAYLOAD);
    private final TreeSet<Expiring> expected = new TreeSet<>(Comparator.<Expiring>comparingLong(each -> each.expiry)
            .thenComparingLong(each -> each.sequence)
            .thenComparing(each -> each.key, Arrays::compareUnsigned));

    private static final class Expiring {
        private final byte[] key;
        private long expiry;
        private long sequence;

        private Expiring(byte[] key) {
            this.key = key;
        }
    }

    @AfterEach
    void release() {
        RawMemory.free(payload, LONGEST_PAYLOAD);
        table.arena().release();
    }

    @ParameterizedTest(name = "range {0}")
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void hasTheFirstAtTheTop(int range) {
        Random random = new Random(range);
        List<Expiring> entries = new ArrayList<>();
        int count = ENTRIES / 5;
        for (int step = 0; step < 4 * count; step++) {
            long sequence = 1 + step / 8L;
            if (entries.size() < count && (step < count || random.nextBoolean())) {
                entries.add(insert(keyOf(step, random), expiryIn(range, random), sequence, random.nextInt(60)));
            } else {
                Expiring changed = entries.get(random.nextInt(entries.size()));
                if (random.nextInt(3) == 0) {
                    remove(changed);
                    entries.set(entries.indexOf(changed), entries.get(entries.size() - 1));
                    entries.remove(entries.size() - 1);
                } else {
                    change(changed, expiryIn(range, random), sequence, random.nextInt(120), random.nextBoolean());
                }
            }
            if (step % 16 == 0) {
                requireFirst();
            }
        }
        assertEveryEntryKnowsItsPlace(table);
        for (int left = expected.size(); left > 0; left--) {
            requireFirst();
            remove(expected.first());
        }
        assertThat(table.expiries().size()).isZero();
        assertThat(table.arena().poolPages() - table.arena().freePages())
                .as("pages")
                .isEqualTo(table.index().pages());
    }

    private static long expiryIn(int range, Random random) {
        long begin = range == 3 ? 1_577_836_800_000L - (1L << 32) : range == 4 ? 0 : NOW;
        return begin + (random.nextLong() & Long.MAX_VALUE) % RANGES[range];
    }

    private static byte[] keyOf(int number, Random random) {
        int length = number % 1000 == 0 ? 30_000 : 4;
        byte[] key = new byte[length];
        ByteBuffer.wrap(key).putInt(length - 4, number * 0x9E3779B1);
        return random.nextInt(50) == 0 ? Arrays.copyOf(key, length + random.nextInt(9)) : key;
    }

    @Test
    void decidesByTheBytesOfTheKeyInTheEnd() {
        String[] keys = {
            "",
            "\0",
            "\0\0",
            "a",
            "a\0",
            "ab",
            "b",
            "\u007f",
            "\u0080",
            "\u00ff",
            "\u00ff\0",
            "z".repeat(9_000),
            "z".repeat(9_000) + "a",
            "z".repeat(20_000),
            "z".repeat(20_000) + "\u00ff"
        };
        List<String> shuffled = new ArrayList<>(Arrays.asList(keys));
        java.util.Collections.shuffle(shuffled, new Random(1));
        for (String key : shuffled) {
            insert(key.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1), NOW, 7, 3);
        }
        for (int left = keys.length; left > 0; left--) {
            requireFirst();
            remove(expected.first());
        }
    }

    @Test
    void takesAPageForEveryEightThousandEntries() {
        int index = table.index().pages();
        for (int key = 0; key <= ExpiryHeap.PLACES_PER_PAGE; key++) {
            insert(ByteBuffer.allocate(4).putInt(key).array(), NOW + key, 1, 0);
        }
        assertThat(ExpiryHeap.charge(table.expiries().size())).isEqualTo(2 << 16);
        assertThat(ExpiryHeap.charge(0)).isZero();
        assertThat(ExpiryHeap.charge(1)).isEqualTo(1 << 16);
        assertThat(ExpiryHeap.charge(8192)).isEqualTo(1 << 16);
        int pages = table.arena().freePages();
        remove(expected.last());
        assertThat(table.arena().freePages()).as("slots of entries stay").isEqualTo(pages + 1);
        assertThat(table.index().pages()).isGreaterThanOrEqualTo(index);
        table.clear();
        assertThat(table.expiries().size()).isZero();
    }

    /** Why the heap may be longer within a batch and the memory is there all the same; see {@link Evacuator}. */
    @Test
    void aSizeClassCountsAtLeastAPlaceMoreThanTheOneBefore() {
        for (int sizeClass = 1; sizeClass < SizeClasses.CHUNK; sizeClass++) {
            assertThat(SizeClasses.chargeOf(sizeClass) - SizeClasses.chargeOf(sizeClass - 1))
                    .isGreaterThanOrEqualTo(Long.BYTES);
        }
    }

    /** The places are those of a heap, each once. */
    static void assertEveryEntryKnowsItsPlace(Table table) {
        BitSet places = new BitSet();
        int[] count = new int[1];
        table.index().forEach(reference -> {
            long each = table.entries().address(reference);
            if (Entries.expires(each)) {
                places.set(Entries.place(each));
                count[0]++;
            }
        });
        assertThat(count[0]).isEqualTo(table.expiries().size());
        assertThat(places.cardinality()).isEqualTo(count[0]);
        assertThat(places.length()).isEqualTo(count[0]);
    }

    private void requireFirst() {
        if (expected.isEmpty()) {
            assertThat(table.expiries().size()).isZero();
            return;
        }
        Expiring first = expected.first();
        long actual = table.expiries().first();
        assertThat(Entries.expiry(actual)).isEqualTo(first.expiry);
        assertThat(Entries.sequence(actual)).isEqualTo(first.sequence);
        assertThat(table.keyOf(table.expiries().firstReference())).isEqualTo(first.key);
        assertThat(table.expiries().size()).isEqualTo(expected.size());
    }

    private Expiring insert(byte[] key, long expiry, long sequence, int valueLength) {
        Expiring inserted = new Expiring(key);
        inserted.expiry = expiry;
        inserted.sequence = sequence;
        assertThat(expected.add(inserted)).isTrue();
        table.insert(entryOf(inserted, valueLength));
        return inserted;
    }

    private void change(Expiring changed, long expiry, long sequence, int valueLength, boolean inPlace) {
        expected.remove(changed);
        changed.expiry = expiry;
        changed.sequence = sequence;
        expected.add(changed);
        long slot = slotOf(changed);
        if (inPlace) {
            table.changeExpiry(slot, hash.of(changed.key), sequence, expiry);
        } else {
            table.replace(slot, entryOf(changed, valueLength));
        }
    }

    private void remove(Expiring removed) {
        expected.remove(removed);
        table.remove(slotOf(removed), hash.of(removed.key));
    }

    private long slotOf(Expiring found) {
        RawMemory.copy(found.key, 0, payload, found.key.length);
        return table.find(hash.of(found.key), payload, found.key.length);
    }

    private NewEntry entryOf(Expiring from, int valueLength) {
        RawMemory.copy(from.key, 0, payload, from.key.length);
        entry.of(hash.of(from.key), from.sequence, payload, from.key.length, valueLength, from.expiry);
        entry.computeDigest();
        return entry;
    }
}
