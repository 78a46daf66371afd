package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.TestScale;
import dev.poro.statemachine.SeededStateMachine;
import dev.poro.wal.WriteAheadLog;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Clients whose store dies under them, at any operation of a simulated disk, with the power or without. A client that
 * has no reply sends the same change with the same token again, to the store of the next opening. Each change adds 1 to
 * the number of its client, which therefore is the number of its last change: none is done twice, and none that was
 * promised is missing.
 *
 * <p>{@code -Dporo.test.seed=N} runs one history alone.
 */
class TokenCrashTest {
    private static final long SEED = Long.getLong("poro.test.seed", 0);
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

    private final Map<Met, Integer> met = new EnumMap<>(Met.class);
    private Random random;
    private SyncPolicy policy;
    private Threading threading;
    private boolean mapsSafely;
    private SimulatedStorage storage;
    private SteppedWorkers workers;
    private SteppedStore store;

    /** Of the last change of each client that was acknowledged. */
    private final long[] acknowledged = new long[CLIENTS];

    /** Whether the next change of a client was sent, and has no reply. */
    private final boolean[] waits = new boolean[CLIENTS];

    @Test
    @Tag("R16")
    @Tag("R17")
    void aClientThatSendsAgainWhatHasNoReplyHasEachChangeDoneOnce() {
        int histories = SEED > 0 ? 1 : TestScale.choose(12, 20_000);
        for (int done = 1; done <= histories; done++) {
            long seed = SEED > 0 ? SEED : done;
            try {
                run(seed);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
        TestScale.report("tokens and crashes", "%,d histories without a failure; %s", histories, met);
        if (SEED == 0) {
            assertThat(met.keySet()).containsExactly(Met.values());
        }
    }

    private void meet(Met what) {
        met.merge(what, 1, Integer::sum);
    }

    private void run(long seed) {
        random = new Random(seed);
        policy = List.of(SyncPolicy.values()).get(random.nextInt(SyncPolicy.values().length));
        threading = random.nextBoolean() ? Threading.CALLER : Threading.DEDICATED;
        mapsSafely = random.nextBoolean();
        storage = new SimulatedStorage(seed);
        storage.mapsSafely(mapsSafely);
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
            kill();
            storage.release();
        }
    }

    private void take() {
        switch (random.nextInt(30)) {
            case 0 -> die();
            case 1 -> closeAndReopen();
            case 2, 3 -> storage.crashAt(random.nextInt(12));
            case 4, 5 -> workers.step(random.nextInt(workers.count()));
            case 6 -> snapshot();
            default -> change(random.nextInt(CLIENTS));
        }
        if (storage.hasCrashed()) {
            die();
        }
    }

    private void open() {
        workers = new SteppedWorkers();
        SimulatedStorage disk = storage;
        store = SteppedStore.open(
                Poro.at(Path.of("simulated"))
                        .sync(policy)
                        .segmentLength(64 << 10)
                        .maxValueLength(2_000)
                        .ringCapacity(64),
                threading,
                1 << 20,
                20,
                disk::elapsedMillis,
                reserve -> SeededStateMachine.of(reserve, 1),
                (settings, replay, progress, failStop) ->
                        WriteAheadLog.open(() -> {}, disk, workers, settings, replay, progress, failStop));
    }

    private void snapshot() {
        try {
            store.poro().snapshot();
            meet(Met.SNAPSHOTS);
        } catch (PoroException | SimulatedStorage.Crash e) {
            requireDead(e);
        }
    }

    private void requireDead(Throwable failure) {
        if (!storage.hasCrashed()) {
            throw new AssertionError("failed: " + failure.getMessage(), failure);
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
            requireDead(e);
            return;
        }
        if (storage.hasCrashed() || random.nextInt(8) == 0) {
            return; // the reply does not come to the client
        }
        waits[client] = false;
        acknowledged[client] = number;
        if (isRetry) {
            meet(wasDone ? Met.RETRIES_OF_WHAT_WAS_DONE : Met.RETRIES_OF_WHAT_WAS_NOT_DONE);
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
            requireDead(e);
        }
        if (storage.hasCrashed()) {
            die();
            return;
        }
        meet(Met.CLEAN_CLOSES);
        storage.restart();
        open();
        requireChanges(true);
    }

    private void kill() {
        storage.crashAt(0);
        try {
            store.close();
        } catch (PoroException | SimulatedStorage.Crash dead) {
            // Even closing a file is too much for a dead process.
        }
        storage.restart();
    }

    private void die() {
        meet(Met.DEATHS);
        kill();
        boolean hasPower = random.nextBoolean();
        if (!hasPower) {
            meet(Met.POWER_CUTS);
            SimulatedStorage after = storage.powerCut(random.nextLong());
            storage.release();
            storage = after;
            storage.mapsSafely(mapsSafely);
        }
        open();
        storage.crashAt(Long.MAX_VALUE);
        requireChanges(hasPower || policy == SyncPolicy.ALWAYS);
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
                meet(Met.LOST_CHANGES);
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
