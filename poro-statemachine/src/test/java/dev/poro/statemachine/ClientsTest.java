package dev.poro.statemachine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.poro.events.EventType;
import dev.poro.events.KeyEventListener;
import dev.poro.events.Outcome;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordFlags;
import dev.poro.events.RecordFlyweight;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The table of clients: whom it remembers, at its limit; its digest and its order are part of the format. */
class ClientsTest {
    private static final byte[] KEY = {'k'};
    private static final int BUDGET = 1 << 20;

    @Test
    void itsDigestNeverChanges() {
        Clients clients = new Clients();
        clients.growthBy(5);
        clients.done(5, 6, 42, Outcome.REPLACED, -7);
        assertThat(clients.digest()).isEqualTo(0x7c934807e7d0be28L);
        clients.done(5, 7, 43, Outcome.DELETED, 41);
        assertThat(clients.digest()).isEqualTo(0xc3d427697685e675L);
        clients.clear();
        assertThat(clients.digest()).isZero();
    }

    /** Among clients that come and go, it finds those that a map of a limited size has. */
    @ParameterizedTest(name = "at most {0}")
    @ValueSource(ints = {1, 2, 100, Clients.MOST})
    void remembersTheLatest(int most) {
        Random random = new Random(most);
        Clients clients = new Clients(most);
        Map<Long, Long> latest = new LinkedHashMap<>();
        for (long sequence = 1; sequence < 3L * most + 1_000; sequence++) {
            long client = random.nextInt(2 * most + 1) * 0x10001L;
            long number = latest.getOrDefault(client, 0L) + 1;
            assertThat(clients.answer(client, number)).isNull();
            boolean isNew = latest.remove(client) == null;
            assertThat(clients.growthBy(client)).isEqualTo(isNew && latest.size() < most ? Clients.CHARGE : 0);
            if (isNew && latest.size() == most) {
                latest.remove(latest.keySet().iterator().next());
            }
            latest.put(client, number);
            clients.done(client, number, sequence, Outcome.CREATED, sequence);
            assertThat(clients.count()).isEqualTo(latest.size());
            assertThat(clients.answer(client, number)).isEqualTo(Outcome.CREATED);
            assertThat(clients.answerNumber()).isEqualTo(sequence);
        }
        for (long client = 0; client < 2L * most + 1; client++) {
            Long number = latest.get(client * 0x10001L);
            assertThat(clients.answer(client * 0x10001L, Long.MAX_VALUE)).isEqualTo(Outcome.OUT_OF_TURN);
            assertThat(clients.answerNumber()).isEqualTo(number == null ? 0 : number);
        }
        requireCopied(clients, List.copyOf(latest.keySet()), most);
    }

    private static void requireCopied(Clients clients, List<Long> inOrder, int most) {
        long length = (long) clients.count() * Clients.COPY_LENGTH;
        ByteBuffer memory = clients.copies();
        long copies = RawMemory.addressOf(memory);
        Clients restored = new Clients(most);
        try {
            RecordFlyweight record = new RecordFlyweight();
            List<Long> found = new ArrayList<>();
            for (long at = copies; at < copies + length; at += Clients.COPY_LENGTH) {
                restored.restore(RawMemory.readLong(at), record.wrap(at + Long.BYTES));
                found.add(record.tokenClient());
            }
            assertThat(found).isEqualTo(inOrder);
            assertThat(restored.digest()).isEqualTo(clients.digest());
            assertThatThrownBy(() -> restored.restore(Long.MAX_VALUE, record))
                    .isInstanceOf(StateMachineException.class);
        } finally {
            RawMemory.release(memory);
            restored.clear();
            clients.clear();
        }
    }

