package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.poro.events.TestScale;
import dev.poro.wal.simulated.SimulatedNewDirectory;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Backups of a log with the snapshots of sequences 40 and 80, and 100 events in several segments.
 *
 * @see BackupPlan
 * @see BackupPlanner
 * @see BackupReport
 */
class LogBackupTest {
    private static final String OLDER = SnapshotDescriptor.nameOf(40);
    private static final String NEWER = SnapshotDescriptor.nameOf(80);
    private static final String FIRST = SegmentDescriptor.nameOf(1);
    private static final String SECOND = SegmentDescriptor.nameOf(2);

    private final SimulatedStorage source = new SimulatedStorage();
    private final SimulatedStorage target = new SimulatedStorage();
    private List<Event> events;
    private Map<ByteBuffer, ByteBuffer> contents;

    @BeforeEach
    void write() throws IOException {
        TestLog log = TestLog.open(source, TestLog.settings(SyncPolicy.OS).retain(Retention.ALL), new SteppedWorkers())
                .startSnapshots();
        log.appendMany(40, 500);
        log.log().takeSnapshot();
        log.appendMany(40, 500);
        log.log().takeSnapshot();
        log.appendMany(20, 500);
        log.kill(source);
        events = log.acknowledged();
        contents = log.state().contents();
        assertThat(LogFiles.segments(source)).hasSizeGreaterThan(3);
        source.clearOperations();
    }

    @Test
    void opensAsTheLogItself() throws IOException {
        BackupReport report = backUp(target);

        assertThat(report.lastSequence()).isEqualTo(100);
        assertThat(report.snapshots()).isEqualTo(2);
        assertThat(report.leftOut()).isEmpty();
        assertThat(report.copiedBytes()).isEqualTo(target.used() - target.bytes(StoreFile.NAME).length);
        requireOpens(target, 80);
        List<Event> read = new ArrayList<>();
        assertThat(TestLogs.examine(target, TestLog.collectorOf(read)).verdict())
                .isEqualTo(RecoveryReport.Verdict.SOUND);
        assertThat(read).isEqualTo(events);
    }

    @Test
    void readsTheSourceAndForcesItButChangesNothing() throws IOException {
        Map<String, ByteBuffer> before = source.contents();

        backUp(target);

        assertThat(source.contents()).isEqualTo(before);
        assertThat(source.operations())
                .allMatch(operation -> operation.matches("(list|openReadOnly|read|length|force|close)\\b.*"));
    }

    /** Otherwise the log could go on after a power cut with other events than its backup has under their sequences. */
    @Test
    void hasNothingThatTheLogMayLose() throws IOException {
        assertThat(source.pending()).anyMatch(change -> !change.isName());

        backUp(target);

        SimulatedStorage after = source.powerCut(source.pending(), new BitSet());
        assertThat(TestLogs.examine(after).lastSequence()).isEqualTo(100);
    }

    @Test
    void aFinishedOneIsFoundWholeByTheNext() throws IOException {
        backUp(target);
        target.clearOperations();

        BackupReport again = backUp(target);

        assertThat(again.copiedFiles()).isZero();
        assertThat(again.keptFiles()).isEqualTo(again.segments() + again.snapshots());
        assertThat(target.operations()).noneMatch(operation -> operation.startsWith("write"));
    }

    @Test
    void aFileThatDiffersIsCopiedAnewAlthoughItsLengthIsRight() throws IOException {
        backUp(target);
        target.flipBit(SECOND, 8 * 700);
        target.flipBit(OLDER, 8 * 300);

        BackupReport again = backUp(target);

        assertThat(again.copiedFiles()).isEqualTo(2);
        requireOpens(target, 80);
        assertThat(target.bytes(OLDER)).isEqualTo(source.bytes(OLDER));
    }

    @Test
    void goesOnWithALogThatHasGrown() throws IOException {
        backUp(target);
        TestLog log = TestLog.open(source, TestLog.settings(SyncPolicy.OS), new SteppedWorkers());
        log.appendMany(50, 500);
        contents = log.state().contents();

        BackupReport again = backUp(target);

        assertThat(again.lastSequence()).isEqualTo(150);
        assertThat(again.keptFiles()).isGreaterThan(4);
        requireOpens(target, 80);
    }

