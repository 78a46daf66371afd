package dev.poro.statemachine;

import static dev.poro.events.RecordDescriptor.SPLICE_AT_END;
import static dev.poro.events.RecordFlags.ABSOLUTE_EXPIRY;
import static dev.poro.events.RecordFlags.IF_ABSENT;
import static dev.poro.events.RecordFlags.IF_PRESENT;
import static dev.poro.events.RecordFlags.IF_SEQUENCE;
import static dev.poro.events.RecordFlags.KEEP_EXPIRY;
import static dev.poro.events.RecordFlags.NO_EXPIRY;
import static dev.poro.events.RecordFlags.RELATIVE_EXPIRY;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.poro.events.ExpiryCondition;
import dev.poro.events.Limits;
import dev.poro.events.Outcome;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each kind of change does, at its edges; run over the real state machine and over the naive one. */
abstract class ChangesContract {
    private static final long BUDGET = 64 << 20;
    private static final long NOW = 1_700_000_000_000L;
    private static final long NEVER = NewEntry.NO_EXPIRY;
    private static final int NO_LIMIT = Limits.MAX_VALUE_LENGTH;

    /** Of an entry that grows and one that shrinks, in a batch. */
    private static final int PAIRS = 3;

    private StateMachineUnderTest machine;
    private Events events;

    abstract StateMachineUnderTest create();

    @BeforeEach
    void open() {
        machine = create();
        events = new Events(machine);
        events.time(NOW);
        events.budget(BUDGET);
    }

    @AfterEach
    void close() {
        events.close();
    }

    // Guards

    @ParameterizedTest(name = "{0}")
    @CsvSource({"absent, true, false, false", "there, false, true, true", "expired, true, false, false"})
    void everyChangeObeysItsGuard(String key, boolean ifAbsent, boolean ifPresent, boolean ifThisSequence) {
        set("there", "1");
        setUntil("expired", "1", NOW);
        long sequence = machine.sequence(bytes(key));
        requireGuarded(key, IF_ABSENT, 0, ifAbsent);
        requireGuarded(key, IF_PRESENT, 0, ifPresent);
        requireGuarded(key, IF_SEQUENCE, 0, ifAbsent);
        requireGuarded(key, IF_SEQUENCE, sequence, ifThisSequence || sequence == 0);
        requireGuarded(key, IF_SEQUENCE, sequence + 1, false);
        requireGuarded(key, IF_SEQUENCE, Long.MAX_VALUE, false);
    }

    /** In batches whose last record rejects them, so that the state stays what it was. */
    private void requireGuarded(String key, int guard, long sequence, boolean isMet) {
        byte[] at = bytes(key);
        byte[][] changes = {
            Records.set(guard, 0, sequence, at, bytes("2")),
            Records.delete(guard, sequence, at),
            Records.add(guard, sequence, at, 1),
            Records.splice(guard, sequence, at, SPLICE_AT_END, NO_LIMIT, bytes("0")),
            Records.expireAt(guard | RELATIVE_EXPIRY, 5, sequence, at, ExpiryCondition.ALWAYS)
        };
        long current = key.equals("there") ? machine.sequence(at) : 0;
        for (byte[] change : changes) {
            if (isMet) {
                assertThat(batch(Records.require(guard, sequence, at))).isEqualTo(Outcome.ACCEPTED);
            } else {
                long digest = machine.digest();
                assertThat(events.apply(change)).isEqualTo(Outcome.UNMET);
                assertThat(events.number()).isEqualTo(current);
                assertThat(batch(Records.require(guard, sequence, at), change)).isEqualTo(Outcome.UNMET);
                assertThat(events.number()).isZero();
                assertThat(machine.digest()).isEqualTo(digest);
            }
        }
    }

    @Test
    void aGuardThatIsMetLetsTheChangeHappen() {
        assertThat(events.apply(Records.set(IF_ABSENT, 0, 0, bytes("k"), bytes("1"))))
                .isEqualTo(Outcome.CREATED);
        assertThat(events.apply(Records.add(IF_PRESENT, 0, bytes("k"), 1))).isEqualTo(Outcome.REPLACED);
        long sequence = events.sequence();
        assertThat(events.apply(Records.splice(IF_SEQUENCE, sequence, bytes("k"), 0, NO_LIMIT, bytes("7"))))
                .isEqualTo(Outcome.REPLACED);
        assertThat(value("k")).isEqualTo("7");
        assertThat(events.apply(Records.delete(IF_SEQUENCE, sequence, bytes("k"))))
                .isEqualTo(Outcome.UNMET);
        assertThat(events.apply(Records.delete(IF_SEQUENCE, sequence + 1, bytes("k"))))
                .isEqualTo(Outcome.DELETED);
        assertThat(events.number()).isEqualTo(sequence + 1);
    }

