package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A log with the snapshots of sequences 100 and 200, and 230 events in several segments.
 *
 * @see LoadedSnapshot
 * @see ReadPlan
 * @see SnapshotLoader
 */
@Tag("R23")
class SnapshotRecoveryTest {
    private static final String OLDER = SnapshotDescriptor.nameOf(100);
    private static final String NEWER = SnapshotDescriptor.nameOf(200);

    private final SimulatedStorage storage = new SimulatedStorage();
    private Map<ByteBuffer, ByteBuffer> contents;

    @BeforeEach
    void write() throws IOException {
        TestLog log = open().startSnapshots();
        log.appendMany(100, 300);
        log.log().takeSnapshot();
        log.appendMany(100, 300);
        log.log().takeSnapshot();
        log.appendMany(30, 300);
        log.close();
        contents = log.state().contents();
        assertThat(LogFiles.segments(storage)).hasSizeGreaterThan(4);
    }

    @Test
    void readsOnlyTheSegmentsBehindTheNewest() throws IOException {
        storage.clearOperations();
        TestLog log = requireRecoveredFrom(200);
        assertThat(log.recovery().damagedSnapshots()).isEmpty();
        assertThat(storage.operations()).noneMatch(operation -> operation.startsWith("read 0000000001.wal 128+"));
    }

    @Test
    void fallsBackToTheOlderOneAndSetsTheDamagedOneAside() throws IOException {
        storage.flipBit(NEWER, 2_000);
        TestLog log = requireRecoveredFrom(100);
        assertThat(log.recovery().damagedSnapshots()).hasSize(1);
        assertThat(log.recovery().damagedSnapshots().get(0).file()).contains(NEWER);
        assertThat(log.state().broken()).isEqualTo(1);
        assertThat(storage.names()).contains(NEWER + ".quarantine").doesNotContain(NEWER);
    }

    @Test
    void fallsBackToTheWholeLog() throws IOException {
        storage.flipBit(NEWER, 2_000);
        storage.flipBit(OLDER, 5);
        TestLog log = requireRecoveredFrom(0);
        assertThat(log.recovery().damagedSnapshots()).hasSize(2);
    }

    @Test
    void doesNotFallBackWhereTheLogDoesNotCoverTheGap() {
        storage.flipBit(NEWER, 2_000);
        storage.remove("0000000001.wal");
        storage.remove("0000000002.wal");
        storage.remove("0000000003.wal");
        requireRefused("segment 1 is missing");
    }

    /** A release deletes what is wholly below the older snapshot, oldest segment first; a crash may end it early. */
    @Test
    @Tag("R22")
    void opensAtEachStepOfARelease() throws IOException {
        List<String> released = segmentsWhollyBelow(100);
        assertThat(released).hasSizeGreaterThan(1);
        for (String segment : released) {
            storage.remove(segment);
            requireRecoveredFrom(200);
        }
    }

    @Test
    @Tag("R22")
    void fallsBackToTheOlderOneWhereWhatIsBelowWasReleased() throws IOException {
        segmentsWhollyBelow(100).forEach(storage::remove);
        storage.flipBit(NEWER, 2_000);
        requireRecoveredFrom(100);
    }

    @Test
    void refusesALogWithoutItsBeginningWhereNoSnapshotIsWhole() throws IOException {
        segmentsWhollyBelow(100).forEach(storage::remove);
        storage.flipBit(NEWER, 2_000);
        storage.flipBit(OLDER, 2_000);
        requireRefused("segment 1 is missing, and no intact snapshot reaches up to it (/simulated/" + NEWER
                + ": block body fails its checksum; /simulated/" + OLDER + ": block body fails its checksum)");
    }

    @Test
    void refusesALogWithoutItsBeginningWhereNoSnapshotIs() throws IOException {
        segmentsWhollyBelow(100).forEach(storage::remove);
        storage.remove(NEWER);
        storage.remove(OLDER);
        requireRefused("segment 1 is missing, and no snapshot reaches up to it");
    }

    @Test
    @Tag("R4")
    void refusesAGapBehindTheSnapshotOfALogWithoutItsBeginning() throws IOException {
        segmentsWhollyBelow(100).forEach(storage::remove);
        storage.flipBit(NEWER, 2_000);
        List<String> left = LogFiles.segments(storage);
        storage.remove(left.get(1));
        requireRefused(", which comes before, is missing");
    }

    private List<String> segmentsWhollyBelow(long sequence) throws IOException {
        return TestLogs.examine(storage).segments().stream()
                .filter(segment -> segment.isStarted() && segment.lastSequence() <= sequence)
                .map(SegmentReport::file)
                .toList();
    }

    @Test
    void refusesALogThatBeginsBehindTheSnapshot() throws IOException {
        List<String> segments = LogFiles.segments(storage);
        for (String segment : segments.subList(0, segments.size() - 1)) {
            storage.remove(segment);
        }
        requireRefused("is missing");
    }

