package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.Outcome;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the older of two snapshots stands for is released once the newer one is durable, and nothing else ever is. */
@Tag("R22")
class LogTrimmerTest {
    private static final long TEN_YEARS = 3_652L * 24 * 3_600 * 1_000;

    private final SimulatedStorage storage = new SimulatedStorage();
    private final SteppedWorkers workers = new SteppedWorkers();

    @Test
    @Tag("R23")
    void oneSnapshotAloneReleasesNothing() throws IOException {
        TestLog log = open(Retention.NONE);
        log.appendMany(200, 300);
        log.log().takeSnapshot();
        assertThat(segments().get(0)).isEqualTo("0000000001.wal");
        log.close();
    }

    @Test
    @Tag("R23")
    void keepsTheSegmentThatTheOlderSnapshotNeedsAndAllBehind() throws IOException {
        TestLog log = open(Retention.NONE);
        List<String> before = twoSnapshots(log, 100, 200);

        String needed = before.stream()
                .filter(name -> firstSequenceOf(name) <= 101)
                .reduce((earlier, later) -> later)
                .orElseThrow();
        assertThat(before.indexOf(needed)).isGreaterThan(1);
        assertThat(segments()).isEqualTo(before.subList(before.indexOf(needed), before.size()));
        log.close();
    }

    /** Whichever of these operations is the last one before the power fails, the log has no gap. */
    @Test
    void deletesTheOldestFirstOnceTheSnapshotIsForcedAndEachForGood() throws IOException {
        TestLog log = open(Retention.NONE);
        log.appendMany(100, 300);
        log.log().takeSnapshot();
        log.appendMany(100, 300);
        storage.clearOperations();
        log.log().takeSnapshot();

        List<String> operations = new ArrayList<>(storage.operations());
        operations.removeIf(
                operation -> !operation.startsWith("rename") && !operation.matches("delete.*|forceDirectory"));
        assertThat(operations)
                .containsExactly(
                        "rename snapshot.tmp " + SnapshotDescriptor.nameOf(200),
                        "forceDirectory",
                        "delete 0000000001.wal",
                        "forceDirectory",
                        "delete 0000000002.wal",
                        "forceDirectory");
        log.close();
    }

    @Test
    void aFailedSnapshotReleasesNothing() throws IOException {
        TestLog log = open(Retention.NONE);
        log.appendMany(100, 300);
        log.log().takeSnapshot();
        log.appendMany(100, 300);
        storage.fail(operation -> operation.equals("forceDirectory"), 1, SimulatedStorage.IO_ERROR);
        assertThat(failureOfSnapshot(log)).isTrue();
        assertThat(segments().get(0)).isEqualTo("0000000001.wal");
        log.close();
    }

    @Test
    @Tag("R18")
    void aFailingDeleteIsReportedAndTriedAgainAfterTheNextSnapshot() throws IOException {
        TestLog log = open(Retention.NONE);
        storage.fail(operation -> operation.equals("delete 0000000002.wal"), 1, SimulatedStorage.IO_ERROR);
        twoSnapshots(log, 100, 200);

        assertThat(segments().get(0)).isEqualTo("0000000002.wal");
        assertThat(log.log().status().snapshots().problem())
                .contains("nothing more was released")
                .contains(SimulatedStorage.IO_ERROR);
        assertThat(log.failStop().isTripped()).isFalse();
        assertThat(log.append("later", "value")).isEqualTo(Outcome.ACCEPTED);
        storage.heal();
        log.log().takeSnapshot();
        requireReleasedUpTo(200);
        assertThat(log.log().status().snapshots().problem()).isNull();
        log.close();
    }

    @Test
    void openingGoesOnWithWhatACrashBrokeOff() throws IOException {
        TestLog log = open(Retention.ALL);
        twoSnapshots(log, 100, 200);
        log.close();
        storage.remove("0000000001.wal");

        TestLog reopened = open(Retention.NONE);
        workers.step(workers.count() - 1);
        assertThat(segments().get(0)).isEqualTo("0000000003.wal");
        assertThat(reopened.state().contents()).isEqualTo(log.state().contents());
        reopened.close();
    }

    /** Nobody has read it since it was written. */
    @Test
    @Tag("R23")
    void openingReleasesNothingForTheSakeOfADamagedSnapshot() throws IOException {
        TestLog log = open(Retention.ALL);
        twoSnapshots(log, 100, 200);
        log.close();
        storage.flipBit(SnapshotDescriptor.nameOf(100), 2_000);

        TestLog reopened = open(Retention.NONE);
        workers.step(workers.count() - 1);
        assertThat(segments().get(0)).isEqualTo("0000000001.wal");
        assertThat(reopened.log().status().snapshots().problem()).contains(SnapshotDescriptor.nameOf(100));
        reopened.append("later", "value");
        reopened.log().takeSnapshot();
        requireReleasedUpTo(200);
        reopened.close();
    }

