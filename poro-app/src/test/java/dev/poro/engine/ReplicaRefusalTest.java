package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.poro.engine.tools.Restore;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlags;
import dev.poro.statemachine.SeededStateMachine;
import dev.poro.wal.RestorePoint;
import dev.poro.wal.WriteAheadLog;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import dev.poro.wal.storage.WorkerFactory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.helpers.NOPLogger;

/** What a replica refuses: logs that are not its own, messages that cannot be the next one, and to leave one out. */
@Timeout(60)
class ReplicaRefusalTest {
    private static final long CLUSTER = CommittedLog.INCARNATION;

    @TempDir
    private Path directory;

    private final CommittedLog log = new CommittedLog(SeededStateMachine.of(1 << 20, 1));
    private final SimulatedStorage storage = new SimulatedStorage();
    private WorkerFactory workers;
    /** Whether workers have threads. */
    private boolean hasThreads;

    private Replica replica;
    private boolean adopts;
    private Duration spaceWait = Duration.ZERO;

    @AfterEach
    void release() {
        close();
        storage.release();
        log.close();
    }

    private void close() {
        if (replica != null) {
            try {
                replica.store().closeUnread();
            } catch (PoroException stopped) {
                // That is what some tests are about.
            }
            replica = null;
        }
    }

    private PoroBuilder settings(SyncPolicy policy) {
        PoroBuilder settings = Poro.at(Path.of("simulated"))
                .sync(policy)
                .segmentLength(16 << 10)
                .maxValueLength(2_000)
                .smallMemory(1 << 20)
                .handlers(new SteppedProcessors.Factory(Threading.DEDICATED))
                .logger(NOPLogger.NOP_LOGGER)
                .spaceWait(spaceWait)
                .stateMachines(reserve -> SeededStateMachine.of(reserve, 1))
                .log((ofLog, replay, progress, failStop) ->
                        WriteAheadLog.open(() -> {}, storage, workers, ofLog, replay, progress, failStop));
        return adopts ? settings.adoptIntoCluster() : settings;
    }

    private Replica open(SyncPolicy policy) {
        workers = hasThreads ? WorkerFactory.THREADS : new SteppedWorkers();
        replica = settings(policy).openReplica(new ReplicaCrashTest.NoCluster());
        return replica;
    }

    private Poro openAlone() {
        workers = hasThreads ? WorkerFactory.THREADS : new SteppedWorkers();
        return settings(SyncPolicy.ALWAYS).open();
    }

    private static byte[] set(String key, int valueLength) {
        long address = RawMemory.allocate(4_096);
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        byte[] record = new byte[RecordEncoder.encodeSet(address, bytes, new byte[valueLength])];
        RawMemory.copy(address, record, 0, record.length);
        RawMemory.free(address, 4_096);
        return record;
    }

    /** It expires after an hour: the state has the time of its message in it. */
    private static byte[] expiring(String key) {
        long address = RawMemory.allocate(4_096);
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        int length = RecordEncoder.encodeSet(
                address, RecordFlags.RELATIVE_EXPIRY, Duration.ofHours(1).toMillis(), 0, bytes, new byte[100]);
        byte[] record = new byte[length];
        RawMemory.copy(address, record, 0, record.length);
        RawMemory.free(address, 4_096);
        return record;
    }

    private static byte[] budget() {
        long address = RawMemory.allocate(64);
        byte[] record = new byte[RecordEncoder.encodeMemoryBudget(address, 1 << 20)];
        RawMemory.copy(address, record, 0, record.length);
        RawMemory.free(address, 64);
        return record;
    }

    private boolean commit(long time, long term, long position, byte[] records) {
        return log.append(time, term, position, records).commitTo(replica);
    }

    /** The budget at 0, and the keys a to c at 10, 20 and 30, in term 3. */
    private void fill() {
        replica.begin(CLUSTER);
        commit(100, 3, 0, budget());
        commit(100, 3, 10, set("a", 5));
        commit(101, 3, 20, set("b", 5));
        commit(102, 3, 30, set("c", 5));
        replica.endBatch();
    }

    private void requireStateOf(long position) {
        assertThat(replica.position()).isEqualTo(position);
        assertThat(new CommittedLog.State(replica.sequence(), replica.digest())).isEqualTo(log.at(position));
    }

    private void requireUnchanged(Supplier<?> opening, String... message) {
        Map<String, ByteBuffer> before = storage.contents();
        PoroException refused = assertThatExceptionOfType(PoroException.class)
                .isThrownBy(opening::get)
                .actual();
        assertThat(refused).hasMessageContainingAll(message).hasMessageContaining("Nothing was changed");
        assertThat(storage.contents()).isEqualTo(before);
    }

