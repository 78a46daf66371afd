package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.poro.events.Outcome;
import dev.poro.events.RawMemory;
import dev.poro.wal.simulated.SimulatedNewDirectory;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the file beside the segments proves, and what it keeps. */
class StoreFileTest {
    private static final Retention TEN_MEGABYTES = Retention.ofSize(10 << 20);

    private SimulatedStorage storage = new SimulatedStorage();

    /** Otherwise it would not be written when it must be. */
    @Test
    void isEqualOnlyIfItSaysTheSame() {
        StoreFile file = new StoreFile(1, 2, 3, 4, TEN_MEGABYTES, Retention.NONE);

        assertThat(file)
                .isEqualTo(new StoreFile(1, 2, 3, 4, Retention.ofSize(10 << 20), Retention.NONE))
                .hasSameHashCodeAs(new StoreFile(1, 2, 3, 4, Retention.ofSize(10 << 20), Retention.NONE))
                .isNotEqualTo(null)
                .isNotEqualTo(new StoreFile(9, 2, 3, 4, TEN_MEGABYTES, Retention.NONE))
                .isNotEqualTo(new StoreFile(1, 9, 3, 4, TEN_MEGABYTES, Retention.NONE))
                .isNotEqualTo(new StoreFile(1, 2, 9, 4, TEN_MEGABYTES, Retention.NONE))
                .isNotEqualTo(new StoreFile(1, 2, 3, 9, TEN_MEGABYTES, Retention.NONE))
                .isNotEqualTo(new StoreFile(1, 2, 3, 4, Retention.ALL, Retention.NONE))
                .isNotEqualTo(new StoreFile(1, 2, 3, 4, TEN_MEGABYTES, Retention.NONE, Branch.NONE, 9))
                .isNotEqualTo(new StoreFile(1, 2, 3, 4, TEN_MEGABYTES, Retention.NONE, Branch.NONE.ofBackup(), 0));
    }

    @Test
    void readsWhatItHasWritten() throws IOException {
        Branch branch = Branch.NONE.branchOff(5, 1, 6).branchOff(7, 1, 8);
        for (Branch each : List.of(Branch.NONE, branch, branch.ofBackup())) {
            StoreFile file = new StoreFile(1, 2, 3, 4, TEN_MEGABYTES, Retention.ALL, each, 9);

            file.write(storage);

            assertThat(StoreFile.look(storage).store()).isEqualTo(file);
        }
    }

    /** A Poro that knows no branches would drop it, and take positions of the original for its own. */
    @Test
    @Tag("R36")
    void isOfAnotherVersionIfThereIsABranch() throws IOException {
        Branch branch = Branch.NONE.branchOff(5, 1, 6);
        for (Branch each : List.of(Branch.NONE, Branch.NONE.ofBackup(), branch, branch.ofBackup())) {
            new StoreFile(1, 2, 3, 4, TEN_MEGABYTES, Retention.NONE, each, 0).write(storage);

            assertThat(storage.bytes(StoreFile.NAME)[FileHeader.VERSION_OFFSET])
                    .isEqualTo((byte) (each.equals(Branch.NONE) ? 1 : 2));
        }
    }

    /** Otherwise each log without a change log would have another file than before. */
    @Test
    void endsWithZerosIfThereIsNoBranchAndNoChangeLog() throws IOException {
        new StoreFile(1, 2, 3, 4, TEN_MEGABYTES, Retention.NONE).write(storage);

        assertThat(Arrays.copyOfRange(storage.bytes(StoreFile.NAME), 64, 124)).containsOnly(0);
    }

    @ParameterizedTest
    @EnumSource(SyncPolicy.class)
    @Tag("R40")
    void anySegmentsMissingOfACleanlyClosedLogAreRefused(SyncPolicy policy) throws IOException {
        writeAndClose(policy);
        List<String> segments = LogFiles.segments(storage);
        assertThat(segments).hasSizeGreaterThan(2);
        for (int missing = 1; missing < 1 << segments.size(); missing++) {
            SimulatedStorage left = storage.copy();
            for (int i = 0; i < segments.size(); i++) {
                if (((missing >> i) & 1) == 1) {
                    left.remove(segments.get(i));
                }
            }
            assertRefusedUntouched(left, "missing");
        }
    }

