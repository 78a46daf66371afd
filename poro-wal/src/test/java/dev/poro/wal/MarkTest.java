package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.EventType;
import dev.poro.events.Outcome;
import dev.poro.events.RecordFlyweight;
import dev.poro.wal.simulated.SimulatedNewDirectory;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Marks take no sequence, and are read, proved and copied all the same. */
@Tag("R4")
class MarkTest {
    private static final String FIRST = "0000000001.wal";
    private static final String SECOND = "0000000002.wal";
    /** A record with this value fills a segment. */
    private static final int LONGEST = TestLog.settings(SyncPolicy.ALWAYS).maxRecordLength() - 8 - 4;

    /** After one event of three letters. */
    private static final int FIRST_MARK = SegmentDescriptor.HEADER_LENGTH + TestLogs.frameLength(8 + 4 + 3);

    private final SimulatedStorage storage = new SimulatedStorage();

    @ParameterizedTest
    @EnumSource(SyncPolicy.class)
    void takeNoSequenceWhereverTheyAre(SyncPolicy policy) throws IOException {
        List<Event> events;
        List<Event> marks;
        try (TestLog log = TestLog.open(storage, policy)) {
            log.publishMark(EventType.DIGEST_MARK).publish("a", "1").publish("b", "2");
            log.publishMark(EventType.DIGEST_MARK)
                    .publishMark(EventType.DIGEST_MARK)
                    .publish("c", "3");
            assertThat(log.handle()).hasSize(6).containsOnly(Outcome.ACCEPTED);
            assertThat(log.closeCleanly()).isEqualTo(Outcome.ACCEPTED);
            events = log.acknowledged();
            marks = log.marks();
            assertThat(events).extracting(Event::sequence).containsExactly(1L, 2L, 3L);
            assertThat(marks).extracting(Event::sequence).containsExactly(1L, 3L, 3L, 4L);
        }
        try (TestLog log = TestLog.open(storage, TestLog.strict(policy))) {
            assertThat(log.recovery().lastSequence()).isEqualTo(3);
            assertThat(log.recovery().closedCleanly()).isTrue();
            assertThat(log.recovery().segments().get(0).frames()).isEqualTo(6);
            assertThat(log.replayed()).isEqualTo(events);
            assertThat(log.state().marks()).isEqualTo(marks);
            assertThat(log.append("d", "4")).isEqualTo(Outcome.ACCEPTED);
            assertThat(log.acknowledged().get(0).sequence()).isEqualTo(4);
        }
        assertThat(ScannedLog.of(storage).problems()).isEmpty();
    }

    @Test
    void aLogMayHoldNothingButMarks() throws IOException {
        for (int times = 1; times < 4; times++) {
            try (TestLog log = TestLog.open(storage, TestLog.strict(SyncPolicy.ALWAYS))) {
                assertThat(log.recovery().lastSequence()).isZero();
                assertThat(log.closeCleanly()).isEqualTo(Outcome.ACCEPTED);
            }
        }
        storage.remove(FIRST);
        assertRefused(storage, "all segments of the log are missing");
    }

