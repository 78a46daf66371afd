package dev.poro.statemachine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.lmax.disruptor.BlockingWaitStrategy;
import dev.poro.events.EventRing;
import dev.poro.events.EventType;
import dev.poro.events.Outcome;
import dev.poro.events.OutcomeWaiter;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordFlyweight;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The contract over the real state machine, and what only the real one has. */
class StateMachineTest extends StateMachineContract {
    private static final long MIB = 1 << 20;

    @Override
    StateMachineUnderTest create() {
        return StateMachineUnderTest.real(new StateMachine(0));
    }

    @Test
    void takesNoMemoryBeforeTheFirstBudgetUnlessAsked() {
        try (StateMachine machine = new StateMachine(0)) {
            assertThat(machine.memoryReport().reserved()).isZero();
        }
    }

    @Test
    void acceptsABudgetThatTheSystemMayRefuseToReserve() {
        try (StateMachine machine = new StateMachine(0);
                Events events = Events.of(machine)) {
            assertThat(events.budget(StateMachine.MAX_MEMORY_BUDGET)).isEqualTo(Outcome.ACCEPTED);
            fill(events, 0, 3000);

            assertThat(events.budget(StateMachine.MAX_MEMORY_BUDGET - 1)).isEqualTo(Outcome.ACCEPTED);
            assertFilled(machine, 3000);
        }
    }

    @Test
    void refusesEverythingOnceRetired() {
        StateMachine machine = new StateMachine(MIB);

        machine.retire();

        assertThatThrownBy(() -> machine.get(new byte[1])).isInstanceOf(StateMachineException.class);
    }

    @Test
    void reservesForTheLargerOfBudgetAndReserve() {
        try (StateMachine machine = new StateMachine(64 * MIB);
                Events events = Events.of(machine)) {
            events.budget(MIB);
            long reserved = machine.memoryReport().reserved();
            assertThat(reserved).isBetween(64 * MIB, 96 * MIB);

            events.budget(64 * MIB);
            assertThat(machine.memoryReport().reserved()).isEqualTo(reserved);
        }
    }

    @Test
    void movesToALargerArenaWhenABudgetNeedsIt() {
        try (StateMachine machine = new StateMachine(0);
                Events events = Events.of(machine)) {
            events.budget(MIB);
            fill(events, 0, 3000);
            long digest = machine.digest();
            long reserved = machine.memoryReport().reserved();

            assertThat(events.budget(64 * MIB)).isEqualTo(Outcome.ACCEPTED);

            assertThat(machine.memoryReport().reserved()).isGreaterThan(reserved);
            assertThat(machine.digest()).isEqualTo(digest);
            fill(events, 3000, 20_000);
            assertFilled(machine, 20_000);
        }
    }

    @Test
    void movesToALargerArenaUnderItsReaders() {
        try (StateMachine machine = new StateMachine(0);
                Events events = Events.of(machine)) {
            events.budget(MIB);
            fill(events, 0, 1000);
            assertFilled(machine, 1000);

            events.budget(16 * MIB);

            assertFilled(machine, 1000);
        }
    }

    @Test
    void reportsWhereTheMemoryIs() {
        try (StateMachine machine = new StateMachine(0);
                Events events = Events.of(machine)) {
            events.budget(8 * MIB);
            fill(events, 0, 1000);
            events.set(KEY, new byte[100_000]);

            MemoryReport report = machine.memoryReport();

            assertThat(report.budget()).isEqualTo(8 * MIB);
            assertThat(report.used()).isEqualTo(machine.memoryUsed());
            assertThat(report.indexPages()).isEqualTo(1);
            assertThat(report.indexBytes()).isEqualTo(65_536);
            assertThat(report.chunks().slotsUsed()).isEqualTo(24);
            assertThat(report.sizeClasses().stream()
                            .mapToLong(MemoryReport.SizeClass::slotsUsed)
                            .sum())
                    .isEqualTo(1001);
            long slabPages = report.sizeClasses().stream()
                    .mapToLong(MemoryReport.SizeClass::pages)
                    .sum();
            assertThat(report.pagesUsed()).isEqualTo(slabPages + report.chunks().pages() + report.indexPages());
        }
    }

