package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

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
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A log that was written when the format had version 1: segments of 16 KiB, one snapshot, marks that are events, closed
 * cleanly once in the middle. It opens, and goes on in version 2.
 */
@Tag("R1")
class VersionOneTest {
    private static final String SNAPSHOT = SnapshotDescriptor.nameOf(44);
    private static final String FIRST = "0000000001.wal";
    private static final String THIRD = "0000000003.wal";
    private static final String FOURTH = "0000000004.wal";
    private static final long LAST = 105;
    private static final long DIGEST = -1_912_496_393_707L;
    private static final int KEYS = 46;

    /** Closed cleanly: the last event is the mark. */
    private static SimulatedStorage closed() throws IOException {
        return GoldenLog.load("golden-v1/closed", List.of("STORE", SNAPSHOT, FIRST, "0000000002.wal", THIRD));
    }

    /** As it was before it was closed: the last event is a set, and a segment is prepared. */
    private static SimulatedStorage unfinished() throws IOException {
        return GoldenLog.load(
                "golden-v1/unfinished", List.of("STORE", SNAPSHOT, FIRST, "0000000002.wal", THIRD, FOURTH));
    }

    @Test
    void isReadAsItWasWritten() throws IOException {
        SimulatedStorage storage = closed();
        Map<String, ByteBuffer> before = storage.contents();
        MarkedState state = new MarkedState();
        RecoveryReport report = TestLogs.examine(storage, state);

        assertThat(report.verdict()).isEqualTo(RecoveryReport.Verdict.SOUND);
        assertThat(report.closedCleanly()).isTrue();
        assertThat(report.firstSequence()).isEqualTo(1);
        assertThat(report.lastSequence()).isEqualTo(LAST);
        assertThat(state.replayed.summary().digest()).isEqualTo(DIGEST);
        assertThat(state.replayed.summary().keys()).isEqualTo(KEYS);
        assertThat(state.marks).isEqualTo(5);
        assertThat(state.replayed.marks()).as("marks without a sequence").isEmpty();
        assertThat(ScannedLog.of(storage).problems()).isEmpty();
        assertThat(storage.contents()).isEqualTo(before);
    }

    @Test
    void itsSnapshotIsLoadedAndTheEventsAfterItAreReplayed() throws IOException {
        TestLog log = TestLog.open(closed(), TestLog.strict(SyncPolicy.ALWAYS));
        assertThat(log.state().loaded().sequence()).isEqualTo(44);
        assertThat(log.replayed()).hasSize((int) LAST - 44);
        assertThat(log.state().summary().digest()).isEqualTo(DIGEST);
        log.close();
    }

    @Test
    void goesOnInANewSegmentAndLeavesTheOldOnesAsTheyAre() throws IOException {
        SimulatedStorage storage = closed();
        Map<String, ByteBuffer> before = storage.contents();
        List<Event> events;
        try (TestLog log = TestLog.open(storage, TestLog.strict(SyncPolicy.ALWAYS))) {
            log.publish("new", "1")
                    .publishMark(EventType.DIGEST_MARK)
                    .publish("new", "2")
                    .handle();
            assertThat(log.acknowledged()).extracting(Event::sequence).containsExactly(LAST + 1, LAST + 2);
            assertThat(log.marks()).extracting(Event::sequence).containsExactly(LAST + 2);
            assertThat(log.closeCleanly()).isEqualTo(Outcome.ACCEPTED);
            events = log.all();
        }
        assertThat(versions(storage)).containsExactly(1, 1, 1, 2);
        for (String old : List.of(FIRST, "0000000002.wal", THIRD, SNAPSHOT)) {
            assertThat(storage.contents().get(old)).as(old).isEqualTo(before.get(old));
        }
        try (TestLog log = TestLog.open(storage, TestLog.strict(SyncPolicy.ALWAYS))) {
            assertThat(log.replayed()).isEqualTo(events);
            assertThat(log.recovery().closedCleanly()).isTrue();
            log.append("new", "3");
        }
        assertThat(versions(storage)).containsExactly(1, 1, 1, 2);
        assertThat(ScannedLog.of(storage).problems()).isEmpty();
        assertThat(StoreFile.look(storage).segment()).isEqualTo(4);
    }

    @Test
    void openingAndClosingItChangesNoEvent() throws IOException {
        SimulatedStorage storage = closed();
        for (int times = 0; times < 2; times++) {
            try (TestLog log = TestLog.open(storage, TestLog.strict(SyncPolicy.ALWAYS))) {
                assertThat(log.recovery().lastSequence()).isEqualTo(LAST);
                assertThat(log.state().summary().digest()).isEqualTo(DIGEST);
                assertThat(log.closeCleanly()).isEqualTo(Outcome.ACCEPTED);
            }
        }
    }