    @Test
    void takesWhatIsThereOfALogThatHasReleasedItsBeginning() throws IOException {
        source.remove(FIRST);

        BackupReport report = backUp(target);

        assertThat(report.firstSequence()).isGreaterThan(1);
        assertThat(report.leftOut()).isEmpty();
        requireOpens(target, 80);
    }

    /** The store gives up its first segments and a snapshot while they are being copied: they can still be read. */
    @Test
    @Tag("R35")
    void hasWhatIsReleasedMeanwhile() throws IOException {
        source.beforeEach(operation -> {
            if (operation.equals("force " + FIRST)) {
                source.remove(FIRST);
                source.remove(SECOND);
                source.remove(OLDER);
            }
        });

        BackupReport report = backUp(target);

        assertThat(source.names()).doesNotContain(FIRST, SECOND, OLDER);
        assertThat(report.firstSequence()).isEqualTo(1);
        assertThat(report.snapshots()).isEqualTo(2);
        requireOpens(target, 80);
    }

    @Test
    @Tag("R35")
    void opensEveryFileOnceAndClosesIt() throws IOException {
        backUp(target);

        assertThat(source.operations())
                .filteredOn(operation -> operation.startsWith("openReadOnly"))
                .as("the store file, two snapshots and the segments")
                .hasSize(1 + 2 + LogFiles.segments(source).size())
                .doesNotHaveDuplicates();
        assertThat(source.openFiles()).isEmpty();
    }

    /** A backup in the process of the store holds no file open: it keeps the store from releasing any. */
    @Test
    @Tag("R35")
    void holdsBackTheReleaseOfItsOwnProcess() throws IOException {
        SteppedWorkers workers = new SteppedWorkers();
        TestLog log = TestLog.open(source, TestLog.settings(SyncPolicy.OS).retain(Retention.NONE), workers)
                .startSnapshots();
        List<String> before = source.names();
        int[] mostOpen = new int[1];
        int openByTheLog = source.openFiles().size();
        target.beforeEach(operation -> {
            mostOpen[0] = Math.max(mostOpen[0], source.openFiles().size() - openByTheLog);
            if (operation.startsWith("create " + SECOND)) {
                log.log().takeSnapshot();
                log.appendMany(1, 10);
                log.log().takeSnapshot();
                assertThat(source.names()).containsAll(before);
            }
        });

        BackupReport report = log.log()
                .newBackup(new SimulatedNewDirectory(target), ReplayProgress.NONE)
                .run(LogVisitor.NONE);

        assertThat(report.firstSequence()).isEqualTo(1);
        assertThat(report.lastSequence()).isEqualTo(100);
        assertThat(mostOpen[0]).isLessThan(4);
        for (int worker = 0; worker < workers.count(); worker++) {
            workers.step(worker);
        }
        assertThat(log.log().status().snapshots().problem()).isNull();
        assertThat(source.names()).as("released when it has ended").doesNotContain(FIRST, SECOND, OLDER);
        log.close();
    }

    /** Behind what was read, later events lie by then, and these show that what comes before them was forced. */
    @Test
    @Tag("R12")
    void whatIsBeingWrittenIsNotTakenForDamage() throws IOException {
        TestLog log = TestLog.open(source, TestLog.settings(SyncPolicy.ALWAYS), new SteppedWorkers());
        RecoveryReport before = TestLogs.examine(source);
        String behindTheEnd = "read " + last(before).file() + " " + last(before).usedBytes() + "+";
        source.beforeEach(operation -> {
            if (operation.startsWith(behindTheEnd) && log.acknowledged().isEmpty()) {
                log.append("one more", "1");
                log.append("and more", "2");
            }
        });

        assertThat(backUp(target).lastSequence()).isEqualTo(100);

        assertThat(log.acknowledged()).hasSize(2);
        requireOpens(target, 80);
    }

    private static SegmentReport last(RecoveryReport log) {
        return log.segments().stream()
                .filter(segment -> segment.lastSequence() == log.lastSequence())
                .findFirst()
                .orElseThrow();
    }

    @Test
    void leavesDamageOutThatOpeningDoesWithout() throws IOException {
        source.flipBit(NEWER, 8 * 1_000);
        BackupReport withoutTheNewest = backUp(target);
        assertThat(withoutTheNewest.leftOut()).hasSize(1);
        assertThat(withoutTheNewest.leftOut().get(0).file()).contains(NEWER);
        assertThat(target.names()).contains(OLDER).doesNotContain(NEWER);
        requireOpens(target, 40);

        source.flipBit(FIRST, 8 * 1_000);
        BackupReport withoutHistory = backUp(new SimulatedStorage());
        assertThat(withoutHistory.leftOut()).hasSize(2);
        assertThat(withoutHistory.leftOut().get(1).file()).contains(FIRST);
        assertThat(withoutHistory.lastSequence()).isEqualTo(100);
    }

