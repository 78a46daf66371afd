package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.poro.events.EventType;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlyweight;
import dev.poro.events.TestScale;
import dev.poro.wal.simulated.SimulatedNewDirectory;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Restored from a log with snapshots of sequences 40 and 80, and 100 events, a second apart, in several segments.
 *
 * @see LogTime
 * @see RestorableRanges
 * @see RestoreFilter
 * @see RestorePoint
 * @see RestoreReport
 * @see RestoredLog
 */
class LogRestoreTest {
    private static final String OLDER = SnapshotDescriptor.nameOf(40);
    private static final String NEWER = SnapshotDescriptor.nameOf(80);
    private static final long SECOND = 1_000;

    private final SimulatedStorage source = new SimulatedStorage();
    private List<Event> events;

    @BeforeEach
    void write() throws IOException {
        TestLog log = TestLog.open(
                        source, TestLog.settings(SyncPolicy.ALWAYS).retain(Retention.ALL), new SteppedWorkers())
                .startSnapshots();
        for (int i = 1; i <= 100; i++) {
            source.advanceClock(SECOND);
            log.append("key-" + i % 30, i + "v".repeat(500));
            if (i == 40 || i == 80) {
                log.log().takeSnapshot();
            }
        }
        log.kill(source);
        events = log.acknowledged();
        assertThat(LogFiles.segments(source)).hasSizeGreaterThan(3);
        source.clearOperations();
    }

    @Test
    void everySequenceCanBeRestored() throws IOException {
        for (int sequence = 1; sequence <= 100; sequence += TestScale.choose(13, 1)) {
            SimulatedNewDirectory target = new SimulatedNewDirectory(new SimulatedStorage());

            RestoreReport report = restore(target, RestorePoint.ofSequence(sequence));

            assertThat(report.lastSequence()).isEqualTo(sequence);
            assertThat(report.lastWallClock())
                    .isEqualTo(events.get(sequence - 1).timestamp());
            requireRestored(target.published(), sequence);
        }
    }

    @Test
    void itTakesTheNearestSnapshotAtOrBeforeThePoint() throws IOException {
        assertThat(restore(RestorePoint.ofSequence(39)).snapshot()).isNull();
        assertThat(restore(RestorePoint.ofSequence(40)).snapshot().file()).isEqualTo(OLDER);
        assertThat(restore(RestorePoint.ofSequence(79)).snapshot().file()).isEqualTo(OLDER);
        assertThat(restore(RestorePoint.ofSequence(80)).snapshot().file()).isEqualTo(NEWER);
        assertThat(restore(RestorePoint.LATEST).snapshot().file()).isEqualTo(NEWER);
        assertThat(restore(timeOf(79)).snapshot().file()).isEqualTo(OLDER);
        assertThat(restore(timeOf(80)).snapshot().file()).isEqualTo(NEWER);
    }

    @Test
    void aTimeTakesTheEventsUpToIt() throws IOException {
        assertThat(restore(timeOf(60)).lastSequence()).isEqualTo(60);
        assertThat(restore(RestorePoint.ofTime(timeOf(60).time() + SECOND - 1)).lastSequence())
                .isEqualTo(60);
        assertThat(restore(RestorePoint.ofTime(timeOf(60).time() - 1)).lastSequence())
                .isEqualTo(59);
        assertThat(restore(RestorePoint.ofTime(Long.MAX_VALUE - 1)).lastSequence())
                .isEqualTo(100);
        requireRefused(RestorePoint.ofTime(timeOf(1).time() - 1), "the first event in the log happened later");
    }

