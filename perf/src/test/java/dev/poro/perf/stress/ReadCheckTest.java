package dev.poro.perf.stress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.perf.stress.Script.Operation;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which reads are believed. */
class ReadCheckTest {
    private static final int PRODUCER = 1;

    private final Workload workload = new Workload(9, 2, 40, new Range(8, 8), new Range(8, 64), new Mix(60, 30, 10));
    private final ReadCheck check = new ReadCheck(workload, PRODUCER);
    private Script event;

    @BeforeEach
    void begin() {
        event = new Script(workload, PRODUCER);
    }

    /** Goes on to such an event for one of the producer's own keys. */
    private void publish(Operation operation) {
        do {
            event.nextEvent();
            check.onEvent(event);
        } while (event.operation() != operation
                || workload.isShared(event.key())
                || workload.ownerOf(event.key()) != PRODUCER);
    }

    private String defectOf(byte[] value) {
        return check.defectOf(event.key(), value, event.number());
    }

    @Test
    void believesTheLatestValueOfAnOwnKey() {
        publish(Operation.SET);

        assertThat(defectOf(workload.value(event.key(), event.stamp()))).isNull();
    }

    @Test
    void noticesALostSet() {
        publish(Operation.SET);

        assertThat(defectOf(null))
                .isEqualTo("producer 1 read nothing of its own key " + event.key()
                        + ", but its latest event for it was the set " + event.number());
    }

    @Test
    void noticesAStaleValue() {
        publish(Operation.SET);
        byte[] stale = workload.value(event.key(), Workload.stamp(PRODUCER, event.number() + 1000));

        assertThat(defectOf(stale)).contains("read event " + (event.number() + 1000) + " of producer 1");
    }

    @Test
    void noticesALostDelete() {
        publish(Operation.DELETE);

        assertThat(defectOf(null)).isNull();
        assertThat(defectOf(workload.value(event.key(), Workload.stamp(PRODUCER, 1))))
                .contains("its latest event for it was the delete " + event.number());
    }

    @Test
    void believesAnythingWellFormedWhileTheEventIsUnderWay() {
        publish(Operation.SET);
        long before = event.number() - 1;

        assertThat(check.defectOf(event.key(), null, before)).isNull();
        assertThat(check.defectOf(event.key(), workload.value(event.key(), event.stamp()), before))
                .isNull();
        assertThat(check.defectOf(event.key(), new byte[20], before)).isNotNull();
    }

    @Test
    void noticesATornValueOfASharedKey() {
        byte[] value = workload.value(0, Workload.stamp(0, 17));
        byte[] torn = value.clone();
        torn[torn.length - 1]++;

        assertThat(workload.isShared(0)).isTrue();
        assertThat(check.defectOf(0, value, 0)).isNull();
        assertThat(check.defectOf(0, torn, 0))
                .contains("that nobody wrote there")
                .contains("event 17 of producer 0");
        assertThat(check.defectOf(0, new byte[3], 0)).isNotNull();
    }

    @Test
    void noticesAValueOfAnotherKeyAndOfSomebodyWhoDoesNotWriteThere() {
        long number = 1;
        while (workload.valueLengthOf(Workload.stamp(0, number)) < 16) {
            number++;
        }
        byte[] value = workload.value(0, Workload.stamp(0, number));

        assertThat(check.defectOf(1, value, 0)).isNotNull();
        int privateOfTheOther = 2;
        assertThat(workload.isShared(privateOfTheOther)).isFalse();
        assertThat(check.defectOf(privateOfTheOther, workload.value(2, Workload.stamp(0, 1)), 0))
                .isNull();
        assertThat(check.defectOf(privateOfTheOther, workload.value(2, Workload.stamp(1, 1)), 0))
                .isNotNull();
    }
}
