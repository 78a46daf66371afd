package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.RawMemory;
import dev.poro.events.RecordEncoder;
import dev.poro.events.TestScale;
import dev.poro.statemachine.RandomRecords;
import dev.poro.statemachine.SeededStateMachine;
import dev.poro.wal.WriteAheadLog;
import dev.poro.wal.simulated.SimulatedStorage;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.helpers.NOPLogger;

/**
 * A replica that dies at any operation of a simulated disk, with the power or without, and is fed again: whatever its
 * log says of its position, it has exactly the state of that position, and in the end that of the whole log of the
 * cluster. Messages are cut into batches at random, some are without records, times stand still and go back.
 */
class ReplicaCrashTest {
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

    private final Histories<Met> histories = new Histories<>("replicas and crashes", Met.class);
    private MortalMachine machine;
    private Random random;
    private CommittedLog cluster;
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
        histories.run(TestScale.choose(12, 20_000), Duration.ofMinutes(20), this::run);
    }

    private void run(long seed) {
        machine = new MortalMachine(seed);
        random = machine.random();
        cluster = newCluster();
        next = 0;
        ended = -1;
        resumedAt = -1;
        open();
        try {
            for (int step = 0; step < 3 * MESSAGES; step++) {
                take();
            }
            machine.disk().crashAt(Long.MAX_VALUE);
            while (next < MESSAGES) {
                feed();
            }
            endBatch();
            requireStateOf(cluster.messages().get(MESSAGES - 1).position());
        } finally {
            machine.kill(this::close);
            machine.release();
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
                histories.meet(Met.TIMES_THAT_GO_BACK);
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
                case 2 -> machine.dieWithin(12);
                case 3, 4 -> machine.work();
                case 5 -> snapshot();
                case 6, 7, 8, 9, 10 -> endBatch();
                default -> feed();
            }
        } catch (PoroException | SimulatedStorage.Crash e) {
            machine.requireDead(e);
        }
        if (machine.disk().hasCrashed()) {
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
            histories.meet(Met.MESSAGES_PASSED_OVER);
        }
        next++;
    }

    private void endBatch() {
        replica.endBatch();
        ended = Math.max(ended, next - 1);
    }

    private void snapshot() {
        replica.store().snapshot();
        histories.meet(Met.SNAPSHOTS);
    }

    private void open() {
        replica = Poro.at(Path.of("simulated"))
                .sync(machine.policy())
                .segmentLength(16 << 10)
                .maxValueLength(2_000)
                .ringCapacity(1 << 9)
                .smallMemory(1 << 20)
                .eventsPerMark(20)
                .handlers(new SteppedProcessors.Factory(machine.threading()))
                .logger(NOPLogger.NOP_LOGGER)
                .stateMachines(reserve -> SeededStateMachine.of(reserve, 1))
                .log((settings, replay, progress, failStop) -> {
                    wal = machine.openLog(settings, replay, progress, failStop);
                    return wal;
                })
                .openReplica(new NoCluster());
        replica.begin(CommittedLog.INCARNATION);
        if (wal.recovery().snapshot() != null) {
            histories.meet(Met.OPENED_AT_A_SNAPSHOT);
        }
    }

    private void closeAndReopen() {
        int all = lastWithRecords(Math.max(resumedAt, next - 1));
        close();
        if (machine.disk().hasCrashed()) {
            return;
        }
        histories.meet(Met.CLEAN_CLOSES);
        machine.disk().restart();
        open();
        resume(all);
    }

    private void close() {
        replica.store().closeUnread();
    }

    private void die() {
        histories.meet(Met.DEATHS);
        machine.kill(this::close);
        boolean hasPower = random.nextBoolean();
        if (!hasPower) {
            histories.meet(Met.POWER_CUTS);
            machine.cutPower();
        }
        open();
        machine.disk().crashAt(Long.MAX_VALUE);
        resume(hasPower || machine.policy() == SyncPolicy.ALWAYS ? lastWithRecords(ended) : -1);
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
            histories.meet(Met.LOST_MESSAGES);
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
