package dev.poro.statemachine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.EventType;
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
    private static final int EVENTS = TestScale.choose(2_000, 6_000);
    private static final long MIB = 1 << 20;

    /** Few, so that many are forgotten. */
    private static final int MOST_CLIENTS = 5;

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
        RandomEvents randomEvents = new RandomEvents(random, generator, true);
        try (NaiveStateMachine naive = new NaiveStateMachine(MOST_CLIENTS);
                StateMachine machine = new StateMachine(random.nextInt(3) * MIB, hash, MOST_CLIENTS);
                Events expected = new Events(naive);
                Events actual = Events.of(machine)) {
            long time = 1_600_000_000_000L;
            for (int event = 0; event < EVENTS; event++) {
                time += random.nextInt(4);
                expected.time(time);
                actual.time(time);
                byte[] record =
                        event == 0 ? Records.budget(12 * MIB) : next(random, generator, randomEvents, expected, naive);
                String description =
                        "event " + event + ", seed " + seed + ": type " + record[0] + ", flags " + record[1];
                assertThat(actual.apply(record)).as(description).isEqualTo(expected.apply(record));
                assertThat(actual.number()).as(description).isEqualTo(expected.number());
                byte[] key = generator.key();
                assertThat(machine.get(key)).as(description).isEqualTo(naive.get(key));
                if (event % 10 == 0) {
                    assertThat(machine.memoryUsed()).as(description).isEqualTo(naive.memoryUsed());
                    assertThat(machine.expiringKeys()).as(description).isEqualTo(naive.expiringKeys());
                    assertThat(machine.clients()).as(description).isEqualTo(naive.clients());
                }
                if (event % 300 == 0) {
                    assertSameContents(machine, naive, seed);
                }
            }
            assertSameContents(machine, naive, seed);
        }
    }

    private static byte[] next(
            Random random,
            EntryGenerator generator,
            RandomEvents randomEvents,
            Events events,
            NaiveStateMachine naive) {
        int dice = random.nextInt(200);
        if (dice == 0) {
            return Records.budget(random.nextInt(24) * MIB / 2);
        }
        if (dice < 3) {
            return Records.mark(EventType.DIGEST_MARK, events.sequence(), naive.digest(), naive.keys());
        }
        if (dice < 90) {
            return dice < 60
                    ? Records.set(0, 0, 0, generator.key(), generator.value())
                    : Records.delete(0, 0, generator.key());
        }
        return randomEvents.next(events.sequence(), events.time());
    }

    private static void assertSameContents(StateMachine machine, NaiveStateMachine naive, long seed) {
        assertThat(machine.keys()).as("seed %d", seed).isEqualTo(naive.keys());
        assertThat(machine.digest()).as("seed %d", seed).isEqualTo(naive.digest());
        Map<ByteBuffer, Long> sequences = new HashMap<>();
        naive.forEach((key, value, sequence) -> sequences.put(ByteBuffer.wrap(key), sequence));
        machine.forEach((key, value, sequence) -> {
            assertThat(value).isEqualTo(naive.get(key));
            assertThat(sequences.remove(ByteBuffer.wrap(key))).isEqualTo(sequence);
            EntryDetails details = new EntryDetails();
            machine.get(key, details);
            assertThat(details.expires() ? details.expiry() : NewEntry.NO_EXPIRY)
                    .isEqualTo(naive.expiry(key));
        });
        assertThat(sequences).isEmpty();
    }
}