    @Test
    @Tag("R3")
    void theLogOfAReplicaIsNoStoreOfItsOwn() {
        open(SyncPolicy.ALWAYS);
        fill();
        close();
        requireUnchanged(this::openAlone, "the log of a replica", "poro restore");
        open(SyncPolicy.ALWAYS);
        requireStateOf(30);
        assertThat(replica.incarnation()).isEqualTo(CLUSTER);
        assertThat(replica.lastTimeMillis()).isEqualTo(102);
    }

    @Test
    @Tag("R3")
    void aLogWithEventsIsNoReplicaUnlessItIsAdopted() {
        Poro alone = openAlone();
        alone.set("k", "v");
        long sequence = alone.sequence();
        long digest = alone.digest();
        alone.closeUnread();
        requireUnchanged(() -> open(SyncPolicy.ALWAYS), "not that of a replica", "copies of the same backup");

        adopts = true;
        open(SyncPolicy.ALWAYS);
        assertThat(replica.incarnation()).isEqualTo(Replica.NO_INCARNATION);
        assertThat(replica.sequence()).isEqualTo(sequence);
        assertThat(replica.digest()).isEqualTo(digest);
        replica.begin(CLUSTER);
        new CommittedLog.Message(1, 0, 0, set("adopted", 5)).commitTo(replica);
        replica.endBatch();
        long time = replica.lastTimeMillis();
        assertThat(time).as("the log's time goes on").isGreaterThan(1);
        close();

        adopts = false;
        open(SyncPolicy.ALWAYS);
        assertThat(replica.position()).isZero();
        assertThat(replica.sequence()).isEqualTo(sequence + 1);
        assertThat(replica.lastTimeMillis()).isEqualTo(time);
    }

    @Test
    void anAdoptedLogThatNoMessageCameToIsAdoptedAgain() {
        openAlone().closeUnread();
        adopts = true;
        open(SyncPolicy.ALWAYS);
        close();
        adopts = false;
        open(SyncPolicy.ALWAYS);
        requireUnchanged(() -> begin(CLUSTER), "events that no cluster has ordered");
        close();
        adopts = true;
        open(SyncPolicy.ALWAYS);
        replica.begin(CLUSTER);
    }

    private Object begin(long incarnation) {
        replica.begin(incarnation);
        return null;
    }

    /** Cluster files deleted, and the store kept: its position means nothing in the new cluster's log. */
    @Test
    @Tag("R4")
    void anotherClusterIsRefused() {
        open(SyncPolicy.ALWAYS);
        assertThatIllegalArgumentException().isThrownBy(() -> replica.begin(0));
        fill();
        replica.begin(CLUSTER);
        requireUnchanged(() -> begin(CLUSTER + 1), "belongs to cluster 123456789abcdef0", "A node that is lost");
        close();
        open(SyncPolicy.ALWAYS);
        requireUnchanged(() -> begin(CLUSTER + 1), "belongs to cluster 123456789abcdef0");
        replica.begin(CLUSTER);
        assertThat(commit(103, 3, 40, set("d", 1))).isTrue();
    }

    @Test
    void aMessageBeforeTheIncarnationStopsIt() {
        open(SyncPolicy.ALWAYS);
        requireStopped(() -> commit(1, 0, 0, budget()), "before the incarnation");
    }

    private void requireStopped(Supplier<?> message, String... saying) {
        assertThatExceptionOfType(StoreFailedException.class)
                .isThrownBy(message::get)
                .satisfies(stopped -> assertThat(stopped).hasMessageContainingAll(saying));
        assertThatExceptionOfType(StoreFailedException.class)
                .isThrownBy(() -> commit(1_000, 100, 1_000, set("later", 1)));
    }

    @Test
    @Tag("R4")
    void aPositionThatIsNotHigherStopsIt() {
        open(SyncPolicy.ALWAYS);
        fill();
        requireStopped(() -> commit(102, 3, 30, set("d", 1)), "term 3 at position 30", "term 3 and position 30");
    }

    @Test
    void aTermThatGoesBackStopsIt() {
        open(SyncPolicy.ALWAYS);
        fill();
        requireStopped(() -> commit(102, 2, 40, set("d", 1)), "term 2 at position 40");
    }

    @Test
    @Tag("R4")
    void whatIsThereAlreadyIsPassedOver() {
        open(SyncPolicy.ALWAYS);
        fill();
        close();
        open(SyncPolicy.ALWAYS);
        replica.begin(CLUSTER);
        for (CommittedLog.Message message : log.messages()) {
            assertThat(message.commitTo(replica))
                    .as("position %d", message.position())
                    .isFalse();
        }
        replica.endBatch();
        requireStateOf(30);
        assertThat(commit(103, 4, 40, set("d", 1))).isTrue();
        replica.endBatch();
        requireStateOf(40);
    }

