package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.TestScale;
import dev.poro.statemachine.SeededStateMachine;
import dev.poro.wal.simulated.SimulatedStorage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Clients whose store dies under them, at any operation of a simulated disk, with the power or without. A client that
 * has no reply sends the same change with the same token again, to the store of the next opening. Each change adds 1 to
 * the number of its client, which therefore is the number of its last change: none is done twice, and none that was
 * promised is missing.
 */
class TokenCrashTest {
    private static final int STEPS = 200;
    private static final int CLIENTS = 3;

    /** What a run should meet, so that it shows something. */
    private enum Met {
        DEATHS,
        POWER_CUTS,
        RETRIES_OF_WHAT_WAS_DONE,
        RETRIES_OF_WHAT_WAS_NOT_DONE,
        LOST_CHANGES,
        SNAPSHOTS,
        CLEAN_CLOSES
    }

    private final Histories<Met> histories = new Histories<>("tokens and crashes", Met.class);
    private MortalMachine machine;
    private Random random;
    private SteppedStore store;

    /** Of the last change of each client that was acknowledged. */
    private final long[] acknowledged = new long[CLIENTS];

    /** Whether the next change of a client was sent, and has no reply. */
    private final boolean[] waits = new boolean[CLIENTS];

    @Test
    @Tag("R16")
    @Tag("R17")
    void aClientThatSendsAgainWhatHasNoReplyHasEachChangeDoneOnce() {
        histories.run(TestScale.choose(12, 20_000), Duration.ofMinutes(20), this::run);
    }

    private void run(long seed) {
        machine = new MortalMachine(seed);
        random = machine.random();
        for (int client = 0; client < CLIENTS; client++) {
            acknowledged[client] = 0;
            waits[client] = false;
        }
        open();
        try {
            for (int step = 0; step < STEPS; step++) {
                take();
            }
        } finally {
            machine.kill(store::close);
            machine.release();
        }
    }

    private void take() {
        switch (random.nextInt(30)) {
            case 0 -> die();
            case 1 -> closeAndReopen();
            case 2, 3 -> machine.dieWithin(12);
            case 4, 5 -> machine.work();
            case 6 -> snapshot();
            default -> change(random.nextInt(CLIENTS));
        }
        if (machine.disk().hasCrashed()) {
            die();
        }
    }

    private void open() {
        store = SteppedStore.open(
                Poro.at(Path.of("simulated"))
                        .sync(machine.policy())
                        .segmentLength(64 << 10)
                        .maxValueLength(2_000)
                        .ringCapacity(64),
                machine.threading(),
                1 << 20,
                20,
                machine.disk()::elapsedMillis,
                reserve -> SeededStateMachine.of(reserve, 1),
                machine::openLog);
    }

    private void snapshot() {
        try {
            store.poro().snapshot();
            histories.meet(Met.SNAPSHOTS);
        } catch (PoroException | SimulatedStorage.Crash e) {
            machine.requireDead(e);
        }
    }

    /** Sends the next change of a client, or again the one that has no reply. */
    private void change(int client) {
        long number = acknowledged[client] + 1;
        boolean isRetry = waits[client];
        boolean wasDone = isRetry && value(client) == number;
        waits[client] = true;
        try {
            assertThat(add(client, number)).isEqualTo(number);
        } catch (PoroException | SimulatedStorage.Crash e) {
            machine.requireDead(e);
            return;
        }
        if (machine.disk().hasCrashed() || random.nextInt(8) == 0) {
            return; // the reply does not come to the client
        }
        waits[client] = false;
        acknowledged[client] = number;
        if (isRetry) {
            histories.meet(wasDone ? Met.RETRIES_OF_WHAT_WAS_DONE : Met.RETRIES_OF_WHAT_WAS_NOT_DONE);
        }
        assertThat(value(client)).isEqualTo(number);
    }

    private long add(int client, long number) {
        TokenChanges change = store.poro().withToken(client, number);
        byte[] key = key(client);
        if (number % 3 == 0) {
            assertThat(change.batch().add(key, 1).commit().committed()).isTrue();
            return number;
        }
        return change.add(key, 1);
    }

    private static byte[] key(int client) {
        return ("client-" + client).getBytes(StandardCharsets.UTF_8);
    }

    private long value(int client) {
        byte[] value = store.poro().get(key(client));
        return value == null ? 0 : Long.parseLong(new String(value, StandardCharsets.US_ASCII));
    }

    private void closeAndReopen() {
        try {
            store.close();
        } catch (PoroException | SimulatedStorage.Crash e) {
            machine.requireDead(e);
        }
        if (machine.disk().hasCrashed()) {
            die();
            return;
        }
        histories.meet(Met.CLEAN_CLOSES);
        machine.disk().restart();
        open();
        requireChanges(true);
    }

    private void die() {
        histories.meet(Met.DEATHS);
        machine.kill(store::close);
        boolean hasPower = random.nextBoolean();
        if (!hasPower) {
            histories.meet(Met.POWER_CUTS);
            machine.cutPower();
        }
        open();
        machine.disk().crashAt(Long.MAX_VALUE);
        requireChanges(hasPower || machine.policy() == SyncPolicy.ALWAYS);
    }

    /** What was promised is there, and at most the change without a reply besides. */
    private void requireChanges(boolean mustHaveAll) {
        for (int client = 0; client < CLIENTS; client++) {
            long value = value(client);
            assertThat(value).isLessThanOrEqualTo(acknowledged[client] + (waits[client] ? 1 : 0));
            if (mustHaveAll) {
                assertThat(value).isGreaterThanOrEqualTo(acknowledged[client]);
            }
            if (value < acknowledged[client]) {
                histories.meet(Met.LOST_CHANGES);
                requireTold(client, value);
            }
        }
    }

    /** A client whose promised changes are lost is told so, and goes on from there. */
    private void requireTold(int client, long value) {
        try {
            store.poro().withToken(client, acknowledged[client] + 1).add(key(client), 1);
            throw new AssertionError("the next change was done");
        } catch (TokenRejectedException e) {
            assertThat(e.lastNumber()).isEqualTo(value);
            acknowledged[client] = value;
            waits[client] = false;
        }
    }
}
