package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.EventType;
import dev.poro.events.Limits;
import dev.poro.events.Outcome;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordFlyweight;
import dev.poro.events.TestScale;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.storage.FileSystemStorage;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What goes into a log comes out of it: across frames, segments and openings, in a real directory.
 *
 * @see LogSettings
 * @see LogWriter
 * @see SegmentReport
 * @see WriteAheadLog
 */
class LogRoundTripTest {
    private static final int LARGE_SEGMENT = 20 << 20;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource(SyncPolicy.class)
    void everyTypeOfEventIsReplayedAsItWasAcknowledged(SyncPolicy policy) throws IOException {
        LogSettings settings = TestLog.settings(policy);
        List<Event> written;
        List<Event> marks;
        try (TestLog log = TestLog.open(directory, settings)) {
            log.publishBudget(1 << 20).publish("key", "value").publish("", "");
            log.publishDelete("key").publishMark(EventType.DIGEST_MARK);
            assertThat(log.handle()).hasSize(5).containsOnly(Outcome.ACCEPTED);
            assertThat(log.acknowledged()).extracting(Event::sequence).containsExactly(1L, 2L, 3L, 4L);
            log.closeCleanly();
            written = log.acknowledged();
            marks = log.marks();
            assertThat(marks).extracting(Event::sequence).containsExactly(5L, 5L);
        }
        try (TestLog log = TestLog.open(directory, settings)) {
            assertThat(log.replayed()).isEqualTo(written);
            assertThat(log.state().marks()).isEqualTo(marks);
            assertThat(log.recovery().verdict()).isEqualTo(RecoveryReport.Verdict.SOUND);
            assertThat(log.recovery().closedCleanly()).isTrue();
            assertThat(log.recovery().firstSequence()).isEqualTo(1);
            assertThat(log.recovery().lastSequence()).isEqualTo(4);
            assertThat(log.recovery().droppedBytes()).isZero();
        }
    }

    @Test
    void eachRecordIsShownOnceBeforeItComes() throws IOException {
        try (TestLog log = TestLog.open(directory, TestLog.settings(SyncPolicy.OS))) {
            Random random = SimulatedStorage.randomOf(1);
            for (int batch = 0; batch < 200; batch++) {
                for (int i = random.nextInt(40); i >= 0; i--) {
                    log.publish("key" + i, "v".repeat(random.nextInt(50)));
                }
                log.handle();
            }
            log.closeCleanly();
        }
        List<byte[]> shown = new ArrayList<>();
        List<byte[]> come = new ArrayList<>();
        RecoveryReport read = TestLogs.examine(new FileSystemStorage(directory), new LogVisitor() {
            @Override
            public void onUpcoming(RecordFlyweight record) {
                shown.add(record.value());
            }

            @Override
            public void onRecord(long sequence, long timestamp, RecordFlyweight record) {
                come.add(record.value());
                assertThat(shown).hasSizeGreaterThanOrEqualTo(come.size());
            }
        });
        assertThat(read.segments()).hasSizeGreaterThan(3);
        assertThat(shown).containsExactlyElementsOf(come);
    }

    @ParameterizedTest
    @CsvSource({"ALWAYS, 1", "ALWAYS, 2", "EVERYSEC, 3", "EVERYSEC, 4", "OS, 5", "OS, 6"})
    void randomBatchesAreReplayedAcrossSegmentsAndOpenings(SyncPolicy policy, long seed) throws IOException {
        Random random = SimulatedStorage.randomOf(seed);
        List<Event> written = new ArrayList<>();
        for (int opening = 0; opening < 4; opening++) {
            try (TestLog log = TestLog.open(directory, TestLog.settings(policy))) {
                assertThat(log.replayed()).as("seed %d", seed).isEqualTo(written);
                assertThat(log.log().lastSequence()).isEqualTo(written.size());
                for (int batch = 0; batch < 40; batch++) {
                    assertThat(randomBatch(log, random)).as("seed %d", seed).containsOnly(Outcome.ACCEPTED);
                }
                if (random.nextBoolean()) {
                    log.closeCleanly();
                }
                written.addAll(log.acknowledged());
            }
        }
        assertInOrder(written);
        assertThat(segmentCount()).isGreaterThan(5);
        RecoveryReport report = LogInspector.inspect(directory, (sequence, timestamp, record) -> {}, (a, b, c) -> {});
        assertThat(report.lastSequence()).isEqualTo(written.size());
        assertThat(report.verdict()).isEqualTo(RecoveryReport.Verdict.SOUND);
    }