    @Test
    void theNewLogGoesOnWithTheSequencesButIsAnother() throws IOException {
        SimulatedNewDirectory target = new SimulatedNewDirectory(new SimulatedStorage());
        restore(target, RestorePoint.ofSequence(60));
        SimulatedStorage restored = target.published();

        TestLog log = TestLog.open(restored, TestLog.strict(SyncPolicy.ALWAYS), new SteppedWorkers());
        log.append("key", "value");
        assertThat(log.acknowledged().get(0).sequence()).isEqualTo(61);
        log.close();

        String segment = LogFiles.segments(restored).get(0);
        try (StorageFile file = restored.openReadOnly(segment);
                StorageFile original = source.openReadOnly(SegmentDescriptor.nameOf(1));
                SnapshotReader snapshot = SnapshotReader.open(restored, OLDER, new SteppedWorkers())) {
            long logId = SegmentHeader.read(file, segment).logId;
            assertThat(logId).isNotEqualTo(SegmentHeader.read(original).logId);
            assertThat(snapshot.header().logId()).isEqualTo(logId);
        }
        SimulatedStorage mixed = source.copy();
        mixed.put(OLDER, restored.bytes(OLDER));
        mixed.remove(NEWER);
        assertThat(TestLog.open(mixed, TestLog.strict(SyncPolicy.ALWAYS), new SteppedWorkers())
                        .recovery()
                        .damagedSnapshots())
                .hasSize(1);
    }

    /** So that a released beginning and a restored one are read in the same way. */
    @Test
    void aLogThatBeginsWithASnapshotHasNoFirstSegment() throws IOException {
        SimulatedNewDirectory target = new SimulatedNewDirectory(new SimulatedStorage());
        restore(target, RestorePoint.ofSequence(60));
        assertThat(target.published().names()).contains(OLDER).doesNotContain(SegmentDescriptor.nameOf(1));

        SimulatedNewDirectory fromTheFirst = new SimulatedNewDirectory(new SimulatedStorage());
        restore(fromTheFirst, RestorePoint.ofSequence(20));
        assertThat(fromTheFirst.published().names()).contains(SegmentDescriptor.nameOf(1));
    }

    @Test
    void readsTheSourceOnlyAndNotBeyondTheSegmentOfThePoint() throws IOException {
        Map<String, ByteBuffer> before = source.contents();
        List<String> segments = LogFiles.segments(source);

        restore(RestorePoint.ofSequence(45));

        assertThat(source.contents()).isEqualTo(before);
        assertThat(source.operations())
                .allMatch(operation -> operation.matches("(list|openReadOnly|read|length|close)\\b.*"))
                .noneMatch(operation -> operation.startsWith("read " + NEWER))
                .filteredOn(operation -> operation.startsWith("read " + segments.get(segments.size() - 1) + " 128+"))
                .as("but to find where the log ends")
                .hasSize(1);
    }

    @Test
    void aDryRunSaysTheSameAndWritesNothing() throws IOException {
        RestoreReport done = restore(RestorePoint.ofSequence(60));
        SimulatedNewDirectory untouched = new SimulatedNewDirectory(new SimulatedStorage());
        ReplayedState state = new ReplayedState();

        try (LogRestore restore =
                new LogRestore(source, RestorePoint.ofSequence(60), null, new SteppedWorkers(), ReplayProgress.NONE)) {
            assertThat(restore.read(state)).isEqualTo(done);
        }

        assertThat(state.contents()).isEqualTo(contentsAt(60));
        assertThat(untouched.storage().operations()).isEmpty();
    }

    @Test
    void whatIsNotThereIsRefusedWithWhatIs() {
        requireRefused(
                RestorePoint.ofSequence(101),
                "the log ends with sequence 100. Sequence 101 cannot be restored. Restorable is sequence 1 (1970-");

        source.remove(SegmentDescriptor.nameOf(1));
        requireRefused(RestorePoint.ofSequence(39), "Restorable is sequence 40 (1970-");
        requireRefused(timeOf(39), "The state at 1970-", "cannot be restored. Restorable is sequence 40 (1970-");
        requireRestorable(40, 100);
    }

    @Test
    void damageIsRefusedWhereItMattersOnly() throws IOException {
        source.flipBit(segmentOf(50), 8L * (offsetOf(50) + 60));

        requireRestorable(20, 49, 80, 100);
        requireRefused(
                RestorePoint.ofSequence(50),
                "(sequence 50): frame body fails its checksum",
                "to 49 (1970-",
                " and sequence 80 (1970-",
                "to 100 (1970-");
        requireRefused(timeOf(50), "(sequence 50)");
        // The event that is damaged may have happened within the same millisecond.
        requireRefused(timeOf(49), "(sequence 50)");
        assertThat(restore(timeOf(48)).lastSequence()).isEqualTo(48);

        source.flipBit(NEWER, 8 * 1_000);
        requireRefused(RestorePoint.ofSequence(80), "(sequence 50)");
        requireRefused(RestorePoint.LATEST, "All of it cannot be restored");
    }

