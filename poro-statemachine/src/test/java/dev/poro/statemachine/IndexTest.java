package dev.poro.statemachine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.poro.events.RawMemory;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The index by itself: references that lead to no entry, under hashes of the test's choice. */
class IndexTest {
    private static final int KEYS = 200_000;

    private final Arena arena = new Arena(ArenaDescriptor.FIRST_POOL_PAGE + 100);
    private final StripedSeqLock stamps = new StripedSeqLock(arena);
    private final Index index = new Index(arena, new Entries(arena, new Slab(arena)), stamps);

    @BeforeEach
    void initialize() {
        arena.freeze();
        index.initialize();
    }

    @AfterEach
    void release() {
        StripedSeqLockTest.assertNothingIsChanging(arena);
        arena.release();
    }

    @Test
    void growsWithItsContentsAndShrinksWithThem() {
        Random random = new Random(1);
        List<Long> hashes = new ArrayList<>();
        for (int key = 0; key < KEYS; key++) {
            long hash = random.nextLong();
            hashes.add(hash);
            index.insert(hash, key + 1L);
            assertMemoryIsPaidFor(key + 1);
        }
        assertReachable(hashes, 0);
        assertThat(index.pages()).isBetween(KEYS / Index.SPLIT_AT, 2 * KEYS / Index.SPLIT_AT + 2);

        for (int key = 0; key < KEYS; key++) {
            index.remove(hashes.get(key), index.slotOf(hashes.get(key), key + 1L));
            assertMemoryIsPaidFor(KEYS - key - 1);
            if (key % 50_000 == 0) {
                assertReachable(hashes, key + 1);
            }
        }
        assertThat(index.pages()).isEqualTo(1);
        assertThat(arena.freePages()).isEqualTo(arena.poolPages() - 1);
    }

    @Test
    void visitsEveryReferenceOnce() {
        Random random = new Random(2);
        for (long reference = 1; reference <= 30_000; reference++) {
            index.insert(random.nextLong(), reference);
        }
        Set<Long> visited = new HashSet<>();
        index.forEach(reference -> assertThat(visited.add(reference)).isTrue());
        assertThat(visited).hasSize(30_000);
    }

    @Test
    void findsKeysThatAgreeInManyBits() {
        for (long key = 0; key < 10_000; key++) {
            index.insert(key << 41, key + 1);
        }
        for (long key = 0; key < 10_000; key++) {
            assertThat(Index.referenceAt(index.slotOf(key << 41, key + 1))).isEqualTo(key + 1);
        }
        assertThat(index.pages()).isEqualTo(2);
    }

    @Test
    void fillsPagesFurtherWhenNoPageIsFree() {
        while (arena.freePages() > 0) {
            arena.takePage();
        }
        Random random = new Random(3);
        for (long reference = 1; reference < IndexPage.SLOTS; reference++) {
            index.insert(random.nextLong(), reference);
        }
        assertThat(index.pages()).isEqualTo(1);
        assertThatThrownBy(() -> index.insert(random.nextLong(), IndexPage.SLOTS))
                .isInstanceOf(StateMachineException.class);
    }

    @Test
    @Tag("R29")
    void chainsAPageWhenTooManyHashesAreTheSame() {
        long hash = 42L << 34;
        int keys = Index.SPLIT_AT + 100;
        for (long reference = 1; reference <= keys; reference++) {
            index.insert(hash, reference);
        }
        assertThat(index.pages()).isEqualTo(2);
        for (long reference = 1; reference <= keys; reference += 97) {
            assertThat(Index.referenceAt(index.slotOf(hash, reference))).isEqualTo(reference);
        }
        Set<Long> visited = new HashSet<>();
        index.forEach(hash, index.depth(hash), IndexPage.home(hash), IndexPage.home(hash) + 1, visited::add);
        assertThat(visited).hasSize(keys);
    }

    /** The directory is as deep as it gets, and the words of one of its pages come to be too many. */
    @Test
    @Tag("R29")
    void chainsAPageAtFullDepth() {
        Arena large = new Arena(ArenaDescriptor.FIRST_POOL_PAGE + 200);
        large.freeze();
        Index deep = new Index(large, new Entries(large, new Slab(large)), new StripedSeqLock(large));
        deep.initialize();
        for (int depth = 0; depth < Index.MAX_DEPTH; depth++) {
            fillAndSplit(deep, depth);
        }
        assertThat(deep.depth(0)).isEqualTo(Index.MAX_DEPTH);
        int pages = deep.pages();
        for (long reference = 1; reference <= Index.CHAIN_AT + 1; reference++) {
            deep.insert(reference % 8192 << 34, 100_000_000 + reference);
        }
        assertThat(deep.pages()).isEqualTo(pages + 1);
        for (long reference = 1; reference <= Index.CHAIN_AT + 1; reference++) {
            assertThat(Index.referenceAt(deep.slotOf(reference % 8192 << 34, 100_000_000 + reference)))
                    .isEqualTo(100_000_000 + reference);
        }
        large.release();
    }

