package dev.poro.statemachine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.EventType;
import dev.poro.events.Outcome;
import dev.poro.events.TestScale;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random events, applied to {@link StateMachine} and to {@link NaiveStateMachine}: nobody can tell them apart. */
class RandomModelTest {
    private static final int EVENTS = TestScale.choose(3_000, 6_000);
    private static final long MIB = 1 << 20;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void behavesLikeTheNaiveOne(long seed) {
        requireLikeTheNaiveOne(seed, new WyHash(seed));
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {7, 8, 9, 10, 11})
    @Tag("R29")
    void behavesLikeTheNaiveOneWhateverTheHash(long seed) {
        WyHash[] hashes = {
            ChosenHash.ofOneHash(),
            ChosenHash.ofFewHomes(4),
            ChosenHash.ofOnePage(),
            ChosenHash.ofOnePageAndOthers(),
            ChosenHash.skewed()
        };
        requireLikeTheNaiveOne(seed, hashes[(int) seed - 7]);
    }

    private static void requireLikeTheNaiveOne(long seed, WyHash hash) {
        Random random = new Random(seed);
        EntryGenerator generator = new EntryGenerator(random, 400);
        try (NaiveStateMachine naive = new NaiveStateMachine();
                StateMachine machine = new StateMachine(random.nextInt(3) * MIB, hash);
                Events expected = new Events(naive);
                Events actual = Events.of(machine)) {
            for (int event = 0; event < EVENTS; event++) {
                byte[] key = generator.key();
                byte[] value = generator.value();
                long budget = random.nextInt(24) * MIB / 2;
                int dice = event == 0 ? 99 : random.nextInt(100);
                assertThat(applyOne(dice, actual, key, value, budget))
                        .as("outcome of event %d, seed %d", event, seed)
                        .isEqualTo(applyOne(dice, expected, key, value, budget));
                assertThat(machine.get(key))
                        .as("key of event %d, seed %d", event, seed)
                        .isEqualTo(naive.get(key));
                assertThat(machine.memoryUsed()).isEqualTo(naive.memoryUsed());
            }
            assertSameContents(machine, naive, seed);
        }
    }

    private static Outcome applyOne(int dice, Events events, byte[] key, byte[] value, long budget) {
        if (dice < 70) {
            return events.set(key, value);
        }
        if (dice < 97) {
            return events.delete(key);
        }
        return dice < 99 ? events.mark(EventType.DIGEST_MARK) : events.budget(budget);
    }

    private static void assertSameContents(StateMachine machine, NaiveStateMachine naive, long seed) {
        assertThat(machine.keys()).as("seed %d", seed).isEqualTo(naive.keys());
        assertThat(machine.digest()).as("seed %d", seed).isEqualTo(naive.digest());
        Map<ByteBuffer, Long> sequences = new HashMap<>();
        naive.forEach((key, value, sequence) -> sequences.put(ByteBuffer.wrap(key), sequence));
        machine.forEach((key, value, sequence) -> {
            assertThat(value).isEqualTo(naive.get(key));
            assertThat(sequences.remove(ByteBuffer.wrap(key))).isEqualTo(sequence);
        });
        assertThat(sequences).isEmpty();
    }
}