    @Test
    void refusesDamageThatOpeningDoesNotDoWithout() {
        source.remove(NEWER);
        source.remove(SegmentDescriptor.nameOf(3));
        requireRefused("segment 3, which comes before, is missing");
    }

    @Test
    void refusesALogThatBeginsBehindItsSnapshots() {
        source.remove(FIRST);
        source.remove(OLDER);
        source.remove(NEWER);
        requireRefused("segment 1 is missing, and no snapshot reaches up to it");
    }

    @Test
    void saysWhichSequenceIsLostWhereNoSegmentCanBeRecognised() {
        source.remove(NEWER);
        source.remove(OLDER);
        for (String name : List.of(FIRST, SECOND, SegmentDescriptor.nameOf(3), SegmentDescriptor.nameOf(4))) {
            byte[] bytes = source.bytes(name);
            bytes[SegmentDescriptor.LOG_ID_OFFSET] ^= 1;
            source.put(name, bytes);
        }
        requireRefused("damaged at offset 0 (sequence 1)");
    }

    /** Its settings are kept before its first event is. */
    @Test
    @Tag("R35")
    void aStoreWithoutAnEventIsNotDamaged() throws IOException {
        source.names().forEach(source::remove);
        TestLog.open(source, TestLog.settings(SyncPolicy.OS).retain(Retention.ALL), new SteppedWorkers())
                .abandon();

        requireRefused("holds no event yet");
    }

    @Test
    @Tag("R35")
    void aLogOfWhichOnlyThePreparedSegmentIsLeftIsDamaged() throws IOException {
        SimulatedStorage small = new SimulatedStorage();
        TestLog log = TestLog.open(small, SyncPolicy.ALWAYS);
        log.appendMany(12, 1_000);
        TestLogs.await(() -> small.names().contains(SECOND));
        log.kill(small);
        small.remove(FIRST);

        assertThatExceptionOfType(LogDamagedException.class)
                .isThrownBy(() -> backUp(small, new SimulatedNewDirectory(target)))
                .withMessageContaining("segment 1 is missing");
    }

    /** As opening says: what follows a first sequence that was never forced is cut off. */
    @Test
    @Tag("R35")
    void aLogWhoseBeginningWasNeverForcedHoldsNoEventYet() throws IOException {
        SimulatedStorage young = new SimulatedStorage();
        TestLog log = TestLog.open(young, SyncPolicy.OS);
        log.appendMany(3, 1_000);
        log.kill(young);
        byte[] bytes = young.bytes(FIRST);
        Arrays.fill(bytes, SegmentDescriptor.START_OFFSET, SegmentDescriptor.HEADER_LENGTH, (byte) 0);
        young.put(FIRST, bytes);
        assertThat(TestLogs.examine(young).verdict()).isEqualTo(RecoveryReport.Verdict.UNFORCED_TAIL);

        assertThatExceptionOfType(LogException.class)
                .isThrownBy(() -> backUp(young, new SimulatedNewDirectory(target)))
                .withMessageContaining("holds no event yet");
    }

    private void requireRefused(String why) {
        assertThatExceptionOfType(LogException.class)
                .isThrownBy(() -> backUp(target))
                .withMessageContaining(why);
        assertThat(target.names()).isEmpty();
    }

    @Test
    @Tag("R35")
    void cutsOffWhatOpeningWouldCutOffAndSaysSo() throws IOException {
        SegmentReport last = last(TestLogs.examine(source));
        byte[] bytes = source.bytes(last.file());
        bytes[(int) last.usedBytes() - 20] ^= 1;
        source.put(last.file(), bytes);

        BackupReport report = backUp(target);

        assertThat(report.lastSequence()).isEqualTo(99);
        assertThat(target.bytes(last.file()).length).isLessThan((int) last.usedBytes());
        assertThat(report.leftOut()).hasSize(1);
        assertThat(report.leftOut().get(0).file()).endsWith(last.file());
        assertThat(report.leftOut().get(0).missing()).isEqualTo("events from sequence 100 on may be missing");
    }

