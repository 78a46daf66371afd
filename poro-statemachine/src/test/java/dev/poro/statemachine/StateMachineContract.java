package dev.poro.statemachine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.poro.events.EventType;
import dev.poro.events.Limits;
import dev.poro.events.Outcome;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every state machine does with events; run over the real one and over the naive one that models it. */
abstract class StateMachineContract {
    static final byte[] KEY = "key".getBytes(UTF_8);
    static final byte[] VALUE = "value".getBytes(UTF_8);
    static final byte[] OTHER = "something else".getBytes(UTF_8);

    private static final long BUDGET = 32 << 20;

    private StateMachineUnderTest machine;
    private Events events;

    abstract StateMachineUnderTest create();

    @BeforeEach
    void open() {
        machine = create();
        events = new Events(machine);
    }

    @AfterEach
    void close() {
        events.close();
    }

    @Test
    void beginsEmpty() {
        assertThat(machine.get(KEY)).isNull();
        assertThat(machine.keys()).isZero();
        assertThat(machine.digest()).isZero();
        assertThat(machine.appliedSequence()).isZero();
        assertThat(machine.memoryBudget()).isZero();
        assertThat(machine.memoryUsed()).isZero();
    }

    @Test
    void rejectsASetBeforeTheFirstBudget() {
        assertThat(events.set(KEY, VALUE)).isEqualTo(Outcome.OUT_OF_MEMORY);
        assertThat(events.delete(KEY)).isEqualTo(Outcome.ABSENT);
        assertThat(machine.appliedSequence()).isEqualTo(2);
    }

    @Test
    void tellsCreatedFromReplaced() {
        events.budget(BUDGET);

        assertThat(events.set(KEY, VALUE)).isEqualTo(Outcome.CREATED);
        assertThat(machine.get(KEY)).isEqualTo(VALUE);
        assertThat(events.set(KEY, OTHER)).isEqualTo(Outcome.REPLACED);
        assertThat(machine.get(KEY)).isEqualTo(OTHER);
        assertThat(machine.keys()).isEqualTo(1);
    }

    @Test
    void tellsDeletedFromAbsent() {
        events.budget(BUDGET);
        events.set(KEY, VALUE);

        assertThat(events.delete(KEY)).isEqualTo(Outcome.DELETED);
        assertThat(machine.get(KEY)).isNull();
        assertThat(events.delete(KEY)).isEqualTo(Outcome.ABSENT);
        assertThat(machine.keys()).isZero();
        assertThat(machine.memoryUsed()).isZero();
        assertThat(machine.digest()).isZero();
    }

    @Test
    @Tag("R6")
    void keepsAnEmptyKeyAndAnEmptyValue() {
        events.budget(BUDGET);
        byte[] empty = {};

        assertThat(events.set(empty, empty)).isEqualTo(Outcome.CREATED);
        assertThat(machine.get(empty)).isEmpty();
        assertThat(machine.digest()).isNotZero();
        assertThat(events.delete(empty)).isEqualTo(Outcome.DELETED);
        assertThat(machine.get(empty)).isNull();
    }

