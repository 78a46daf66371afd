package dev.poro.statemachine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.poro.events.RawMemory;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ArenaTest {
    private static final int PAGES = ArenaDescriptor.FIRST_POOL_PAGE + 4;

    /** A call that the state guards, and the states in which it is legal. */
    private record Call(String name, Set<ArenaState> legal, Consumer<Arena> body) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Call> calls() {
        Set<ArenaState> allocate = EnumSet.of(ArenaState.ALLOCATE);
        Set<ArenaState> frozen = EnumSet.of(ArenaState.FROZEN);
        return List.of(
                new Call("adopt", allocate, ArenaTest::adopt),
                new Call("freeze", allocate, Arena::freeze),
                new Call("be adopted", frozen, ArenaTest::beAdopted),
                new Call("take a page", frozen, Arena::takePage),
                new Call("give a page back", frozen, arena -> arena.givePage(ArenaDescriptor.FIRST_POOL_PAGE)),
                new Call("touch a page", frozen, arena -> arena.touch(0)),
                new Call("release", EnumSet.of(ArenaState.ALLOCATE, ArenaState.FROZEN), Arena::release));
    }

    @ParameterizedTest
    @MethodSource("calls")
    void allowsACallInItsStatesOnly(Call call) {
        for (ArenaState state : ArenaState.values()) {
            Arena arena = in(state);
            if (call.legal.contains(state)) {
                call.body.accept(arena);
            } else {
                assertThatThrownBy(() -> call.body.accept(arena))
                        .as("%s in %s", call, state)
                        .isInstanceOf(StateMachineException.class)
                        .hasMessageContaining(state.name());
                assertThat(arena.state()).isEqualTo(state);
            }
            releaseUnlessReleased(arena);
        }
    }

    @Test
    void handsOutEveryPageOnceAndThenNone() {
        Arena arena = in(ArenaState.FROZEN);
        arena.givePage(ArenaDescriptor.FIRST_POOL_PAGE);
        Set<Integer> pages = new HashSet<>();
        for (int free = arena.freePages(); free > 0; free--) {
            assertThat(arena.freePages()).isEqualTo(free);
            assertThat(pages.add(arena.takePage())).isTrue();
        }
        assertThat(pages).hasSize(4).doesNotContain(Arena.NO_PAGE);
        assertThat(arena.takePage()).isEqualTo(Arena.NO_PAGE);
        assertThat(arena.touchedPages()).isEqualTo(arena.poolPages());
        arena.release();
    }

    @Test
    void handsOutThePageThatCameBackLastFirst() {
        Arena arena = in(ArenaState.FROZEN);
        int second = arena.takePage();
        int third = arena.takePage();
        arena.givePage(second);
        arena.givePage(third);

        assertThat(arena.takePage()).isEqualTo(third);
        assertThat(arena.takePage()).isEqualTo(second);
        arena.release();
    }

    @Test
    void touchingAPageChangesNothing() {
        Arena arena = in(ArenaState.FROZEN);
        long address = arena.pageAddress(ArenaDescriptor.FIRST_POOL_PAGE);
        RawMemory.fill(address, ArenaDescriptor.PAGE_LENGTH, (byte) 0x5a);

        arena.touch(0);

        for (int at = 0; at < ArenaDescriptor.PAGE_LENGTH; at++) {
            assertThat(RawMemory.readByte(address + at)).isEqualTo((byte) 0x5a);
        }
        assertThat(arena.touchedPages()).isEqualTo(1);
        arena.release();
    }

    @Test
    void refusesPagesThatItNeverHandedOut() {
        Arena arena = in(ArenaState.FROZEN);
        for (int page : new int[] {-1, 0, ArenaDescriptor.FIRST_POOL_PAGE - 1, PAGES - 1, PAGES}) {
            assertThatThrownBy(() -> arena.givePage(page)).isInstanceOf(StateMachineException.class);
        }
        arena.release();
    }

    @Test
    void adoptsPagesAndBookkeeping() {
        Arena smaller = in(ArenaState.FROZEN);
        int page = smaller.takePage();
        RawMemory.writeLong(smaller.pageAddress(page), 42);

        Arena larger = new Arena(PAGES + 1);
        larger.adopt(smaller);
        larger.freeze();

        assertThat(RawMemory.readLong(larger.pageAddress(page))).isEqualTo(42);
        assertThat(larger.freePages()).isEqualTo(smaller.freePages() + 1);
        assertThat(smaller.state()).isEqualTo(ArenaState.FROZEN);
        smaller.release();
        larger.release();
    }

    @Test
    void isAlignedAndKnowsItsBounds() {
        Arena arena = in(ArenaState.FROZEN);
        long first = (long) ArenaDescriptor.FIRST_POOL_PAGE * ArenaDescriptor.PAGE_LENGTH;

        assertThat(arena.base() % ArenaDescriptor.PAGE_LENGTH).isZero();
        assertThat(arena.contains(first / 8, 1)).isTrue();
        assertThat(arena.contains(first / 8 - 1, 8)).isFalse();
        assertThat(arena.contains(arena.length() / 8 - 1, 8)).isTrue();
        assertThat(arena.contains(arena.length() / 8 - 1, 9)).isFalse();
        assertThat(arena.contains(ArenaDescriptor.REFERENCE_MASK, 1)).isFalse();
        arena.release();
    }

    @Test
    void refusesMorePagesThanReferencesReach() {
        assertThatThrownBy(() -> new Arena(ArenaDescriptor.MAX_PAGES + 1))
                .isInstanceOf(StateMachineException.class)
                .hasMessageContaining("128 GiB");
        assertThatThrownBy(() -> new Arena(ArenaDescriptor.FIRST_POOL_PAGE)).isInstanceOf(StateMachineException.class);
    }

    /** An arena in that state; if frozen, the first page of its pool has been taken. */
    private static Arena in(ArenaState state) {
        Arena arena = new Arena(PAGES);
        if (state == ArenaState.FROZEN) {
            arena.freeze();
            assertThat(arena.takePage()).isEqualTo(ArenaDescriptor.FIRST_POOL_PAGE);
        }
        if (state == ArenaState.DEALLOCATE) {
            arena.release();
        }
        assertThat(arena.state()).isEqualTo(state);
        return arena;
    }

    private static void adopt(Arena arena) {
        Arena smaller = in(ArenaState.FROZEN);
        try {
            arena.adopt(smaller);
        } finally {
            smaller.release();
        }
    }

    private static void beAdopted(Arena arena) {
        Arena larger = in(ArenaState.ALLOCATE);
        try {
            larger.adopt(arena);
        } finally {
            larger.release();
        }
    }

    private static void releaseUnlessReleased(Arena arena) {
        if (arena.state() != ArenaState.DEALLOCATE) {
            arena.release();
        }
    }
}