    // SET and expiry

    @Test
    void aSetClearsTheExpiryUnlessItIsGivenOrKept() {
        setUntil("k", "1", NOW + 10);
        assertThat(machine.expiry(bytes("k"))).isEqualTo(NOW + 10);
        events.apply(Records.set(KEEP_EXPIRY, 0, 0, bytes("k"), bytes("kept")));
        assertThat(machine.expiry(bytes("k"))).isEqualTo(NOW + 10);
        assertThat(events.apply(Records.set(RELATIVE_EXPIRY, 20, 0, bytes("k"), bytes("2"))))
                .isEqualTo(Outcome.REPLACED);
        assertThat(machine.expiry(bytes("k"))).isEqualTo(NOW + 20);
        set("k", "3");
        assertThat(machine.expiry(bytes("k"))).isEqualTo(NEVER);
        events.apply(Records.set(KEEP_EXPIRY, 0, 0, bytes("k"), bytes("4")));
        assertThat(machine.expiry(bytes("k"))).isEqualTo(NEVER);
        assertThat(machine.expiringKeys()).isZero();
    }

    @Test
    void anEntryIsAbsentFromItsExpiryOn() {
        setUntil("k", "1", NOW + 10);
        events.time(NOW + 9);
        assertThat(require(IF_PRESENT, "k")).isEqualTo(Outcome.ACCEPTED);
        events.time(NOW + 10);
        assertThat(require(IF_ABSENT, "k")).isEqualTo(Outcome.ACCEPTED);
        assertThat(set("k", "2")).isEqualTo(Outcome.CREATED);
    }

    @Test
    void nothingIsKeptOfAnExpiredEntry() {
        setUntil("k", "12", NOW + 10);
        setUntil("l", "12", NOW + 10);
        setUntil("m", "12", NOW + 10);
        events.time(NOW + 10);
        assertThat(events.apply(Records.add(0, 0, bytes("k"), 5))).isEqualTo(Outcome.CREATED);
        assertThat(value("k")).isEqualTo("5");
        assertThat(append("l", "x")).isEqualTo(Outcome.CREATED);
        assertThat(value("l")).isEqualTo("x");
        assertThat(events.apply(Records.set(KEEP_EXPIRY, 0, 0, bytes("m"), bytes("y"))))
                .isEqualTo(Outcome.CREATED);
        assertThat(machine.expiringKeys()).isZero();
        assertThat(machine.memoryUsed()).isEqualTo(charge(2, false) + 2 * charge(2, false));
    }

    @Test
    void aDeleteRemovesTheRestOfAnExpiredEntryAndAnswersAbsent() {
        setUntil("k", "1", NOW);
        assertThat(delete("k")).isEqualTo(Outcome.ABSENT);
        setUntil("k", "1", NOW + 1);
        events.time(NOW + 1);
        assertThat(machine.keys()).isEqualTo(1);
        assertThat(delete("k")).isEqualTo(Outcome.ABSENT);
        assertThat(events.number()).isZero();
        requireEmpty();
    }

    @Test
    void aSetWithAnExpiryThatHasPassedRemoves() {
        assertThat(setUntil("k", "1", NOW)).isEqualTo(Outcome.ABSENT);
        assertThat(events.number()).isZero();
        set("k", "1");
        long sequence = events.sequence();
        assertThat(setUntil("k", "2", NOW - 1)).isEqualTo(Outcome.DELETED);
        assertThat(events.number()).isEqualTo(sequence);
        assertThat(setUntil("k", "2", 0)).isEqualTo(Outcome.ABSENT);
        requireEmpty();
    }