    @Test
    @Tag("R6")
    void keepsEveryByteValue() {
        events.budget(BUDGET);
        byte[] bytes = pattern(256, 0);

        events.set(bytes, bytes);

        assertThat(machine.get(bytes)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(
            ints = {0, 1, 4071, 4072, 4073, 8150, 8167, 8168, 8169, 65534, 65535, 1 << 20, Limits.MAX_VALUE_LENGTH})
    @Tag("R6")
    void keepsValuesOfEveryLength(int length) {
        events.budget(BUDGET);
        byte[] value = pattern(length, 7);

        assertThat(events.set(KEY, VALUE)).isEqualTo(Outcome.CREATED);
        assertThat(events.set(KEY, value)).isEqualTo(Outcome.REPLACED);
        assertThat(machine.get(KEY)).isEqualTo(value);
        assertThat(events.set(KEY, VALUE)).isEqualTo(Outcome.REPLACED);
        assertThat(machine.get(KEY)).isEqualTo(VALUE);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4071, 4072, 4073, 8167, 8168, 8169, 65534, Limits.MAX_KEY_LENGTH})
    @Tag("R6")
    void keepsKeysOfEveryLength(int length) {
        events.budget(BUDGET);
        byte[] key = pattern(length, 1);
        byte[] almost = key.clone();
        almost[length - 1]++;
        byte[] value = pattern(5000, 3);

        assertThat(events.set(key, value)).isEqualTo(Outcome.CREATED);
        assertThat(events.set(almost, VALUE)).isEqualTo(Outcome.CREATED);
        assertThat(machine.get(key)).isEqualTo(value);
        assertThat(machine.get(almost)).isEqualTo(VALUE);
        assertThat(events.delete(key)).isEqualTo(Outcome.DELETED);
        assertThat(machine.get(almost)).isEqualTo(VALUE);
    }

    @Test
    @Tag("R29")
    void keepsKeysApartThatComeAndGo() {
        events.budget(BUDGET);
        for (int number = 0; number < 200; number++) {
            assertThat(events.set(pattern(8, number), pattern(number, 3))).isEqualTo(Outcome.CREATED);
        }
        for (int number = 0; number < 200; number += 3) {
            assertThat(events.delete(pattern(8, number))).isEqualTo(Outcome.DELETED);
            assertThat(events.set(pattern(8, number + 1), VALUE)).isEqualTo(Outcome.REPLACED);
        }
        for (int number = 0; number < 200; number++) {
            byte[] expected = number % 3 == 0 ? null : number % 3 == 1 ? VALUE : pattern(number, 3);
            assertThat(machine.get(pattern(8, number))).isEqualTo(expected);
        }
    }

    @Test
    void rejectsASetBeyondTheBudgetAndKeepsTheOldValue() {
        events.budget(10_000);
        events.set(KEY, VALUE);
        long digest = machine.digest();

        assertThat(events.set(KEY, new byte[10_000])).isEqualTo(Outcome.OUT_OF_MEMORY);
        assertThat(events.set(OTHER, new byte[10_000])).isEqualTo(Outcome.OUT_OF_MEMORY);

        assertThat(machine.get(KEY)).isEqualTo(VALUE);
        assertThat(machine.get(OTHER)).isNull();
        assertThat(machine.digest()).isEqualTo(digest);
    }

    @Test
    void admitsExactlyWhatTheBudgetAllows() {
        long charge = EntryDescriptor.charge(KEY.length + VALUE.length);

        events.budget(charge - 1);
        assertThat(events.set(KEY, VALUE)).isEqualTo(Outcome.OUT_OF_MEMORY);
        events.budget(charge);
        assertThat(events.set(KEY, VALUE)).isEqualTo(Outcome.CREATED);
        assertThat(machine.memoryUsed()).isEqualTo(charge);
    }

    @Test
    void admitsOnlyWhatDoesNotGrowWhenTheBudgetIsLoweredBelowTheContents() {
        events.budget(BUDGET);
        events.set(KEY, new byte[1000]);
        events.budget(0);

        assertThat(events.set(KEY, pattern(1000, 5))).isEqualTo(Outcome.REPLACED);
        assertThat(events.set(KEY, new byte[2000])).isEqualTo(Outcome.OUT_OF_MEMORY);
        assertThat(events.set(OTHER, VALUE)).isEqualTo(Outcome.OUT_OF_MEMORY);
        assertThat(machine.get(KEY)).isEqualTo(pattern(1000, 5));
        assertThat(events.set(KEY, VALUE)).isEqualTo(Outcome.REPLACED);
        assertThat(events.delete(KEY)).isEqualTo(Outcome.DELETED);
    }

    @Test
    void sumsUpTheSameDigestInAnyOrder() {
        events.budget(BUDGET);
        events.set(KEY, VALUE);
        events.set(OTHER, VALUE);
        long digest = machine.digest();

        events.delete(KEY);
        events.set(OTHER, KEY);
        events.set(OTHER, VALUE);
        events.set(KEY, VALUE);

        assertThat(machine.digest()).isEqualTo(digest);
        assertThat(digest).isEqualTo(NaiveStateMachine.digest(KEY, VALUE) + NaiveStateMachine.digest(OTHER, VALUE));
    }

    @Test
    void visitsEveryEntryWithTheSequenceThatWroteIt() {
        events.budget(BUDGET);
        events.set(KEY, VALUE);
        events.set(OTHER, pattern(20_000, 2));
        events.set(KEY, OTHER);
        Map<String, Long> sequences = new HashMap<>();

        machine.forEach((key, value, sequence) -> {
            assertThat(value).isEqualTo(machine.get(key));
            sequences.put(new String(key, UTF_8), sequence);
        });

        assertThat(sequences).containsOnly(Map.entry("key", 4L), Map.entry("something else", 3L));
    }

    @Test
    @Tag("R4")
    void refusesAnEventOutOfOrder() {
        events.budget(BUDGET);
        events.skip(1);

        assertThatThrownBy(() -> events.set(KEY, VALUE)).isInstanceOf(StateMachineException.class);
        assertThat(machine.appliedSequence()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"DIGEST_MARK", "CLEAN_CLOSE"})
    @Tag("R25")
    void acceptsAMarkThatAgreesWithTheState(EventType type) {
        assertThat(events.mark(type)).isEqualTo(Outcome.ACCEPTED);
        events.budget(BUDGET);
        events.set(KEY, VALUE);
        assertThat(events.mark(type)).isEqualTo(Outcome.ACCEPTED);
        assertThat(events.set(KEY, OTHER)).isEqualTo(Outcome.REPLACED);
        assertThat(events.mark(type)).isEqualTo(Outcome.ACCEPTED);
    }

    @ParameterizedTest
    @EnumSource(names = {"DIGEST_MARK", "CLEAN_CLOSE"})
    @Tag("R25")
    void refusesAMarkThatContradictsTheState(EventType type) {
        events.budget(BUDGET);
        events.set(KEY, VALUE);
        long digest = machine.digest();

        assertThatThrownBy(() -> events.mark(type, 2, digest + 1, 1)).isInstanceOf(StateMachineException.class);
        events.skip(-1);
        assertThatThrownBy(() -> events.mark(type, 2, digest, 2)).isInstanceOf(StateMachineException.class);
        events.skip(-1);
        assertThatThrownBy(() -> events.mark(type, 1, digest, 1)).isInstanceOf(StateMachineException.class);
    }

    @Test
    void skipsMarksWhenTheEventsDidNotBeginAtTheFirst() {
        try (Events later = new Events(create(), 1000)) {
            assertThat(later.budget(BUDGET)).isEqualTo(Outcome.ACCEPTED);
            assertThat(later.mark(EventType.DIGEST_MARK, 500, 17, 4)).isEqualTo(Outcome.ACCEPTED);
            assertThat(later.set(KEY, VALUE)).isEqualTo(Outcome.CREATED);
            assertThat(later.mark(EventType.CLEAN_CLOSE, 999, 17, 4)).isEqualTo(Outcome.ACCEPTED);
        }
    }

    static byte[] pattern(int length, int start) {
        byte[] bytes = new byte[length];
        for (int at = 0; at < length; at++) {
            bytes[at] = (byte) (start + at * 31 + (at >>> 8));
        }
        return bytes;
    }
}
