package dev.poro.statemachine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.Outcome;
import dev.poro.events.TestScale;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Outcomes and digest depend on the events, not on hash seed, size of the region or what memory went through. */
@Tag("R25")
class DeterminismTest {
    private static final int BUDGET = 4 << 20;
    private static final int EVENTS = TestScale.choose(10_000, 20_000);

    private static final Outcome[] OF_CHANGES = {
        Outcome.CREATED,
        Outcome.REPLACED,
        Outcome.DELETED,
        Outcome.ABSENT,
        Outcome.ACCEPTED,
        Outcome.OUT_OF_MEMORY,
        Outcome.UNMET,
        Outcome.NOT_A_NUMBER,
        Outcome.OVERFLOW,
        Outcome.TOO_LONG,
        Outcome.DUPLICATE,
        Outcome.FORGOTTEN,
        Outcome.OUT_OF_TURN
    };

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
            while (eventsOfOne.sequence() < eventsOfOther.sequence()) {
                eventsOfOne.budget(BUDGET);
            }

            Random random = new Random(seed);
            RandomEvents randomEvents = new RandomEvents(random, new EntryGenerator(random, 2000), true);
            Set<Outcome> seen = EnumSet.noneOf(Outcome.class);
            long time = 1_700_000_000_000L;
            for (int event = 0; event < EVENTS; event++) {
                time += random.nextInt(3);
                eventsOfOne.time(time);
                eventsOfOther.time(time);
                byte[] record = randomEvents.next(eventsOfOne.sequence(), time);
                Outcome outcome = eventsOfOne.apply(record);
                assertThat(eventsOfOther.apply(record)).isEqualTo(outcome);
                assertThat(eventsOfOther.number()).isEqualTo(eventsOfOne.number());
                seen.add(outcome);
                assertThat(other.digest()).isEqualTo(one.digest());
                assertThat(other.memoryUsed()).isEqualTo(one.memoryUsed());
                assertThat(other.expiringKeys()).isEqualTo(one.expiringKeys());
                assertThat(other.clients()).isEqualTo(one.clients());
            }
            assertThat(seen).contains(OF_CHANGES);
            assertThat(other.keys()).isEqualTo(one.keys());
            assertThat(CollectedSnapshot.contentsOf(other)).isEqualTo(CollectedSnapshot.contentsOf(one));
        }
    }

    private static void liveThroughAnotherPast(Events events, StateMachine machine, long seed) {
        EntryGenerator generator = new EntryGenerator(new Random(-seed), 5000);
        for (int event = 0; event < 5000; event++) {
            byte[] key = generator.key();
            if (event % 3 == 0) {
                events.setUntil(key, generator.value(), event + 1);
            } else {
                events.set(key, generator.value());
            }
        }
        List<byte[]> keys = new ArrayList<>();
        machine.forEach((key, value, sequence) -> keys.add(key));
        keys.forEach(events::delete);
        assertThat(machine.keys()).isZero();
        assertThat(machine.digest()).isZero();
        assertThat(machine.memoryUsed()).isZero();
    }
}
