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

class SlabTest {
    private static final int PAGES = 60;

    private final Arena arena = new Arena(ArenaDescriptor.FIRST_POOL_PAGE + PAGES);
    private final Slab slab = new Slab(arena);

    @BeforeEach
    void freeze() {
        arena.freeze();
    }

    @AfterEach
    void release() {
        arena.release();
    }

    @Test
    void handsOutSlotsThatDoNotOverlap() {
        for (int sizeClass = 0; sizeClass < SizeClasses.COUNT; sizeClass++) {
            Set<Long> references = new HashSet<>();
            int slots = SizeClasses.slotsPerPage(sizeClass);
            for (int slot = 0; slot < slots; slot++) {
                references.add(allocate(sizeClass));
            }
            assertThat(references).hasSize(slots);
            assertThat(slab.pages(sizeClass)).isEqualTo(1);
            assertThat(slab.freeSlots(sizeClass)).isZero();
            long length = SizeClasses.slotLengthOf(sizeClass);
            long first = references.stream().mapToLong(Long::longValue).min().orElseThrow();
            assertThat(references).allMatch(reference -> (reference - first) * 8 % length == 0);
        }
    }

    @Test
    void givesAnEmptyPageBackAtOnce() {
        long reference = allocate(3);
        assertThat(arena.freePages()).isEqualTo(PAGES - 1);

        slab.free(reference);

        assertThat(arena.freePages()).isEqualTo(PAGES);
        assertThat(slab.pages(3)).isZero();
    }

    @Test
    void keepsItsAccountsUnderRandomUse() {
        Random random = new Random(1);
        List<Long> references = new ArrayList<>();
        int sizeClass = SizeClasses.classOf(2000);
        for (int round = 0; round < 50_000; round++) {
            boolean grows = round / 5000 % 2 == 0;
            if (references.isEmpty() || (references.size() < 1500 && random.nextInt(10) < (grows ? 7 : 3))) {
                references.add(allocate(sizeClass));
            } else {
                slab.free(references.remove(random.nextInt(references.size())));
            }
            assertThat(slab.usedSlots(sizeClass)).isEqualTo(references.size());
        }
        assertThat(new HashSet<>(references)).hasSameSizeAs(references);
        assertThat(arena.freePages()).isEqualTo(PAGES - (int) slab.pages(sizeClass));
        references.forEach(slab::free);
        assertThat(arena.freePages()).isEqualTo(PAGES);
    }

    @Test
    void walksTheUsedSlotsOfAPage() {
        int sizeClass = SizeClasses.classOf(1000);
        List<Long> references = new ArrayList<>();
        for (int slot = 0; slot < 10; slot++) {
            references.add(allocate(sizeClass));
        }
        slab.free(references.remove(9));
        slab.free(references.remove(4));
        slab.free(references.remove(0));
        int page = ArenaDescriptor.pageOf(references.get(0));

        List<Long> walked = new ArrayList<>();
        int length = SizeClasses.slotLengthOf(sizeClass);
        for (int slot = slab.nextUsedSlot(page, 0); slot != 0; slot = slab.nextUsedSlot(page, slot + length)) {
            walked.add(((long) page * 65_536 + slot) / 8);
        }

        assertThat(walked).isEqualTo(references);
    }

    @Test
    void withdrawsASparsePageAndFillsTheOthers() {
        int sizeClass = SizeClasses.classOf(8000);
        List<Long> references = new ArrayList<>();
        for (int slot = 0; slot < 24; slot++) {
            references.add(allocate(sizeClass));
        }
        for (int slot = 8; slot < 15; slot++) {
            slab.free(references.get(slot));
        }
        slab.free(references.get(0));
        int sparse = ArenaDescriptor.pageOf(references.get(15));

        assertThat(slab.withdrawSparsestPage(sizeClass)).isEqualTo(sparse);
        assertThat(ArenaDescriptor.pageOf(allocate(sizeClass))).isEqualTo(ArenaDescriptor.pageOf(references.get(0)));
        slab.discard(sparse);

        assertThat(slab.pages(sizeClass)).isEqualTo(2);
        assertThat(slab.usedSlots(sizeClass)).isEqualTo(16);
    }

    @Test
    void failsCleanlyWithoutAPage() {
        for (int page = 0; page < PAGES; page++) {
            arena.takePage();
        }
        assertThatThrownBy(() -> slab.allocate(0)).isInstanceOf(StateMachineException.class);
    }

    private long allocate(int sizeClass) {
        long reference = slab.allocate(sizeClass);
        RawMemory.writeLong(arena.base() + reference * 8, 1);
        return reference;
    }
}
