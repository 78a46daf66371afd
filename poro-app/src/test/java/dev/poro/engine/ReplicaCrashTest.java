package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.RawMemory;
import dev.poro.events.RecordEncoder;
import dev.poro.events.TestScale;
import dev.poro.statemachine.RandomRecords;
import dev.poro.statemachine.SeededStateMachine;
import dev.poro.wal.WriteAheadLog;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.helpers.NOPLogger;

/**
 * A replica that dies at any operation of a simulated disk, with the power or without, and is fed again: whatever its
 * log says of its position, it has exactly the state of that position, and in the end that of the whole log of the
 * cluster. Messages are cut into batches at random, some are without records, times stand still and go back.
 *
 * <p>{@code -Dporo.test.seed=N} runs one history alone.
 */
class ReplicaCrashTest {
    private static final long SEED = Long.getLong("poro.test.seed", 0);
    private static final int MESSAGES = 80;
    private static final byte[][] KEYS = {{}, {'a'}, {'b', 'b'}, {'c', 'c', 'c'}, new byte[40]};

    /** What a run should meet, so that it shows something. */
    private enum Met {
        DEATHS,
        POWER_CUTS,
        CLEAN_CLOSES,
        SNAPSHOTS,
        LOST_MESSAGES,
        MESSAGES_PASSED_OVER,
        OPENED_AT_A_SNAPSHOT,
        TIMES_THAT_GO_BACK
    }

    private final Map<Met, Integer> met = new EnumMap<>(Met.class);
    private Random random;
    private SyncPolicy policy;
    private Threading threading;
    private boolean mapsSafely;
    private CommittedLog cluster;
    private SimulatedStorage storage;
    private SteppedWorkers workers;
    private WriteAheadLog wal;
    private Replica replica;

    /** Of the next message. */
    private int next;
    /** Of the last message that was in a batch which has ended. */
    private int ended;
    /** Of the last message that was there at the last opening. */
    private int resumedAt;