    /**
     * Until the page of hash 0 is split, by words of which an eighth is of its lower half; these go again, and leave
     * too many for the two halves to be united.
     */
    private static void fillAndSplit(Index deep, int depth) {
        long first = depth * 10_000L + 8;
        long reference = first;
        while (deep.depth(0) == depth) {
            deep.insert(hashAt(depth, reference), reference);
            reference++;
        }
        for (long lower = first; lower < reference; lower += 8) {
            deep.remove(hashAt(depth, lower), deep.slotOf(hashAt(depth, lower), lower));
        }
    }

    private static long hashAt(int depth, long reference) {
        return (reference % 8 == 0 ? 0 : Long.MIN_VALUE >>> depth) | reference % 8192 << 34;
    }

    /** Splits and unions of pages and chains, whatever comes and goes, as a map has it. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    @Tag("R29")
    void findsEveryKeyWhileChainsComeAndGo(long seed) {
        Random random = new Random(seed);
        List<long[]> present = new ArrayList<>();
        long[] roots = random.longs(3).toArray();
        for (long reference = 1; reference <= 60_000; reference++) {
            boolean grows = reference / 15_000 % 2 == 0;
            if (present.isEmpty() || random.nextInt(10) < (grows ? 9 : 1)) {
                int shared = random.nextInt(12) == 0 ? 0 : 4 + random.nextInt(16);
                long root = roots[random.nextInt(3)] & ~(-1L >>> shared);
                long hash = root | random.nextLong() >>> shared;
                index.insert(hash, reference);
                present.add(new long[] {hash, reference});
            } else {
                int last = present.size() - 1;
                long[] removed = present.set(random.nextInt(last + 1), present.get(last));
                present.remove(last);
                index.remove(removed[0], index.slotOf(removed[0], removed[1]));
            }
        }
        requireExactly(present);
        while (index.compact()) {
            requireExactly(present);
        }
        assertMemoryIsPaidFor(present.size());
        for (long[] each : present) {
            index.remove(each[0], index.slotOf(each[0], each[1]));
        }
        requireExactly(List.of());
    }

    private void requireExactly(List<long[]> present) {
        Set<Long> visited = new HashSet<>();
        index.forEach(reference -> assertThat(visited.add(reference)).isTrue());
        assertThat(visited).hasSize(present.size());
        for (long[] each : present) {
            assertThat(Index.referenceAt(index.slotOf(each[0], each[1]))).isEqualTo(each[1]);
        }
        assertThat(arena.freePages()).isEqualTo(arena.poolPages() - index.pages());
    }

    /** What is left lies in one corner of the directory; all the other pages have hardly a word and no sibling. */
    @Test
    @Tag("R29")
    void collapsesPagesThatAreNotPaidFor() {
        Random random = new Random(5);
        List<long[]> present = new ArrayList<>();
        for (long reference = 1; reference <= 60_000; reference++) {
            long hash = random.nextLong();
            index.insert(hash, reference);
            present.add(new long[] {hash, reference});
        }
        assertThat(index.pages()).isEqualTo(16);
        present.removeIf(each -> {
            boolean isElsewhere = each[0] >>> 61 != 0;
            if (isElsewhere) {
                index.remove(each[0], index.slotOf(each[0], each[1]));
            }
            return isElsewhere;
        });
        int sparse = index.pages();
        assertThat((long) sparse * ArenaDescriptor.PAGE_LENGTH)
                .isGreaterThan((long) present.size() * EntryDescriptor.INDEX_CHARGE + ArenaDescriptor.PAGE_LENGTH);

        assertThat(index.compact()).isTrue();

        assertMemoryIsPaidFor(present.size());
        requireExactly(present);
        for (long reference = 100_001; reference <= 140_000; reference++) {
            long hash = random.nextLong();
            index.insert(hash, reference);
            present.add(new long[] {hash, reference});
        }
        requireExactly(present);
        assertThat(index.depth(0)).as("what was collapsed is divided again").isPositive();
    }

    @Test
    void turnsAwayReadersOfAPageThatIsSplit() {
        Random random = new Random(4);
        for (long reference = 1; reference <= Index.SPLIT_AT; reference++) {
            index.insert(random.nextLong(), reference);
        }
        long[] before = new long[1024];
        for (int stripe = 0; stripe < before.length; stripe++) {
            before[stripe] = stamps.read((long) stripe << 54);
        }
        assertThat(index.pages()).isEqualTo(1);

        index.insert(random.nextLong(), Index.SPLIT_AT + 1);

        assertThat(index.pages()).isEqualTo(2);
        for (int stripe = 0; stripe < before.length; stripe++) {
            assertThat(stamps.isUnchanged((long) stripe << 54, before[stripe])).isFalse();
        }
    }

    private void assertMemoryIsPaidFor(int keys) {
        long paid = (long) keys * EntryDescriptor.INDEX_CHARGE + ArenaDescriptor.PAGE_LENGTH;
        assertThat((long) index.pages() * ArenaDescriptor.PAGE_LENGTH).isLessThanOrEqualTo(paid);
    }

    private void assertReachable(List<Long> hashes, int from) {
        for (int key = from; key < hashes.size(); key++) {
            long slot = index.slotOf(hashes.get(key), key + 1L);
            assertThat(RawMemory.readLong(slot) & ArenaDescriptor.REFERENCE_MASK)
                    .isEqualTo(key + 1L);
        }
    }
}