    /** Who is forgotten is the same whether the state comes from all events, or from a snapshot and the rest. */
    @Test
    @Tag("R25")
    void aSnapshotForgetsTheSameClientsAsAReplay() {
        try (StateMachine original = new StateMachine(0);
                StateMachine restored = new StateMachine(0);
                Events events = Events.of(original)) {
            events.budget(BUDGET);
            int clients = Clients.MOST - 10;
            for (int client = 0; client < clients; client++) {
                add(events, client, 1);
            }
            for (int client = 0; client < 100; client += 2) {
                add(events, client, 2);
            }
            CollectedSnapshot snapshot = new CollectedSnapshot(original, () -> true);
            original.beginSnapshot(snapshot);
            for (int step = 0; original.stepSnapshot(snapshot); step++) {
                add(events, clients + step, 1);
            }
            snapshot.requireExact("among new clients");
            snapshot.restoreInto(restored);
            Events further = new Events(
                    StateMachineUnderTest.real(restored), snapshot.summary().sequence() + 1);
            while (further.sequence() < events.sequence()) {
                add(further, clients + further.sequence() - snapshot.summary().sequence(), 1);
            }
            for (int client = 0; client < 300; client++) {
                assertThat(add(further, client, 3)).isEqualTo(add(events, client, 3));
                assertThat(further.number()).isEqualTo(events.number());
                add(further, 100_000 + client, 1);
                add(events, 100_000 + client, 1);
            }
            assertThat(restored.clients()).isEqualTo(original.clients()).isEqualTo(Clients.MOST);
            assertThat(restored.digest()).isEqualTo(original.digest());
        }
    }

    private static Outcome add(Events events, long client, long number) {
        return events.apply(Records.withToken(Records.add(0, 0, KEY, 1), client, number));
    }

    /** Readers want entries only; the figures are those of the whole state all the same. */
    @Test
    void aSinkThatWantsNoClientsGetsNone() {
        try (StateMachine machine = new StateMachine(0);
                Events events = Events.of(machine)) {
            events.budget(BUDGET);
            add(events, 1, 1);
            CollectedSnapshot snapshot = new CollectedSnapshot(machine, () -> true).withoutClients();
            machine.beginSnapshot(snapshot);
            while (machine.stepSnapshot(snapshot)) {
                // goes on
            }
            assertThat(snapshot.length()).isEqualTo(8 + 8 + 2);
            assertThat(snapshot.digest())
                    .isEqualTo(machine.digest())
                    .isEqualTo(snapshot.summary().digest());
        }
    }

    /** A change that is not done again is not told again. */
    @Test
    void listenersLearnOfAChangeOnce() {
        List<String> told = new ArrayList<>();
        KeyEventListener listener = new KeyEventListener() {
            @Override
            public boolean wants(String name) {
                return true;
            }

            @Override
            public void onKeyEvent(String name, byte[] key) {
                told.add(name);
            }
        };
        byte[] inThePast = Records.withToken(Records.set(RecordFlags.ABSOLUTE_EXPIRY, 5, 0, KEY, KEY), 7, 1);
        byte[] batch = Records.withToken(Records.batch(0, 0, Records.set(0, 0, 0, KEY, KEY)), 7, 2);
        byte[] add = Records.withToken(Records.add(0, 0, new byte[] {'n'}, 1), 7, 3);
        try (StateMachine machine = new StateMachine(0);
                Events events = Events.of(machine)) {
            events.budget(BUDGET);
            for (byte[] record : List.of(inThePast, inThePast, batch, batch, add, add, batch)) {
                apply(machine, record, listener);
            }
        }
        assertThat(told).containsExactly("new", "set", "expire", "expired", "given", "new", "incrby");
    }

    private static void apply(StateMachine machine, byte[] bytes, KeyEventListener listener) {
        long address = RawMemory.allocate(bytes.length);
        try {
            RawMemory.copy(bytes, 0, address, bytes.length);
            RecordFlyweight record = new RecordFlyweight().wrap(address);
            boolean isBatch = record.type() == EventType.BATCH;
            machine.apply(
                    machine.appliedSequence() + 1,
                    1_000,
                    record,
                    machine.hash(record.keyAddress(), record.keyLength()),
                    listener,
                    isBatch ? to -> to.onKeyEvent("given", KEY) : null);
        } finally {
            RawMemory.free(address, bytes.length);
        }
    }
}