    @Test
    @Tag("R16")
    @Tag("R17")
    @Tag("R25")
    void aReplicaGoesOnWhereItsLogEnds() {
        int histories = SEED > 0 ? 1 : TestScale.choose(12, 20_000);
        for (int done = 1; done <= histories; done++) {
            long seed = SEED > 0 ? SEED : done;
            try {
                run(seed);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
        TestScale.report("replicas and crashes", "%,d histories without a failure; %s", histories, met);
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
        cluster = newCluster();
        next = 0;
        ended = -1;
        resumedAt = -1;
        open();
        try {
            for (int step = 0; step < 3 * MESSAGES; step++) {
                take();
            }
            storage.crashAt(Long.MAX_VALUE);
            while (next < MESSAGES) {
                feed();
            }
            endBatch();
            requireStateOf(cluster.messages().get(MESSAGES - 1).position());
        } finally {
            kill();
            storage.release();
            cluster.close();
        }
    }

    private CommittedLog newCluster() {
        CommittedLog log = new CommittedLog(SeededStateMachine.of(1 << 20, 1));
        RandomRecords records = new RandomRecords(random, KEYS, 300, true);
        long time = 1_000_000;
        long term = 0;
        long position = random.nextInt(3);
        for (int i = 0; i < MESSAGES; i++) {
            time += random.nextInt(4) == 0 ? random.nextInt(60) - 20 : 0;
            term += random.nextInt(20) == 0 ? 1 : 0;
            if (time < log.time()) {
                meet(Met.TIMES_THAT_GO_BACK);
            }
            log.append(time, term, position, i == 0 ? budget() : message(log, records, time));
            position += 1 + random.nextInt(100);
        }
        return log;
    }

    private static byte[] budget() {
        long address = RawMemory.allocate(64);
        byte[] record = new byte[RecordEncoder.encodeMemoryBudget(address, 1 << 20)];
        RawMemory.copy(address, record, 0, record.length);
        RawMemory.free(address, 64);
        return record;
    }

    private byte[] message(CommittedLog log, RandomRecords records, long time) {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        for (int count = random.nextInt(5); count > 0; count--) {
            message.writeBytes(records.next(log.sequence(), Math.max(time, log.time())));
        }
        return message.toByteArray();
    }

    private void take() {
        try {
            switch (random.nextInt(40)) {
                case 0 -> die();
                case 1 -> closeAndReopen();
                case 2 -> storage.crashAt(random.nextInt(12));
                case 3, 4 -> workers.step(random.nextInt(workers.count()));
                case 5 -> snapshot();
                case 6, 7, 8, 9, 10 -> endBatch();
                default -> feed();
            }
        } catch (PoroException | SimulatedStorage.Crash e) {
            requireDead(e);
        }
        if (storage.hasCrashed()) {
            die();
        }
    }

    private void feed() {
        if (next == MESSAGES) {
            return;
        }
        CommittedLog.Message message = cluster.messages().get(next);
        boolean isThere = message.position() <= wal.clusterPosition().position();
        assertThat(message.commitTo(replica)).isEqualTo(!isThere);
        if (isThere) {
            meet(Met.MESSAGES_PASSED_OVER);
        }
        next++;
    }

    private void endBatch() {
        replica.endBatch();
        ended = Math.max(ended, next - 1);
    }

    private void snapshot() {
        replica.store().snapshot();
        meet(Met.SNAPSHOTS);
    }

    private void requireDead(Throwable failure) {
        if (!storage.hasCrashed()) {
            throw new AssertionError("failed: " + failure.getMessage(), failure);
        }
    }

    private void open() {
        workers = new SteppedWorkers();
        SimulatedStorage disk = storage;
        replica = Poro.at(Path.of("simulated"))
                .sync(policy)
                .segmentLength(16 << 10)
                .maxValueLength(2_000)
                .ringCapacity(1 << 9)
                .smallMemory(1 << 20)
                .eventsPerMark(20)
                .handlers(new SteppedProcessors.Factory(threading))
                .logger(NOPLogger.NOP_LOGGER)
                .stateMachines(reserve -> SeededStateMachine.of(reserve, 1))
                .log((settings, replay, progress, failStop) -> {
                    wal = WriteAheadLog.open(() -> {}, disk, workers, settings, replay, progress, failStop);
                    return wal;
                })
                .openReplica(new NoCluster());
        replica.begin(CommittedLog.INCARNATION);
        if (wal.recovery().snapshot() != null) {
            meet(Met.OPENED_AT_A_SNAPSHOT);
        }
    }

    private void closeAndReopen() {
        int all = lastWithRecords(Math.max(resumedAt, next - 1));
        replica.store().closeUnread();
        if (storage.hasCrashed()) {
            return;
        }
        meet(Met.CLEAN_CLOSES);
        storage.restart();
        open();
        resume(all);
    }

    private void kill() {
        storage.crashAt(0);
        try {
            replica.store().closeUnread();
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
        resume(hasPower || policy == SyncPolicy.ALWAYS ? lastWithRecords(ended) : -1);
    }

    /** Messages without records leave no trace. */
    private int lastWithRecords(int index) {
        int last = index;
        while (last >= 0 && cluster.messages().get(last).records().length == 0) {
            last--;
        }
        return last;
    }

    /** The state is that of the position, which is not before what was promised. Then it goes on from before that. */
    private void resume(int promised) {
        requireStateOf(replica.position());
        int at = cluster.indexOf(replica.position());
        assertThat(at).isGreaterThanOrEqualTo(promised).isLessThan(Math.max(next, resumedAt + 1));
        if (at < lastWithRecords(ended)) {
            meet(Met.LOST_MESSAGES);
        }
        if (at >= 0) {
            CommittedLog.Message last = cluster.messages().get(at);
            assertThat(replica.term()).isEqualTo(last.term());
            assertThat(last.records()).isNotEmpty();
        }
        next = at < 0 ? 0 : random.nextInt(at + 2);
        resumedAt = at;
        ended = at;
    }

    private void requireStateOf(long position) {
        assertThat(new CommittedLog.State(replica.sequence(), replica.digest())).isEqualTo(stateOf(position));
    }

    private CommittedLog.State stateOf(long position) {
        return cluster.at(position);
    }

    /** Takes no messages. */
    static final class NoCluster implements Replicator {
        @Override
        public int maxMessageLength() {
            return 1 << 20;
        }

        @Override
        public void send(long number, long address, int length) {
            throw new NotCommittedException("no cluster", false, null);
        }

        @Override
        public boolean isLeader() {
            return false;
        }

        @Override
        public long timeMillis() {
            return 0;
        }
    }
}