    @Test
    void aDamagedSnapshotIsPassedOver() throws IOException {
        source.flipBit(NEWER, 8 * 1_000);
        SimulatedNewDirectory target = new SimulatedNewDirectory(new SimulatedStorage());

        RestoreReport report = restore(target, RestorePoint.ofSequence(90));

        assertThat(report.snapshot().file()).isEqualTo(OLDER);
        assertThat(report.damagedSnapshots()).hasSize(1);
        requireRestored(target.published(), 90);
    }

    /** Behind what was read, later events lie by then, and these show that what comes before them was forced. */
    @Test
    @Tag("R12")
    void whatIsBeingWrittenIsNotTakenForDamage() throws IOException {
        TestLog log = TestLog.open(source, TestLog.settings(SyncPolicy.ALWAYS), new SteppedWorkers());
        SegmentReport last = TestLogs.examine(source).segments().stream()
                .filter(segment -> segment.lastSequence() == 100)
                .findFirst()
                .orElseThrow();
        source.beforeEach(operation -> {
            if (operation.startsWith("read " + last.file() + " " + last.usedBytes() + "+")
                    && log.acknowledged().isEmpty()) {
                log.append("one more", "1");
                log.append("and more", "2");
            }
        });

        assertThat(restore(RestorePoint.LATEST).lastSequence()).isEqualTo(100);

        assertThat(log.acknowledged()).hasSize(2);
    }

    @Test
    @Tag("R35")
    void aTailThatMayHaveBeenForcedIsLeftOutAndReported() throws IOException {
        SegmentReport last = TestLogs.examine(source).segments().stream()
                .filter(segment -> segment.lastSequence() == 100)
                .findFirst()
                .orElseThrow();
        source.flipBit(last.file(), 8 * (last.usedBytes() - 20));

        RestoreReport latest = restore(RestorePoint.LATEST);

        assertThat(latest.lastSequence()).isEqualTo(99);
        assertThat(latest.leftOut()).hasSize(1);
        assertThat(latest.leftOut().get(0).firstSequence()).isEqualTo(100);
        assertThat(restore(timeOf(100)).leftOut()).hasSize(1);
        assertThat(restore(timeOf(98)).leftOut()).as("it lies behind the point").isEmpty();
        assertThat(restore(RestorePoint.ofSequence(99)).leftOut()).isEmpty();
    }

    /** The clock was an hour ahead for one reading, and events keep that time until it has caught up. */
    @Test
    @Tag("R35")
    @Tag("R37")
    void eventsThatHaveALaterTimeThanItIsAreLeftOutAndReported() throws IOException {
        TestLog log = TestLog.open(source, TestLog.settings(SyncPolicy.ALWAYS), new SteppedWorkers());
        source.advanceClock(3_600 * SECOND);
        log.append("key", "ahead");
        source.advanceClock(-3_600 * SECOND + SECOND);
        log.append("key", "after that");
        long now = source.currentTimeMillis();

        RestoreReport untilNow = restore(RestorePoint.ofTime(now));

        assertThat(untilNow.lastSequence()).isEqualTo(100);
        assertThat(untilNow.nextSequence()).isEqualTo(101);
        assertThat(untilNow.leftOut()).hasSize(1);
        assertThat(untilNow.leftOut().get(0).cause()).contains("the clock was ahead", "sequence 101");
        assertThat(untilNow.leftOut().get(0).lastSequence()).isEqualTo(102);
        assertThat(restore(RestorePoint.LATEST).leftOut()).isEmpty();
        assertThat(restore(timeOf(60)).nextSequence()).isEqualTo(61);
        assertThat(restore(timeOf(60)).leftOut()).as("it has come meanwhile").isEmpty();
    }

    @Test
    void whatTheStateRefusesIsNotRestored() {
        requireNotRestoredIfRefused(55, RestorePoint.ofSequence(60));
        requireNotRestoredIfRefused(95, RestorePoint.LATEST);
    }