    @Test
    void neverTouchesADirectoryWithFilesOfAnotherLogOrOfNone() throws IOException {
        SimulatedStorage other = new SimulatedStorage();
        TestLog.open(other, TestLog.settings(SyncPolicy.OS), new SteppedWorkers())
                .startSnapshots()
                .appendMany(80, 10)
                .log()
                .takeSnapshot();
        for (String foreign : List.of(FIRST, NEWER, "letter")) {
            SimulatedStorage directory = new SimulatedStorage();
            directory.put(foreign, other.names().contains(foreign) ? other.bytes(foreign) : new byte[300]);
            Map<String, ByteBuffer> before = directory.contents();

            assertThatExceptionOfType(LogException.class)
                    .as(foreign)
                    .isThrownBy(() -> backUp(directory))
                    .withMessageContaining(foreign);

            assertThat(directory.contents()).isEqualTo(before);
        }
    }

    @Test
    void aFullDiskEndsItAndWhatIsWholeIsKept() throws IOException {
        target.capacity(40_000);
        SimulatedNewDirectory directory = new SimulatedNewDirectory(target);
        assertThatIOException()
                .isThrownBy(() -> backUp(directory))
                .withMessageMatching(".*cannot write at offset \\d+: No space left on device");
        assertThat(directory.published()).isNull();
        assertThat(target.openFiles()).isEmpty();

        target.capacity(Long.MAX_VALUE);
        BackupReport report = backUp(target);

        assertThat(report.keptFiles()).isPositive();
        requireOpens(target, 80);
    }

    @Test
    void aCopyThatTheDiskGarblesIsNoticed() {
        for (String garbled : List.of(OLDER, NEWER, FIRST, SECOND)) {
            SimulatedStorage disk = new SimulatedStorage();
            disk.beforeEach(operation -> {
                if (operation.equals("forceDirectory")) {
                    disk.flipBit(garbled, 8 * 1_000);
                }
            });
            SimulatedNewDirectory directory = new SimulatedNewDirectory(disk);

            assertThatIOException()
                    .as(garbled)
                    .isThrownBy(() -> backUp(directory))
                    .withMessageContaining("the copy is not what the log was");

            assertThat(directory.published()).isNull();
        }
    }

    @Test
    @Tag("R18")
    void whereverAnOperationFailsThereIsAWholeBackupOrNoneAndASecondTrySucceeds() throws IOException {
        backUp(target);
        int operations = target.operationCount();
        assertThat(operations).isGreaterThan(50);
        for (int nth = 1; nth <= operations; nth += TestScale.choose(11, 1)) {
            SimulatedNewDirectory directory = new SimulatedNewDirectory(new SimulatedStorage());
            directory.storage().fail(operation -> true, nth, SimulatedStorage.IO_ERROR);
            try {
                backUp(directory);
            } catch (IOException e) {
                assertThat(e).as("operation %d", nth).hasMessageContaining(SimulatedStorage.IO_ERROR);
                assertThat(directory.published()).as("operation %d", nth).isNull();
                directory.storage().heal();
                backUp(directory);
            }
            requireOpens(directory.published(), 80);
        }
    }

    private BackupReport backUp(SimulatedStorage storage) throws IOException {
        return backUp(new SimulatedNewDirectory(storage));
    }

    private static BackupReport backUp(SimulatedStorage log, SimulatedNewDirectory directory) throws IOException {
        return new LogBackup(log, directory, new SteppedWorkers(), ReplayProgress.NONE).run(LogVisitor.NONE);
    }

    private BackupReport backUp(SimulatedNewDirectory directory) throws IOException {
        BackupReport report = backUp(source, directory);
        assertThat(directory.published().contents())
                .isEqualTo(directory.storage().contents());
        return report;
    }

    /** A store opens on it from this snapshot and has what the log's has, and goes on. */
    private void requireOpens(SimulatedStorage backup, long snapshot) throws IOException {
        SimulatedStorage disk = backup.copy();
        TestLog log = TestLog.open(disk, TestLog.strict(SyncPolicy.ALWAYS), new SteppedWorkers());
        assertThat(log.state().loaded().sequence()).isEqualTo(snapshot);
        assertThat(log.state().contents()).isEqualTo(contents);
        log.append("one more", "value");
        log.close();
        disk.release();
    }
}
