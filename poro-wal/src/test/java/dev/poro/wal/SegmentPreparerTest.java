package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.FailStop;
import dev.poro.wal.simulated.SimulatedFault;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import dev.poro.wal.storage.WorkerFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * R15, R20: the next segment is whole before it has its name, and ready before it is needed.
 *
 * @see DurableNames
 * @see SegmentFactory
 */
@Tag("R15")
@Tag("R20")
@Timeout(30)
class SegmentPreparerTest {
    private static final String NAME = "0000000005.wal";

    private final SimulatedStorage storage = new SimulatedStorage();
    private final FailStop failStop = new FailStop();

    @Test
    void aSegmentIsMadeWhenItIsAskedForAndNotBefore() throws IOException {
        try (SegmentPreparer preparer = newPreparer(SyncPolicy.OS)) {
            assertThat(storage.operations()).isEmpty();
            preparer.request();
            preparer.request();
            TestLogs.await(() -> storage.operations().contains("map " + NAME + " 16384"));
            try (SegmentWriter segment = preparer.take()) {
                assertThat(segment.header().number).isEqualTo(5);
                assertThat(segment.isStarted()).isFalse();
            }
            try (SegmentWriter next = preparer.take()) {
                assertThat(next.header().number).isEqualTo(6);
                assertThat(next.header().salt).isNotZero();
            }
        }
        assertThat(storage.openFiles()).isEmpty();
    }

    @Test
    void aSegmentIsVisibleOnlyOnceItIsFilledForcedAndNamed() throws IOException {
        try (SegmentPreparer preparer = newPreparer(SyncPolicy.ALWAYS)) {
            preparer.take().close();
        }
        assertThat(storage.operations())
                .containsExactly(
                        "create " + NAME + ".tmp",
                        "write " + NAME + ".tmp 0+128",
                        "force " + NAME + ".tmp",
                        "write " + NAME + ".tmp 128+16256",
                        "force " + NAME + ".tmp",
                        "close " + NAME + ".tmp",
                        "rename " + NAME + ".tmp " + NAME,
                        "forceDirectory",
                        "open " + NAME,
                        "close " + NAME);
    }

    @ParameterizedTest
    @EnumSource(SyncPolicy.class)
    void aSegmentIsMappedUnlessEachFrameIsForced(SyncPolicy policy) throws IOException {
        try (SegmentPreparer preparer = newPreparer(policy)) {
            preparer.take().close();
        }
        assertThat(storage.operations().contains("map " + NAME + " 16384")).isEqualTo(policy != SyncPolicy.ALWAYS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"EVERYSEC", "OS"})
    @Tag("R13")
    void theZerosAreForcedUnderAlwaysOnly(SyncPolicy policy) throws IOException {
        try (SegmentPreparer preparer = newPreparer(policy)) {
            preparer.take().close();
        }
        assertThat(storage.operations().stream().filter(SimulatedStorage.startingWith("force " + NAME)))
                .hasSize(1);
        // The identity is there whatever a power cut does, so that no crash looks like damage.
        for (long seed = 0; seed < 30; seed++) {
            assertThat(TestLogs.examine(storage.powerCut(seed)).description())
                    .as("seed %d", seed)
                    .contains("the first segment is 5");
        }
    }

    @Test
    void aFullDiskIsAnAnswerAndIsTriedAgain() throws IOException {
        storage.capacity(1_000);
        try (SegmentPreparer preparer = newPreparer(SyncPolicy.ALWAYS)) {
            assertThat(preparer.take()).isNull();
            assertThat(preparer.problem()).hasMessageEndingWith(SimulatedStorage.NO_SPACE);
            assertThat(preparer.take()).as("without waiting for the next try").isNull();
            assertThat(storage.names()).isEmpty();

            storage.capacity(Long.MAX_VALUE);
            TestLogs.await(() -> preparer.problem() == null);
            try (SegmentWriter segment = preparer.take()) {
                assertThat(segment.header().number).isEqualTo(5);
            }
        }
        assertThat(failStop.isTripped()).isFalse();
    }

