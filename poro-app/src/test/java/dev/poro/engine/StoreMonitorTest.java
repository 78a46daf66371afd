package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.wal.WriteAheadLog;
import dev.poro.wal.simulated.SimulatedFault;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.storage.WorkerFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.NOPLogger;

/** What an operator must know is logged once, each time that it becomes so; and no logging library harms a store. */
@Timeout(60)
class StoreMonitorTest {
    private static final String SEGMENT = "0000000001.wal";
    private static final StoreMonitor.Opened OPENED = new StoreMonitor.Opened(12, 3, "always", 1 << 20);

    private final RecordingLogger logger = new RecordingLogger();
    private SimulatedStorage storage = new SimulatedStorage();

    private Poro open(Logger operator) {
        return Poro.at(Path.of("simulated"))
                .sync(SyncPolicy.ALWAYS)
                .memory(1 << 20)
                .segmentLength(16 << 10)
                .logger(operator)
                .log((settings, replay, progress, failStop) -> WriteAheadLog.open(
                        () -> {}, storage, WorkerFactory.THREADS, settings, replay, progress, failStop))
                .open();
    }

    /** A store that logs nothing by itself. */
    private Poro open() {
        return open(NOPLogger.NOP_LOGGER);
    }

    private StoreMonitor monitorOf(Poro poro) {
        return poro.newMonitor(logger);
    }

    private static String takeSnapshot(Poro poro) {
        poro.snapshot();
        return poro.log().newestSnapshot().file();
    }

    @Test
    void tellsFromWhereAStoreWasOpened() {
        String snapshot;
        try (Poro poro = open()) {
            monitorOf(poro).logOpening(OPENED);
            poro.set("a", "1");
            poro.set("b", "2");
            snapshot = takeSnapshot(poro);
            poro.set("c", "3");
        }
        try (Poro poro = open()) {
            monitorOf(poro).logOpening(OPENED);
        }

        // The budget, two sets, a set after the snapshot. A mark is no event.
        assertThat(logger.texts())
                .containsExactly(
                        "INFO simulated: opened in 12 ms at sequence 0, keys: 3, snapshot: none, events replayed: 0,"
                                + " sync policy: always, memory budget: 1048576 bytes",
                        "INFO simulated: opened in 12 ms at sequence 4, keys: 3, snapshot: " + snapshot
                                + ", events replayed: 1, sync policy: always, memory budget: 1048576 bytes");
    }

    @Test
    void tellsWhatRecoveryHasCutOff() {
        try (Poro poro = open()) {
            poro.set("key", "value");
            storage = storage.fork();
        }
        byte[] bytes = storage.bytes(SEGMENT);
        int end = endOfFrames(bytes);
        byte[] torn = "torn".getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(torn, 0, bytes, end, torn.length);
        storage.put(SEGMENT, bytes);

        try (Poro poro = open()) {
            monitorOf(poro).logOpening(OPENED);
            assertThat(logger.texts())
                    .hasSize(2)
                    .first()
                    .asString()
                    .isEqualTo("WARN simulated: the log ended in a tail that nothing proves was fsynced ("
                            + poro.opening().tail().file() + " at offset " + end + ": "
                            + poro.opening().tail().cause() + "). Cut off 4 bytes after sequence 2. A copy is kept as"
                            + " *.quarantine; delete it when it is no longer needed.");
        }
    }

    /** Of frames whose last byte is not zero. */
    private static int endOfFrames(byte[] segment) {
        int end = segment.length;
        while (segment[end - 1] == 0) {
            end--;
        }
        return (end + 7) & -8;
    }

    @Test
    void tellsOfADamagedSnapshot() {
        String snapshot;
        try (Poro poro = open()) {
            poro.set("key", "value");
            snapshot = takeSnapshot(poro);
        }
        storage.flipBit(snapshot, 8L * (storage.bytes(snapshot).length - 20));

        try (Poro poro = open()) {
            monitorOf(poro).logOpening(OPENED);
        }
        assertThat(logger.texts())
                .hasSize(2)
                .first()
                .asString()
                .startsWith("WARN simulated: the snapshot ")
                .contains(snapshot + " is damaged at offset ")
                .contains("nothing is lost");
    }

