package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.poro.events.EventType;
import dev.poro.events.Outcome;
import dev.poro.wal.simulated.SimulatedFault;
import dev.poro.wal.simulated.SimulatedStorage;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * R16 to R19: when an event counts, and that a failed force is the end.
 *
 * @see SegmentWriter
 */
@Timeout(60)
class SyncPolicyTest {
    private static final String FORCE_FIRST = "force 0000000001.wal";

    private final SimulatedStorage storage = new SimulatedStorage();

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Tag("R14")
    @Tag("R16")
    void alwaysForcesEveryBatchBeforeItIsAcknowledged(boolean mapped) throws IOException {
        storage.mapsSafely(mapped);
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            storage.clearOperations();
            for (int batch = 1; batch <= 3; batch++) {
                log.publish("a", "1").publish("b", "2").handle();
                storage.note("acknowledged");
                assertThat(log.log().durableSequence()).isEqualTo(2L * batch);
                // What a power cut would leave at the moment of the acknowledgement.
                assertThat(replayed(storage.powerCut(batch))).isEqualTo(log.acknowledged());
            }
            assertThat(storage.operations())
                    .filteredOn(operation -> !operation.startsWith("write"))
                    .containsExactly(
                            FORCE_FIRST, "acknowledged", FORCE_FIRST, "acknowledged", FORCE_FIRST, "acknowledged");
        }
    }

    @Test
    @Tag("R16")
    void alwaysForcesASegmentBeforeTheNextIsTouched() throws IOException {
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            log.publish("a", "v".repeat(12_000));
            log.publish("b", "v".repeat(12_000));
            log.handle();
            assertThat(log.log().durableSequence()).isEqualTo(2);
        }
        List<String> operations = storage.operations();
        int made = operations.indexOf("rename 0000000002.wal.tmp 0000000002.wal");
        assertThat(operations.subList(0, made))
                .as("the zeros are forced, too")
                .containsSubsequence(
                        "create 0000000002.wal.tmp", "force 0000000002.wal.tmp", "force 0000000002.wal.tmp");
        assertThat(operations.get(made + 1)).isEqualTo("forceDirectory");
        assertThat(operations).containsSubsequence(FORCE_FIRST, "close 0000000001.wal", "force 0000000002.wal");
    }

    @Test
    void aBatchWithNothingToWriteForcesNothing() throws IOException {
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            storage.clearOperations();
            log.publishCancelled().handle();
            assertThat(storage.operations()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    @Tag("R18")
    void aFailedForceFailsTheWholeBatchAndEverythingAfterIt(int nth) throws IOException {
        TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS);
        storage.fail(SimulatedStorage.startingWith("force"), nth, SimulatedStorage.IO_ERROR);
        for (int batch = 1; batch < nth; batch++) {
            assertThat(log.append("a", "1")).isEqualTo(Outcome.ACCEPTED);
        }
        log.publish("b", "2").publishCancelled().publish("c", "3");
        assertThat(log.handle()).containsExactly(Outcome.FAILED, Outcome.FAILED, Outcome.FAILED);
        assertThat(log.failStop().cause()).hasMessageContaining(SimulatedStorage.IO_ERROR);
        assertThat(log.acknowledged()).hasSize(nth - 1);

        storage.clearOperations();
        assertThat(log.publish("d", "4").publish("e", "5").handle()).containsOnly(Outcome.FAILED);
        assertThat(log.publishMark(EventType.CLEAN_CLOSE).handle()).containsOnly(Outcome.FAILED);
        log.close();

        assertThat(storage.operations()).noneMatch(SimulatedStorage.startingWith("force", "write"));
    }

    @Test
    @Tag("R18")
    void aFailedWriteOfWhichSomethingIsLeftFailsTheBatch() throws IOException {
        storage.mapsSafely(false);
        TestLog log = TestLog.open(storage, SyncPolicy.OS);
        log.append("a", "1");
        storage.inject(SimulatedFault.shortWrite(
                operation -> operation.toString().startsWith("write"), 1, 30, "Eingabe-/Ausgabefehler"));
        storage.inject(new SimulatedFault(
                operation -> operation.toString().startsWith("write"), 2, 9, SimulatedStorage.IO_ERROR, 0, 0));

        assertThat(log.publish("b", "2").publish("c", "3").handle()).containsOnly(Outcome.FAILED);

        assertThat(log.failStop().cause())
                .hasMessageContaining("in doubt")
                .hasMessageContaining("Eingabe-/Ausgabefehler")
                .hasMessageContaining(SimulatedStorage.IO_ERROR);
        log.abandon();
    }

    @Test
    @Tag("R17")
    void everySecondForcesWithinBoundedTimeThoughNothingIsWrittenAnyMore() throws IOException {
        try (TestLog log = TestLog.open(storage, SyncPolicy.EVERYSEC)) {
            assertThat(log.append("a", "1")).isEqualTo(Outcome.ACCEPTED);
            TestLogs.await(() -> log.log().durableSequence() == 1);
            assertThat(replayed(storage.powerCut(1))).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 3_600_000, -3_600_000})
    @Tag("R17")
    @Tag("R37")
    void everySecondHoldsWritersBackWhileTheFlusherLagsWhateverTheClockSays(long step) throws Exception {
        TestLog log = TestLog.open(storage, SyncPolicy.EVERYSEC);
        CountDownLatch stalled = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        stallForces(stalled, release);
        log.append("a", "1");
        await(stalled);
        storage.advanceClock(1_900);
        assertThat(log.append("b", "within two seconds")).isEqualTo(Outcome.ACCEPTED);

        storage.setClock(step);
        assertThat(log.append("b", "within two seconds")).isEqualTo(Outcome.ACCEPTED);
        storage.advanceClock(200);
        Thread writer = new Thread(() -> log.append("c", "later"));
        writer.start();
        TestLogs.await(() -> writer.getState() == Thread.State.TIMED_WAITING);
        assertThat(log.log().lastSequence()).isEqualTo(3);

        release.countDown();
        writer.join();
        assertThat(log.log().lastSequence()).isEqualTo(4);
        log.close();
    }

    @Test
    @Tag("R18")
    void aWriterThatWaitedForAForceThatFailsIsNotAcknowledged() throws Exception {
        TestLog log = TestLog.open(storage, SyncPolicy.EVERYSEC);
        CountDownLatch stalled = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        stallForces(stalled, release);
        storage.failAlways(SimulatedStorage.startingWith("force"), SimulatedStorage.IO_ERROR);
        log.append("a", "1");
        await(stalled);
        storage.advanceClock(2_100);
        AtomicReference<Outcome> outcome = new AtomicReference<>();
        Thread writer = new Thread(() -> outcome.set(log.append("b", "2")));
        writer.start();
        TestLogs.await(() -> writer.getState() == Thread.State.TIMED_WAITING);

        release.countDown();
        writer.join();

        assertThat(outcome.get()).isEqualTo(Outcome.FAILED);
        assertThat(log.failStop().cause()).hasMessageContaining(SimulatedStorage.IO_ERROR);
        storage.heal();
        assertThat(log.append("c", "3")).isEqualTo(Outcome.FAILED);
        assertThat(storage.operations().stream().filter(FORCE_FIRST::equals)).hasSize(1);
        assertThatIOException().isThrownBy(log::close).withMessageContaining(SimulatedStorage.IO_ERROR);
    }

    @Test
    @Tag("R17")
    void osForcesOnlySegmentsThatAreFull() throws IOException {
        try (TestLog log = TestLog.open(storage, SyncPolicy.OS)) {
            storage.clearOperations();
            log.appendMany(10, 1_000);
            assertThat(storage.operations()).doesNotContain(FORCE_FIRST);
            log.appendMany(10, 1_000);
            TestLogs.await(() -> storage.operations().contains("close 0000000001.wal"));
            assertThat(storage.operations()).contains(FORCE_FIRST).doesNotContain("force 0000000002.wal");
            assertThat(log.log().durableSequence()).isBetween(10L, 19L);
        }
    }

    @ParameterizedTest
    @EnumSource(SyncPolicy.class)
    @Tag("R17")
    void closingForcesEverythingUnderEveryPolicy(SyncPolicy policy) throws IOException {
        TestLog log = TestLog.open(storage, policy);
        log.appendMany(40, 1_000);
        log.close();
        for (long seed = 0; seed < 20; seed++) {
            assertThat(replayed(storage.powerCut(seed))).as("seed %d", seed).isEqualTo(log.acknowledged());
        }
        assertNothingIsLeftOpen();
    }

    @ParameterizedTest
    @EnumSource(SyncPolicy.class)
    @Tag("R8")
    void theMarkOfACleanCloseIsWrittenOnlyWhenAllBeforeItIsForced(SyncPolicy policy) throws IOException {
        TestLog log = TestLog.open(storage, policy);
        log.appendMany(40, 1_000);
        assertThat(log.publishMark(EventType.CLEAN_CLOSE).handle()).containsExactly(Outcome.ACCEPTED);
        assertThat(log.log().durableSequence()).isGreaterThanOrEqualTo(40);
        assertThat(replayed(storage.powerCut(1))).hasSizeGreaterThanOrEqualTo(40);
        log.close();
    }

    @ParameterizedTest
    @EnumSource(
            value = SyncPolicy.class,
            names = {"EVERYSEC", "OS"})
    @Tag("R18")
    void aForceOfAnEarlierSegmentThatFailsWhileClosingIsReportedAndNotTriedAgain(SyncPolicy policy) throws Exception {
        TestLog log = TestLog.open(storage, policy);
        CountDownLatch stalled = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        stallForces(stalled, release);
        log.appendMany(20, 1_000);
        await(stalled);
        storage.failAlways(FORCE_FIRST::equals, SimulatedStorage.IO_ERROR);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread closing = new Thread(() -> failure.set(catchThrowable(log::close)));
        closing.start();
        TestLogs.await(() -> closing.getState() == Thread.State.WAITING);
        release.countDown();
        closing.join();

        assertThat(failure.get()).isInstanceOf(IOException.class).hasMessageContaining(SimulatedStorage.IO_ERROR);
        assertThat(log.failStop().isTripped()).isTrue();
        assertThat(storage.operations().stream().filter(FORCE_FIRST::equals)).hasSize(1);
        assertThat(storage.operations()).doesNotContain("force 0000000002.wal");
        assertNothingIsLeftOpen();
    }

    @Test
    @Tag("R18")
    void aFailedLastForceIsReported() throws IOException {
        TestLog log = TestLog.open(storage, SyncPolicy.OS);
        log.append("a", "1");
        storage.failAlways(SimulatedStorage.startingWith("force"), SimulatedStorage.IO_ERROR);
        assertThatIOException().isThrownBy(log::close).withMessageContaining(SimulatedStorage.IO_ERROR);
        assertNothingIsLeftOpen();
    }

    private void stallForces(CountDownLatch stalled, CountDownLatch release) {
        storage.beforeEach(operation -> {
            if (operation.equals(FORCE_FIRST)) {
                stalled.countDown();
                await(release);
            }
        });
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Event> replayed(SimulatedStorage storage) throws IOException {
        try (TestLog log = TestLog.open(storage, SyncPolicy.OS)) {
            return log.replayed();
        }
    }

    private void assertNothingIsLeftOpen() {
        assertThat(storage.openFiles()).isEmpty();
    }
}