    @Test
    void eachFailureDoublesThePauseUpToALimitAndASuccessEndsThat() throws IOException {
        SteppedWorkers workers = new SteppedWorkers();
        try (SegmentPreparer preparer = newPreparer(SyncPolicy.ALWAYS, workers)) {
            assertThat(pausesWhileFull(preparer, workers))
                    .containsExactly(200L, 400L, 800L, 1600L, 3200L, 5000L, 5000L);

            storage.capacity(Long.MAX_VALUE);
            workers.step(0);
            assertThat(workers.pauseOf(0)).isEqualTo(WorkerFactory.Task.UNTIL_WOKEN);
            preparer.take().close();

            assertThat(pausesWhileFull(preparer, workers)).startsWith(200L, 400L);
        }
    }

    private List<Long> pausesWhileFull(SegmentPreparer preparer, SteppedWorkers workers) {
        storage.capacity(1_000);
        preparer.request();
        List<Long> pauses = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            workers.step(0);
            pauses.add(TimeUnit.NANOSECONDS.toMillis(workers.pauseOf(0)));
        }
        return pauses;
    }

    /** Whatever it is and in whatever words: nothing rests on a segment that is not there yet. */
    @ParameterizedTest
    @CsvSource({
        "create, Too many open files",
        "create, Zu viele offene Dateien",
        "write, Auf dem Gerät ist kein Speicherplatz" + " mehr verfügbar",
        "write, Disk quota exceeded",
        "write, Datei zu groß",
        "force 0, Input/output error",
        "rename, Input/output error",
        "rename, ''",
        "forceDirectory, Input/output error",
        "forceDirectory, ''",
        "'open ', Zu viele offene Dateien",
        "map, Map failed"
    })
    @Tag("R31")
    void anyFailureAtAnyStepIsAnAnswerAndIsTriedAgain(String operation, String message) throws IOException {
        storage.losesNames(true);
        storage.fail(SimulatedStorage.startingWith(operation), 1, message);
        try (SegmentPreparer preparer = newPreparer(SyncPolicy.OS)) {
            assertThat(preparer.take()).isNull();
            assertThat(preparer.problem()).hasMessageEndingWith(message);
            assertThat(storage.names()).isEmpty();
            TestLogs.await(() -> preparer.problem() == null);
            try (SegmentWriter segment = preparer.take()) {
                assertThat(segment.header().number).isEqualTo(5);
            }
        }
        assertThat(failStop.isTripped()).isFalse();
        assertThat(storage.openFiles()).isEmpty();
        for (long seed = 0; seed < 20; seed++) {
            assertThat(storage.powerCut(seed).names()).as("seed %d", seed).containsExactly(NAME);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"create", "write", "force 0", "rename", "forceDirectory", "open", "map", "close"})
    @Tag("R32")
    void anErrorAtAnyStepIsAnAnswerAndIsTriedAgain(String operation) throws IOException {
        AtomicInteger met = new AtomicInteger();
        storage.beforeEach(text -> {
            if (text.startsWith(operation) && met.incrementAndGet() == 1) {
                throw new OutOfMemoryError("Java heap space");
            }
        });
        try (SegmentPreparer preparer = newPreparer(SyncPolicy.OS)) {
            assertThat(preparer.take()).isNull();
            assertThat(preparer.problem()).isInstanceOf(OutOfMemoryError.class);
            TestLogs.await(() -> preparer.problem() == null);
            preparer.take().close();
        }
        assertThat(failStop.isTripped()).isFalse();
        assertThat(storage.names()).containsExactly(NAME);
        assertThat(storage.openFiles()).isEmpty();
    }

    /** Of somebody who shares the directory after all: what this one did not make, it does not delete. */
    @Test
    @Tag("R31")
    void aFileThatHasTheNameAlreadyStaysAndIsTheReason() throws IOException {
        byte[] others = "others".getBytes(StandardCharsets.UTF_8);
        storage.put(NAME, others);
        try (SegmentPreparer preparer = newPreparer(SyncPolicy.OS)) {
            assertThat(preparer.take()).isNull();
            assertThat(preparer.problem()).hasMessageContaining(NAME);
        }
        assertThat(failStop.isTripped()).isFalse();
        assertThat(storage.bytes(NAME)).isEqualTo(others);
        assertThat(storage.names()).containsExactly(NAME);
    }

    /** What could not even be deleted is deleted by the next try. */
    @ParameterizedTest
    @ValueSource(strings = {"write", "forceDirectory"})
    @Tag("R31")
    void whatAFailureCouldNotCleanUpIsInNobodysWay(String operation) throws IOException {
        storage.fail(SimulatedStorage.startingWith(operation), 1, SimulatedStorage.IO_ERROR);
        storage.inject(new SimulatedFault(
                text -> text.toString().startsWith("delete"), 1, 2, SimulatedStorage.IO_ERROR, 0, 0));
        try (SegmentPreparer preparer = newPreparer(SyncPolicy.ALWAYS)) {
            assertThat(preparer.take()).isNull();
            TestLogs.await(() -> preparer.problem() == null);
            preparer.take().close();
        }
        assertThat(storage.names()).containsExactly(NAME);
    }

    @Test
    @Tag("R19")
    void anInterruptNeitherEndsTheWaitNorGetsLost() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        storage.beforeEach(operation -> {
            if (operation.startsWith("rename")) {
                begun.countDown();
                awaitUninterruptibly(release);
            }
        });
        try (SegmentPreparer preparer = newPreparer(SyncPolicy.ALWAYS)) {
            AtomicBoolean tookWhileInterrupted = new AtomicBoolean();
            Thread taker = new Thread(() -> {
                try (SegmentWriter segment = preparer.take()) {
                    tookWhileInterrupted.set(
                            segment != null && Thread.currentThread().isInterrupted());
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            taker.start();
            begun.await();
            taker.interrupt();
            TestLogs.await(() -> taker.getState() == Thread.State.TIMED_WAITING);
            release.countDown();
            taker.join();
            assertThat(tookWhileInterrupted).isTrue();
        }
    }

    @Test
    void closingDeletesASegmentThatWasNotTaken() throws IOException {
        SegmentPreparer preparer = newPreparer(SyncPolicy.OS);
        preparer.request();
        TestLogs.await(() -> storage.operations().contains("map " + NAME + " 16384"));
        preparer.close();
        preparer.close();
        assertThat(storage.names()).isEmpty();
        assertThat(storage.operations()).endsWith("delete " + NAME, "forceDirectory");
        assertThat(storage.openFiles()).isEmpty();
        assertThat(preparer.take()).isNull();
    }

    /** A store dirties all of a large page, so it must be full before the force that comes once a second. */
    @Test
    void onlyAFastWriterGetsLargePagesIfItIsForcedOnceASecond() throws IOException {
        assertThat(writesFor(SyncPolicy.EVERYSEC, true)).isLessThan(5);
        assertThat(writesFor(SyncPolicy.EVERYSEC, false)).isGreaterThan(15);
        assertThat(writesFor(SyncPolicy.OS, false)).isLessThan(5);
        assertThat(writesFor(SyncPolicy.ALWAYS, true)).isGreaterThan(15);
    }

    private static long writesFor(SyncPolicy policy, boolean isForFastWriter) throws IOException {
        SimulatedStorage fresh = new SimulatedStorage();
        LogSettings settings = new LogSettings(policy, RecoveryMode.TAIL, 4 << 20);
        SegmentFactory factory = new SegmentFactory(fresh, new DurableNames(fresh), settings, 99);
        factory.create(5, isForFastWriter).close();
        return fresh.operations().stream()
                .filter(operation -> operation.startsWith("write "))
                .count();
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private SegmentPreparer newPreparer(SyncPolicy policy) throws IOException {
        return newPreparer(policy, WorkerFactory.THREADS);
    }

    private SegmentPreparer newPreparer(SyncPolicy policy, WorkerFactory workers) throws IOException {
        return new SegmentPreparer(
                new SegmentFactory(storage, new DurableNames(storage), TestLog.settings(policy), 99),
                5,
                workers,
                failStop);
    }
}
