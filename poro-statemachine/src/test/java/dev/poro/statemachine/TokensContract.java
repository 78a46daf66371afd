package dev.poro.statemachine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.ExpiryCondition;
import dev.poro.events.Outcome;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordFlags;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What tokens do: run over the real state machine and over the naive one, of three clients at most. */
abstract class TokensContract {
    static final int MOST_CLIENTS = 3;

    private static final byte[] KEY = {'k'};
    private static final byte[] OTHER = {'o'};
    private static final byte[] ONE = {'1'};
    private static final long BUDGET = 1 << 20;

    private StateMachineUnderTest machine;
    private Events events;

    abstract StateMachineUnderTest create();

    @BeforeEach
    void open() {
        machine = create();
        events = new Events(machine);
        events.budget(BUDGET);
    }

    @AfterEach
    void close() {
        events.close();
    }

    private Outcome add(long client, long number) {
        return events.apply(Records.withToken(Records.add(0, 0, KEY, 1), client, number));
    }

    private void requireDone(Outcome outcome, long number) {
        assertThat(outcome.isAccepted()).as(outcome.name()).isTrue();
        assertThat(events.number()).isEqualTo(number);
    }

    private String value() {
        byte[] value = machine.get(KEY);
        return value == null ? null : new String(value, ISO_8859_1);
    }

    @Test
    void aRetryGetsTheFirstOutcomeAndChangesNothing() {
        assertThat(add(7, 1)).isEqualTo(Outcome.CREATED);
        requireDone(add(7, 2), 2);
        long digest = machine.digest();
        long sequence = machine.sequence(KEY);

        for (int again = 0; again < 3; again++) {
            assertThat(add(7, 2)).isEqualTo(Outcome.REPLACED);
            assertThat(events.number()).isEqualTo(2);
        }
        assertThat(value()).isEqualTo("2");
        assertThat(machine.digest()).isEqualTo(digest);
        assertThat(machine.sequence(KEY)).isEqualTo(sequence);
        requireDone(add(7, 3), 3);
    }

    @Test
    void whatIsOlderIsDoneAndForgotten() {
        for (int number = 1; number <= 5; number++) {
            requireDone(add(7, number), number);
        }
        for (int number = 1; number <= 4; number++) {
            assertThat(add(7, number)).isEqualTo(Outcome.FORGOTTEN);
            assertThat(events.number()).isEqualTo(5);
        }
        assertThat(value()).isEqualTo("5");
    }

    @Test
    void aGapIsRejectedAndSoIsAClientThatNobodyKnows() {
        assertThat(add(7, 2)).isEqualTo(Outcome.OUT_OF_TURN);
        assertThat(events.number()).isZero();
        requireDone(add(7, 1), 1);
        for (long number : new long[] {3, 4, Long.MAX_VALUE}) {
            assertThat(add(7, number)).isEqualTo(Outcome.OUT_OF_TURN);
            assertThat(events.number()).isEqualTo(1);
        }
        assertThat(value()).isEqualTo("1");
        assertThat(machine.clients()).isEqualTo(1);
    }

    @Test
    void anyNumberIsAClient() {
        for (long client : new long[] {0, -1, Long.MIN_VALUE}) {
            add(client, 1);
        }
        assertThat(machine.clients()).isEqualTo(3);
        assertThat(value()).isEqualTo("3");
    }

    /** A guard that was met the first time is not looked at again. */
    @Test
    void theTokenComesBeforeTheGuard() {
        byte[] set = Records.withToken(Records.set(RecordFlags.IF_ABSENT, 0, 0, KEY, ONE), 7, 1);
        assertThat(events.apply(set)).isEqualTo(Outcome.CREATED);
        long number = events.number();
        assertThat(events.apply(set)).isEqualTo(Outcome.CREATED);
        assertThat(events.number()).isEqualTo(number);
    }