    private static List<Outcome> randomBatch(TestLog log, Random random) {
        int events = 1 + random.nextInt(20);
        for (int i = 0; i < events; i++) {
            byte[] key = new byte[random.nextInt(20)];
            byte[] value = new byte[random.nextInt(10) == 0 ? random.nextInt(4_000) : random.nextInt(100)];
            random.nextBytes(key);
            random.nextBytes(value);
            log.publish(key, value);
        }
        return log.handle();
    }

    private static void assertInOrder(List<Event> events) {
        for (int i = 0; i < events.size(); i++) {
            assertThat(events.get(i).sequence()).isEqualTo(i + 1);
            if (i > 0) {
                assertThat(events.get(i).timestamp())
                        .isGreaterThanOrEqualTo(events.get(i - 1).timestamp());
            }
        }
    }

    static List<Boolean> mappings() {
        return TestScale.ENABLED ? List.of(true, false) : List.of(true);
    }

    @ParameterizedTest
    @MethodSource("mappings")
    @Tag("R6")
    @Tag("R14")
    void recordsUpToTheLongestAreReplayed(boolean mapped) throws IOException {
        SimulatedStorage storage = new SimulatedStorage();
        storage.mapsSafely(mapped);
        LogSettings settings = new LogSettings(SyncPolicy.ALWAYS, RecoveryMode.TAIL, LARGE_SEGMENT);
        assertThat(settings.maxRecordLength()).isEqualTo(Limits.MAX_RECORD_LENGTH);
        byte[] key = new byte[Limits.MAX_KEY_LENGTH];
        List<Event> written;
        try (TestLog log = TestLog.open(storage, settings)) {
            // The first segment is not that long.
            log.publish(key, new byte[Limits.MAX_VALUE_LENGTH]).handle();
            // Just not a full frame, then the longest record: the longest frame there can be.
            log.publish(key, new byte[FrameDescriptor.FULL_LENGTH - 48 - key.length - 1]);
            log.publish(key, new byte[Limits.MAX_VALUE_LENGTH]).publish(new byte[0], new byte[0]);
            assertThat(log.handle()).containsOnly(Outcome.ACCEPTED);
            written = log.acknowledged();
        }
        try (TestLog log = TestLog.open(storage, settings)) {
            assertThat(log.replayed()).isEqualTo(written);
            assertThat(log.recovery().segments().get(1).frames()).isEqualTo(2);
        }
    }

    static List<Integer> segmentLengths() {
        return TestScale.ENABLED ? List.of(96 << 10, 128 << 10, 20 << 20) : List.of(96 << 10, 128 << 10);
    }

    @ParameterizedTest
    @MethodSource("segmentLengths")
    void theLongestRecordThatASegmentTakesFitsIntoEveryNewOne(int segmentLength) throws IOException {
        SimulatedStorage storage = new SimulatedStorage();
        LogSettings settings = new LogSettings(SyncPolicy.OS, RecoveryMode.TAIL, segmentLength);
        byte[] key = new byte[Limits.MAX_KEY_LENGTH];
        byte[] value = new byte[longestValue(settings, key)];
        try (TestLog log = TestLog.open(storage, settings)) {
            assertThat(log.publish(key, value).publish(key, value).handle()).containsOnly(Outcome.ACCEPTED);
            assertThat(log.closeCleanly()).isEqualTo(Outcome.ACCEPTED);
        }
        try (TestLog log = TestLog.open(storage, settings)) {
            assertThat(log.replayed()).hasSize(2);
            assertThat(log.state().marks()).hasSize(1);
            assertThat(log.recovery().segments()).hasSizeLessThanOrEqualTo(3);
        }
    }

    @ParameterizedTest
    @CsvSource({"1048576, 4194304", "4194304, 4263936", "16777216, 8388608"})
    void aLogBeginsWithAShortSegmentThatTakesTheLongestRecord(int maxValueLength, int firstLength) throws IOException {
        SimulatedStorage storage = new SimulatedStorage();
        LogSettings settings =
                new LogSettings(SyncPolicy.OS, RecoveryMode.TAIL, 8 << 20).maxValueLength(maxValueLength);
        byte[] key = new byte[Limits.MAX_KEY_LENGTH];
        byte[] value = new byte[Math.min(maxValueLength, longestValue(settings, key))];
        try (TestLog log = TestLog.open(storage, settings)) {
            for (int i = 0; i < 6; i++) {
                log.publish(key, value);
            }
            assertThat(log.handle()).containsOnly(Outcome.ACCEPTED);
        }
        assertThat(lengthOf(storage, 1)).isEqualTo(firstLength);
        assertThat(lengthOf(storage, 2)).isEqualTo(8 << 20);
        try (TestLog log = TestLog.open(storage, settings)) {
            assertThat(log.replayed()).hasSize(6);
        }
    }

