package dev.poro.statemachine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** @see AbsenceWatch */
class AbsenceWatchesTest {
    private static final byte[] KEY = "key".getBytes(UTF_8);
    private static final byte[] OTHER = "other".getBytes(UTF_8);
    private static final byte[] VALUE = {1};

    private final StateMachine machine = new StateMachine(1 << 20);
    private final Events events = Events.of(machine);

    @BeforeEach
    void giveMemory() {
        events.budget(1 << 20);
    }

    @AfterEach
    void close() {
        events.close();
        machine.close();
    }

    @Test
    void noticesThatAKeyCameAndWent() {
        AbsenceWatch watch = machine.watchAbsence(KEY);
        AbsenceWatch another = machine.watchAbsence(KEY);
        AbsenceWatch ofOther = machine.watchAbsence(OTHER);

        events.set(KEY, VALUE);
        events.delete(KEY);

        assertThat(watch.isCreated()).isTrue();
        assertThat(another.isCreated()).isTrue();
        assertThat(ofOther.isCreated()).isFalse();
    }

    @Test
    void noticesNothingBeforeItBeganNorWhatDoesNotCreateTheKey() {
        events.set(KEY, VALUE);
        events.delete(KEY);
        AbsenceWatch watch = machine.watchAbsence(KEY);

        events.delete(KEY);
        events.setUntil(KEY, VALUE, events.time());
        events.set(OTHER, VALUE);

        assertThat(watch.isCreated()).isFalse();
    }

    @Test
    void noticesAKeyInThePlaceOfOneThatHasExpired() {
        events.setUntil(KEY, VALUE, events.time() + 10);
        events.time(events.time() + 10);
        AbsenceWatch watch = machine.watchAbsence(KEY);

        events.set(KEY, VALUE);

        assertThat(watch.isCreated()).isTrue();
    }

    @Test
    void noticesAnyOfManyKeys() {
        List<AbsenceWatch> watches = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            watches.add(machine.watchAbsence(("key" + i).getBytes(UTF_8)));
        }
        for (int i = 0; i < 1_000; i += 2) {
            events.set(("key" + i).getBytes(UTF_8), VALUE);
        }
        for (int i = 0; i < 1_000; i++) {
            assertThat(watches.get(i).isCreated()).as("key" + i).isEqualTo(i % 2 == 0);
        }
    }

    @Test
    void keepsNoWatchThatNobodyRefersTo() throws InterruptedException {
        WeakReference<AbsenceWatch> forgotten = new WeakReference<>(machine.watchAbsence(KEY));
        for (int i = 0; i < 100 && forgotten.get() != null; i++) {
            System.gc();
            Thread.sleep(1);
        }
        assertThat(forgotten.get()).isNull();
        AbsenceWatch watch = machine.watchAbsence(KEY);

        events.set(KEY, VALUE);

        assertThat(watch.isCreated()).isTrue();
    }

    @Test
    void stampsChangeWithTheKeyAndOnlyThen() {
        long absent = machine.stamp(KEY);
        assertThat(machine.stamp(KEY)).isEqualTo(absent).isNotNegative();

        events.set(KEY, VALUE);
        long present = machine.stamp(KEY);
        events.delete(KEY);

        assertThat(List.of(absent, present, machine.stamp(KEY))).doesNotHaveDuplicates();
    }
}
