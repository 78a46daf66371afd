package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.poro.events.EventType;
import dev.poro.events.Outcome;
import dev.poro.wal.simulated.SimulatedFault;
import dev.poro.wal.simulated.SimulatedStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** R20: a full disk refuses events, and nothing else; once there is space, writing goes on by itself. */
@Tag("R20")
@Timeout(60)
class DiskFullTest {
    private static final String FULL_VALUE = "v".repeat(1_000);
    private static final String FIRST = "0000000001.wal";

    private final SimulatedStorage storage = new SimulatedStorage();

    @ParameterizedTest
    @EnumSource(SyncPolicy.class)
    void eventsAreRefusedUntilThereIsSpaceAndTheLogStaysWhole(SyncPolicy policy) throws IOException {
        storage.capacity(TestLog.SEGMENT_LENGTH + 4_000);
        List<Event> written;
        try (TestLog log = TestLog.open(storage, policy)) {
            fill(log);
            assertThat(log.append("refused", FULL_VALUE)).isEqualTo(Outcome.LOG_FULL);
            assertThat(log.log().whyFull()).contains(SimulatedStorage.NO_SPACE);
            assertThat(log.failStop().isTripped()).isFalse();
            assertThat(storage.names()).containsExactly(FIRST);
            assertThat(TestLogs.examine(storage).verdict()).isEqualTo(RecoveryReport.Verdict.SOUND);

            storage.capacity(Long.MAX_VALUE);
            TestLogs.await(() -> log.append("resumed", FULL_VALUE) == Outcome.ACCEPTED);
            assertThat(log.log().whyFull()).isNull();
            written = log.acknowledged();
        }
        try (TestLog log = TestLog.open(storage, TestLog.strict(policy))) {
            assertThat(log.replayed()).isEqualTo(written);
            assertThat(log.replayed()).noneMatch(event -> event.key().equals(Event.bytes("refused")));
        }
    }

