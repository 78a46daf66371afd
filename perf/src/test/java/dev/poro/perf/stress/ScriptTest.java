package dev.poro.perf.stress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.perf.stress.Script.Operation;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the producers do, and what they write. */
class ScriptTest {
    private static final int PRODUCERS = 4;
    private static final int STEPS = 50_000;

    private final Workload workload =
            new Workload(3, PRODUCERS, 80, new Range(4, 30), new Range(8, 300), new Mix(50, 20, 30));

    @Test
    void doesTheSameEachTime() {
        Script one = new Script(workload, 2);
        Script other = new Script(workload, 2);
        for (int i = 0; i < STEPS; i++) {
            one.next();
            other.next();
            assertThat(other).hasToString(one.toString());
            assertThat(other.stamp()).isEqualTo(one.stamp());
        }
    }

    @Test
    void passesOverReadsOnRequest() {
        Script all = new Script(workload, 1);
        Script events = new Script(workload, 1);
        for (int i = 0; i < STEPS; i++) {
            all.next();
            if (all.operation() != Operation.GET) {
                events.nextEvent();
                assertThat(events).hasToString(all.toString());
                assertThat(events.number()).isEqualTo(all.number());
            }
        }
    }

    @Test
    void keepsToTheMix() {
        Map<Operation, Integer> counts = new EnumMap<>(Operation.class);
        Script script = new Script(workload, 0);
        for (int i = 0; i < STEPS; i++) {
            script.next();
            counts.merge(script.operation(), 1, Integer::sum);
        }
        assertThat(counts.get(Operation.SET) * 100.0 / STEPS).isBetween(48.0, 52.0);
        assertThat(counts.get(Operation.DELETE) * 100.0 / STEPS).isBetween(18.0, 22.0);
        assertThat(script.number()).isEqualTo(counts.get(Operation.SET) + counts.get(Operation.DELETE));
    }

    @Test
    void setsSharedKeysAndItsOwnAndDeletesItsOwnOnly() {
        Set<Integer> set = new HashSet<>();
        Set<Integer> deleted = new HashSet<>();
        Set<Integer> read = new HashSet<>();
        Script script = new Script(workload, 3);
        for (int i = 0; i < STEPS; i++) {
            script.next();
            switch (script.operation()) {
                case SET -> set.add(script.key());
                case DELETE -> deleted.add(script.key());
                case GET -> read.add(script.key());
            }
        }
        assertThat(set).hasSize(40 + 10).allMatch(key -> workload.isShared(key) || workload.ownerOf(key) == 3);
        assertThat(deleted).hasSize(20).allMatch(key -> workload.ownerOf(key) == 3);
        assertThat(read).hasSize(80);
    }

    @Test
    void writesKeysAndValuesThatCanBeToldApart() {
        Set<String> keys = new HashSet<>();
        for (int key = 0; key < workload.keys(); key++) {
            byte[] bytes = workload.key(key);
            assertThat(bytes).hasSizeBetween(4, 30).isEqualTo(workload.key(key));
            assertThat(Workload.numberIn(bytes)).isEqualTo(key);
            keys.add(java.util.Arrays.toString(bytes));
        }
        assertThat(keys).hasSize(workload.keys());

        long stamp = Workload.stamp(3, 1L << 40);
        byte[] value = workload.value(5, stamp);
        assertThat(value).hasSizeBetween(8, 300).isEqualTo(workload.value(5, stamp));
        assertThat(value).isNotEqualTo(workload.value(6, stamp));
        assertThat(Workload.stampIn(value)).isEqualTo(stamp);
        assertThat(Workload.producerOf(stamp)).isEqualTo(3);
        assertThat(Workload.numberOf(stamp)).isEqualTo(1L << 40);
    }

    @Test
    void usesEveryLengthOfARange() {
        Set<Integer> lengths = new HashSet<>();
        for (long number = 1; number < 20_000; number++) {
            lengths.add(workload.valueLengthOf(Workload.stamp(1, number)));
        }
        assertThat(lengths).hasSize(300 - 8 + 1).contains(8, 300);
    }
}