    /** The cluster has lost what this store has, and gone on without it. */
    @ParameterizedTest
    @EnumSource(SyncPolicy.class)
    @Tag("R4")
    void aNewTermBelowTheEndOfTheLogStopsIt(SyncPolicy policy) {
        open(policy);
        fill();
        close();
        open(policy);
        replica.begin(CLUSTER);
        assertThat(log.messages().get(1).commitTo(replica)).isFalse();
        requireStopped(
                () -> commit(101, 4, 15, set("other", 1)),
                "term 4 at position 15",
                "position 30",
                "A node that is lost");
        close();
        open(policy);
        replica.begin(CLUSTER);
        requireStopped(() -> commit(101, 2, 30, set("other", 1)), "term 2 at position 30");
    }

    @Test
    @Tag("R20")
    void aFullDiskIsWaitedFor() throws InterruptedException {
        spaceWait = Duration.ofSeconds(50);
        hasThreads = true;
        open(SyncPolicy.ALWAYS);
        fill();
        storage.capacity(storage.used());
        Thread mender = new Thread(() -> {
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            storage.capacity(Long.MAX_VALUE);
        });
        mender.start();
        for (int i = 0; i < 30; i++) {
            commit(103 + i / 3, 3, 40 + i, concat(set("long-" + i, 1_000), set("longer-" + i, 1_500)));
        }
        replica.endBatch();
        mender.join();
        requireStateOf(69);
        close();
        open(SyncPolicy.ALWAYS);
        requireStateOf(69);
    }

    /** Frames before it in the batch are there; it and what follows come again, as one. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    @Tag("R20")
    void aFrameThatCouldNotBeWrittenIsWrittenAgain(int nth) {
        spaceWait = Duration.ofSeconds(50);
        open(SyncPolicy.ALWAYS);
        fill();
        storage.fail(SimulatedStorage.startingWith("write 0000000001.wal"), nth, SimulatedStorage.NO_SPACE);
        for (int i = 0; i < 12; i++) {
            commit(103 + i / 4, 3, 40 + i, concat(expiring("x" + i), expiring("y" + i)));
        }
        replica.endBatch();
        assertThat(storage.operations())
                .as("what was written is wiped")
                .anyMatch(SimulatedStorage.startingWith("read"));
        requireStateOf(51);
        close();
        open(SyncPolicy.ALWAYS);
        requireStateOf(51);
    }

    private static byte[] concat(byte[] first, byte[] second) {
        return ByteBuffer.allocate(first.length + second.length)
                .put(first)
                .put(second)
                .array();
    }

    /** No message is left out: the log ends with one that is whole, and goes on with the next. */
    @ParameterizedTest
    @EnumSource(SyncPolicy.class)
    @Tag("R20")
    void aDiskThatStaysFullStopsIt(SyncPolicy policy) {
        open(policy);
        fill();
        storage.capacity(storage.used());
        assertThatExceptionOfType(StoreFailedException.class)
                .isThrownBy(() -> {
                    for (int i = 0; i < 30; i++) {
                        commit(103, 3, 40 + i, concat(set("long-" + i, 1_000), set("longer-" + i, 1_500)));
                        replica.endBatch();
                    }
                })
                .withMessageContaining("of the cluster's log")
                .withMessageContaining("No space left on device");
        close();
        storage.capacity(Long.MAX_VALUE);
        open(policy);
        requireStateOf(replica.position());
        assertThat(replica.position()).isGreaterThanOrEqualTo(30);
        replica.begin(CLUSTER);
        log.messages().forEach(message -> message.commitTo(replica));
        replica.endBatch();
        requireStateOf(log.messages().get(log.messages().size() - 1).position());
    }

    @Test
    void aRestoredCopyIsAStoreOfItsOwn() throws IOException {
        Path original = directory.resolve("original");
        Path restored = directory.resolve("restored");
        try (InMemoryCluster cluster = new InMemoryCluster(64 << 10)) {
            InMemoryCluster.Node node = cluster.start(original, settings -> settings);
            node.replica().adoptMemoryBudget();
            node.poro().set("k", "v");
        }
        assertThatExceptionOfType(PoroException.class).isThrownBy(() -> Poro.open(original));
        Restore.run(original, restored, RestorePoint.LATEST, false, Progress.NONE);
        try (Poro poro = Poro.open(restored)) {
            assertThat(poro.get("k")).isEqualTo("v");
            poro.set("k", "alone");
        }
        try (Poro poro = Poro.open(restored)) {
            assertThat(poro.get("k")).isEqualTo("alone");
        }
    }

    @Test
    void aRingWithoutRoomForAMessageIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Poro.at(directory).ringCapacity(256).openReplica(new ReplicaCrashTest.NoCluster()))
                .withMessageContaining("a ring of 256 slots");
        assertThat(directory).isEmptyDirectory();
    }
}