    @Test
    @Tag("R23")
    void aSnapshotOfAnotherLogDoesNotCount() throws IOException {
        TestLog log = open(Retention.NONE);
        log.appendMany(100, 300);
        log.log().takeSnapshot();
        log.appendMany(100, 300);
        SimulatedStorage other = new SimulatedStorage(4711, 512);
        TestLog stranger = TestLog.open(other, settings(Retention.NONE), new SteppedWorkers())
                .startSnapshots();
        stranger.appendMany(150, 300);
        stranger.log().takeSnapshot();
        storage.put(SnapshotDescriptor.nameOf(150), other.bytes(SnapshotDescriptor.nameOf(150)));
        log.log().takeSnapshot();
        requireReleasedUpTo(100);
        stranger.close();
        log.close();
    }

    @Test
    void allHistoryIsKeptIfAsked() throws IOException {
        TestLog log = open(Retention.ALL);
        twoSnapshots(log, 100, 200);
        log.appendMany(10, 300);
        log.log().takeSnapshot();
        assertThat(segments().get(0)).isEqualTo("0000000001.wal");
        assertThat(LogFiles.snapshots(storage)).hasSize(3);
        log.close();
    }

    @Test
    void historyIsKeptThatFitsIntoASize() throws IOException {
        TestLog log = open(Retention.ofSize(9 * TestLog.SEGMENT_LENGTH));
        long longest = 0;
        for (int i = 0; i < 12; i++) {
            log.appendMany(25, 1_000);
            log.log().takeSnapshot();
            longest = Math.max(longest, historyBytes());
            assertThat(historyBytes()).isLessThanOrEqualTo(9 * TestLog.SEGMENT_LENGTH);
        }
        assertThat(longest).isGreaterThan(4 * TestLog.SEGMENT_LENGTH);
        requireEachStateSince(LogFiles.snapshots(storage).get(0));
        log.close();
    }

    @Test
    void historyIsKeptThatIsYoungEnough() throws IOException {
        TestLog log = open(Retention.ofAge(Duration.ofSeconds(10)));
        for (int i = 0; i < 12; i++) {
            log.appendMany(25, 1_000);
            log.log().takeSnapshot();
            storage.advanceClock(4_000);
        }
        List<String> snapshots = LogFiles.snapshots(storage);
        assertThat(snapshots).as("one that is older than that, and those since").hasSize(4);
        requireEachStateSince(snapshots.get(0));
        log.close();
    }

    /** The store was idle for longer than it keeps history when the clock was wrong once, while a snapshot was made. */
    @ParameterizedTest
    @ValueSource(longs = {TEN_YEARS, -TEN_YEARS})
    @Tag("R37")
    void oneWrongReadingNeitherKeepsNorDropsHistory(long error) throws IOException {
        TestLog log = open(Retention.ofAge(Duration.ofSeconds(10)));
        for (int i = 0; i < 12; i++) {
            log.appendMany(25, 1_000);
            if (i == 4) {
                storage.setClock(error);
                log.appendMany(5, 1_000);
            }
            log.log().takeSnapshot();
            if (i == 4) {
                requireReleasedUpTo(SnapshotDescriptor.sequenceOf(
                        LogFiles.snapshots(storage).get(0)));
                assertThat(LogFiles.snapshots(storage)).as("in doubt one more").hasSizeBetween(4, 5);
                storage.setClock(-error);
            }
            storage.advanceClock(4_000);
        }
        assertThat(LogFiles.snapshots(storage)).hasSize(4);
        log.close();
    }

    /** A force of the directory that fails loses what it was to force, and no later one says so. */
    @Test
    @Tag("R22")
    void nothingIsReleasedForTheSakeOfASnapshotWhoseNameMayBeLost() throws IOException {
        storage.losesNames(true);
        TestLog log = open(Retention.NONE);
        log.appendMany(60, 300);
        log.log().takeSnapshot();
        for (int i = 0; i < 2; i++) {
            log.appendMany(60, 300);
            storage.fail(operation -> operation.equals("forceDirectory"), 1, SimulatedStorage.IO_ERROR);
            assertThat(failureOfSnapshot(log)).isTrue();
            assertThat(LogFiles.snapshots(storage)).hasSize(1);
        }
        // Nothing has happened since: the same name once more.
        log.log().takeSnapshot();
        assertThat(LogFiles.snapshots(storage.powerCut(1)))
                .containsExactly(SnapshotDescriptor.nameOf(60), SnapshotDescriptor.nameOf(180));
        log.close();
    }