    @Test
    void readsIntoAGivenArray() {
        try (StateMachine machine = new StateMachine(0);
                Events events = Events.of(machine)) {
            byte[] target = new byte[10];
            assertThat(machine.get(KEY, target, 0)).isEqualTo(-1);
            events.budget(MIB);
            events.set(KEY, new byte[] {1, 2, 3, 4, 5});

            assertThat(machine.get(KEY, target, 2)).isEqualTo(5);
            assertThat(target).containsExactly(0, 0, 1, 2, 3, 4, 5, 0, 0, 0);
            assertThat(machine.get(KEY, target, 8)).isEqualTo(5);
            assertThat(target).containsExactly(0, 0, 1, 2, 3, 4, 5, 0, 1, 2);
            assertThat(machine.get(KEY, target, 10)).isEqualTo(5);
            assertThat(machine.get(OTHER, target, 0)).isEqualTo(-1);
            assertThatThrownBy(() -> machine.get(KEY, target, 11)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> machine.get(KEY, target, -1)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void readsPartOfALargeValueIntoAShortArray() {
        try (StateMachine machine = new StateMachine(0);
                Events events = Events.of(machine)) {
            events.budget(MIB);
            byte[] value = pattern(50_000, 9);
            events.set(KEY, value);
            byte[] target = new byte[10_000];

            assertThat(machine.get(KEY, target, 0)).isEqualTo(50_000);
            assertThat(target).isEqualTo(Arrays.copyOf(value, 10_000));
        }
    }

    @Test
    void refusesABudgetThatReferencesCannotReach() {
        try (StateMachine machine = new StateMachine(0);
                Events events = Events.of(machine)) {
            assertThatThrownBy(() -> events.budget(StateMachine.MAX_MEMORY_BUDGET + 1))
                    .isInstanceOf(StateMachineException.class)
                    .hasMessageContaining("128 GiB");
        }
        try (StateMachine machine = new StateMachine(MIB);
                Events events = Events.of(machine)) {
            assertThatThrownBy(() -> events.budget(-1)).isInstanceOf(StateMachineException.class);
        }
        assertThatIllegalArgumentException().isThrownBy(() -> new StateMachine(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> new StateMachine(StateMachine.MAX_MEMORY_BUDGET + 1));
    }

    @Test
    void namesBothSidesOfAMarkThatContradictsTheState() {
        try (StateMachine machine = new StateMachine(0);
                Events events = Events.of(machine)) {
            assertThat(machine.verifiesMarks()).isTrue();
            events.budget(MIB);
            assertThatThrownBy(() -> events.mark(EventType.CLEAN_CLOSE, 1, 0xabc, 5))
                    .isInstanceOf(StateMachineException.class)
                    .hasMessageContaining("the CLEAN_CLOSE states that after sequence 1 there were")
                    .hasMessageContaining("5 keys with digest 0000000000000abc, but after sequence 1")
                    .hasMessageContaining("0 keys with digest 0000000000000000");
        }
    }

    @Test
    void doesNotVerifyMarksOfAPartOfTheLog() {
        try (StateMachine machine = new StateMachine(0);
                Events events = new Events(StateMachineUnderTest.real(machine), 77)) {
            events.budget(MIB);
            assertThat(machine.verifiesMarks()).isFalse();
        }
    }

    @Test
    void refusesEverythingOnceClosed() {
        StateMachine machine = new StateMachine(0);
        try (Events events = Events.of(machine)) {
            events.budget(MIB);
            machine.close();
            assertThatThrownBy(() -> machine.get(KEY)).isInstanceOf(StateMachineException.class);
            assertThatThrownBy(() -> machine.get(KEY, new byte[1], 0)).isInstanceOf(StateMachineException.class);
            assertThatThrownBy(() -> events.set(KEY, VALUE)).isInstanceOf(StateMachineException.class);
        }
    }

    @Test
    void hidesFromReadersWhatHasExpired() {
        try (StateMachine machine = new StateMachine(0);
                Events events = Events.of(machine)) {
            AtomicLong now = new AtomicLong(Long.MAX_VALUE);
            events.budget(MIB);
            events.setUntil(KEY, VALUE, 1_000);
            events.set(OTHER, VALUE);
            assertThat(machine.get(KEY)).as("before there is a clock").isEqualTo(VALUE);
            machine.useLogTime(now::get);
            byte[] target = new byte[100];
            EntryDetails details = new EntryDetails();
            for (long time : new long[] {999, 1_000, 1_001, 0}) {
                now.set(time);
                boolean isThere = time < 1_000;
                assertThat(machine.get(KEY)).isEqualTo(isThere ? VALUE : null);
                assertThat(machine.get(KEY, details)).isEqualTo(isThere ? VALUE : null);
                assertThat(machine.get(KEY, target, 0)).isEqualTo(isThere ? VALUE.length : -1);
                assertThat(details.expiry()).isEqualTo(1_000);
                assertThat(details.sequence()).isEqualTo(2);
                assertThat(machine.get(OTHER, details)).isEqualTo(VALUE);
                assertThat(details.expires()).isFalse();
            }
            assertThat(machine.expiringKeys()).isEqualTo(1);
            assertThat(machine.nextExpiry()).isEqualTo(1_000);
            assertThat(machine.keys()).isEqualTo(2);
        }
    }

    @Test
    void foreseesWhatTheBudgetWouldReject() {
        try (StateMachine machine = new StateMachine(0);
                Events events = Events.of(machine)) {
            assertThat(machine.rejects(KEY, 0)).isTrue();
            events.budget(100_000);
            events.setUntil(KEY, VALUE, 1_000);
            events.set(OTHER, VALUE);
            for (int length = 0; length < 150_000; length = length * 2 + 7) {
                boolean rejected = machine.rejects(KEY, length);
                boolean rejectedNew = machine.rejects(new byte[3], length);
                events.setUntil(KEY, VALUE, 1_000);
                assertThat(events.set(new byte[3], new byte[length]) == Outcome.OUT_OF_MEMORY)
                        .isEqualTo(rejectedNew);
                events.delete(new byte[3]);
                assertThat(events.set(KEY, new byte[length]) == Outcome.OUT_OF_MEMORY)
                        .isEqualTo(rejected);
                events.setUntil(KEY, VALUE, 1_000);
            }
            machine.useLogTime(() -> 1_000);
            assertThat(machine.rejects(KEY, 1 << 20))
                    .as("its memory may be free by then")
                    .isFalse();
        }
    }

    @Test
    void copiesTheValueBeforeAChange() {
        try (StateMachine machine = new StateMachine(0);
                Events events = Events.of(machine)) {
            EventRing ring = new EventRing(4, new BlockingWaitStrategy());
            events.budget(MIB);
            events.setUntil(KEY, VALUE, 1_000);
            events.set(OTHER, pattern(20_000, 1));
            events.set(new byte[0], VALUE);
            assertThat(previous(machine, ring, Records.delete(0, 0, KEY), 999)).isEqualTo(VALUE);
            assertThat(previous(machine, ring, Records.delete(0, 0, KEY), 1_000))
                    .isNull();
            assertThat(previous(machine, ring, Records.add(0, 0, OTHER, 1), 0)).isEqualTo(pattern(20_000, 1));
            assertThat(previous(machine, ring, Records.delete(0, 0, pattern(3, 3)), 0))
                    .isNull();
            assertThat(previous(machine, ring, Records.clear(), 0))
                    .as("it has no key")
                    .isNull();
            assertThat(machine.keys()).isEqualTo(3);
        }
    }

    private static byte[] previous(StateMachine machine, EventRing ring, byte[] bytes, long time) {
        long buffer = RawMemory.allocate(bytes.length);
        OutcomeWaiter waiter = ring.takeWaiter();
        try {
            RawMemory.copy(bytes, 0, buffer, bytes.length);
            RecordFlyweight record = new RecordFlyweight().wrap(buffer);
            long hash = machine.hash(record.keyAddress(), record.keyLength());
            machine.copyValue(record, hash, time, waiter);
            return waiter.previous();
        } finally {
            waiter.giveBackUnused();
            RawMemory.free(buffer, bytes.length);
        }
    }

    private static void fill(Events events, int from, int to) {
        for (int number = from; number < to; number++) {
            assertThat(events.set(key(number), pattern(number % 100, number))).isEqualTo(Outcome.CREATED);
        }
    }

    private static void assertFilled(StateMachine machine, int to) {
        for (int number = 0; number < to; number++) {
            assertThat(machine.get(key(number))).isEqualTo(pattern(number % 100, number));
        }
    }

    private static byte[] key(int number) {
        return Integer.toString(number).getBytes(UTF_8);
    }
}