    @Test
    void tellsOnceThatSnapshotsFailAndWhenOneIsWritten() {
        try (Poro poro = open()) {
            StoreMonitor monitor = monitorOf(poro);
            poro.set("key", "value");
            storage.failAlways(operation -> operation.startsWith("create snapshot.tmp"), SimulatedStorage.IO_ERROR);
            for (int i = 0; i < 2; i++) {
                assertThatExceptionOfType(PoroException.class).isThrownBy(poro::snapshot);
                monitor.check();
            }
            storage.heal();
            poro.snapshot();
            monitor.check();
            monitor.check();
        }
        assertThat(logger.texts()).hasSize(2);
        assertThat(logger.texts().get(0))
                .startsWith("WARN simulated: writing a snapshot, or deleting")
                .contains("snapshot.tmp: cannot create: " + SimulatedStorage.IO_ERROR);
        assertThat(logger.texts().get(1))
                .matches("INFO simulated: snapshot 0{18}2\\.snapshot written, keys: 1, [0-9]+ bytes");
    }

    @Test
    void tellsOnceThatTheDiskIsFullAndOnceThatThereIsSpaceAgain() throws InterruptedException {
        int refused = 0;
        try (Poro poro = open()) {
            StoreMonitor monitor = monitorOf(poro);
            storage.capacity(storage.used());
            while (refused < 3) {
                refused += isRefused(poro) ? 1 : 0;
                monitor.check();
            }
            storage.capacity(Long.MAX_VALUE);
            while (isRefused(poro)) {
                refused++;
                Thread.sleep(10);
            }
            monitor.check(); // perhaps some were refused since the last check
            monitor.check();
            monitor.check();
        }
        assertThat(logger.texts()).hasSize(2);
        assertThat(logger.texts().get(0))
                .startsWith("WARN simulated: the log cannot grow: no new segment could be prepared (")
                .contains(SimulatedStorage.NO_SPACE)
                .endsWith("writing resumes by itself.");
        assertThat(logger.texts().get(1))
                .matches("INFO simulated: the log grows again, after [0-9]+ ms\\. Events refused meanwhile: " + refused
                        + "\\.");
    }

    private static boolean isRefused(Poro poro) {
        try {
            poro.set("key", "v".repeat(1_000));
            return false;
        } catch (LogFullException full) {
            return true;
        }
    }

    @Test
    void tellsOnceThatTheStoreHasStoppedAndWhy() {
        Poro poro = open();
        StoreMonitor monitor = monitorOf(poro);
        poro.set("key", "value");
        monitor.check();
        assertThat(logger.take()).isEmpty();
        storage.fail(operation -> operation.startsWith("force " + SEGMENT), 1, SimulatedStorage.IO_ERROR);

        assertThatExceptionOfType(StoreFailedException.class).isThrownBy(() -> poro.set("key", "other"));
        monitor.check();
        monitor.check();

        assertThat(logger.take()).singleElement().satisfies(line -> {
            assertThat(line.level()).isEqualTo(Level.ERROR);
            assertThat(line.text()).startsWith("simulated: the store has stopped at sequence ");
            StopMessages.requireComplete(line.text());
            assertThat(line.cause()).hasMessageContaining(SimulatedStorage.IO_ERROR);
        });
        assertThatExceptionOfType(StoreFailedException.class).isThrownBy(poro::close);
    }

    @ParameterizedTest
    @ValueSource(longs = {1_000, 1_001, 2_345})
    void tellsOfAForceThatTakesMoreThanASecond(long millis) {
        try (Poro poro = open()) {
            StoreMonitor monitor = monitorOf(poro);
            storage.inject(
                    SimulatedFault.stall(operation -> operation.toString().startsWith("force 0"), 1, millis));
            poro.set("key", "value");
            poro.set("key", "other");
            monitor.check();
            monitor.check();
        }
        if (millis == 1_000) {
            assertThat(logger.texts()).isEmpty();
        } else {
            assertThat(logger.texts())
                    .singleElement()
                    .asString()
                    .startsWith(
                            "WARN simulated: a force (fsync) of the log took " + millis + " ms, longer than 1000 ms."
                                    + " Slow forces since the last check: 1. Durable up to sequence 3. ");
        }
    }

