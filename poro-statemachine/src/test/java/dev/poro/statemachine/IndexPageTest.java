package dev.poro.statemachine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IndexPageTest {
    private static final int LAST = IndexPage.SLOTS - 1;
    private static final int LAST_HOME_BITS = 8191;

    private final Arena arena = new Arena(ArenaDescriptor.FIRST_POOL_PAGE + 2);
    private final StripedSeqLock stamps = new StripedSeqLock(arena);
    private long page;
    private long sibling;

    @BeforeEach
    void takePages() {
        arena.freeze();
        page = arena.pageAddress(arena.takePage());
        sibling = arena.pageAddress(arena.takePage());
        IndexPage.initialize(page, 0);
    }

    @AfterEach
    void release() {
        arena.release();
    }

    @Test
    void hasAHomeForEveryHash() {
        Random random = new Random(1);
        boolean[] isHome = new boolean[IndexPage.SLOTS];
        for (int round = 0; round < 1_000_000; round++) {
            isHome[IndexPage.home(random.nextLong())] = true;
        }
        assertThat(isHome).doesNotContain(false);
        assertThat(IndexPage.home(word(0, LAST_HOME_BITS, 1))).isEqualTo(LAST);
    }

    @Test
    void probesAroundTheEndOfThePage() {
        long first = word(0, LAST_HOME_BITS, 1);
        long second = word(0, LAST_HOME_BITS, 2);
        long third = word(0, LAST_HOME_BITS, 3);

        insert(first, second, third);

        assertThat(IndexPage.word(page, LAST)).isEqualTo(first);
        assertThat(IndexPage.word(page, 0)).isEqualTo(second);
        assertThat(IndexPage.word(page, 1)).isEqualTo(third);
    }

    @Test
    void movesFollowersBackAroundTheEndOfThePage() {
        long first = word(0, LAST_HOME_BITS, 1);
        long second = word(0, LAST_HOME_BITS, 2);
        long atHome = word(0, 0, 3);
        insert(first, second, atHome);

        remove(first);

        assertThat(IndexPage.word(page, LAST)).isEqualTo(second);
        assertThat(IndexPage.word(page, 0)).isEqualTo(atHome);
        assertThat(IndexPage.word(page, 1)).isZero();
        assertThat(IndexPage.used(page)).isEqualTo(2);
    }

    @Test
    void leavesFollowersThatAreAtHome() {
        long first = word(0, 100, 1);
        long second = word(0, 101, 2);
        insert(first, second);

        remove(first);

        assertThat(IndexPage.word(page, IndexPage.home(first))).isZero();
        assertThat(IndexPage.word(page, IndexPage.home(second))).isEqualTo(second);
    }

    @Test
    void turnsAwayReadersOfWhatItMoves() {
        long first = word(0, 100, 1);
        long moved = word(700, 100, 2);
        long still = word(500, 102, 3);
        insert(first, moved, still);
        long stampOfMoved = stamps.read(moved);
        long stampOfStill = stamps.read(still);

        remove(first);

        assertThat(stamps.isUnchanged(moved, stampOfMoved)).isFalse();
        assertThat(stamps.isUnchanged(still, stampOfStill)).isTrue();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void keepsEveryWordReachable(long seed) {
        Random random = new Random(seed);
        List<Long> words = new ArrayList<>();
        int homes = 1 + random.nextInt(LAST_HOME_BITS);
        for (int round = 0; round < 20_000; round++) {
            if (words.size() < 7000 && random.nextInt(5) < 3) {
                long word = word(random.nextInt(1024), LAST_HOME_BITS - random.nextInt(homes), round + 1L);
                IndexPage.insert(page, word);
                words.add(word);
            } else if (!words.isEmpty()) {
                remove(words.remove(random.nextInt(words.size())));
            }
        }
        assertHolds(page, new HashSet<>(words));
    }

    @ParameterizedTest(name = "{0} words")
    @ValueSource(ints = {4100, 5300, 6540})
    void findsMostReferencesNearHome(int count) {
        Random random = new Random(count);
        long[] words = random.longs(2L * count).toArray();
        insert(Arrays.copyOf(words, count));
        int found = 0;
        for (int i = 0; i < words.length; i++) {
            long reference = IndexPage.referenceNearHome(page, words[i]);
            if (i >= count) {
                assertThat(reference).isZero();
            } else if (reference != 0) {
                assertThat(reference).isEqualTo(Index.reference(words[i]));
                found++;
            }
        }
        assertThat(found).isGreaterThan(count * 3 / 4);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void splitsByTheNextBitAndMergesAgain(long seed) {
        Random random = new Random(seed);
        Set<Long> low = new HashSet<>();
        Set<Long> high = new HashSet<>();
        for (long reference = 1; reference < IndexPage.SLOTS * (5 + seed) / 10; reference++) {
            long word = (random.nextLong() & IndexPage.TAG_MASK) | reference;
            IndexPage.insert(page, word);
            (word >= 0 ? low : high).add(word);
        }

        IndexPage.split(page, sibling);

        assertHolds(page, low);
        assertHolds(sibling, high);
        assertThat(IndexPage.depth(page)).isEqualTo(1);
        assertThat(IndexPage.depth(sibling)).isEqualTo(1);

        IndexPage.merge(page, sibling);

        low.addAll(high);
        assertHolds(page, low);
        assertThat(IndexPage.depth(page)).isZero();
    }

    @Test
    void splitsAPageWithASingleFreeSlot() {
        Set<Long> words = new HashSet<>();
        for (long reference = 1; reference < IndexPage.SLOTS; reference++) {
            long word = word(1, 4000, reference);
            IndexPage.insert(page, word);
            words.add(word);
        }

        IndexPage.split(page, sibling);

        assertHolds(page, words);
        assertHolds(sibling, Set.of());
    }

    private void insert(long... words) {
        for (long word : words) {
            IndexPage.insert(page, word);
        }
    }

    private void remove(long word) {
        IndexPage.remove(page, IndexPage.slotAddress(page, slotOf(page, word)), stamps);
    }

    private static void assertHolds(long page, Set<Long> words) {
        assertThat(IndexPage.used(page)).isEqualTo(words.size());
        for (long word : words) {
            slotOf(page, word);
        }
        int used = 0;
        for (int slot = 0; slot < IndexPage.SLOTS; slot++) {
            used += IndexPage.word(page, slot) == 0 ? 0 : 1;
        }
        assertThat(used).isEqualTo(words.size());
    }

    /** Follows the probe sequence. */
    private static int slotOf(long page, long word) {
        int slot = IndexPage.home(word);
        while (IndexPage.word(page, slot) != word) {
            if (IndexPage.word(page, slot) == 0) {
                throw new AssertionError(Long.toHexString(word) + " is not reachable");
            }
            slot = IndexPage.next(slot);
        }
        return slot;
    }

    /** A word of a stripe, with 13 bits for its home. */
    private static long word(long stripe, long homeBits, long reference) {
        return stripe << 54 | homeBits << 34 | reference;
    }
}
