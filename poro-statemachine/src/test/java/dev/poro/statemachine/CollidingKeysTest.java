package dev.poro.statemachine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.Outcome;
import dev.poro.events.TestScale;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys that collide by whatever means cost time, never the store. Hashes are of the test's choice. */
@Tag("R29")
class CollidingKeysTest {
    private static final long MIB = 1 << 20;
    private static final int MANY = 60_000;
    /** More than two pages have at the directory's greatest depth. */
    private static final int SOME = TestScale.choose(16_500, 20_000);

    /** In which order the keys go. */
    private enum Order {
        AS_THEY_CAME,
        BACKWARDS,
        AT_RANDOM
    }

    private volatile boolean stopped;

    @Test
    void keepsSixtyThousandKeysOfOnePageUnderAReader() throws Exception {
        ExecutorService reader = Executors.newSingleThreadExecutor();
        try (StateMachine machine = new StateMachine(0, ChosenHash.ofOnePage());
                Events events = Events.of(machine)) {
            events.budget(32 * MIB);
            events.set(key(0), value(0));
            Future<Long> reads = reader.submit(() -> readSteadily(machine));
            for (int number = 1; number < MANY; number++) {
                assertThat(events.set(key(number), value(number))).isEqualTo(Outcome.CREATED);
            }
            assertThat(machine.keys()).isEqualTo(MANY);
            assertThat(machine.memoryReport().indexBytes())
                    .isLessThanOrEqualTo((long) MANY * EntryDescriptor.INDEX_CHARGE + ArenaDescriptor.PAGE_LENGTH);
            for (int number = 1; number < MANY; number++) {
                assertThat(events.delete(key(number))).isEqualTo(Outcome.DELETED);
            }
            stopped = true;
            assertThat(reads.get()).isPositive();
            assertThat(machine.memoryReport().indexPages()).isEqualTo(1);
            assertThat(machine.get(key(0))).isEqualTo(value(0));
            assertThat(machine.memoryUsed()).isEqualTo(EntryDescriptor.charge(16));
        } finally {
            stopped = true;
            reader.shutdownNow();
            assertThat(reader.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    /** The first key is always there, and no other has a value that is not its own. */
    private long readSteadily(StateMachine machine) {
        Random random = new Random(1);
        long reads = 0;
        while (!stopped) {
            assertThat(machine.get(key(0))).isEqualTo(value(0));
            int number = random.nextInt(MANY);
            byte[] value = machine.get(key(number));
            assertThat(value == null || Arrays.equals(value, value(number))).isTrue();
            reads++;
        }
        return reads;
    }

    @Test
    void restoresASnapshotOfKeysOfOnePageIntoAnyHash() {
        int keys = 12_000;
        try (StateMachine machine = new StateMachine(0, ChosenHash.ofOnePage());
                Events events = Events.of(machine)) {
            events.budget(keys * (long) EntryDescriptor.charge(16));
            for (int number = 0; number < keys; number++) {
                assertThat(events.set(key(number), value(number))).isEqualTo(Outcome.CREATED);
            }
            assertThat(events.set(key(keys), value(keys))).isEqualTo(Outcome.OUT_OF_MEMORY);
            CollectedSnapshot snapshot = new CollectedSnapshot(machine, () -> true);
            machine.beginSnapshot(snapshot);
            int next = 0;
            while (machine.stepSnapshot(snapshot)) {
                events.set(key(next++), value(-1));
                events.delete(key(next++));
            }
            snapshot.requireExact("of one page");
            requireRestored(snapshot, ChosenHash.ofOnePage(), keys);
            requireRestored(snapshot, new WyHash(5), keys);
        }
    }

    private static void requireRestored(CollectedSnapshot snapshot, WyHash hash, int keys) {
        try (StateMachine machine = new StateMachine(0, hash)) {
            snapshot.restoreInto(machine);
            for (int number = 0; number < keys; number++) {
                assertThat(machine.get(key(number))).isEqualTo(value(number));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Order.class)
    void removesCollidingKeysInAnyOrder(Order order) {
        List<WyHash> hashes = List.of(ChosenHash.ofOnePage(), ChosenHash.ofOnePageAndOthers(), ChosenHash.skewed());
        int own = List.of(Order.values()).indexOf(order);
        for (WyHash hash : TestScale.ENABLED ? hashes : List.of(hashes.get(own))) {
            removeInOrder(order, hash, SOME);
        }
        removeInOrder(order, ChosenHash.ofFewHomes(1024), 8_000);
    }

    private static void removeInOrder(Order order, WyHash hash, int keys) {
        try (StateMachine machine = new StateMachine(0, hash);
                Events events = Events.of(machine)) {
            events.budget(16 * MIB);
            List<Integer> numbers = new ArrayList<>();
            for (int number = 0; number < keys; number++) {
                events.set(key(number), value(number));
                numbers.add(number);
            }
            if (order == Order.BACKWARDS) {
                Collections.reverse(numbers);
            } else if (order == Order.AT_RANDOM) {
                Collections.shuffle(numbers, new Random(2));
            }
            for (int at = 0; at < keys; at++) {
                if (at % 3_000 == 0) {
                    requireOnly(machine, numbers, at);
                }
                assertThat(events.delete(key(numbers.get(at)))).isEqualTo(Outcome.DELETED);
            }
            assertThat(machine.keys()).isZero();
            assertThat(machine.digest()).isZero();
        }
    }

    private static void requireOnly(StateMachine machine, List<Integer> numbers, int from) {
        for (int at = 0; at < numbers.size(); at++) {
            byte[] expected = at < from ? null : value(numbers.get(at));
            assertThat(machine.get(key(numbers.get(at)))).isEqualTo(expected);
        }
    }

    /** Whatever the budget admits finds its memory, while sizes change and the index is as wasteful as can be. */
    @ParameterizedTest(name = "hash {0}")
    @ValueSource(ints = {0, 1, 2, 3})
    void fitsWhateverTheBudgetAdmits(int choice) {
        WyHash hash = List.of(
                        ChosenHash.ofOnePage(),
                        ChosenHash.ofFewHomes(4096),
                        ChosenHash.ofOnePageAndOthers(),
                        ChosenHash.skewed())
                .get(choice);
        Random random = new Random(choice);
        Map<Integer, byte[]> expected = new HashMap<>();
        try (StateMachine machine = new StateMachine(0, hash);
                Events events = Events.of(machine)) {
            events.budget(2 * MIB);
            int next = 0;
            for (int round = 0; round < 4; round++) {
                int length = round % 2 == 0 ? 8 : 300;
                while (events.set(key(next), bytes(next, length)) == Outcome.CREATED) {
                    expected.put(next, bytes(next, length));
                    next++;
                }
                assertThat(machine.memoryUsed() + EntryDescriptor.charge(8 + length))
                        .as("it says no only for the count")
                        .isGreaterThan(2 * MIB);
                List<Integer> present = new ArrayList<>(expected.keySet());
                Collections.sort(present);
                Collections.shuffle(present, random);
                for (int number : present.subList(0, present.size() * 19 / 20)) {
                    assertThat(events.delete(key(number))).isEqualTo(Outcome.DELETED);
                    expected.remove(number);
                }
            }
            expected.forEach(
                    (number, value) -> assertThat(machine.get(key(number))).isEqualTo(value));
            assertThat(machine.keys()).isEqualTo(expected.size());
        }
    }

    private static byte[] key(int number) {
        return ByteBuffer.allocate(8).putInt(4, number).array();
    }

    private static byte[] value(int number) {
        return bytes(number, 8);
    }

    private static byte[] bytes(int number, int length) {
        return ByteBuffer.allocate(length).putInt(length - 4, number).array();
    }
}