    /** A prepared segment of version 1 must not come back in the place of a new one, whatever the power does. */
    @Test
    @Tag("R9")
    void thePreparedSegmentIsDeletedForGoodBeforeANewOneTakesItsNumber() throws IOException {
        SimulatedStorage storage = unfinished();
        storage.clearOperations();
        TestLog.open(storage, TestLog.strict(SyncPolicy.ALWAYS)).close();
        List<String> operations = storage.operations();
        int deleted = operations.indexOf("delete " + FOURTH + ".tmp");
        int created = operations.indexOf("create " + FOURTH + ".tmp");
        assertThat(deleted).isPositive().isLessThan(created);
        assertThat(operations.subList(deleted, created)).contains("forceDirectory");

        for (int crash = 0; crash < operations.size(); crash++) {
            SimulatedStorage dying = unfinished();
            dying.crashAt(crash);
            try {
                TestLog.open(dying, TestLog.strict(SyncPolicy.ALWAYS)).abandon();
            } catch (SimulatedStorage.Crash | IOException crashed) {
                // As intended.
            }
            dying.restart();
            for (SimulatedStorage after : List.of(dying, dying.powerCut(crash))) {
                try (TestLog log = TestLog.open(after, TestLog.strict(SyncPolicy.ALWAYS))) {
                    assertThat(log.recovery().lastSequence())
                            .as("crash %d", crash)
                            .isEqualTo(LAST - 1);
                    assertThat(log.append("new", "1")).isEqualTo(Outcome.ACCEPTED);
                }
                assertThat(versions(after)).as("crash %d", crash).containsExactly(1, 1, 1, 2);
            }
        }
    }