    /** A batch is longer than what the settings say of values. */
    @ParameterizedTest
    @EnumSource(SyncPolicy.class)
    void aRecordThatIsLongerThanTheFirstSegmentBeginsTheSecond(SyncPolicy policy) throws IOException {
        SimulatedStorage storage = new SimulatedStorage();
        LogSettings settings = new LogSettings(policy, RecoveryMode.TAIL, 8 << 20).maxValueLength(1 << 20);
        try (TestLog log = TestLog.open(storage, settings)) {
            assertThat(log.append("key", "v".repeat(6 << 20))).isEqualTo(Outcome.ACCEPTED);
            log.append("key", "short");
        }
        assertThat(lengthOf(storage, 1)).isLessThan(6 << 20);
        try (TestLog log = TestLog.open(storage, settings)) {
            assertThat(log.replayed()).hasSize(2);
        }
        assertThat(ScannedLog.of(storage).problems()).isEmpty();
    }

    private static int longestValue(LogSettings settings, byte[] key) {
        return Math.min(
                Limits.MAX_VALUE_LENGTH, settings.maxRecordLength() - RecordDescriptor.recordLength(key.length, 0));
    }

    private static long lengthOf(Storage storage, int segment) throws IOException {
        try (StorageFile file = storage.openReadOnly(SegmentDescriptor.nameOf(segment))) {
            return file.length();
        }
    }