    @Test
    @Tag("R40")
    void theMissingLastSegmentIsNamedAndWhatHadBeenForced() throws IOException {
        long last = writeAndClose(SyncPolicy.EVERYSEC);
        List<String> segments = LogFiles.segments(storage);
        String lost = segments.get(segments.size() - 1);
        storage.remove(lost);

        assertRefusedUntouched(storage, lost + " is missing");
        assertRefusedUntouched(storage, "forced up to sequence " + last);
        ScannedLog scanned = ScannedLog.of(storage);
        assertThat(scanned.problems()).hasSize(1);
        assertThat(scanned.problems().get(0).lastSequence()).isEqualTo(last);
        assertThat(scanned.report.complete()).isFalse();
    }

    @Test
    @Tag("R40")
    void aLogOfASnapshotAloneIsRefused() throws IOException {
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS).startSnapshots()) {
            log.appendMany(20, 1_000);
            log.log().takeSnapshot();
            log.closeCleanly();
        }
        LogFiles.segments(storage).forEach(storage::remove);
        assertRefusedUntouched(storage, "all segments of the log are missing");
    }

    @Test
    @Tag("R40")
    void whatWasRecoveredAfterACrashIsMissedFromThenOn() throws IOException {
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            log.appendMany(20, 1_000);
        }
        assertThat(storage.names()).doesNotContain(StoreFile.NAME);
        TestLog.open(storage, SyncPolicy.ALWAYS).close();

        storage.remove("0000000002.wal");

        assertRefusedUntouched(storage, "0000000002.wal is missing");
    }

    @Test
    @Tag("R8")
    @Tag("R40")
    void aTailThatWasForcedBeforeACleanCloseIsNotCutOff() throws IOException {
        writeAndClose(SyncPolicy.ALWAYS);
        List<String> segments = LogFiles.segments(storage);
        String last = segments.get(segments.size() - 1);
        storage.flipBit(last, 8L * (TestLogs.endOf(storage, last) - 8));
        assertRefusedUntouched(storage, "it had been forced, as the file STORE shows");
    }

    @Test
    @Tag("R40")
    void anOldLogWithoutTheFileOpensAndGetsIt() throws IOException {
        long last = writeAndClose(SyncPolicy.ALWAYS);
        storage.remove(StoreFile.NAME);
        try (TestLog log = TestLog.open(storage, TestLog.strict(SyncPolicy.ALWAYS))) {
            assertThat(log.recovery().lastSequence()).isEqualTo(last);
        }
        assertThat(StoreFile.look(storage).forcedSequence()).isEqualTo(last);
    }

    @Test
    @Tag("R40")
    void aBackupProvesItsOwnEnd() throws IOException {
        writeAndClose(SyncPolicy.ALWAYS);
        SimulatedStorage target = new SimulatedStorage();
        new LogBackup(storage, new SimulatedNewDirectory(target), new SteppedWorkers(), ReplayProgress.NONE)
                .run(LogVisitor.NONE);
        List<String> segments = LogFiles.segments(target);
        target.remove(segments.get(segments.size() - 1));
        assertRefusedUntouched(target, "is missing");
    }

    @Test
    void everyFlippedBitIsRefusedByName() throws IOException {
        writeAndClose(SyncPolicy.ALWAYS);
        for (long bit = 0; bit < FileHeader.LENGTH * 8; bit++) {
            storage.flipBit(StoreFile.NAME, bit);
            assertRefusedUntouched(storage, "/simulated/STORE: damaged");
            storage.flipBit(StoreFile.NAME, bit);
        }
        storage.put(StoreFile.NAME, new byte[0]);
        assertRefusedUntouched(storage, "/simulated/STORE: damaged");
    }

    /** Nobody is told to remove it. */
    @Test
    @Tag("R36")
    void thatOfANewerVersionIsLeftAlone() throws IOException {
        writeAndClose(SyncPolicy.ALWAYS);
        ByteBuffer newer = RawMemory.allocateBuffer(FileHeader.LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        newer.put(storage.bytes(StoreFile.NAME)).putInt(FileHeader.VERSION_OFFSET, 3);
        int crcOffset = FileHeader.LENGTH - Integer.BYTES;
        newer.putInt(crcOffset, FileHeader.checksumOf(newer, crcOffset));
        byte[] bytes = new byte[FileHeader.LENGTH];
        newer.clear().get(bytes);
        storage.put(StoreFile.NAME, bytes);
        Map<String, ByteBuffer> before = storage.contents();

        assertThatExceptionOfType(LogException.class)
                .isThrownBy(() -> TestLog.open(storage, SyncPolicy.ALWAYS))
                .withMessageContaining("format version 3, this Poro reads versions 1 to 2")
                .withMessageNotContaining("remove");

        assertThat(storage.contents()).isEqualTo(before);
        assertThat(storage.openFiles()).isEmpty();
    }

    @Test
    void thatOfAnotherLogIsRefused() throws IOException {
        writeAndClose(SyncPolicy.ALWAYS);
        SimulatedStorage other = new SimulatedStorage();
        TestLog.open(other, SyncPolicy.ALWAYS).appendMany(3, 10).closeCleanly();
        storage.put(StoreFile.NAME, other.bytes(StoreFile.NAME));
        assertRefusedUntouched(storage, "the file belongs to another log");
    }

    @Test
    @Tag("R36")
    void whatHistoryToKeepIsKeptUntilItIsChanged() throws IOException {
        assertThat(retentionWhenOpenedWith(null)).isEqualTo(Retention.NONE);
        assertThat(storage.names()).doesNotContain(StoreFile.NAME);
        for (Retention asked :
                List.of(TEN_MEGABYTES, Retention.ALL, Retention.ofAge(Duration.ofSeconds(7, 8)), Retention.NONE)) {
            assertThat(retentionWhenOpenedWith(asked)).isEqualTo(asked);
            assertThat(retentionWhenOpenedWith(null)).isEqualTo(asked);
        }
    }

    @Test
    @Tag("R36")
    void aPlainOpeningOfACleanlyClosedLogLeavesTheFileAlone() throws IOException {
        retentionWhenOpenedWith(TEN_MEGABYTES);
        writeAndClose(SyncPolicy.ALWAYS);
        storage.clearOperations();
        TestLog.open(storage, SyncPolicy.ALWAYS).close();
        assertThat(storage.operations()).noneMatch(operation -> operation.startsWith("create STORE"));
    }

    @Test
    @Tag("R40")
    void aLogWithSettingsAndNoEventKeepsItsIdentity() throws IOException {
        retentionWhenOpenedWith(TEN_MEGABYTES);
        long logId = StoreFile.look(storage).store().logId();
        retentionWhenOpenedWith(null);
        try (StorageFile segment = storage.openReadOnly("0000000001.wal")) {
            assertThat(SegmentHeader.read(segment, "0000000001.wal").logId).isEqualTo(logId);
        }
    }

    @Test
    @Tag("R20")
    void onAFullDiskTheFileStaysAsItWas() throws IOException {
        writeAndClose(SyncPolicy.ALWAYS);
        byte[] before = storage.bytes(StoreFile.NAME);
        storage.capacity(storage.used());
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            assertThat(log.append("more", "1")).isEqualTo(Outcome.ACCEPTED);
            assertThat(log.closeCleanly()).isEqualTo(Outcome.ACCEPTED);
        }
        assertThat(storage.bytes(StoreFile.NAME)).isEqualTo(before);
        assertThat(storage.names()).doesNotContain(StoreFile.TEMPORARY_NAME);
    }

    /** Some file systems find out only when they force or rename that there is no room. */
    @ParameterizedTest
    @ValueSource(strings = {"create", "write", "force", "rename"})
    @Tag("R31")
    void aFileThatCannotBeWrittenLeavesNothingInDoubt(String call) throws IOException {
        writeAndClose(SyncPolicy.ALWAYS);
        byte[] before = storage.bytes(StoreFile.NAME);
        TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS);
        log.append("more", "1");
        failOnce(call);
        assertThat(log.closeCleanly()).isEqualTo(Outcome.ACCEPTED);
        assertThat(storage.bytes(StoreFile.NAME)).isEqualTo(before);
        failOnce(call);
        try (TestLog again = TestLog.open(storage, TestLog.strict(SyncPolicy.ALWAYS))) {
            assertThat(again.all()).containsAll(log.all());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"create", "write", "force", "rename"})
    @Tag("R36")
    void aSettingThatCannotBeKeptIsRefused(String call) throws IOException {
        retentionWhenOpenedWith(TEN_MEGABYTES);
        failOnce(call);
        assertThatIOException()
                .isThrownBy(() -> retentionWhenOpenedWith(Retention.ALL))
                .withMessageContaining(StoreFile.NAME);
        assertThat(storage.openFiles()).isEmpty();
        assertThat(retentionWhenOpenedWith(null)).isEqualTo(TEN_MEGABYTES);
    }

    /** Otherwise events that only the branch has would pass for events of the original. */
    @ParameterizedTest
    @ValueSource(strings = {"create", "write", "force", "rename"})
    @Tag("R36")
    void aBranchThatCannotBeKeptIsRefused(String call) throws IOException {
        SimulatedStorage original = storage;
        writeAndClose(SyncPolicy.ALWAYS);
        storage = new SimulatedStorage();
        new LogBackup(original, new SimulatedNewDirectory(storage), new SteppedWorkers(), ReplayProgress.NONE)
                .run(LogVisitor.NONE);
        failOnce(call);
        assertThatIOException()
                .isThrownBy(() -> TestLog.open(storage, SyncPolicy.ALWAYS))
                .withMessageContaining(StoreFile.NAME);
        assertThat(storage.openFiles()).isEmpty();
        assertThat(StoreFile.look(storage).branch().isBackup()).isTrue();
        TestLog.open(storage, SyncPolicy.ALWAYS).close();
        assertThat(StoreFile.look(storage).branch().isBackup()).isFalse();
    }

    private void failOnce(String call) {
        storage.heal();
        storage.fail(
                SimulatedStorage.startingWith(call + " " + StoreFile.TEMPORARY_NAME), 1, SimulatedStorage.NO_SPACE);
    }

    private Retention retentionWhenOpenedWith(Retention asked) throws IOException {
        LogSettings settings = TestLog.settings(SyncPolicy.ALWAYS).retain(asked);
        try (TestLog log = TestLog.open(storage, settings, new SteppedWorkers()).startSnapshots()) {
            return log.log().status().retention();
        }
    }

    /** Several segments; returns the last sequence, that of the mark. */
    private long writeAndClose(SyncPolicy policy) throws IOException {
        try (TestLog log = TestLog.open(storage, policy)) {
            log.appendMany(50, 1_000);
            log.closeCleanly();
            removePrepared();
            return log.all().size();
        }
    }

    /** What nothing was ever written to may be missing. */
    private void removePrepared() throws IOException {
        for (SegmentReport segment : TestLogs.examine(storage).segments()) {
            if (!segment.isStarted()) {
                storage.remove(segment.file());
            }
        }
    }

    private static void assertRefusedUntouched(SimulatedStorage log, String message) {
        Map<String, ByteBuffer> before = log.contents();
        assertThatExceptionOfType(LogDamagedException.class)
                .isThrownBy(() -> TestLog.open(log, SyncPolicy.ALWAYS))
                .withMessageContaining(message);
        assertThat(log.contents()).isEqualTo(before);
        assertThat(log.openFiles()).isEmpty();
        assertThat(verdictOf(log)).containsExactly(RecoveryReport.Verdict.DAMAGED);
    }

    /** Of a reader that does not open it. */
    private static List<RecoveryReport.Verdict> verdictOf(SimulatedStorage log) {
        try {
            return List.of(TestLogs.examine(log).verdict());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