    @Test
    void tellsOfAForceThatDoesNotEnd() {
        try (Poro poro = open()) {
            StoreMonitor monitor = monitorOf(poro);
            storage.beforeEach(operation -> {
                if (operation.startsWith("force 0")) {
                    monitor.check();
                    storage.advanceClock(1_500);
                    monitor.check();
                    storage.advanceClock(1_000);
                    monitor.check();
                }
            });
            poro.set("key", "value");
            storage.beforeEach(operation -> {});
            monitor.check();
        }
        assertThat(logger.texts()).hasSize(2);
        assertThat(logger.texts().get(0))
                .startsWith("WARN simulated: a force (fsync) of the log has been running for 1500 ms. Durable up to"
                        + " sequence 1;");
        assertThat(logger.texts().get(1)).startsWith("WARN simulated: a force (fsync) of the log took 2500 ms");
    }

    @Test
    void oneThreadOfItsOwnLogsFromTheOpeningToTheClose() {
        try (Poro poro = open(logger)) {
            poro.set("key", "value");
        }
        assertThat(logger.texts()).hasSize(2);
        assertThat(logger.texts().get(0)).startsWith("INFO simulated: opened in ");
        assertThat(logger.texts().get(1)).isEqualTo("INFO simulated: closed at sequence 2");
        assertThat(logger.take()).extracting(RecordingLogger.Line::thread).containsOnly("poro-monitor");
    }

    @Test
    void whatHappensShortBeforeTheCloseIsToldAllTheSame() {
        Poro poro = open(logger);
        storage.fail(operation -> operation.startsWith("force " + SEGMENT), 1, SimulatedStorage.IO_ERROR);
        assertThatExceptionOfType(StoreFailedException.class).isThrownBy(() -> poro.set("key", "value"));
        assertThatExceptionOfType(StoreFailedException.class).isThrownBy(poro::close);

        assertThat(logger.take())
                .extracting(RecordingLogger.Line::level)
                .containsExactly(Level.INFO, Level.ERROR, Level.INFO);
    }

    @Test
    void anInterruptDoesNotKeepAStoreFromClosing() {
        Poro poro = open(logger);
        Thread.currentThread().interrupt();
        poro.close();

        assertThat(Thread.interrupted()).isTrue();
        assertThat(logger.texts()).hasSize(2);
    }

    @Test
    void aLibraryThatThrowsHarmsNothing() {
        List<Runnable> failures = List.of(
                () -> {
                    throw new IllegalStateException("logging");
                },
                () -> {
                    throw new LinkageError("logging");
                });
        for (Runnable failure : failures) {
            storage = new SimulatedStorage();
            CountDownLatch calls = new CountDownLatch(2);
            try (Poro poro = open(new HostileLogger() {
                @Override
                void called() {
                    calls.countDown();
                    failure.run();
                }
            })) {
                poro.set("key", "value");
                poro.snapshot();
            }
            assertThat(calls.getCount()).isZero();
            assertHolds("value");
        }
    }

    @Test
    void aLibraryThatBlocksHoldsUpNothingButTheCloseAndThatForASecond() {
        CountDownLatch released = new CountDownLatch(1);
        Poro poro = open(new HostileLogger() {
            @Override
            void called() {
                try {
                    released.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        });
        poro.set("key", "value");
        poro.snapshot();
        poro.close();

        assertHolds("value");
        released.countDown();
    }

    @Test
    void aStoreMayBeClosedByTheLibrary() throws InterruptedException {
        Poro[] opened = new Poro[1];
        CountDownLatch isOpen = new CountDownLatch(1);
        CountDownLatch isClosed = new CountDownLatch(1);
        opened[0] = open(new HostileLogger() {
            @Override
            void called() throws InterruptedException {
                isOpen.await();
                opened[0].close();
                isClosed.countDown();
            }
        });
        isOpen.countDown();
        isClosed.await();

        assertThatExceptionOfType(StoreClosedException.class).isThrownBy(() -> opened[0].set("key", "value"));
    }

    private void assertHolds(String value) {
        try (Poro poro = open()) {
            assertThat(poro.get("key")).isEqualTo(value);
        }
    }

    /** Does something else than log. */
    private abstract static class HostileLogger extends RecordingLogger {
        private static final long serialVersionUID = 1L;

        abstract void called() throws InterruptedException;

        @Override
        protected void handleNormalizedLoggingCall(
                Level level, Marker marker, String pattern, Object[] arguments, Throwable cause) {
            try {
                called();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
