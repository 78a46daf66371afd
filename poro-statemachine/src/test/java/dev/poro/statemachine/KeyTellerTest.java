package dev.poro.statemachine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.KeyEventListener;
import dev.poro.events.Outcome;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordFlyweight;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KeyTellerTest {
    private static final int BUFFER_LENGTH = 1024;

    private final StateMachine machine = new StateMachine(0);
    private final Events events = Events.of(machine);
    private final long buffer = RawMemory.allocate(BUFFER_LENGTH);
    private final Listener listener = new Listener();

    /** Has room on the heap for so many events. */
    private static final class Listener implements KeyEventListener {
        private final List<String> told = new ArrayList<>();
        private int room = Integer.MAX_VALUE;

        @Override
        public boolean wants(String name) {
            if (--room < 0) {
                throw new OutOfMemoryError("of the test");
            }
            return true;
        }

        @Override
        public void onKeyEvent(String name, byte[] key) {
            told.add(name + " " + new String(key, StandardCharsets.UTF_8));
        }
    }

    @BeforeEach
    void reserve() {
        events.budget(1 << 20);
    }

    @AfterEach
    void close() {
        RawMemory.free(buffer, BUFFER_LENGTH);
        events.close();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] set(String key, String value) {
        return Records.set(0, 0, 0, bytes(key), bytes(value));
    }

    private Outcome applyAndTell(long time, byte[] record) {
        RawMemory.copy(record, 0, buffer, record.length);
        RecordFlyweight event = new RecordFlyweight().wrap(buffer);
        long hash = machine.hash(event.keyAddress(), event.keyLength());
        return machine.apply(machine.appliedSequence() + 1, time, event, hash, listener, null);
    }

    @Test
    void aHeapWithoutRoomForWhatABatchDoesCostsTheEventsOnly() {
        byte[] batch = Records.batch(0, 0, set("a", "1"), set("b", "2"));
        listener.room = 3;

        assertThat(applyAndTell(1, batch)).isEqualTo(Outcome.ACCEPTED);

        assertThat(listener.told).isEmpty();
        assertThat(machine.get(bytes("a"))).isEqualTo(bytes("1"));
        assertThat(machine.get(bytes("b"))).isEqualTo(bytes("2"));
    }

    @Test
    void aHeapWithoutRoomForWhatExpiresDoesNotKeepItFromExpiring() {
        events.setUntil(bytes("a"), bytes("1"), 10);
        events.setUntil(bytes("b"), bytes("2"), 10);
        listener.room = 1;

        assertThat(applyAndTell(20, Records.expireDue(5))).isEqualTo(Outcome.ACCEPTED);

        assertThat(listener.told).isEmpty();
        assertThat(machine.keys()).isZero();
        listener.room = 2;
        applyAndTell(21, set("a", "3"));
        assertThat(listener.told).containsExactly("new a", "set a");
    }
}