    @Test
    void aTimeToLiveEndsWithTime() {
        events.apply(Records.set(RELATIVE_EXPIRY, Long.MAX_VALUE, 0, bytes("k"), bytes("1")));
        assertThat(machine.expiry(bytes("k"))).isEqualTo(Long.MAX_VALUE);
        events.time(Long.MAX_VALUE - 1);
        assertThat(require(IF_PRESENT, "k")).isEqualTo(Outcome.ACCEPTED);
        events.time(Long.MAX_VALUE);
        assertThat(require(IF_ABSENT, "k")).isEqualTo(Outcome.ACCEPTED);
        assertThat(events.apply(Records.set(RELATIVE_EXPIRY, 1, 0, bytes("l"), bytes("1"))))
                .isEqualTo(Outcome.ABSENT);
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -2, -1})
    void aTimeBeforeTheFirstCountsAsTheFirst(long time) {
        events.time(time);
        assertThat(events.apply(Records.set(RELATIVE_EXPIRY, 1, 0, bytes("k"), bytes("1"))))
                .isEqualTo(Outcome.CREATED);
        assertThat(machine.expiry(bytes("k"))).isEqualTo(1);
        assertThat(setUntil("l", "1", 0)).isEqualTo(Outcome.ABSENT);
        assertThat(events.apply(Records.expireDue(1))).isEqualTo(Outcome.ACCEPTED);
        assertThat(events.number()).isZero();
    }

    @Test
    void anEntryIsThereAgainWhereTimeGoesBack() {
        setUntil("k", "1", NOW + 10);
        events.time(NOW + 10);
        assertThat(require(IF_ABSENT, "k")).isEqualTo(Outcome.ACCEPTED);
        events.time(NOW + 9);
        assertThat(require(IF_PRESENT, "k")).isEqualTo(Outcome.ACCEPTED);
    }

    @Test
    void theDigestCoversTheExpiry() {
        setUntil("k", "1", NOW + 10);
        long ten = machine.digest();
        setUntil("k", "1", NOW + 11);
        assertThat(machine.digest()).isNotEqualTo(ten);
        setUntil("k", "1", NOW + 10);
        assertThat(machine.digest()).isEqualTo(ten);
        set("k", "1");
        assertThat(machine.digest()).isEqualTo(NaiveStateMachine.digest(bytes("k"), bytes("1")));
    }

    /** Around the longest entry that is inline, with an expiry and without. */
    @ParameterizedTest
    @ValueSource(ints = {0, 254, 255, 256, 257, 8142, 8143, 8144, 8145, 8151, 8158, 8159, 8160, 8161, 12_216, 12_217})
    void anExpiryComesAndGoesWithoutHarm(int payloadLength) {
        byte[] key = bytes(payloadLength == 0 ? "" : "k");
        byte[] value = StateMachineContract.pattern(payloadLength - key.length, 5);
        events.apply(Records.set(0, 0, 0, key, value));
        long digest = machine.digest();
        long used = machine.memoryUsed();
        for (int round = 0; round < 2; round++) {
            assertThat(expireAt(key, RELATIVE_EXPIRY, 10, ExpiryCondition.ALWAYS))
                    .isEqualTo(Outcome.REPLACED);
            assertThat(events.number()).isEqualTo(events.sequence()).isEqualTo(machine.sequence(key));
            assertThat(machine.get(key)).isEqualTo(value);
            assertThat(machine.memoryUsed()).isEqualTo(charge(payloadLength, true) + 65_536);
            assertThat(expireAt(key, RELATIVE_EXPIRY, 11, ExpiryCondition.ALWAYS))
                    .isEqualTo(Outcome.REPLACED);
            assertThat(machine.expiry(key)).isEqualTo(NOW + 11);
            assertThat(expireAt(key, NO_EXPIRY, 0, ExpiryCondition.ALWAYS)).isEqualTo(Outcome.REPLACED);
            assertThat(machine.get(key)).isEqualTo(value);
            assertThat(machine.digest()).isEqualTo(digest);
            assertThat(machine.memoryUsed()).isEqualTo(used);
        }
    }

    // EXPIRE_AT

    /** An expiry of 0 stands for none; Redis: always, NX, XX, GT, LT. */
    @ParameterizedTest(name = "from {0} to {1}")
    @CsvSource({
        "0, 20, true, true, false, false, true",
        "10, 20, true, false, true, true, false",
        "20, 10, true, false, true, false, true",
        "20, 20, true, false, true, false, false",
        "10, 0, true, false, true, true, false",
        "0, 0, true, true, false, false, false"
    })
    void anExpiryChangesUnderItsCondition(
            long before, long after, boolean always, boolean none, boolean some, boolean later, boolean earlier) {
        boolean[] isMet = {always, none, some, later, earlier};
        for (ExpiryCondition condition : ExpiryCondition.values()) {
            set("k", "1");
            if (before > 0) {
                setUntil("k", "1", NOW + before);
            }
            long sequence = events.sequence();
            Outcome outcome = expireAt(bytes("k"), after == 0 ? NO_EXPIRY : RELATIVE_EXPIRY, after, condition);
            boolean happens = isMet[condition.code()];
            assertThat(outcome).as("%s", condition).isEqualTo(happens ? Outcome.REPLACED : Outcome.UNMET);
            long expected = happens ? after : before;
            assertThat(machine.expiry(bytes("k"))).isEqualTo(expected == 0 ? NEVER : NOW + expected);
            assertThat(machine.sequence(bytes("k"))).isEqualTo(happens ? events.sequence() : sequence);
            assertThat(events.number()).isEqualTo(happens ? events.sequence() : sequence);
            assertThat(value("k")).isEqualTo("1");
        }
    }

    @Test
    void anExpiryThatHasPassedRemovesTheKey() {
        set("k", "1");
        long sequence = events.sequence();
        assertThat(expireAt(bytes("k"), ABSOLUTE_EXPIRY, NOW, ExpiryCondition.IF_SOME))
                .isEqualTo(Outcome.UNMET);
        assertThat(expireAt(bytes("k"), ABSOLUTE_EXPIRY, NOW, ExpiryCondition.IF_NONE))
                .isEqualTo(Outcome.DELETED);
        assertThat(events.number()).isEqualTo(sequence);
        requireEmpty();
    }

    @Test
    void aKeyThatIsAbsentGetsNoExpiry() {
        assertThat(expireAt(bytes("k"), RELATIVE_EXPIRY, 5, ExpiryCondition.ALWAYS))
                .isEqualTo(Outcome.ABSENT);
        setUntil("k", "1", NOW + 5);
        events.time(NOW + 5);
        assertThat(expireAt(bytes("k"), RELATIVE_EXPIRY, 5, ExpiryCondition.ALWAYS))
                .isEqualTo(Outcome.ABSENT);
        assertThat(machine.expiry(bytes("k"))).isEqualTo(NOW + 5);
    }

    @Test
    void anExpiryBeyondTheBudgetIsRejected() {
        set("k", "1");
        events.budget(machine.memoryUsed() + 65_535);
        assertThat(expireAt(bytes("k"), RELATIVE_EXPIRY, 5, ExpiryCondition.ALWAYS))
                .isEqualTo(Outcome.OUT_OF_MEMORY);
        assertThat(events.number()).isZero();
        events.budget(charge(2, true) + 65_536);
        assertThat(expireAt(bytes("k"), RELATIVE_EXPIRY, 5, ExpiryCondition.ALWAYS))
                .isEqualTo(Outcome.REPLACED);
    }

    // EXPIRE_DUE

    @Test
    void dueEntriesGoInTheOrderOfExpiryThenSequenceThenKey() {
        setUntil("d", "1", NOW + 2);
        setUntil("c", "1", NOW + 1);
        setUntil("a", "1", NOW + 2);
        byte[][] sets = new byte[5][];
        String[] keys = {"b", "", "\u00ff", "bb", "\u007f"};
        for (int i = 0; i < keys.length; i++) {
            sets[i] = Records.set(RELATIVE_EXPIRY, 2, 0, bytes(keys[i]), bytes("1"));
        }
        batch(sets);
        setUntil("later", "1", NOW + 3);
        set("never", "1");
        events.time(NOW + 2);
        for (String next : new String[] {"c", "d", "a", "", "b", "bb", "\u007f", "\u00ff"}) {
            assertThat(value(next)).isNotNull();
            assertThat(events.apply(Records.expireDue(1))).isEqualTo(Outcome.ACCEPTED);
            assertThat(events.number()).isEqualTo(1);
            assertThat(value(next)).as("'%s'", next).isNull();
        }
        events.apply(Records.expireDue(Integer.MAX_VALUE));
        assertThat(events.number()).isZero();
        assertThat(machine.keys()).isEqualTo(2);
        events.time(NOW + 3);
        events.apply(Records.expireDue(Integer.MAX_VALUE));
        assertThat(machine.keys()).isEqualTo(1);
    }

    @Test
    void noMoreAreRemovedThanAreAskedFor() {
        for (int key = 0; key < 100; key++) {
            setUntil("k" + key, "1", NOW + key % 7);
        }
        events.time(NOW + 7);
        long keys = machine.keys();
        events.apply(Records.expireDue(30));
        assertThat(events.number()).isEqualTo(30);
        assertThat(machine.keys()).isEqualTo(keys - 30);
        events.apply(Records.expireDue(1000));
        assertThat(events.number()).isEqualTo(keys - 30);
        requireEmpty();
    }

    // ADD

    @ParameterizedTest
    @CsvSource({
        "0, 0, 0",
        "1, -1, 0",
        "-1, 1, 0",
        "9, 1, 10",
        "-9, -1, -10",
        "9223372036854775806, 1, 9223372036854775807",
        "-9223372036854775807, -1, -9223372036854775808",
        "9223372036854775807, -9223372036854775808, -1",
        "-9223372036854775808, 9223372036854775807, -1",
        "-9223372036854775808, 0, -9223372036854775808"
    })
    void aSumIsCanonical(String before, long delta, String after) {
        set("k", before);
        assertThat(add("k", delta)).isEqualTo(Outcome.REPLACED);
        assertThat(value("k")).isEqualTo(after);
        assertThat(events.number()).isEqualTo(Long.parseLong(after));
        assertThat(machine.sequence(bytes("k"))).isEqualTo(events.sequence());
        assertThat(machine.digest()).isEqualTo(NaiveStateMachine.digest(bytes("k"), bytes(after)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "+1",
                "-0",
                "00",
                "01",
                "-01",
                " 1",
                "1 ",
                "1.0",
                "1e3",
                "0x1",
                "9223372036854775808",
                "-9223372036854775809",
                "18446744073709551617",
                "99999999999999999999",
                "100000000000000000000",
                "\u0000",
                "1\u0000",
                "/",
                ":",
                "\u00b2"
            })
    void whatIsNoCanonicalDecimalStaysAsItIs(String before) {
        set("k", before);
        long digest = machine.digest();
        assertThat(add("k", 0)).isEqualTo(Outcome.NOT_A_NUMBER);
        assertThat(events.number()).isZero();
        assertThat(machine.digest()).isEqualTo(digest);
    }

    @ParameterizedTest
    @CsvSource({
        "9223372036854775807, 1",
        "1, 9223372036854775807",
        "-9223372036854775808, -1",
        "-1, -9223372036854775808",
        "-9223372036854775808, -9223372036854775808"
    })
    void aSumOfMoreThanSixtyFourBitsIsRejected(String before, long delta) {
        set("k", before);
        long sequence = events.sequence();
        assertThat(add("k", delta)).isEqualTo(Outcome.OVERFLOW);
        assertThat(events.number()).isZero();
        assertThat(value("k")).isEqualTo(before);
        assertThat(machine.sequence(bytes("k"))).isEqualTo(sequence);
    }

    @Test
    void anAdditionCreatesAndKeepsTheExpiry() {
        assertThat(add("k", Long.MIN_VALUE)).isEqualTo(Outcome.CREATED);
        assertThat(value("k")).isEqualTo("-9223372036854775808");
        setUntil("l", "9", NOW + 10);
        assertThat(add("l", 1)).isEqualTo(Outcome.REPLACED);
        assertThat(machine.expiry(bytes("l"))).isEqualTo(NOW + 10);
        events.budget(machine.memoryUsed());
        assertThat(add("m", 1)).isEqualTo(Outcome.OUT_OF_MEMORY);
        assertThat(events.number()).isZero();
    }

    // SPLICE

    @ParameterizedTest
    @CsvSource({
        "abc, 0, X, Xbc",
        "abc, 1, XY, aXY",
        "abc, 2, XY, abXY",
        "abc, 3, XY, abcXY",
        "abc, 5, X, abc..X",
        "'', 2, X, ..X",
        "abc, -1, XY, abcXY",
        "'', -1, XY, XY"
    })
    void aSpliceOverwritesAppendsAndPads(String before, int offset, String bytes, String after) {
        set("k", before);
        assertThat(splice("k", offset, after.length(), bytes)).isEqualTo(Outcome.REPLACED);
        assertThat(value("k")).isEqualTo(after.replace('.', '\0'));
        assertThat(events.number()).isEqualTo(after.length());
        assertThat(machine.sequence(bytes("k"))).isEqualTo(events.sequence());
    }

    @Test
    void aSpliceCreates() {
        assertThat(splice("k", 2, 3, "X")).isEqualTo(Outcome.CREATED);
        assertThat(value("k")).isEqualTo("\0\0X");
        assertThat(append("l", "a")).isEqualTo(Outcome.CREATED);
        assertThat(events.number()).isEqualTo(1);
    }

    @Test
    void aSpliceBeyondItsLimitIsRejected() {
        set("k", "abc");
        assertThat(splice("k", SPLICE_AT_END, 4, "XY")).isEqualTo(Outcome.TOO_LONG);
        assertThat(splice("k", SPLICE_AT_END, 5, "XY")).isEqualTo(Outcome.REPLACED);
        assertThat(splice("k", 0, 4, "Z")).as("it is longer already").isEqualTo(Outcome.TOO_LONG);
        assertThat(events.number()).isZero();
        assertThat(splice("k", Integer.MAX_VALUE, NO_LIMIT, "Z")).isEqualTo(Outcome.TOO_LONG);
        assertThat(splice("k", -2, NO_LIMIT, "Z")).isEqualTo(Outcome.TOO_LONG);
        assertThat(splice("k", NO_LIMIT, NO_LIMIT, "Z")).isEqualTo(Outcome.TOO_LONG);
        assertThat(value("k")).isEqualTo("abcXY");
        assertThat(splice("absent", 1, 1, "Z")).isEqualTo(Outcome.TOO_LONG);
        assertThat(machine.keys()).isEqualTo(1);
    }

    @Test
    void theLongestValueIsSpliced() {
        byte[] key = new byte[Limits.MAX_KEY_LENGTH];
        assertThat(events.apply(Records.splice(0, 0, key, NO_LIMIT - 1, NO_LIMIT, bytes("Z"))))
                .isEqualTo(Outcome.CREATED);
        assertThat(events.apply(Records.splice(0, 0, key, 0, NO_LIMIT, bytes("A"))))
                .isEqualTo(Outcome.REPLACED);
        assertThat(events.apply(Records.splice(0, 0, key, SPLICE_AT_END, NO_LIMIT, bytes("B"))))
                .isEqualTo(Outcome.TOO_LONG);
        byte[] expected = new byte[NO_LIMIT];
        expected[0] = 'A';
        expected[NO_LIMIT - 1] = 'Z';
        assertThat(Arrays.equals(machine.get(key), expected)).isTrue();
    }

    @Test
    void anEmptySpliceChangesNothing() {
        assertThat(splice("k", 5, 1, "")).isEqualTo(Outcome.ABSENT);
        assertThat(events.number()).isZero();
        setUntil("k", "abc", NOW + 5);
        long sequence = events.sequence();
        assertThat(splice("k", -2, 1, "")).isEqualTo(Outcome.REPLACED);
        assertThat(events.number()).isEqualTo(3);
        assertThat(machine.sequence(bytes("k"))).isEqualTo(sequence);
        assertThat(append("k", "d")).isEqualTo(Outcome.REPLACED);
        assertThat(machine.expiry(bytes("k"))).isEqualTo(NOW + 5);
        events.time(NOW + 5);
        assertThat(splice("k", 0, 1, "")).isEqualTo(Outcome.ABSENT);
        assertThat(machine.keys()).isEqualTo(1);
    }

    // CLEAR

    @Test
    void aClearRemovesEverything() {
        for (int key = 0; key < 2_000; key++) {
            byte[] name = bytes("k" + key);
            events.apply(Records.set(key % 2 == 0 ? RELATIVE_EXPIRY : 0, 10, 0, name, new byte[key % 500]));
        }
        assertThat(events.apply(Records.clear())).isEqualTo(Outcome.ACCEPTED);
        assertThat(events.number()).isEqualTo(2_000);
        requireEmpty();
        assertThat(value("k1")).isNull();
        assertThat(events.apply(Records.clear())).isEqualTo(Outcome.ACCEPTED);
        assertThat(events.number()).isZero();
        assertThat(setUntil("k1", "new", NOW + 1)).isEqualTo(Outcome.CREATED);
        assertThat(value("k1")).isEqualTo("new");
    }

    // BATCH

    @Test
    void allRecordsOfABatchHappenAtItsSequence() {
        set("b", "1");
        set("c", "1");
        set("d", "1");
        assertThat(batch(
                        Records.require(IF_ABSENT, 0, bytes("z")),
                        Records.set(0, 0, 0, bytes("a"), bytes("new")),
                        Records.delete(0, 0, bytes("b")),
                        Records.add(0, 0, bytes("c"), 1),
                        Records.expireAt(RELATIVE_EXPIRY, 9, 0, bytes("d"), ExpiryCondition.ALWAYS),
                        Records.splice(0, 0, bytes("e"), 1, 9, bytes("x"))))
                .isEqualTo(Outcome.ACCEPTED);
        long sequence = events.sequence();
        assertThat(events.number()).isEqualTo(sequence);
        assertThat(value("a")).isEqualTo("new");
        assertThat(value("b")).isNull();
        assertThat(value("c")).isEqualTo("2");
        assertThat(value("e")).isEqualTo("\0x");
        assertThat(machine.expiry(bytes("d"))).isEqualTo(NOW + 9);
        Map<String, Long> sequences = new HashMap<>();
        machine.forEach((key, value, of) -> sequences.put(new String(key, ISO_8859_1), of));
        assertThat(sequences).containsOnlyKeys("a", "c", "d", "e").containsValue(sequence);
        assertThat(sequences.values()).containsOnly(sequence);
    }

    @Test
    void aRejectionNamesItsRecordAndNothingHappens() {
        set("text", "x");
        set("most", "9223372036854775807");
        byte[] requirement = Records.require(IF_PRESENT, 0, bytes("text"));
        byte[] fine = Records.set(0, 0, 0, bytes("fine"), bytes("1"));
        long digest = machine.digest();
        requireRejected(Outcome.NOT_A_NUMBER, 2, requirement, fine, Records.add(0, 0, bytes("text"), 1));
        requireRejected(
                Outcome.OVERFLOW, 1, fine, Records.add(0, 0, bytes("most"), 1), Records.add(0, 0, bytes("text"), 1));
        requireRejected(Outcome.TOO_LONG, 1, requirement, Records.splice(0, 0, bytes("t"), 1, 1, bytes("x")), fine);
        requireRejected(Outcome.DUPLICATE, 3, requirement, fine, Records.add(0, 0, bytes("text"), 1), fine);
        requireRejected(Outcome.DUPLICATE, 2, Records.clear(), fine, fine);
        requireRejected(Outcome.UNMET, 1, requirement, Records.require(IF_ABSENT, 0, bytes("text")), fine, fine);
        byte[][] tooMuch = new byte[5][];
        for (int i = 0; i < tooMuch.length; i++) {
            tooMuch[i] = Records.splice(0, 0, bytes("long" + i), NO_LIMIT - 1, NO_LIMIT, bytes("x"));
        }
        requireRejected(Outcome.OUT_OF_MEMORY, -1, tooMuch);
        assertThat(machine.digest()).isEqualTo(digest);
    }

    private void requireRejected(Outcome why, long index, byte[]... parts) {
        long keys = machine.keys();
        assertThat(batch(parts)).isEqualTo(why);
        assertThat(events.number()).as("%s", why).isEqualTo(index);
        assertThat(machine.keys()).isEqualTo(keys);
    }

    @Test
    void whatIsUnmetOrAbsentInABatchRejectsNothing() {
        set("k", "1");
        assertThat(batch(
                        Records.set(IF_ABSENT, 0, 0, bytes("k"), bytes("2")),
                        Records.delete(0, 0, bytes("absent")),
                        Records.expireAt(RELATIVE_EXPIRY, 5, 0, bytes("gone"), ExpiryCondition.IF_NONE),
                        Records.set(0, 0, 0, bytes("l"), bytes("3"))))
                .isEqualTo(Outcome.ACCEPTED);
        assertThat(value("k")).isEqualTo("1");
        assertThat(value("l")).isEqualTo("3");
    }

    @Test
    void aBatchIsUnmetAsSoonAsAnythingHappenedAfterItsGuard() {
        set("k", "1");
        byte[] change = Records.set(0, 0, 0, bytes("l"), bytes("1"));
        long sequence = events.sequence();
        assertThat(events.apply(Records.batch(IF_SEQUENCE, sequence, change))).isEqualTo(Outcome.ACCEPTED);
        assertThat(events.apply(Records.batch(IF_SEQUENCE, sequence, change))).isEqualTo(Outcome.UNMET);
        assertThat(events.number()).isEqualTo(-1);
        assertThat(events.apply(Records.batch(IF_SEQUENCE, sequence + 2, change)))
                .isEqualTo(Outcome.ACCEPTED);
        assertThat(events.apply(Records.batch(IF_SEQUENCE, Long.MAX_VALUE, change)))
                .isEqualTo(Outcome.ACCEPTED);
    }

    @Test
    void afterAClearABatchFindsNothing() {
        set("k", "1");
        setUntil("l", "1", NOW + 5);
        assertThat(batch(
                        Records.require(IF_PRESENT, 0, bytes("k")),
                        Records.clear(),
                        Records.set(IF_ABSENT, 0, 0, bytes("k"), bytes("2")),
                        Records.set(IF_PRESENT, 0, 0, bytes("l"), bytes("2")),
                        Records.add(0, 0, bytes("m"), 5)))
                .isEqualTo(Outcome.ACCEPTED);
        assertThat(machine.keys()).isEqualTo(2);
        assertThat(value("k")).isEqualTo("2");
        assertThat(value("m")).isEqualTo("5");
        assertThat(machine.expiringKeys()).isZero();
        assertThat(batch(Records.clear())).isEqualTo(Outcome.ACCEPTED);
        requireEmpty();
    }

    @Test
    void aBatchFitsIfItsResultDoes() {
        set("a", "1".repeat(1000));
        set("b", "1");
        events.budget(machine.memoryUsed());
        assertThat(batch(
                        Records.set(0, 0, 0, bytes("b"), bytes("1".repeat(1000))),
                        Records.set(0, 0, 0, bytes("a"), bytes("1"))))
                .isEqualTo(Outcome.ACCEPTED);
        assertThat(batch(Records.set(0, 0, 0, bytes("c"), bytes("1".repeat(1000))), Records.delete(0, 0, bytes("b"))))
                .isEqualTo(Outcome.ACCEPTED);
        assertThat(batch(Records.clear(), Records.set(0, 0, 0, bytes("d"), bytes("1".repeat(1000)))))
                .isEqualTo(Outcome.ACCEPTED);
        events.budget(0);
        assertThat(batch(Records.clear(), Records.set(0, 0, 0, bytes("e"), bytes("1".repeat(1000)))))
                .isEqualTo(Outcome.ACCEPTED);
        assertThat(batch(Records.clear(), Records.set(0, 0, 0, bytes("f"), bytes("1".repeat(2000)))))
                .isEqualTo(Outcome.OUT_OF_MEMORY);
        assertThat(value("e")).isNotNull();
    }

    /** One entry grows by what another one, which gets an expiry, no longer takes: many times what is free. */
    @Test
    void aBatchNeedsNoMoreMemoryInBetween() {
        byte[][] batch = new byte[2 * PAIRS][];
        for (int i = 0; i < PAIRS; i++) {
            batch[i] = Records.splice(0, 0, bytes("new" + i), NO_LIMIT - 1, NO_LIMIT, bytes("x"));
            batch[i + PAIRS] = Records.set(RELATIVE_EXPIRY, 5, 0, bytes("long" + i), bytes("1"));
        }
        try (StateMachineUnderTest small = create();
                Events ofSmall = new Events(small)) {
            ofSmall.time(NOW);
            ofSmall.budget(PAIRS * charge(NO_LIMIT + 5, false) + PAIRS * charge(6, true) + 65_536);
            for (int i = 0; i < PAIRS; i++) {
                ofSmall.apply(Records.splice(0, 0, bytes("long" + i), NO_LIMIT - 1, NO_LIMIT, bytes("x")));
            }
            // JUnit would not survive the error.
            assertThatCode(() -> ofSmall.apply(Records.batch(0, 0, batch))).doesNotThrowAnyException();
            assertThat(ofSmall.number()).isEqualTo(ofSmall.sequence());
            assertThat(small.keys()).isEqualTo(2 * PAIRS);
            assertThat(small.expiringKeys()).isEqualTo(PAIRS);
        }
    }

    @Test
    void beforeTheFirstBudgetThereIsNothing() {
        try (StateMachineUnderTest fresh = create();
                Events ofFresh = new Events(fresh)) {
            byte[] key = bytes("k");
            assertThat(ofFresh.apply(Records.clear())).isEqualTo(Outcome.ACCEPTED);
            assertThat(ofFresh.apply(Records.expireDue(5))).isEqualTo(Outcome.ACCEPTED);
            assertThat(ofFresh.apply(Records.add(0, 0, key, 1))).isEqualTo(Outcome.OUT_OF_MEMORY);
            assertThat(ofFresh.apply(Records.splice(0, 0, key, 0, 1, key))).isEqualTo(Outcome.OUT_OF_MEMORY);
            assertThat(ofFresh.apply(Records.delete(IF_PRESENT, 0, key))).isEqualTo(Outcome.UNMET);
            assertThat(ofFresh.apply(Records.batch(0, 0, Records.clear()))).isEqualTo(Outcome.ACCEPTED);
            assertThat(ofFresh.apply(Records.batch(0, 0, Records.delete(0, 0, key))))
                    .isEqualTo(Outcome.ACCEPTED);
            assertThat(ofFresh.apply(Records.batch(0, 0, Records.add(0, 0, key, 1))))
                    .isEqualTo(Outcome.OUT_OF_MEMORY);
            assertThat(ofFresh.number()).isEqualTo(-1);
        }
    }

    private Outcome set(String key, String value) {
        return events.apply(Records.set(0, 0, 0, bytes(key), bytes(value)));
    }

    private Outcome setUntil(String key, String value, long expiry) {
        return events.apply(Records.set(ABSOLUTE_EXPIRY, expiry, 0, bytes(key), bytes(value)));
    }

    private Outcome delete(String key) {
        return events.apply(Records.delete(0, 0, bytes(key)));
    }

    private Outcome add(String key, long delta) {
        return events.apply(Records.add(0, 0, bytes(key), delta));
    }

    private Outcome append(String key, String bytes) {
        return splice(key, SPLICE_AT_END, NO_LIMIT, bytes);
    }

    private Outcome splice(String key, int offset, int limit, String bytes) {
        return events.apply(Records.splice(0, 0, bytes(key), offset, limit, bytes(bytes)));
    }

    private Outcome expireAt(byte[] key, int expiry, long time, ExpiryCondition condition) {
        return events.apply(Records.expireAt(expiry, time, 0, key, condition));
    }

    private Outcome batch(byte[]... parts) {
        return events.apply(Records.batch(0, 0, parts));
    }

    private Outcome require(int guard, String key) {
        return batch(Records.require(guard, 0, bytes(key)));
    }

    private String value(String key) {
        byte[] value = machine.get(bytes(key));
        return value == null ? null : new String(value, ISO_8859_1);
    }

    private void requireEmpty() {
        assertThat(machine.keys()).isZero();
        assertThat(machine.digest()).isZero();
        assertThat(machine.memoryUsed()).isZero();
        assertThat(machine.expiringKeys()).isZero();
    }

    private static long charge(int payloadLength, boolean expires) {
        return EntryDescriptor.charge(payloadLength, expires);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(ISO_8859_1);
    }
}