    @Test
    @Tag("R9")
    void anUnfinishedTailIsCutOffAsEver() throws IOException {
        SimulatedStorage storage = unfinished();
        int end = TestLogs.endOf(storage, THIRD);
        byte[] torn = storage.bytes(THIRD);
        Arrays.fill(torn, end, end + 100, (byte) 0x5A);
        storage.put(THIRD, torn);
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            assertThat(log.recovery().verdict()).isEqualTo(RecoveryReport.Verdict.UNFORCED_TAIL);
            assertThat(log.recovery().lastSequence()).isEqualTo(LAST - 1);
            log.append("new", "1");
            assertThat(log.acknowledged().get(0).sequence()).isEqualTo(LAST);
        }
        assertThat(storage.names()).contains(THIRD + "." + end + ".quarantine");
        assertThat(versions(storage)).containsExactly(1, 1, 1, 2);
        try (TestLog log = TestLog.open(storage, TestLog.strict(SyncPolicy.ALWAYS))) {
            assertThat(log.recovery().lastSequence()).isEqualTo(LAST);
        }
    }

    @Test
    @Tag("R20")
    void withoutRoomForANewSegmentItIsNotOpenedAndStaysAsItIs() throws IOException {
        SimulatedStorage storage = closed();
        Map<String, ByteBuffer> before = storage.contents();
        storage.capacity(storage.used() + 100);
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> TestLog.open(storage, SyncPolicy.ALWAYS))
                .withMessageContaining(SimulatedStorage.NO_SPACE);
        assertThat(storage.contents()).isEqualTo(before);
    }

    @Test
    void aSegmentOfVersionOneAfterOneOfVersionTwoIsDamage() throws IOException {
        SimulatedStorage storage = closed();
        try (StorageFile file = storage.open("0000000002.wal")) {
            SegmentHeader header = SegmentHeader.read(file, "0000000002.wal");
            byte[] second = storage.bytes("0000000002.wal");
            ByteBuffer.wrap(second)
                    .put(
                            0,
                            new SegmentBuilder(2, header.logId, header.salt, header.length, 2).bytes(),
                            0,
                            SegmentDescriptor.IDENTITY_LENGTH);
            storage.put("0000000002.wal", second);
        }
        RecoveryReport report = TestLogs.examine(storage);
        assertThat(report.verdict()).isEqualTo(RecoveryReport.Verdict.DAMAGED);
        assertThat(report.toException())
                .hasMessageContaining(THIRD)
                .hasMessageContaining("a segment of format version 1 after one of version 2");
        assertThat(ScannedLog.of(storage).problems())
                .anySatisfy(problem -> assertThat(problem.cause()).contains("of format version 1 after one of"));
    }

    /** Its marks have sequences, which the events after them depend on. */
    @Test
    @Tag("R28")
    void everySequenceCanBeRestoredFromALogOfBothVersions() throws IOException {
        SimulatedStorage storage = bothVersions();
        List<Event> all = new ArrayList<>();
        TestLogs.examine(storage, TestLog.collectorOf(all));
        assertThat(all).hasSize((int) LAST + 3);
        for (long sequence = 1; sequence <= LAST + 3; sequence++) {
            SimulatedStorage restored = LogRestoreTest.restored(storage, sequence);
            List<Event> read = new ArrayList<>();
            RecoveryReport report = TestLogs.examine(restored, TestLog.collectorOf(read));
            assertThat(report.verdict()).isEqualTo(RecoveryReport.Verdict.SOUND);
            assertThat(report.closedCleanly()).isTrue();
            assertThat(report.lastSequence()).isEqualTo(sequence);
            int first = sequence < 44 ? 0 : 44;
            assertThat(read).isEqualTo(all.subList(first, (int) sequence));
            List<Integer> versions = versions(restored);
            assertThat(versions.get(versions.size() - 1)).isEqualTo(2);
            assertThat(versions.get(0)).isEqualTo(sequence == 44 ? 2 : 1);
            try (TestLog log = TestLog.open(restored, TestLog.strict(SyncPolicy.ALWAYS))) {
                log.append("after", "it");
                assertThat(log.acknowledged().get(0).sequence()).isEqualTo(sequence + 1);
            }
        }
    }

    private static SimulatedStorage bothVersions() throws IOException {
        SimulatedStorage storage = closed();
        try (TestLog log = TestLog.open(storage, TestLog.strict(SyncPolicy.ALWAYS))) {
            log.publish("new", "1")
                    .publishMark(EventType.DIGEST_MARK)
                    .publish("new", "2")
                    .handle();
            log.append("new", "3");
            log.closeCleanly();
        }
        return storage;
    }

    @Test
    void aBackupIsACopyOfBothVersions() throws IOException {
        SimulatedStorage storage = bothVersions();
        SimulatedStorage backup = new SimulatedStorage();
        new LogBackup(storage, new SimulatedNewDirectory(backup), new SteppedWorkers(), ReplayProgress.NONE)
                .run(LogVisitor.NONE);
        assertThat(versions(backup)).containsExactly(1, 1, 1, 2);
        List<Event> copied = new ArrayList<>();
        List<Event> original = new ArrayList<>();
        TestLogs.examine(backup, TestLog.collectorWithMarks(copied));
        TestLogs.examine(storage, TestLog.collectorWithMarks(original));
        assertThat(copied).isEqualTo(original);
    }

    /** Where a segment's identity is lost, its frames say which version they are of. */
    @Test
    @Tag("R11")
    void aSegmentWithoutItsIdentityIsReadByItsOwnVersion() throws IOException {
        SimulatedStorage storage = bothVersions();
        List<Event> all = new ArrayList<>();
        TestLogs.examine(storage, TestLog.collectorOf(all));
        for (String name : LogFiles.segments(storage)) {
            SimulatedStorage damaged = storage.copy();
            byte[] bytes = damaged.bytes(name);
            Arrays.fill(bytes, 0, 8, (byte) 0);
            damaged.put(name, bytes);
            ScannedLog scanned = ScannedLog.of(damaged);
            assertThat(scanned.events).as(name).isEqualTo(all);
            assertThat(scanned.report.complete()).as(name).isTrue();
        }
    }

    @Test
    void noPowerCutAfterTheFirstEventOfVersionTwoCostsIt() throws IOException {
        SimulatedStorage storage = unfinished();
        TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS);
        log.append("new", "1");
        SimulatedStorage after = storage.powerCut(storage.pending(), new BitSet());
        log.kill(storage);
        TestLog reopened = TestLog.open(after, TestLog.strict(SyncPolicy.ALWAYS));
        assertThat(reopened.recovery().lastSequence()).isEqualTo(LAST);
        reopened.close();
    }

    private static List<Integer> versions(SimulatedStorage storage) throws IOException {
        return Segments.read(storage).list().stream()
                .filter(segment -> segment.header().start == SegmentHeader.Start.STARTED)
                .map(segment -> segment.header().version)
                .toList();
    }

    /** Checks each mark of version 1 against the state before it. */
    private static final class MarkedState implements LogVisitor {
        private final ReplayedState replayed = new ReplayedState();
        private int marks;

        @Override
        public void onRecord(long sequence, long timestamp, RecordFlyweight record) throws IOException {
            if (record.type().isMark()) {
                marks++;
                assertThat(record.markSequence()).isEqualTo(sequence - 1);
                assertThat(record.markDigest()).isEqualTo(replayed.summary().digest());
                assertThat(record.markKeys()).isEqualTo(replayed.summary().keys());
            }
            replayed.onRecord(sequence, timestamp, record);
        }
    }
}