    private void requireNotRestoredIfRefused(long refused, RestorePoint point) {
        LogVisitor refusing = new ReplayedState((sequence, timestamp, record) -> {
            if (sequence == refused) {
                throw new IllegalStateException("not what the mark states");
            }
        });
        SimulatedStorage target = new SimulatedStorage();
        assertThatExceptionOfType(LogException.class)
                .isThrownBy(() -> {
                    try (LogRestore restore = new LogRestore(
                            source,
                            point,
                            new SimulatedNewDirectory(target),
                            new SteppedWorkers(),
                            ReplayProgress.NONE)) {
                        restore.read(refusing);
                    }
                })
                .withMessageContaining("not what the mark states");
        assertThat(target.openFiles()).isEmpty();
    }

    @Test
    @Tag("R18")
    void whereverAnOperationFailsThereIsAWholeLogOrAnErrorThatSaysSo() throws IOException {
        SimulatedNewDirectory probe = new SimulatedNewDirectory(new SimulatedStorage());
        restore(probe, RestorePoint.ofSequence(60));
        int operations = probe.storage().operationCount();
        assertThat(operations).isGreaterThan(50);
        for (int nth = 1; nth <= operations; nth += TestScale.choose(11, 1)) {
            SimulatedNewDirectory target = new SimulatedNewDirectory(new SimulatedStorage());
            target.storage().fail(operation -> true, nth, SimulatedStorage.IO_ERROR);
            try {
                restore(target, RestorePoint.ofSequence(60));
                requireRestored(target.published(), 60);
            } catch (IOException e) {
                assertThat(e).as("operation %d", nth).hasMessageContaining(SimulatedStorage.IO_ERROR);
                assertThat(target.published()).as("operation %d", nth).isNull();
            }
        }
    }

    @Test
    @Tag("R20")
    void aFullDiskEndsIt() {
        SimulatedStorage target = new SimulatedStorage();
        for (int capacity : new int[] {5_000, 40_000}) {
            target.capacity(capacity);
            SimulatedNewDirectory directory = new SimulatedNewDirectory(target);
            assertThatIOException()
                    .isThrownBy(() -> restore(directory, RestorePoint.ofSequence(79)))
                    .withMessageContaining("No space left on device");
            assertThat(directory.published()).isNull();
            assertThat(target.openFiles()).isEmpty();
            target.names().forEach(target::remove);
        }
    }

    @Test
    @Tag("R15")
    void whereverItDiesThereIsAWholeLogOrNone() throws IOException {
        SimulatedNewDirectory probe = new SimulatedNewDirectory(new SimulatedStorage());
        restore(probe, RestorePoint.ofSequence(60));
        int nth = 0;
        boolean died = true;
        while (died) {
            SimulatedNewDirectory target = new SimulatedNewDirectory(new SimulatedStorage());
            target.storage().crashAt(nth);
            died = false;
            try {
                restore(target, RestorePoint.ofSequence(60));
            } catch (SimulatedStorage.Crash dead) {
                died = true;
                assertThat(target.published()).as("change %d", nth).isNull();
            }
            if (!died) {
                requireRestored(target.published(), 60);
            }
            nth++;
        }
        assertThat(nth).isGreaterThan(10);
    }

    @Test
    void aNewLogThatTheDiskGarblesIsNoticed() {
        for (String garbled : List.of(OLDER, SegmentDescriptor.nameOf(2))) {
            SimulatedStorage disk = new SimulatedStorage();
            SimulatedNewDirectory directory = new SimulatedNewDirectory(disk);
            assertThatIOException()
                    .as(garbled)
                    .isThrownBy(
                            () -> restore(directory, RestorePoint.ofSequence(60), () -> disk.flipBit(garbled, 8_000)))
                    .withMessageContaining("the new log is not what was written");
            assertThat(directory.published()).isNull();
        }
    }

    private RestorePoint timeOf(int sequence) {
        return RestorePoint.ofTime(events.get(sequence - 1).timestamp());
    }