    @Test
    void inOneBatchWhatStillFitsIsTakenAndWhatDoesNotIsRefused() throws IOException {
        storage.capacity(TestLog.SEGMENT_LENGTH);
        List<Event> written;
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            log.publish("a", "v".repeat(12_000))
                    .publish("b", "v".repeat(12_000))
                    .publish("c", "small");
            log.publish("d", "v".repeat(12_000)).publish("e", "small");
            assertThat(log.handle())
                    .containsExactly(
                            Outcome.ACCEPTED, Outcome.LOG_FULL, Outcome.ACCEPTED, Outcome.LOG_FULL, Outcome.ACCEPTED);
            assertThat(log.acknowledged()).extracting(Event::sequence).containsExactly(1L, 2L, 3L);
            written = log.acknowledged();
        }
        try (TestLog log = TestLog.open(storage, TestLog.strict(SyncPolicy.ALWAYS))) {
            assertThat(log.replayed()).isEqualTo(written);
        }
    }

    @ParameterizedTest
    @EnumSource(SyncPolicy.class)
    void theMarkOfACleanCloseFitsIntoAFullLog(SyncPolicy policy) throws IOException {
        storage.capacity(TestLog.SEGMENT_LENGTH);
        try (TestLog log = TestLog.open(storage, policy)) {
            fill(log);
            while (log.append("", "") == Outcome.ACCEPTED) {
                // Down to the last byte that is not kept for the mark.
            }
            assertThat(log.closeCleanly()).isEqualTo(Outcome.ACCEPTED);
        }
        TestLog again = TestLog.open(storage, TestLog.strict(policy));
        assertThat(again.recovery().closedCleanly()).isTrue();
        assertThat(again.append("", "")).isEqualTo(Outcome.LOG_FULL);
        // The place for the mark is taken by the first one, and there is nothing behind it that a second could close.
        assertThat(again.closeCleanly()).isEqualTo(Outcome.LOG_FULL);
        try (TestLog log = TestLog.open(storage, TestLog.strict(policy))) {
            assertThat(log.recovery().closedCleanly()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 64, 127, 128, 129, 4_096, 10_000, (16 << 10) - 1})
    void openingANewLogOnAFullDiskIsAnErrorAndLeavesNothing(int free) {
        storage.capacity(free);
        assertThatIOException()
                .isThrownBy(() -> TestLog.open(storage, SyncPolicy.ALWAYS))
                .withMessageContaining(SimulatedStorage.NO_SPACE);
        assertThat(storage.names()).isEmpty();
        assertThat(storage.openFiles()).isEmpty();
    }

    @Test
    void openingAnExistingLogNeedsNoSpace() throws IOException {
        List<Event> written;
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            written = log.appendMany(12, 1_000).acknowledged();
        }
        storage.capacity(0);
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            assertThat(log.replayed()).isEqualTo(written);
            assertThat(log.append("k", "v")).isEqualTo(Outcome.ACCEPTED);
        }
    }

    @Test
    @Tag("R9")
    void aTailThatCannotBeKeptIsNotCut() throws IOException {
        TestLog.open(storage, SyncPolicy.ALWAYS).appendMany(5, 1_000).close();
        byte[] torn = storage.bytes(FIRST);
        torn[TestLogs.endOf(storage, FIRST) + 20] = 1;
        storage.put(FIRST, torn);
        Map<String, ByteBuffer> before = storage.contents();
        storage.capacity(storage.used());

        assertThatIOException()
                .isThrownBy(() -> TestLog.open(storage, SyncPolicy.ALWAYS))
                .withMessageContaining(SimulatedStorage.NO_SPACE);

        assertThat(storage.bytes(FIRST)).isEqualTo(torn);
        assertThat(storage.openFiles()).isEmpty();
        storage.capacity(Long.MAX_VALUE);
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            assertThat(log.replayed()).hasSize(5);
        }
        assertThat(storage.names())
                .contains(StoreFile.NAME)
                .hasSize(before.size() + 2)
                .noneMatch(name -> name.endsWith(".tmp"));
    }

    @Test
    void everyCapacityOfTheDiskIsSurvived() throws IOException {
        for (int capacity = TestLog.SEGMENT_LENGTH; capacity < 4 * TestLog.SEGMENT_LENGTH; capacity += 1_024) {
            SimulatedStorage small = new SimulatedStorage();
            small.capacity(capacity);
            List<Event> written = new ArrayList<>();
            try (TestLog log = TestLog.open(small, SyncPolicy.OS)) {
                for (int i = 0; i < 70; i++) {
                    assertThat(log.append("key-" + i, FULL_VALUE)).isIn(Outcome.ACCEPTED, Outcome.LOG_FULL);
                }
                assertThat(log.closeCleanly()).isEqualTo(Outcome.ACCEPTED);
                written.addAll(log.acknowledged());
            }
            try (TestLog log = TestLog.open(small, TestLog.strict(SyncPolicy.OS))) {
                assertThat(log.replayed()).as("capacity %d", capacity).isEqualTo(written);
                assertThat(log.recovery().segments()).hasSizeBetween(capacity / TestLog.SEGMENT_LENGTH, 4);
            }
        }
    }

    /** On a file system that is not mapped, or under ALWAYS. In no language, so that nothing can rest on the text. */
    @ParameterizedTest
    @CsvSource({"ALWAYS, 0", "ALWAYS, 30", "ALWAYS, 900", "EVERYSEC, 0", "EVERYSEC, 900", "OS, 0", "OS, 64"})
    @Tag("R31")
    void aFrameThatCannotBeWrittenIsRefusedAndLeavesNoTrace(SyncPolicy policy, int bytesWritten) throws IOException {
        storage.mapsSafely(false);
        List<Event> written;
        try (TestLog log = TestLog.open(storage, policy)) {
            log.append("before", FULL_VALUE);
            storage.inject(SimulatedFault.shortWrite(
                    operation -> operation.toString().startsWith("write " + FIRST), 1, bytesWritten, ""));

            assertThat(log.publish("a", FULL_VALUE)
                            .publishCancelled()
                            .publish("b", "2")
                            .handle())
                    .containsExactly(Outcome.LOG_FULL, Outcome.FAILED, Outcome.LOG_FULL);

            assertThat(log.log().whyFull()).contains(FIRST);
            assertThat(log.failStop().isTripped()).isFalse();
            for (long seed = 0; bytesWritten > 0 && seed < 20; seed++) {
                assertThat(replayed(storage.powerCut(seed))).as("seed %d", seed).isEqualTo(log.acknowledged());
            }
            assertThat(log.append("after", FULL_VALUE)).isEqualTo(Outcome.ACCEPTED);
            assertThat(log.log().whyFull()).isNull();
            assertThat(log.closeCleanly()).isEqualTo(Outcome.ACCEPTED);
            written = log.acknowledged();
            assertThat(written).extracting(Event::sequence).containsExactly(1L, 2L);
        }
        try (TestLog log = TestLog.open(storage, TestLog.strict(policy))) {
            assertThat(log.replayed()).isEqualTo(written);
        }
    }

    /** A mark after events of the same batch: their frame is written, that of the mark is not. */
    @ParameterizedTest
    @EnumSource(SyncPolicy.class)
    @Tag("R31")
    void aMarkThatCannotBeWrittenIsRefusedAndLeavesNoTrace(SyncPolicy policy) throws IOException {
        storage.mapsSafely(false);
        try (TestLog log = TestLog.open(storage, policy)) {
            log.append("before", "1");
            storage.inject(SimulatedFault.shortWrite(
                    operation -> operation.toString().startsWith("write " + FIRST), 2, 50, ""));

            assertThat(log.publish("a", "2")
                            .publishMark(EventType.DIGEST_MARK)
                            .publish("b", "3")
                            .handle())
                    .containsExactly(Outcome.ACCEPTED, Outcome.LOG_FULL, Outcome.ACCEPTED);

            assertThat(log.marks()).isEmpty();
            assertThat(log.acknowledged()).extracting(Event::sequence).containsExactly(1L, 2L, 3L);
            assertThat(log.closeCleanly()).isEqualTo(Outcome.ACCEPTED);
        }
        try (TestLog log = TestLog.open(storage, TestLog.strict(policy))) {
            assertThat(log.replayed()).hasSize(3);
            assertThat(log.state().marks()).extracting(Event::type).containsExactly(EventType.CLEAN_CLOSE);
        }
    }

    /** The events of a frame that cannot be written are refused, and the mark that had to wait for it with them. */
    @Test
    @Tag("R31")
    void aMarkIsRefusedWithTheFrameBeforeIt() throws IOException {
        storage.mapsSafely(false);
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            storage.inject(SimulatedFault.shortWrite(
                    operation -> operation.toString().startsWith("write " + FIRST), 2, 50, ""));

            assertThat(log.publish("a", "1")
                            .publishMark(EventType.DIGEST_MARK)
                            .publish("b", "2")
                            .handle())
                    .containsExactly(Outcome.LOG_FULL, Outcome.LOG_FULL, Outcome.ACCEPTED);

            assertThat(log.acknowledged()).extracting(Event::sequence).containsExactly(1L);
        }
    }

    /** A batch of three frames of two events: those that were written before the one that was not are still forced. */
    @ParameterizedTest
    @CsvSource({"2, 3", "3, 3", "4, 4"})
    @Tag("R16")
    @Tag("R31")
    void aRefusedFrameTakesNoOtherWithIt(int nthWrite, int accepted) throws IOException {
        LogSettings settings = new LogSettings(SyncPolicy.ALWAYS, RecoveryMode.TAIL, 8 << 20);
        try (TestLog log = TestLog.open(storage, settings)) {
            String half = "v".repeat(FrameDescriptor.FULL_LENGTH / 2 + 1);
            // The first write is that of the header.
            storage.fail(SimulatedStorage.startingWith("write " + FIRST), nthWrite, SimulatedStorage.NO_SPACE);
            for (int i = 0; i < 6; i++) {
                log.publish("key-" + i, half);
            }

            List<Outcome> outcomes = log.handle();

            // With a frame goes the event that was to begin the next one.
            assertThat(outcomes.stream().filter(Outcome.ACCEPTED::equals)).hasSize(accepted);
            assertThat(outcomes.stream().filter(Outcome.LOG_FULL::equals)).hasSize(6 - accepted);
            assertThat(log.log().durableSequence()).isEqualTo(accepted);
            assertThat(replayed(storage.powerCut(1))).isEqualTo(log.acknowledged());
        }
    }

    @ParameterizedTest
    @CsvSource({"1, ALWAYS", "1, OS", "2, OS"})
    @Tag("R8")
    @Tag("R31")
    void aMarkOfACleanCloseThatCannotBeWrittenIsNoCleanClose(int nthWrite, SyncPolicy policy) throws IOException {
        storage.mapsSafely(false);
        TestLog log = TestLog.open(storage, policy);
        log.append("a", "1");
        log.publish("b", "2");
        storage.fail(SimulatedStorage.startingWith("write " + FIRST), nthWrite, "");

        assertThat(log.publishMark(EventType.CLEAN_CLOSE).handle()).contains(Outcome.FAILED);

        assertThat(log.failStop().cause()).hasMessageContaining(FIRST);
        log.abandon();
    }

    private static List<Event> replayed(SimulatedStorage disk) throws IOException {
        try (TestLog log = TestLog.open(disk, SyncPolicy.OS)) {
            return log.replayed();
        }
    }

    private static void fill(TestLog log) {
        for (int i = 0; log.append("key-" + i, FULL_VALUE) == Outcome.ACCEPTED; i++) {
            assertThat(i).isLessThan(100);
        }
    }

    /** What it had must begin anew, and there is no room for that: the log opens without it, and says why. */
    @Test
    void opensWithoutAChangeLogThatCannotBegin() throws IOException {
        LogSettings settings = TestLog.settings(SyncPolicy.OS).keepChanges(Retention.ALL);
        try (TestLog log = TestLog.open(storage, SyncPolicy.OS)) {
            log.appendMany(5, 100);
            log.closeCleanly();
        }
        storage.capacity(storage.used() + 1_000);
        try (TestLog log = TestLog.open(storage, settings)) {
            assertThat(log.log().changes()).isNull();
            assertThat(log.log().whyNoChanges()).contains("0000000001.changes");
            log.appendMany(5, 100);
            log.closeCleanly();
        }
        storage.capacity(Long.MAX_VALUE);
        try (TestLog log = TestLog.open(storage, settings)) {
            assertThat(log.log().changes()).isNotNull();
            assertThat(log.log().whyNoChanges()).isNull();
            assertThat(log.log().lastSequence()).isEqualTo(10);
        }
    }
}
