package dev.poro.statemachine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Outcomes and digest depend on the events, not on hash seed, size of the region or what memory went through. */
@Tag("R25")
class DeterminismTest {
    private static final int BUDGET = 4 << 20;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void answersAlikeWhateverTheMachineAndItsPast(long seed) {
        try (StateMachine one = new StateMachine(0);
                StateMachine other = new StateMachine(100 << 20);
                Events eventsOfOne = Events.of(one);
                Events eventsOfOther = Events.of(other)) {
            eventsOfOne.budget(BUDGET);
            eventsOfOther.budget(2 * BUDGET);
            liveThroughAnotherPast(eventsOfOther, other, seed);
            eventsOfOther.budget(BUDGET);

            Random random = new Random(seed);
            EntryGenerator generator = new EntryGenerator(random, 2000);
            int rejected = 0;
            for (int event = 0; event < 20_000; event++) {
                byte[] key = generator.key();
                Outcome outcome;
                if (random.nextInt(4) == 0) {
                    outcome = eventsOfOne.delete(key);
                    assertThat(eventsOfOther.delete(key)).isEqualTo(outcome);
                } else {
                    byte[] value = generator.value();
                    outcome = eventsOfOne.set(key, value);
                    assertThat(eventsOfOther.set(key, value)).isEqualTo(outcome);
                }
                rejected += outcome == Outcome.OUT_OF_MEMORY ? 1 : 0;
                assertThat(other.digest()).isEqualTo(one.digest());
                assertThat(other.memoryUsed()).isEqualTo(one.memoryUsed());
            }
            assertThat(rejected).isPositive();
            assertThat(other.keys()).isEqualTo(one.keys());
        }
    }

    private static void liveThroughAnotherPast(Events events, StateMachine machine, long seed) {
        EntryGenerator generator = new EntryGenerator(new Random(-seed), 5000);
        for (int event = 0; event < 5000; event++) {
            events.set(generator.key(), generator.value());
        }
        List<byte[]> keys = new ArrayList<>();
        machine.forEach((key, value, sequence) -> keys.add(key));
        keys.forEach(events::delete);
        assertThat(machine.keys()).isZero();
        assertThat(machine.digest()).isZero();
        assertThat(machine.memoryUsed()).isZero();
    }
}
