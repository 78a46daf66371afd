package dev.poro.process.harness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.process.harness.LinearizabilityChecker.Kind;
import dev.poro.process.harness.LinearizabilityChecker.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LinearizabilityCheckerTest {
    private final List<Operation> history = new ArrayList<>();

    @Test
    void acceptsWhatHappenedOneAfterTheOther() {
        get(null, 0, 1);
        set("a", 2, 3);
        get("a", 4, 5);
        delete(true, 6, 7);
        delete(false, 8, 9);
        get(null, 10, 11);
        assertLinearizable(true);
    }

    @Test
    void acceptsEitherOrderOfWhatOverlaps() {
        set("a", 0, 10);
        set("b", 0, 10);
        get("b", 1, 2);
        get("a", 3, 4);
        assertLinearizable(true);
    }

    @Test
    void rejectsThatBothOrdersWereSeen() {
        set("a", 0, 10);
        set("b", 0, 10);
        get("b", 1, 2);
        get("a", 3, 4);
        get("b", 5, 6);
        assertLinearizable(false);
    }

    @Test
    void rejectsAStaleRead() {
        set("a", 0, 1);
        set("b", 2, 3);
        get("a", 4, 5);
        assertLinearizable(false);
    }

    @Test
    void anExchangeHasSeenTheValueThatItReplaced() {
        set("a", 0, 10);
        exchange(null, "b", 1, 9);
        exchange("a", "c", 11, 12);
        get("c", 13, 14);
        assertLinearizable(true);
    }

    @Test
    void rejectsTwoExchangesThatHaveSeenTheSameValue() {
        set("a", 0, 1);
        exchange("a", "b", 2, 9);
        exchange("a", "c", 2, 9);
        assertLinearizable(false);
    }

    @Test
    void acceptsTheOldValueWhileTheNewOneIsOnItsWay() {
        set("a", 0, 1);
        set("b", 2, 6);
        get("a", 3, 4);
        get("b", 5, 7);
        assertLinearizable(true);
    }

    @Test
    void rejectsThatAReadSawTheNewValueAndALaterOneTheOld() {
        set("a", 0, 1);
        set("b", 2, 10);
        get("b", 3, 4);
        get("a", 5, 6);
        assertLinearizable(false);
    }

    @Test
    void rejectsALostAcknowledgedWrite() {
        set("a", 0, 1);
        get(null, 2, 3);
        assertLinearizable(false);
    }

    @Test
    void rejectsAValueThatNobodyWrote() {
        set("a", 0, 1);
        get("b", 0, 3);
        assertLinearizable(false);
    }

    @Test
    void rejectsAResurrectedValue() {
        set("a", 0, 1);
        delete(true, 2, 3);
        get("a", 4, 5);
        assertLinearizable(false);
    }

    @Test
    void rejectsADeleteThatHappenedTwice() {
        set("a", 0, 1);
        delete(true, 2, 5);
        delete(true, 3, 6);
        assertLinearizable(false);
    }

    @Test
    void acceptsAnUnansweredWriteThatHappened() {
        set("a", 0, 1);
        unanswered(Kind.SET, "b", 2, 3);
        get("b", 4, 5);
        assertLinearizable(true);
    }

    @Test
    void acceptsAnUnansweredWriteThatDidNotHappen() {
        set("a", 0, 1);
        unanswered(Kind.SET, "b", 2, 3);
        unanswered(Kind.DELETE, null, 2, 3);
        get("a", 4, 5);
        assertLinearizable(true);
    }

    @Test
    void rejectsAnUnansweredWriteThatHappenedTwice() {
        unanswered(Kind.SET, "a", 0, 10);
        get("a", 1, 2);
        set("b", 3, 4);
        get("b", 5, 6);
        get("a", 7, 8);
        assertLinearizable(false);
    }

    @Test
    void rejectsAnUnansweredWriteThatHappenedAfterItsProcessWasDead() {
        unanswered(Kind.SET, "a", 0, 1);
        get(null, 2, 3);
        get("a", 4, 5);
        assertLinearizable(false);
    }

    @Test
    void rejectsAnUnansweredWriteThatWasSeenBeforeItBegan() {
        get("a", 0, 1);
        unanswered(Kind.SET, "a", 2, 3);
        assertLinearizable(false);
    }

    @Test
    void learnsNothingFromAnUnansweredRead() {
        set("a", 0, 1);
        unanswered(Kind.GET, null, 2, 3);
        get("a", 4, 5);
        assertLinearizable(true);
    }

    /** A real order, and intervals around its moments that overlap; then one read is made to see the value before. */
    @Test
    void tellsALongHistoryFromOneWithASingleStaleRead() {
        for (int seed = 0; seed < 20; seed++) {
            List<Operation> operations = overlapping(new SplittableRandom(seed), 300);
            assertThat(LinearizabilityChecker.isLinearizable(operations))
                    .as("seed %d", seed)
                    .isTrue();

            operations.add(new Operation(Kind.GET, "nobody's", false, true, 1_000_000, 1_000_001));
            assertThat(LinearizabilityChecker.isLinearizable(operations))
                    .as("seed %d, with a wrong read", seed)
                    .isFalse();
        }
    }

    private static List<Operation> overlapping(SplittableRandom random, int count) {
        List<Operation> operations = new ArrayList<>();
        String value = null;
        for (int i = 0; i < count; i++) {
            long moment = 100L * i;
            long invoked = moment - random.nextInt(400);
            long ended = moment + random.nextInt(400);
            boolean answered = random.nextInt(20) > 0;
            switch (random.nextInt(3)) {
                case 0 -> {
                    String written = Integer.toString(i);
                    operations.add(new Operation(Kind.SET, written, false, answered, invoked, ended));
                    value = answered || random.nextBoolean() ? written : value;
                }
                case 1 -> operations.add(new Operation(Kind.GET, value, false, true, invoked, ended));
                default -> {
                    operations.add(new Operation(Kind.DELETE, null, value != null, answered, invoked, ended));
                    value = answered || random.nextBoolean() ? null : value;
                }
            }
        }
        return operations;
    }

    private void exchange(String before, String value, long invoked, long ended) {
        history.add(new Operation(Kind.EXCHANGE, value, before, false, true, invoked, ended));
    }

    private void set(String value, long invoked, long returned) {
        history.add(new Operation(Kind.SET, value, false, true, invoked, returned));
    }

    private void get(String value, long invoked, long returned) {
        history.add(new Operation(Kind.GET, value, false, true, invoked, returned));
    }

    private void delete(boolean existed, long invoked, long returned) {
        history.add(new Operation(Kind.DELETE, null, existed, true, invoked, returned));
    }

    private void unanswered(Kind kind, String value, long invoked, long killed) {
        history.add(new Operation(kind, value, false, false, invoked, killed));
    }

    private void assertLinearizable(boolean expected) {
        assertThat(LinearizabilityChecker.isLinearizable(history)).isEqualTo(expected);
    }
}
