package dev.poro.perf.stress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.perf.stress.Outcomes.Told;
import org.junit.jupiter.api.Test;

/** The memory of what producers were told. */
class OutcomesTest {
    private final Outcomes outcomes = new Outcomes();

    @Test
    void remembersEveryOutcomeAndWhichAreUnknown() {
        for (long number = 1; number <= 600_000; number++) {
            if (number % 3 != 0) {
                outcomes.tell(number, number % 3 == 1);
            }
        }
        Told[] due = {Told.NOTHING, Told.EXISTED, Told.ABSENT};
        for (long number = 1; number <= 600_000; number++) {
            if (outcomes.of(number) != due[(int) (number % 3)]) {
                assertThat(outcomes.of(number)).as("event " + number).isEqualTo(due[(int) (number % 3)]);
            }
        }
    }

    @Test
    void knowsNothingOfEventsThatWereNeverTold() {
        outcomes.tell(5, true);

        assertThat(outcomes.of(4)).isEqualTo(Told.NOTHING);
        assertThat(outcomes.of(6)).isEqualTo(Told.NOTHING);
        assertThat(outcomes.of(1_000_000)).isEqualTo(Told.NOTHING);
    }

    @Test
    void passesOverWhatIsBeyondItsLimit() {
        outcomes.tell(Outcomes.LIMIT, true);
        outcomes.tell(1L << 40, true);

        assertThat(outcomes.of(Outcomes.LIMIT)).isEqualTo(Told.NOTHING);
        assertThat(outcomes.of(1L << 40)).isEqualTo(Told.NOTHING);
    }
}