    /** An event is acknowledged under ALWAYS once it is forced; whoever reads a mark may rely on it as well. */
    @Test
    @Tag("R16")
    void isForcedAsEventsAre() throws IOException {
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            log.append("a", "1");
            log.publishMark(EventType.DIGEST_MARK).handle();
            assertThat(TestLogs.endOf(storage.powerCut(1), FIRST)).isEqualTo(TestLogs.endOf(storage, FIRST));
        }
    }

    @Test
    @Tag("R17")
    void isForcedWithinASecondUnderEverysec() throws IOException {
        SteppedWorkers workers = new SteppedWorkers();
        TestLog log = TestLog.open(storage, TestLog.settings(SyncPolicy.EVERYSEC), workers);
        log.append("a", "1");
        step(workers);
        log.publishMark(EventType.DIGEST_MARK).handle();
        step(workers);
        assertThat(storage.pending()).isEmpty();
        log.close();
    }

    private void step(SteppedWorkers workers) {
        storage.advanceClock(1_000);
        for (int worker = 0; worker < workers.count(); worker++) {
            workers.step(worker);
        }
    }

    /** The second segment begins with a mark, and has no room for the event after it, which begins the third. */
    private TestLog twoSegmentsThatBeginAlike(SteppedWorkers workers) throws IOException {
        LogSettings settings = TestLog.settings(SyncPolicy.ALWAYS).retain(Retention.NONE);
        TestLog log = TestLog.open(storage, settings, workers).startSnapshots();
        log.append("key1", "v".repeat(LONGEST));
        log.publishMark(EventType.DIGEST_MARK).handle();
        assertThat(log.append("key2", "w".repeat(LONGEST))).isEqualTo(Outcome.ACCEPTED);
        assertThat(Segments.read(storage).list())
                .extracting(Segments.Segment::firstSequence)
                .containsExactly(1L, 2L, 2L);
        return log;
    }

    @Test
    void twoSegmentsMayBeginWithTheSameSequence() throws IOException {
        List<Event> events;
        try (TestLog log = twoSegmentsThatBeginAlike(new SteppedWorkers())) {
            log.append("key3", "x");
            assertThat(log.closeCleanly()).isEqualTo(Outcome.ACCEPTED);
            events = log.acknowledged();
        }
        assertThat(ScannedLog.of(storage).problems()).isEmpty();
        assertThat(ScannedLog.of(storage).events).isEqualTo(events);
        try (TestLog log = TestLog.open(storage, TestLog.strict(SyncPolicy.ALWAYS))) {
            assertThat(log.replayed()).isEqualTo(events);
        }
    }

    @Test
    @Tag("R22")
    void theFirstOfThemIsReleasedWithWhatIsBeforeIt() throws IOException {
        SteppedWorkers workers = new SteppedWorkers();
        TestLog log = TestLog.open(storage, TestLog.settings(SyncPolicy.ALWAYS), workers)
                .startSnapshots();
        log.append("key1", "v".repeat(LONGEST));
        log.log().takeSnapshot();
        log.publishMark(EventType.DIGEST_MARK).handle();
        log.append("key2", "w".repeat(LONGEST));
        log.log().takeSnapshot();
        assertThat(LogFiles.segments(storage)).doesNotContain(FIRST, SECOND);
        log.close();
        try (TestLog reopened = TestLog.open(storage, TestLog.strict(SyncPolicy.ALWAYS), new SteppedWorkers())) {
            assertThat(reopened.state().contents()).isEqualTo(log.state().contents());
        }
    }

    @Test
    void aBackupAndARestoredLogHaveThem() throws IOException {
        TestLog log = twoSegmentsThatBeginAlike(new SteppedWorkers());
        log.append("key3", "x");
        log.publishMark(EventType.DIGEST_MARK).handle();
        log.append("key4", "y");
        assertThat(log.closeCleanly()).isEqualTo(Outcome.ACCEPTED);
        SimulatedStorage backup = new SimulatedStorage();
        new LogBackup(storage, new SimulatedNewDirectory(backup), new SteppedWorkers(), ReplayProgress.NONE)
                .run(LogVisitor.NONE);
        assertThat(withMarks(backup)).isEqualTo(withMarks(storage));

        for (int sequence = 1; sequence <= 4; sequence++) {
            List<Event> restored = withMarks(LogRestoreTest.restored(storage, sequence));
            long last = sequence;
            List<Event> expected = new ArrayList<>(withMarks(storage));
            // The marks after the last event may be in a segment that is not needed.
            expected.removeIf(event -> event.sequence() > last);
            assertThat(restored.subList(0, expected.size())).isEqualTo(expected);
            assertThat(restored.get(restored.size() - 1).type()).isEqualTo(EventType.CLEAN_CLOSE);
            assertThat(restored.stream().filter(event -> !event.type().isMark()))
                    .hasSize(sequence);
        }
    }

    @Test
    void aMarkThatIsRefusedEndsTheLog() throws IOException {
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            log.append("a", "1");
            log.publishMark(EventType.DIGEST_MARK).handle();
            log.append("b", "2");
        }
        List<Long> read = new ArrayList<>();
        RecoveryReport report = TestLogs.examine(storage, new LogVisitor() {
            @Override
            public void onRecord(long sequence, long timestamp, RecordFlyweight record) {
                read.add(sequence);
            }

            @Override
            public void onMark(long nextSequence, long timestamp, RecordFlyweight mark) {
                throw new IllegalStateException("another state before " + nextSequence);
            }
        });
        assertThat(report.verdict()).isEqualTo(RecoveryReport.Verdict.DAMAGED);
        assertThat(report.description()).isEqualTo("another state before 2");
        assertThat(read).containsExactly(1L);
    }

    /** Both what comes before the mark and what comes after it was acknowledged. */
    @Test
    @Tag("R7")
    void aDamagedMarkBeforeTheLastEventIsRefused() throws IOException {
        int mark;
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            log.append("a", "1");
            mark = TestLogs.endOf(storage, FIRST);
            log.publishMark(EventType.DIGEST_MARK).handle();
            log.append("b", "2");
        }
        for (int bit = mark * 8; bit < (mark + FrameDescriptor.markFrameLength(0)) * 8; bit++) {
            storage.flipBit(FIRST, bit);
            RecoveryReport report = TestLogs.examine(storage);
            assertThat(report.verdict()).as("bit %d", bit).isEqualTo(RecoveryReport.Verdict.DAMAGED);
            assertThat(report.proof()).as("bit %d", bit).contains(FIRST);
            ScannedLog scanned = ScannedLog.of(storage);
            assertThat(scanned.problems()).hasSize(1);
            assertThat(scanned.sequences()).containsExactly(1L, 2L);
            assertThat(scanned.report.complete()).isTrue();
            storage.flipBit(FIRST, bit);
        }
    }

    @Test
    @Tag("R7")
    void aDamagedMarkAtTheEndOfASegmentIsRefusedForTheNextSegment() throws IOException {
        TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS);
        log.append("key1", "v".repeat(LONGEST - 200));
        int mark = TestLogs.endOf(storage, FIRST);
        log.publishMark(EventType.DIGEST_MARK).handle();
        log.append("key2", "w".repeat(1_000));
        log.close();
        assertThat(Segments.read(storage).get(1).firstSequence()).isEqualTo(2);
        storage.flipBit(FIRST, (mark + 50) * 8L);
        assertThat(TestLogs.examine(storage).proof()).contains(SECOND);
    }

    @Test
    @Tag("R8")
    void aTornMarkThatNothingProvesIsCutOff() throws IOException {
        storage.put(
                FIRST,
                new SegmentBuilder().start(1).frame(1, 0, "one").mark(2, 1).bytes());
        storage.flipBit(FIRST, (FIRST_MARK + 50) * 8L);
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            assertThat(log.recovery().verdict()).isEqualTo(RecoveryReport.Verdict.UNFORCED_TAIL);
            assertThat(log.recovery().lastSequence()).isEqualTo(1);
            assertThat(log.append("two", "2")).isEqualTo(Outcome.ACCEPTED);
            assertThat(log.acknowledged().get(0).sequence()).isEqualTo(2);
        }
    }

    @Test
    @Tag("R3")
    void aMarkAmongEventsIsRefused() throws IOException {
        SegmentBuilder segment =
                new SegmentBuilder().start(1).frame(1, 0, "one").mark(2, 1);
        segment.putInt(FIRST_MARK + FrameDescriptor.RECORD_COUNT_OFFSET, 1)
                .seal(FIRST_MARK, FrameDescriptor.markFrameLength(0));
        storage.put(FIRST, segment.bytes());
        assertRefused(storage, "a mark in a frame of events");
        assertThat(ScannedLog.of(storage).problems())
                .satisfiesExactly(problem -> assertThat(problem.cause()).isEqualTo("a mark in a frame of events"));
    }

    @Test
    @Tag("R3")
    void aFrameWithoutEventsHoldsAMark() throws IOException {
        SegmentBuilder segment = new SegmentBuilder().start(1).frame(1, 0, "one");
        segment.putInt(128 + FrameDescriptor.RECORD_COUNT_OFFSET, 0).seal(128, segment.end() - 128);
        storage.put(FIRST, segment.bytes());
        assertRefused(storage, "a frame without events that holds no mark");
        assertThat(ScannedLog.of(storage).problems()).hasSize(1);
    }

    @Test
    @Tag("R3")
    void aFrameHoldsOneMark() throws IOException {
        SegmentBuilder segment = new SegmentBuilder().start(1).mark(1, 0).mark(1, 0);
        int length = FrameDescriptor.markFrameLength(0);
        byte[] record = Arrays.copyOfRange(segment.bytes(), 128 + 40, 128 + length);
        segment.put(128 + length, record).putInt(128, length + record.length).seal(128, length + record.length);
        storage.put(FIRST, segment.bytes());
        assertRefused(storage, "bytes after the last record of the frame");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 3})
    void aMarkHasTheSequenceOfTheNextEvent(long nextSequence) throws IOException {
        storage.put(
                FIRST,
                new SegmentBuilder()
                        .start(1)
                        .frame(1, 0, "one")
                        .mark(nextSequence, 0)
                        .bytes());
        assertRefused(storage, "frame of sequence " + nextSequence + " where 2 follows");
        assertThat(ScannedLog.of(storage).problems()).hasSize(1);
    }

    @Test
    @Tag("R1")
    void aSegmentOfVersionOneHasNoFrameWithoutEvents() throws IOException {
        SegmentBuilder old = new SegmentBuilder(1, SegmentBuilder.LOG_ID, 7, SegmentDescriptor.MIN_LENGTH, 1);
        storage.put(
                FIRST,
                old.start(1).frame(1, 0, "one").mark(2, 0).frame(2, 1, "two").bytes());
        RecoveryReport report = TestLogs.examine(storage);
        assertThat(report.verdict()).isEqualTo(RecoveryReport.Verdict.UNFORCED_TAIL);
        assertThat(report.description()).isEqualTo("frame of length 72 with 0 records");
    }

    /** The last segment holds nothing but the mark of the clean close, and no sequence says that it is missing. */
    @Test
    @Tag("R40")
    void aMissingSegmentOfMarksIsNoticed() throws IOException {
        TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS);
        log.append("key1", "v".repeat(LONGEST));
        log.publishMark(EventType.DIGEST_MARK).handle();
        assertThat(log.closeCleanly()).isEqualTo(Outcome.ACCEPTED);
        assertThat(Segments.read(storage).get(1).firstSequence()).isEqualTo(2);
        byte[] second = storage.bytes(SECOND);
        storage.remove(SECOND);
        assertRefused(storage, SECOND + " is missing");
        assertThat(ScannedLog.of(storage).problems()).hasSize(1);

        for (int at : new int[] {64, 100, 130, 140, 180, 210}) {
            byte[] damaged = second.clone();
            damaged[at] ^= 4;
            storage.put(SECOND, damaged);
            assertRefused(storage, "it had been forced, as the file STORE shows");
        }
        storage.put(SECOND, Arrays.copyOf(second, 128 + 72));
        assertRefused(storage, "the log ends here, but had been forced");
    }

    private static List<Event> withMarks(SimulatedStorage of) throws IOException {
        List<Event> read = new ArrayList<>();
        assertThat(TestLogs.examine(of, TestLog.collectorWithMarks(read)).verdict())
                .isEqualTo(RecoveryReport.Verdict.SOUND);
        return read;
    }

    private static void assertRefused(SimulatedStorage damaged, String why) throws IOException {
        Map<String, ByteBuffer> before = damaged.contents();
        RecoveryReport report = LogCheck.asOpening(
                damaged, RecoveryMode.TAIL, LogVisitor.NONE, ReplayProgress.NONE, new SteppedWorkers());
        assertThat(report.verdict()).isEqualTo(RecoveryReport.Verdict.DAMAGED);
        assertThat(report.toException()).hasMessageContaining(why);
        assertThat(damaged.contents()).isEqualTo(before);
    }

    @Test
    void theWallClockIsWrittenWhereItDiffersFromLogTime() throws IOException {
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            log.append("a", "1");
            storage.advanceClock(10);
            storage.setClock(1_000);
            log.append("b", "2");
            storage.advanceClock(10);
            storage.setClock(-1_000_000);
            log.append("c", "3");
            log.publishMark(EventType.DIGEST_MARK).handle();
            assertThat(log.log().clockOffsetMillis()).isBetween(999_000L, 1_000_000L);
        }
        List<Long> differences = new ArrayList<>();
        StorageFile file = storage.openReadOnly(FIRST);
        try (FrameReader frames = new FrameReader(file, SegmentHeader.read(file, FIRST))) {
            while (frames.next()) {
                assertThat(frames.defectOfRecords()).isNull();
                differences.add(frames.timestamp() - frames.wallClock());
                long wall = frames.wallClock();
                assertThat(frames.timestamp() == wall || frames.timestamp() > wall + 1_000)
                        .isTrue();
            }
        }
        assertThat(differences.subList(0, 2)).containsExactly(0L, 0L);
        assertThat(differences.subList(2, 4)).allMatch(difference -> difference > 990_000);
        List<Long> told = new ArrayList<>();
        TestLogs.examine(storage, new LogVisitor() {
            @Override
            public void onFrame(int version, long timestamp, long wallClock) {
                assertThat(version).isEqualTo(2);
                told.add(timestamp - wallClock);
            }

            @Override
            public void onRecord(long sequence, long timestamp, RecordFlyweight record) {}
        });
        assertThat(told).isEqualTo(differences);
    }

    /** What takes eight bytes more in the header may come to the very end of a segment. */
    @Test
    @Tag("R8")
    void theLongestRecordAndTheCloseMarkFitWithAWallClock() throws IOException {
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            storage.setClock(-1_000_000);
            storage.advanceClock(10);
            assertThat(log.append("key1", "v".repeat(LONGEST))).isEqualTo(Outcome.ACCEPTED);
            assertThat(log.closeCleanly()).isEqualTo(Outcome.ACCEPTED);
        }
        assertThat(TestLogs.endOf(storage, FIRST)).isEqualTo(TestLog.SEGMENT_LENGTH);
        assertThat(LogFiles.segments(storage)).containsExactly(FIRST);
    }
}