    @Test
    void refusesASnapshotWithoutALog() throws IOException {
        for (String segment : LogFiles.segments(storage)) {
            storage.remove(segment);
        }
        requireRefused("all segments of the log are missing");
    }

    /** The log was forced up to the snapshot before that got its name: what is missing there was forced. */
    @Test
    @Tag("R7")
    void refusesALogThatEndsBeforeTheSnapshot() throws IOException {
        List<String> segments = LogFiles.segments(storage);
        for (String segment : segments.subList(segments.size() - 3, segments.size())) {
            storage.remove(segment);
        }
        requireRefused("the snapshot " + NEWER + " shows");
    }

    @Test
    void refusesASnapshotOfAnotherLogAndReadsThisOne() throws IOException {
        SimulatedStorage other = new SimulatedStorage();
        TestLog source = TestLog.open(other, TestLog.settings(SyncPolicy.ALWAYS), new SteppedWorkers())
                .startSnapshots();
        source.appendMany(200, 300);
        source.log().takeSnapshot();
        source.close();
        storage.put(NEWER, other.bytes(NEWER));
        TestLog log = requireRecoveredFrom(100);
        assertThat(log.recovery().damagedSnapshots().get(0).cause()).contains("another log");
    }

    @Test
    @Tag("R1")
    void refusesASnapshotOfANewerVersionByItsNameAndLeavesItAlone() {
        changeHeader(NEWER, header -> header.putInt(SnapshotDescriptor.VERSION_OFFSET, 4));
        Map<String, ByteBuffer> before = storage.contents();
        assertThatExceptionOfType(LogException.class)
                .isThrownBy(this::open)
                .withMessageContaining(NEWER + ": format version 4, this Poro reads versions 1 to 3");
        assertThat(storage.contents()).isEqualTo(before);
        assertThat(storage.openFiles()).isEmpty();
    }

    @Test
    @Tag("R5")
    void doesNotBelieveASnapshotThatSpeaksOfMoreKeysThanItsFileCanHold() throws IOException {
        storage.put(NEWER, Arrays.copyOf(storage.bytes(NEWER), 200));
        changeHeader(NEWER, header -> header.putLong(SnapshotDescriptor.KEYS_OFFSET, 400_000_000));
        TestLog log = requireRecoveredFrom(100);
        assertThat(log.recovery().damagedSnapshots().get(0).cause()).isEqualTo("400000000 keys in a file of 200 bytes");
        assertThat(log.state().broken()).isZero();
    }

    /** Its checksum stays right. */
    private void changeHeader(String snapshot, Consumer<ByteBuffer> change) {
        byte[] bytes = storage.bytes(snapshot);
        ByteBuffer header = ByteBuffer.allocateDirect(FileHeader.LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        header.put(0, bytes, 0, FileHeader.LENGTH);
        change.accept(header);
        int crc = FileHeader.checksumOf(header, SnapshotDescriptor.HEADER_CRC_OFFSET);
        header.putInt(SnapshotDescriptor.HEADER_CRC_OFFSET, crc).get(0, bytes, 0, FileHeader.LENGTH);
        storage.put(snapshot, bytes);
    }

    /** Behind the snapshot the rules are what they are for a whole log. */
    @Test
    @Tag("R7")
    void refusesDamageBehindTheSnapshot() throws IOException {
        List<String> segments = LogFiles.segments(storage);
        storage.flipBit(segments.get(segments.size() - 2), 8 * 3_000);
        requireRefused("checksum");
    }

    @Test
    void goesOnWithTheSequencesOfTheLog() throws IOException {
        TestLog log = open();
        log.append("one more", "value");
        assertThat(log.log().lastSequence()).isEqualTo(231);
        assertThat(log.acknowledged().get(0).timestamp()).isPositive();
        log.close();
        assertThat(TestLogs.examine(storage).lastSequence()).isEqualTo(231);
    }

    private TestLog requireRecoveredFrom(long snapshot) throws IOException {
        TestLog log = open();
        assertThat(log.state().contents()).isEqualTo(contents);
        assertThat(log.log().lastSequence()).isEqualTo(230);
        assertThat(log.replayed()).hasSize((int) (230 - snapshot));
        if (snapshot == 0) {
            assertThat(log.recovery().snapshot()).isNull();
        } else {
            assertThat(log.recovery().snapshot().summary().sequence()).isEqualTo(snapshot);
        }
        log.close();
        return log;
    }

    private void requireRefused(String why) {
        Map<String, ByteBuffer> before = storage.contents();
        assertThatExceptionOfType(LogDamagedException.class)
                .isThrownBy(this::open)
                .withMessageContaining(why);
        assertThat(storage.contents()).isEqualTo(before);
    }

    private TestLog open() throws IOException {
        LogSettings settings = TestLog.settings(SyncPolicy.ALWAYS).retain(Retention.ALL);
        return TestLog.open(storage, settings, new SteppedWorkers());
    }
}