    @Test
    @Tag("R22")
    void aSegmentThatMayComeBackIsTheLastToBeDeleted() throws IOException {
        storage.losesNames(true);
        TestLog log = open(Retention.NONE);
        log.appendMany(100, 300);
        log.log().takeSnapshot();
        log.appendMany(100, 300);
        storage.fail(operation -> operation.equals("forceDirectory"), 2, SimulatedStorage.IO_ERROR);
        log.log().takeSnapshot();
        assertThat(segments().get(0)).isEqualTo("0000000002.wal");
        log.appendMany(100, 300);
        log.log().takeSnapshot();

        assertThat(log.log().status().snapshots().problem()).contains("0000000001.wal");
        for (long seed = 0; seed < 20; seed++) {
            List<String> left = LogFiles.segments(storage.powerCut(seed));
            assertThat(left.subList(left.indexOf("0000000002.wal"), left.size()))
                    .isEqualTo(segments());
        }
        log.close();
        TestLog reopened = open(Retention.NONE);
        workers.step(workers.count() - 1);
        requireReleasedUpTo(200);
        reopened.close();
    }

    /** More than any clock can count, and the snapshot is written all the same. */
    @Test
    @Tag("R37")
    void anAgeOfAnyLengthIsAnAge() throws IOException {
        TestLog log = open(Retention.ofAge(Duration.ofSeconds(Long.MAX_VALUE)));
        twoSnapshots(log, 100, 200);
        log.appendMany(10, 300);
        log.log().takeSnapshot();
        assertThat(segments().get(0)).isEqualTo("0000000001.wal");
        assertThat(log.log().status().snapshots().problem()).isNull();
        log.close();
    }

    private void requireEachStateSince(String snapshot) throws IOException {
        requireReleasedUpTo(SnapshotDescriptor.sequenceOf(snapshot));
    }

    /** The first segment is the one that has, or will have, the event behind this one. */
    private void requireReleasedUpTo(long sequence) throws IOException {
        String first = segments().get(0);
        assertThat(firstSequenceOf(first)).isBetween(1L, sequence + 1);
        assertThat(firstSequenceOf(nextOf(first)))
                .isNotIn(LongStream.rangeClosed(1, sequence + 1).boxed().toList());
    }

    /** Of the files that opening with the older of the newest two snapshots does not need. */
    private long historyBytes() throws IOException {
        List<String> snapshots = LogFiles.snapshots(storage);
        if (snapshots.size() < 2) {
            return 0;
        }
        long older = SnapshotDescriptor.sequenceOf(snapshots.get(snapshots.size() - 2));
        Predicate<String> isOld = name -> SegmentDescriptor.isSegmentName(name)
                ? firstSequenceOf(nextOf(name)) > 0 && firstSequenceOf(nextOf(name)) <= older + 1
                : SnapshotDescriptor.isSnapshotName(name) && SnapshotDescriptor.sequenceOf(name) < older;
        return storage.names().stream()
                .filter(isOld)
                .mapToLong(name -> storage.bytes(name).length)
                .sum();
    }

    private static String nextOf(String segment) {
        return SegmentDescriptor.nameOf(SegmentDescriptor.numberOf(segment) + 1);
    }

    /** Appends and takes snapshots of two sequences; returns the segments that there were before the second. */
    private List<String> twoSnapshots(TestLog log, int older, int newer) throws IOException {
        log.appendMany(older, 300);
        log.log().takeSnapshot();
        log.appendMany(newer - older, 300);
        List<String> before = segments();
        log.log().takeSnapshot();
        assertThat(LogFiles.snapshots(storage)).hasSize(2);
        return before;
    }

    private static boolean failureOfSnapshot(TestLog log) {
        try {
            log.log().takeSnapshot();
            return false;
        } catch (LogException failed) {
            return true;
        }
    }

    private List<String> segments() throws IOException {
        return LogFiles.segments(storage);
    }

    /** 0 if it is not in use, or not there. */
    private long firstSequenceOf(String segment) {
        if (!storage.names().contains(segment)) {
            return 0;
        }
        return ByteBuffer.wrap(storage.bytes(segment))
                .order(ByteOrder.LITTLE_ENDIAN)
                .getLong(SegmentDescriptor.FIRST_SEQUENCE_OFFSET);
    }

    private static LogSettings settings(Retention retention) {
        return TestLog.settings(SyncPolicy.ALWAYS).snapshotAfter(Long.MAX_VALUE).retain(retention);
    }

    private TestLog open(Retention retention) throws IOException {
        return TestLog.open(storage, settings(retention), workers).startSnapshots();
    }
}