    @Test
    void whatIsRejectedIsNotRememberedAndItsNumberStaysFree() {
        events.set(KEY, "text".getBytes(ISO_8859_1));
        long digest = machine.digest();
        byte[] unmet = Records.set(RecordFlags.IF_ABSENT, 0, 0, KEY, ONE);
        assertThat(events.apply(Records.withToken(unmet, 7, 1))).isEqualTo(Outcome.UNMET);
        assertThat(add(7, 1)).isEqualTo(Outcome.NOT_A_NUMBER);
        byte[] tooLong = Records.splice(0, 0, KEY, RecordDescriptor.SPLICE_AT_END, 2, ONE);
        assertThat(events.apply(Records.withToken(tooLong, 7, 1))).isEqualTo(Outcome.TOO_LONG);
        byte[] twice = Records.batch(0, 0, Records.delete(0, 0, KEY), Records.delete(0, 0, KEY));
        assertThat(events.apply(Records.withToken(twice, 7, 1))).isEqualTo(Outcome.DUPLICATE);
        assertThat(machine.clients()).isZero();
        assertThat(machine.digest()).isEqualTo(digest);

        events.delete(KEY);
        assertThat(events.apply(Records.withToken(unmet, 7, 1))).isEqualTo(Outcome.CREATED);
    }

    /** It is done: a key that is absent needs no change for that. */
    @Test
    void whatHadNothingToChangeIsRemembered() {
        byte[] delete = Records.withToken(Records.delete(0, 0, KEY), 7, 1);
        assertThat(events.apply(delete)).isEqualTo(Outcome.ABSENT);
        events.set(KEY, ONE);
        assertThat(events.apply(delete)).isEqualTo(Outcome.ABSENT);
        assertThat(value()).isEqualTo("1");
    }

    /** For the client, both are an expiry that was not set: the number is free in both cases. */
    @Test
    void anExpiryThatIsNotSetIsNotRemembered() {
        byte[] expire = Records.expireAt(RecordFlags.RELATIVE_EXPIRY, 1_000, 0, KEY, ExpiryCondition.IF_SOME);
        assertThat(events.apply(Records.withToken(expire, 7, 1))).isEqualTo(Outcome.ABSENT);
        assertThat(machine.clients()).isZero();
        events.set(KEY, ONE);
        assertThat(events.apply(Records.withToken(expire, 7, 1))).isEqualTo(Outcome.UNMET);
        assertThat(machine.clients()).isZero();
        requireDone(add(7, 1), 2);
    }

    @Test
    void theTokenOfABatchIsOfAllOfIt() {
        byte[] batch = Records.withToken(
                Records.batch(
                        0,
                        0,
                        Records.require(RecordFlags.IF_ABSENT, 0, OTHER),
                        Records.add(0, 0, KEY, 1),
                        Records.set(0, 0, 0, OTHER, ONE)),
                7,
                1);
        assertThat(events.apply(batch)).isEqualTo(Outcome.ACCEPTED);
        long sequence = events.number();
        assertThat(events.apply(batch)).isEqualTo(Outcome.ACCEPTED);
        assertThat(events.number()).isEqualTo(sequence);
        assertThat(value()).isEqualTo("1");
        assertThat(events.apply(Records.withToken(batch(), 7, 2))).isEqualTo(Outcome.UNMET);
        assertThat(events.number()).isZero();
        events.delete(OTHER);
        assertThat(events.apply(Records.withToken(batch(), 7, 2))).isEqualTo(Outcome.ACCEPTED);
    }

    private static byte[] batch() {
        return Records.batch(0, 0, Records.require(RecordFlags.IF_ABSENT, 0, OTHER), Records.add(0, 0, KEY, 1));
    }

    @Test
    void aClientCountsAgainstTheBudget() {
        add(7, 1);
        long used = machine.memoryUsed();
        assertThat(used).isEqualTo(EntryDescriptor.charge(2) + 64);
        add(8, 1);
        assertThat(machine.memoryUsed()).isEqualTo(used + 64);
        events.delete(KEY);
        assertThat(machine.memoryUsed()).isEqualTo(128);

        events.budget(128 + 63);
        byte[] delete = Records.delete(0, 0, KEY);
        assertThat(events.apply(Records.withToken(delete, 9, 1))).isEqualTo(Outcome.OUT_OF_MEMORY);
        byte[] batch = Records.batch(0, 0, delete);
        assertThat(events.apply(Records.withToken(batch, 9, 1))).isEqualTo(Outcome.OUT_OF_MEMORY);
        assertThat(events.number()).isEqualTo(-1);
        assertThat(machine.clients()).isEqualTo(2);
        assertThat(events.apply(Records.withToken(delete, 8, 2))).isEqualTo(Outcome.ABSENT);
        events.budget(128 + 64);
        assertThat(events.apply(Records.withToken(delete, 9, 1))).isEqualTo(Outcome.ABSENT);
    }

