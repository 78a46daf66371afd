package dev.poro.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.poro.statemachine.SeededStateMachine;
import dev.poro.wal.LockedOpening;
import dev.poro.wal.WriteAheadLog;
import dev.poro.wal.simulated.SimulatedOperation;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a pipeline costs on a disk under {@link SyncPolicy#ALWAYS}, and what it says when the disk fails. */
@Tag("R16")
class PipelineForceTest {
    private static final byte[] KEY = "key".getBytes(UTF_8);

    private final SimulatedStorage storage = new SimulatedStorage();
    private int forces;

    @AfterEach
    void release() {
        storage.release();
    }

    private SteppedStore open(Threading threading, int ringCapacity) {
        return SteppedStore.open(
                Poro.at(Path.of("simulated"))
                        .sync(SyncPolicy.ALWAYS)
                        .segmentLength(64 << 10)
                        .ringCapacity(ringCapacity),
                threading,
                1 << 20,
                Long.MAX_VALUE,
                storage::elapsedMillis,
                reserve -> SeededStateMachine.of(reserve, 1),
                (settings, visitor, progress, failStop) -> {
                    LockedOpening opening = lock -> WriteAheadLog.open(
                            lock, storage, new SteppedWorkers(), settings, visitor, progress, failStop);
                    return opening.open(() -> {});
                });
    }

    private void countForces() {
        forces = 0;
        storage.observe(operation -> {
            if (operation.kind() == SimulatedOperation.Kind.FORCE) {
                forces++;
            }
        });
    }

    @ParameterizedTest
    @EnumSource(Threading.class)
    void aRunOfSetsAndGetsIsForcedOnce(Threading threading) {
        try (SteppedStore store = open(threading, 64)) {
            Pipeline pipeline = store.poro().pipeline();
            countForces();
            for (int i = 0; i < 16; i++) {
                pipeline.set(KEY, new byte[i]);
                pipeline.get(KEY);
            }

            pipeline.execute();

            assertThat(forces).isEqualTo(1);
            assertThat(store.poro().durableSequence()).isEqualTo(store.poro().sequence());
            assertThat(pipeline.valueLength(31)).isEqualTo(15);
        }
    }

    @ParameterizedTest
    @EnumSource(Threading.class)
    void readsAloneForceNothingAndReachNoRing(Threading threading) {
        try (SteppedStore store = open(threading, 64)) {
            store.poro().set(KEY, KEY);
            long published = store.poro().ring().claimed();
            countForces();
            Pipeline pipeline = store.poro().pipeline();
            for (int i = 0; i < 100; i++) {
                pipeline.get(KEY);
            }

            pipeline.execute();

            assertThat(forces).isZero();
            assertThat(store.poro().ring().claimed()).isEqualTo(published);
            assertThat(pipeline.value(99)).isEqualTo(KEY);
        }
    }

    @Test
    void whatIsLongerThanTheRingIsForcedOncePerPart() {
        try (SteppedStore store = open(Threading.CALLER, 8)) {
            countForces();
            Pipeline pipeline = store.poro().pipeline();
            for (int i = 0; i < 20; i++) {
                pipeline.set(KEY, KEY);
            }

            pipeline.execute();

            assertThat(forces).isEqualTo(3);
        }
    }

    /** The read has seen the set, which is not durable: it is not answered. */
    @ParameterizedTest
    @EnumSource(Threading.class)
    void aReadIsNotAnsweredBeforeWhatItSawIsDurable(Threading threading) {
        SteppedStore store = open(threading, 8);
        store.poro().set(KEY, "old".getBytes(UTF_8));
        Pipeline pipeline = store.poro().pipeline();
        for (int i = 0; i < 8; i++) {
            pipeline.set(KEY, "first".getBytes(UTF_8));
        }
        int set = pipeline.set(KEY, "new".getBytes(UTF_8));
        int read = pipeline.get(KEY);
        for (int i = 0; i < 10; i++) {
            pipeline.add(KEY, 1);
        }
        storage.fail(operation -> operation.contains("force"), 2, "Input/output error");

        assertThatThrownBy(pipeline::execute).isInstanceOf(StoreFailedException.class);

        assertThat(pipeline.outcome(7)).isEqualTo(PipelineOutcome.REPLACED);
        assertThat(pipeline.outcome(set)).isEqualTo(PipelineOutcome.UNKNOWN);
        assertThat(pipeline.outcome(read)).isEqualTo(PipelineOutcome.UNKNOWN);
        assertThatThrownBy(() -> pipeline.value(read)).isInstanceOf(StoreFailedException.class);
        assertThat(pipeline.outcome(15)).isEqualTo(PipelineOutcome.UNKNOWN);
        assertThat(pipeline.outcome(16)).isEqualTo(PipelineOutcome.NOT_DONE);
        assertThat(store.poro().get(KEY)).isEqualTo("first".getBytes(UTF_8));
        pipeline.reset();
        pipeline.get(KEY);
        pipeline.execute();
        assertThat(pipeline.value(0)).isEqualTo("first".getBytes(UTF_8));
        assertThatThrownBy(store::close).isInstanceOf(StoreFailedException.class);
    }

    @Test
    void keysThatHaveExpiredMakeRoomForARun() {
        try (SteppedStore store = open(Threading.CALLER, 64)) {
            Poro poro = store.poro();
            int count = 0;
            while (poro.memory().used() < (1 << 20) - 60_000) {
                poro.set(("old" + count++).getBytes(UTF_8), new byte[10_000], Duration.ofMillis(1));
            }
            storage.advanceClock(100);
            Pipeline pipeline = poro.pipeline();
            for (int i = 0; i < count; i++) {
                pipeline.set(("new" + i).getBytes(UTF_8), new byte[10_000]);
            }

            pipeline.execute();

            assertThat(count).isGreaterThan(50);
            for (int i = 0; i < count; i++) {
                assertThat(pipeline.outcome(i)).isEqualTo(PipelineOutcome.CREATED);
            }
        }
    }

    /** The segment that comes next has no room on the disk. */
    @Test
    void aFullDiskIsToldAndTheOtherResultsHold() {
        try (SteppedStore store = open(Threading.CALLER, 64)) {
            storage.capacity(storage.used());
            Pipeline pipeline = store.poro().pipeline();
            for (int i = 0; i < 20; i++) {
                pipeline.set(KEY, new byte[10_000 + i]);
            }
            int read = pipeline.contains(KEY);

            assertThatThrownBy(pipeline::execute).isInstanceOf(LogFullException.class);

            int stored = 0;
            while (pipeline.outcome(stored) != PipelineOutcome.LOG_FULL) {
                stored++;
            }
            assertThat(stored).isBetween(1, 19);
            assertThat(pipeline.valueLength(read)).isEqualTo(10_000 + stored - 1);
            assertThat(store.poro().get(KEY)).hasSize(10_000 + stored - 1);
            storage.capacity(Long.MAX_VALUE);
        }
    }
}