    @Test
    void aFrameMayFillItsSegmentToTheLastByteThatIsNotKeptForTheMark() throws IOException {
        SimulatedStorage storage = new SimulatedStorage();
        int valueLength = TestLog.SEGMENT_LENGTH - SegmentDescriptor.OVERHEAD - 8 - 1;
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            log.append("k", "v".repeat(valueLength));
            assertThat(log.closeCleanly()).isEqualTo(Outcome.ACCEPTED);
            assertThat(log.log().recovery().segments()).isEmpty();
        }
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            // No frame has a wall clock of its own here.
            assertThat(log.recovery().segments().get(0).usedBytes()).isEqualTo(TestLog.SEGMENT_LENGTH - 2 * 8);
            assertThat(log.replayed()).hasSize(1);
            assertThat(log.append("k", "v".repeat(valueLength - 8))).isEqualTo(Outcome.ACCEPTED);
            assertThat(log.append("k", "v".repeat(valueLength - 8))).isEqualTo(Outcome.ACCEPTED);
        }
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            assertThat(log.replayed()).hasSize(3);
            assertThat(log.recovery().segments())
                    .extracting(SegmentReport::firstSequence)
                    .startsWith(1L, 2L, 3L);
        }
    }

    @Test
    void aSegmentLongerThanTheReadersWindowEndsCleanly() throws IOException {
        LogSettings settings = new LogSettings(SyncPolicy.OS, RecoveryMode.STRICT, 4 << 20);
        try (TestLog log = TestLog.open(directory, settings)) {
            // More than half of it, so that the next one is prepared, too.
            for (int i = 0; i < 9; i++) {
                log.append("key-" + i, "v".repeat(300_000));
            }
            log.closeCleanly();
        }
        try (TestLog log = TestLog.open(directory, settings)) {
            assertThat(log.recovery().verdict()).isEqualTo(RecoveryReport.Verdict.SOUND);
            assertThat(log.replayed()).hasSize(9);
        }
        assertThat(directory.toFile().list()).noneMatch(name -> name.endsWith("quarantine"));
    }

    @Test
    @Tag("R37")
    void aFrameThatIsWrittenAfterAReadingHasThatTimeOrALaterOne() throws IOException {
        SimulatedStorage storage = new SimulatedStorage();
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            for (int i = 0; i < 50; i++) {
                log.publish("before-" + i, "1");
                storage.advanceClock(i % 7);
                long read = log.log().clock().getAsLong();
                log.publish("after-" + i, "2").handle();
                assertThat(log.acknowledged().get(2 * i + 1).timestamp()).isGreaterThanOrEqualTo(read);
            }
        }
    }

    @Test
    @Tag("R37")
    void aSleepOfTheMachineIsMadeUpForAtOnce() throws IOException {
        SimulatedStorage storage = new SimulatedStorage();
        LogSettings settings = TestLog.settings(SyncPolicy.ALWAYS).clockStepHold(Duration.ofDays(1));
        try (TestLog log = TestLog.open(storage, settings)) {
            log.append("a", "1");
            storage.suspend(3_600_000);
            storage.advanceClock(10);
            log.append("b", "2");
            assertThat(log.acknowledged().get(1).timestamp()).isEqualTo(storage.currentTimeMillis());
            storage.setClock(3_600_000);
            storage.advanceClock(60_000);
            log.append("c", "3");
            assertThat(log.acknowledged().get(2).timestamp()).isEqualTo(storage.currentTimeMillis() - 3_600_000);
        }
    }

    @Test
    void timestampsNeverGoBackwardsEvenIfTheClockDoes() throws IOException {
        SimulatedStorage storage = new SimulatedStorage();
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            log.append("a", "1");
            storage.setClock(-3_600_000);
            log.append("b", "2");
            storage.setClock(3_600_000);
            storage.advanceClock(5);
            log.append("c", "3");
            storage.setClock(-7_200_000);
            assertThat(log.acknowledged())
                    .extracting(Event::timestamp)
                    .containsExactly(1_000_000L, 1_000_000L, 1_000_005L);
        }
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            log.append("d", "4");
            assertThat(log.acknowledged().get(0).timestamp()).isEqualTo(1_000_005L);
        }
    }

    @Test
    @Tag("R37")
    void oneReadingTenYearsAheadStampsNothing() throws IOException {
        SimulatedStorage storage = new SimulatedStorage();
        long tenYears = 3_652L * 24 * 3_600 * 1_000;
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            log.append("a", "1");
            storage.setClock(tenYears);
            storage.advanceClock(10);
            log.append("b", "2");
            storage.setClock(-tenYears);
            storage.advanceClock(10);
            log.append("c", "3");
            assertThat(log.acknowledged())
                    .extracting(Event::timestamp)
                    .containsExactly(1_000_000L, 1_000_010L, 1_000_020L);
        }
    }

    @Test
    void aLogIsMadeInADirectoryWhoseParentsAreMissing() throws IOException {
        Path deep = directory.resolve("a/b/../b/c");
        try (TestLog log = TestLog.open(deep, TestLog.settings(SyncPolicy.ALWAYS))) {
            log.append("k", "v");
        }
        try (TestLog log = TestLog.open(directory.resolve("a/b/c"), TestLog.settings(SyncPolicy.ALWAYS))) {
            assertThat(log.replayed()).hasSize(1);
        }
    }

    @Test
    void aCancelledSlotLeavesNoTrace() throws IOException {
        try (TestLog log = TestLog.open(directory, TestLog.settings(SyncPolicy.ALWAYS))) {
            log.publishCancelled().publish("a", "1").publishCancelled();
            assertThat(log.handle()).containsExactly(Outcome.FAILED, Outcome.ACCEPTED, Outcome.FAILED);
            assertThat(log.publishCancelled().handle()).containsExactly(Outcome.FAILED);
            assertThat(log.log().lastSequence()).isEqualTo(1);
        }
        try (TestLog log = TestLog.open(directory, TestLog.settings(SyncPolicy.ALWAYS))) {
            assertThat(log.replayed()).hasSize(1);
        }
    }

    @Test
    void anEmptyLogIsOpenedAgainAndAgain() throws IOException {
        for (int opening = 0; opening < 3; opening++) {
            try (TestLog log = TestLog.open(directory, TestLog.strict(SyncPolicy.EVERYSEC))) {
                assertThat(log.replayed()).isEmpty();
                assertThat(log.log().lastSequence()).isZero();
                assertThat(log.recovery().firstSequence()).isZero();
            }
            assertThat(segmentCount()).isEqualTo(1);
        }
    }

    @Test
    @Tag("R6")
    void aRecordThatFitsInNoSegmentIsRefusedAndHarmsNobody() throws IOException {
        SimulatedStorage storage = new SimulatedStorage();
        List<Event> written;
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            log.publish("before", "1")
                    .publish("huge", "v".repeat(TestLog.SEGMENT_LENGTH))
                    .publish("after", "2");
            assertThat(log.handle()).containsExactly(Outcome.ACCEPTED, Outcome.LOG_FULL, Outcome.ACCEPTED);
            assertThat(log.failStop().isTripped()).isFalse();
            written = log.acknowledged();
        }
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            assertThat(log.replayed()).isEqualTo(written);
            assertThat(log.recovery().segments()).as("none is wasted on it").hasSize(1);
        }
    }

    @Test
    void theInspectorReadsOneSegmentAsItIs() throws IOException {
        try (TestLog log = TestLog.open(directory, TestLog.settings(SyncPolicy.ALWAYS))) {
            log.appendMany(40, 1_000);
        }
        List<Event> events = new ArrayList<>();
        RecoveryReport report = LogInspector.inspect(
                directory.resolve("0000000002.wal"), TestLog.collectorOf(events), ReplayProgress.NONE);

        assertThat(report.verdict()).isEqualTo(RecoveryReport.Verdict.SOUND);
        assertThat(report.firstSequence()).isGreaterThan(1);
        assertThat(events.get(0).sequence()).isEqualTo(report.firstSequence());
        assertThat(events.get(events.size() - 1).sequence()).isEqualTo(report.lastSequence());
    }

    private long segmentCount() throws IOException {
        try (var files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".wal")).count();
        }
    }
}
