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
import org.junit.jupiter.api.Test;

/** The index by itself: references that lead to no entry, under hashes of the test's choice. */
class IndexTest {
    private static final int KEYS = 200_000;

    private final Arena arena = new Arena(ArenaDescriptor.FIRST_POOL_PAGE + 100);
    private final Stamps stamps = new Stamps(arena);
    private final Index index = new Index(arena, new Entries(arena, new Slab(arena)), stamps);

    @BeforeEach
    void initialize() {
        arena.freeze();
        index.initialize();
    }

    @AfterEach
    void release() {
        StampsTest.assertNothingIsChanging(arena);
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
    void dividesPagesUntilKeysThatAgreeInManyBitsFit() {
        for (long key = 0; key < 10_000; key++) {
            index.insert(key << 41, key + 1);
        }
        for (long key = 0; key < 10_000; key++) {
            assertThat(Index.referenceAt(index.slotOf(key << 41, key + 1))).isEqualTo(key + 1);
        }
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
    void failsCleanlyWhenTooManyHashesAreTheSame() {
        for (long reference = 1; reference < IndexPage.SLOTS; reference++) {
            index.insert(42L << 34, reference);
        }
        assertThatThrownBy(() -> index.insert(42L << 34, IndexPage.SLOTS))
                .isInstanceOf(StateMachineException.class)
                .hasMessageContaining("17 bits");
        assertThat(Index.referenceAt(index.slotOf(42L << 34, 77))).isEqualTo(77);
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