    private String segmentOf(long sequence) throws IOException {
        return TestLogs.examine(source).segments().stream()
                .filter(segment -> segment.firstSequence() <= sequence && sequence <= segment.lastSequence())
                .findFirst()
                .orElseThrow()
                .file();
    }

    /** Each event is a frame of its own. */
    private int offsetOf(long sequence) throws IOException {
        String name = segmentOf(sequence);
        StorageFile file = source.openReadOnly(name);
        try (FrameReader frames = new FrameReader(file, SegmentHeader.read(file, name))) {
            while (frames.next() && frames.firstSequence() < sequence) {
                // On to the next.
            }
            return frames.offset();
        }
    }

    /** Another log, restored up to an event. */
    static SimulatedStorage restored(SimulatedStorage source, long sequence) throws IOException {
        SimulatedNewDirectory target = new SimulatedNewDirectory(new SimulatedStorage());
        target.storage().advanceClock(Duration.ofDays(36_500).toMillis());
        restore(source, target, RestorePoint.ofSequence(sequence), () -> {});
        return target.published();
    }

    private RestoreReport restore(RestorePoint point) throws IOException {
        return restore(new SimulatedNewDirectory(new SimulatedStorage()), point);
    }

    private RestoreReport restore(SimulatedNewDirectory target, RestorePoint point) throws IOException {
        return restore(target, point, () -> {});
    }

    private RestoreReport restore(SimulatedNewDirectory target, RestorePoint point, Runnable beforeTheCheck)
            throws IOException {
        return restore(source, target, point, beforeTheCheck);
    }

    private static RestoreReport restore(
            SimulatedStorage source, SimulatedNewDirectory target, RestorePoint point, Runnable beforeTheCheck)
            throws IOException {
        try (LogRestore restore = new LogRestore(source, point, target, new SteppedWorkers(), ReplayProgress.NONE)) {
            RestoreReport report = restore.read(new ReplayedState());
            int length = RecordDescriptor.recordLength(0, RecordDescriptor.MARK_LENGTH);
            ByteBuffer mark = ByteBuffer.allocateDirect(length);
            RecordEncoder.encodeMark(
                    RawMemory.addressOf(mark), EventType.CLEAN_CLOSE, report.lastSequence(), 0x1234, 5);
            restore.finish(new RecordFlyweight().wrap(RawMemory.addressOf(mark)));
            beforeTheCheck.run();
            restore.check(new ReplayedState());
            restore.publish();
            return report;
        }
    }

    private void requireRestorable(int... sequences) {
        for (int sequence : sequences) {
            try {
                assertThat(restore(RestorePoint.ofSequence(sequence)).lastSequence())
                        .isEqualTo(sequence);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    private void requireRefused(RestorePoint point, String... parts) {
        SimulatedNewDirectory target = new SimulatedNewDirectory(new SimulatedStorage());
        assertThatExceptionOfType(LogException.class)
                .isThrownBy(() -> restore(target, point))
                .satisfies(refusal -> assertThat(refusal.getMessage()).contains(parts));
        assertThat(target.published()).isNull();
    }

    private Map<ByteBuffer, ByteBuffer> contentsAt(int sequence) {
        Map<ByteBuffer, ByteBuffer> contents = new TreeMap<>();
        events.subList(0, sequence).forEach(event -> contents.put(event.key(), event.value()));
        return contents;
    }

    /** It opens with the contents of that sequence, and has the events behind its snapshot with their times. */
    private void requireRestored(SimulatedStorage restored, int sequence) throws IOException {
        SimulatedStorage disk = restored.copy();
        TestLog log = TestLog.open(disk, TestLog.strict(SyncPolicy.ALWAYS), new SteppedWorkers());
        assertThat(log.state().contents()).isEqualTo(contentsAt(sequence));
        List<Event> replayed = new ArrayList<>(log.replayed());
        List<Event> marks = log.state().marks();
        Event mark = marks.get(marks.size() - 1);
        assertThat(mark.type()).isEqualTo(EventType.CLEAN_CLOSE);
        assertThat(mark.sequence()).isEqualTo(sequence + 1);
        assertThat(replayed).isEqualTo(events.subList(sequence - replayed.size(), sequence));
        log.close();
        disk.release();
    }
}