    /** The change and its client are admitted together, or not at all. */
    @Test
    void theBudgetAdmitsChangeAndClientTogether() {
        int entry = EntryDescriptor.charge(2);
        byte[] set = Records.set(0, 0, 0, KEY, ONE);
        events.budget(entry + 63);
        assertThat(events.apply(Records.withToken(set, 7, 1))).isEqualTo(Outcome.OUT_OF_MEMORY);
        assertThat(events.apply(Records.withToken(Records.batch(0, 0, set), 7, 1)))
                .isEqualTo(Outcome.OUT_OF_MEMORY);
        byte[] cleared = Records.batch(0, 0, Records.clear(), set);
        assertThat(events.apply(Records.withToken(cleared, 7, 1))).isEqualTo(Outcome.OUT_OF_MEMORY);
        assertThat(machine.keys()).isZero();
        events.budget(entry + 64);
        assertThat(events.apply(Records.withToken(Records.batch(0, 0, set), 7, 1)))
                .isEqualTo(Outcome.ACCEPTED);
        assertThat(events.apply(Records.withToken(cleared, 7, 2))).isEqualTo(Outcome.ACCEPTED);
        assertThat(machine.memoryUsed()).isEqualTo(entry + 64);
    }

    @Test
    void clearForgetsNoClient() {
        add(7, 1);
        events.apply(Records.clear());
        assertThat(machine.keys()).isZero();
        assertThat(machine.clients()).isEqualTo(1);
        assertThat(machine.digest()).isNotZero();
        assertThat(machine.memoryUsed()).isEqualTo(64);
        assertThat(add(7, 1)).isEqualTo(Outcome.CREATED);
        assertThat(machine.keys()).as("done before the clear, and not again").isZero();

        byte[] clear = Records.withToken(Records.batch(0, 0, Records.clear()), 7, 2);
        events.set(KEY, ONE);
        assertThat(events.apply(clear)).isEqualTo(Outcome.ACCEPTED);
        events.set(KEY, ONE);
        assertThat(events.apply(clear)).isEqualTo(Outcome.ACCEPTED);
        assertThat(value()).isEqualTo("1");
    }

    /** A retry is no change: it does not keep a client from being forgotten. */
    @Test
    void theClientWhoseLastChangeIsOldestMakesRoom() {
        add(1, 1);
        add(2, 1);
        add(3, 1);
        add(1, 2);
        add(2, 1);
        add(4, 1);
        assertThat(machine.clients()).isEqualTo(MOST_CLIENTS);
        long used = machine.memoryUsed();
        assertThat(add(2, 2)).as("forgotten").isEqualTo(Outcome.OUT_OF_TURN);
        assertThat(events.number()).isZero();
        assertThat(add(3, 1).isAccepted()).isTrue();
        assertThat(value()).isEqualTo("5");
        requireDone(add(1, 3), 6);
        assertThat(add(2, 1)).isEqualTo(Outcome.REPLACED);
        assertThat(add(3, 2)).as("forgotten").isEqualTo(Outcome.OUT_OF_TURN);
        assertThat(machine.memoryUsed()).isEqualTo(used);
        requireDone(add(4, 2), 8);
    }

    /** With the memory full, too: one comes and one goes. */
    @Test
    void aNewClientThatTakesThePlaceOfAnotherNeedsNoMemory() {
        for (int client = 1; client <= MOST_CLIENTS; client++) {
            add(client, 1);
        }
        events.budget(machine.memoryUsed());
        requireDone(add(99, 1), 4);
    }

    @Test
    void whatHasNoTokenLeavesNoTrace() {
        events.set(KEY, ONE);
        assertThat(machine.clients()).isZero();
        assertThat(machine.digest()).isEqualTo(StateMachine.digestOf(KEY, ONE));
        assertThat(machine.memoryUsed()).isEqualTo(EntryDescriptor.charge(2));
    }
}
