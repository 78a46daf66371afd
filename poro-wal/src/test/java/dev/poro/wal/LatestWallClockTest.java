package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.events.EventType;
import dev.poro.events.Outcome;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlyweight;
import dev.poro.events.StateSummary;
import dev.poro.events.TestScale;
import dev.poro.wal.simulated.SimulatedNewDirectory;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What a time means where the clock is set back and forth: the last frame up to which it had shown no later time.
 * Written, replayed, read behind a snapshot and restored, a log has the same answer.
 *
 * @see EventTimes
 */
class LatestWallClockTest {
    private static final int HOUR = 3_600_000;
    private static final int STEPS = 90;

    /** The latest wall clock of the frames up to that of each event; that of sequence 0 is unused. */
    private final List<Long> latest = new ArrayList<>();

    /** What the clock showed when each event was written; that of sequence 0 is unused. */
    private final List<Long> readings = new ArrayList<>();

    /** The log time of each event; that of sequence 0 is unused. */
    private final List<Long> logTimes = new ArrayList<>();

    @Test
    @Tag("R25")
    @Tag("R37")
    void aTimeMeansTheSamePointWhateverTheLogBeginsWith() throws IOException {
        for (int seed = 1; seed <= TestScale.choose(12, 2_000); seed++) {
            try {
                requireSamePoints(new Random(seed));
            } catch (AssertionError e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }

    private void requireSamePoints(Random random) throws IOException {
        SimulatedStorage source = write(random);
        requireSnapshotsAgree(source);
        TreeSet<Long> times = new TreeSet<>();
        for (int i = 0; i < TestScale.choose(12, 50); i++) {
            times.add(latest.get(1 + random.nextInt(latest.size() - 1)) + random.nextInt(3) - 1);
        }
        for (long time : times) {
            requirePoint(source, time, 0);
        }
        SimulatedStorage restored = restore(source, times.last());
        long middle = times.ceiling((times.first() + times.last()) / 2);
        requirePoint(restored, middle, firstOf(restored));

        release(source);
        for (long time : times) {
            requirePoint(source, time, firstOf(source));
        }
        TestLog again = open(source);
        again.log().takeSnapshot();
        again.kill(source);
        requireSnapshotsAgree(source);
    }

    /** A history of events, marks, snapshots and openings, while somebody plays with the clock. */
    private SimulatedStorage write(Random random) throws IOException {
        SimulatedStorage source = new SimulatedStorage(random.nextLong());
        source.advanceClock(24 * HOUR);
        readings.clear();
        readings.add(Long.MIN_VALUE);
        TestLog log = open(source);
        for (int step = 0; step < STEPS; step++) {
            switch (random.nextInt(12)) {
                case 0 -> source.setClock(random.nextInt(2 * HOUR) - HOUR);
                case 1 -> source.setClock(random.nextInt(4_000) - 2_000);
                case 2 -> source.suspend(random.nextInt(HOUR));
                case 3 -> source.advanceClock(random.nextInt(HOUR / 2)); // as long as the step of a clock is held
                case 4 -> write(log.publishMark(EventType.DIGEST_MARK), source);
                case 5 -> {
                    if (readings.size() > 1) {
                        log.log().takeSnapshot();
                    }
                }
                case 6 -> {
                    if (random.nextBoolean()) {
                        log.kill(source);
                    } else {
                        log.closeCleanly();
                    }
                    log = open(source);
                }
                default -> {
                    for (int i = random.nextInt(3); i >= 0; i--) {
                        log.publish("key-" + random.nextInt(20), "v".repeat(random.nextInt(600)));
                    }
                    source.advanceClock(random.nextInt(3_000));
                    write(log, source);
                }
            }
        }
        write(log.publish("last", ""), source);
        log.log().takeSnapshot();
        log.kill(source);
        readLatest(source);
        return source;
    }

    private static TestLog open(SimulatedStorage storage) throws IOException {
        return TestLog.open(storage, TestLog.settings(SyncPolicy.ALWAYS).retain(Retention.ALL), new SteppedWorkers())
                .startSnapshots();
    }

    /** A millisecond passes, so that the clock is read. */
    private void write(TestLog log, SimulatedStorage source) {
        source.advanceClock(1);
        int before = log.acknowledged().size();
        assertThat(log.handle()).containsOnly(Outcome.ACCEPTED);
        for (int i = before; i < log.acknowledged().size(); i++) {
            readings.add(source.currentTimeMillis());
        }
    }

    /** @param known an event up to the point */
    private void requirePointWithoutContents(SimulatedStorage source, RestorePoint point, long known, int expected)
            throws IOException {
        boolean isInLog = Segments.read(source).containing(known) >= 0;
        List<Long> times = new ArrayList<>();
        try (LogRestore restore = new LogRestore(source, point, null, new SteppedWorkers(), ReplayProgress.NONE)) {
            RestoreReport found = restore.find(known, (sequence, timestamp, record) -> times.add(timestamp));
            assertThat(found == null).isEqualTo(!isInLog);
            if (found != null) {
                assertThat(found.lastSequence()).isEqualTo(expected);
                assertThat(times.get(times.size() - 1)).isEqualTo(logTimes.get(expected));
            }
        }
        long timeOfKnown = logTimes.get((int) known);
        boolean isNextInLog = Segments.read(source).containing(known + 1) >= 0;
        for (RestorePoint each : List.of(point, RestorePoint.ofSequence(expected))) {
            assertThat(EventTimes.lastUpTo(source, each, known, timeOfKnown))
                    .isEqualTo(isNextInLog ? logTimes.get(expected) : timeOfKnown);
        }
    }

    private void readLatest(SimulatedStorage source) throws IOException {
        latest.clear();
        latest.add(Long.MIN_VALUE);
        logTimes.clear();
        logTimes.add(Long.MIN_VALUE);
        long max = Long.MIN_VALUE;
        for (String name : LogFiles.segments(source)) {
            StorageFile file = source.openReadOnly(name);
            try (FrameReader frames = new FrameReader(file, SegmentHeader.read(file, name))) {
                while (frames.next()) {
                    max = Math.max(max, frames.wallClock());
                    for (int i = 0; i < frames.recordCount(); i++) {
                        assertThat(frames.firstSequence() + i).isEqualTo(latest.size());
                        assertThat(Math.abs(frames.wallClock() - readings.get(latest.size())))
                                .isLessThanOrEqualTo(FrameDescriptor.WALL_CLOCK_TOLERANCE_MILLIS);
                        latest.add(max);
                        logTimes.add(frames.timestamp());
                    }
                }
            }
        }
    }

    private void requireSnapshotsAgree(SimulatedStorage source) throws IOException {
        List<String> names = LogFiles.snapshots(source);
        assertThat(names).isNotEmpty();
        for (String name : names) {
            assertThat(latestOf(source, name)).as(name).isEqualTo(latest.get((int)
                    SnapshotDescriptor.sequenceOf(name)));
        }
    }

    private static long latestOf(SimulatedStorage source, String snapshot) throws IOException {
        try (StorageFile file = source.openReadOnly(snapshot)) {
            return SnapshotHeader.read(file, snapshot).latestWallClock();
        }
    }

    /** @param first what the log can be restored from: the sequence of its first snapshot, or 0 */
    private void requirePoint(SimulatedStorage source, long time, long first) throws IOException {
        int expected = latest.size() - 1;
        while (expected > 0 && latest.get(expected) > time) {
            expected--;
        }
        RestorePoint point = RestorePoint.ofTime(time);
        try (LogRestore restore = new LogRestore(source, point, null, new SteppedWorkers(), ReplayProgress.NONE)) {
            if (expected == 0 || expected < first) {
                assertThatExceptionOfType(LogException.class)
                        .isThrownBy(() -> restore.read(LogVisitor.NONE))
                        .withMessageContaining("cannot be restored");
                return;
            }
            RestoreReport report = restore.read(LogVisitor.NONE);
            assertThat(report.lastSequence()).as("at %d", time).isEqualTo(expected);
            assertThat(report.lastWallClock()).as("at %d", time).isEqualTo(latest.get(expected));
            if (report.nextSequence() > 0) {
                assertThat(report.nextSequence()).isEqualTo(expected + 1);
                assertThat(report.nextWallClock()).isEqualTo(latest.get(expected + 1));
            }
        }
        for (long known = Math.max(1, first); known <= expected; known += 1 + expected / 5) {
            requirePointWithoutContents(source, point, known, expected);
        }
    }

    private static long firstOf(SimulatedStorage source) throws IOException {
        boolean isReleased =
                SegmentDescriptor.numberOf(LogFiles.segments(source).get(0)) > 1;
        return isReleased
                ? SnapshotDescriptor.sequenceOf(LogFiles.snapshots(source).get(0))
                : 0;
    }

    private static SimulatedStorage restore(SimulatedStorage source, long time) throws IOException {
        SimulatedNewDirectory target = new SimulatedNewDirectory(new SimulatedStorage());
        RestorePoint point = RestorePoint.ofTime(time);
        try (LogRestore restore = new LogRestore(source, point, target, new SteppedWorkers(), ReplayProgress.NONE)) {
            RestoreReport report = restore.read(LogVisitor.NONE);
            ByteBuffer mark = ByteBuffer.allocateDirect(RecordDescriptor.recordLength(0, RecordDescriptor.MARK_LENGTH));
            long address = RawMemory.addressOf(mark);
            RecordEncoder.encodeMark(address, EventType.CLEAN_CLOSE, report.lastSequence(), 0, 0);
            restore.finish(new RecordFlyweight().wrap(address));
            restore.publish();
        }
        return target.published();
    }

    /** Deletes the segments that the first snapshot covers. */
    private static void release(SimulatedStorage source) throws IOException {
        long next = SnapshotDescriptor.sequenceOf(LogFiles.snapshots(source).get(0)) + 1;
        Segments segments = Segments.read(source);
        segments.between(0, segments.containing(next)).names().forEach(source::remove);
    }

    /** The reading of the clock that it had is not in the log. */
    @Test
    @Tag("R37")
    void aFrameThatIsRefusedCountsForNothing() throws IOException {
        SimulatedStorage storage = new SimulatedStorage();
        TestLog log = open(storage);
        log.append("key", "1");
        storage.advanceClock(10);
        storage.setClock(HOUR);
        storage.fail(SimulatedStorage.startingWith("write"), 1, SimulatedStorage.NO_SPACE);
        assertThat(log.append("key", "ahead")).isEqualTo(Outcome.LOG_FULL);
        storage.setClock(-HOUR);
        storage.advanceClock(10);
        assertThat(log.append("key", "2")).isEqualTo(Outcome.ACCEPTED);

        SnapshotReport snapshot = log.log().takeSnapshot();

        assertThat(snapshot.summary().sequence()).isEqualTo(2);
        assertThat(snapshot.latestWallClock()).isEqualTo(snapshot.summary().timestamp());
        log.kill(storage);
    }

    /** A mark is written after the event that a snapshot covers, also if the clock was ahead then. */
    @Test
    void theMarksAfterTheLastEventDoNotBelongToItsSnapshot() throws IOException {
        SimulatedStorage storage = new SimulatedStorage();
        TestLog log = open(storage);
        log.append("key", "1");
        storage.advanceClock(10);
        storage.setClock(HOUR);
        log.closeCleanly();
        storage.setClock(-HOUR);

        log = open(storage);
        SnapshotReport snapshot = log.log().takeSnapshot();
        assertThat(snapshot.latestWallClock()).isEqualTo(snapshot.summary().timestamp());
        storage.advanceClock(10);
        log.append("key", "2");
        SnapshotReport later = log.log().takeSnapshot();

        assertThat(later.latestWallClock())
                .isGreaterThan(snapshot.latestWallClock() + HOUR)
                .isNotEqualTo(later.summary().timestamp());
        log.kill(storage);
    }

    /** Nothing is said where the timestamp says it, as in all snapshots that do not know of it. */
    @Test
    void aSnapshotStatesItAsADifferenceFromItsTimestamp() throws IOException {
        String name = SnapshotDescriptor.nameOf(7);
        for (long timestamp : new long[] {0, 1_700_000_000_000L, -5, Long.MAX_VALUE, Long.MIN_VALUE}) {
            for (long wallClock : new long[] {timestamp, 0, 1_699_999_999_999L, Long.MAX_VALUE, Long.MIN_VALUE}) {
                StateSummary summary = new StateSummary(7, timestamp, 0, 0, 0, 0);
                ByteBuffer encoded = new SnapshotHeader(2, 1, 2, 3, summary, wallClock, 0).encode();
                assertThat(encoded.getLong(80) == 0).isEqualTo(wallClock == timestamp);
                byte[] bytes = new byte[SnapshotDescriptor.HEADER_LENGTH];
                encoded.get(0, bytes);
                SimulatedStorage storage = new SimulatedStorage();
                storage.put(name, bytes);

                assertThat(latestOf(storage, name)).isEqualTo(wallClock);
            }
        }
    }

    @Test
    @Tag("R35")
    void eventsAfterTheClockWasSetBackAreReported() throws IOException {
        SimulatedStorage source = new SimulatedStorage();
        source.advanceClock(24 * HOUR);
        TestLog log = open(source);
        log.append("key", "1");
        source.advanceClock(10_000);
        long before = source.currentTimeMillis();
        source.advanceClock(10_000);
        log.append("key", "2");
        source.setClock(-30_000);
        source.advanceClock(1_000);
        log.append("key", "3");
        source.advanceClock(HOUR);
        log.append("key", "4");
        log.kill(source);
        try (LogRestore restore =
                new LogRestore(source, RestorePoint.ofTime(before), null, new SteppedWorkers(), ReplayProgress.NONE)) {
            RestoreReport report = restore.read(LogVisitor.NONE);

            assertThat(report.lastSequence()).isEqualTo(1);
            assertThat(report.leftOut()).hasSize(1);
            assertThat(report.leftOut().get(0).cause()).contains("set back", "sequence 2", "sequence 3 to 3");
        }
        try (LogRestore restore = new LogRestore(
                source, RestorePoint.ofTime(before + 10_000), null, new SteppedWorkers(), ReplayProgress.NONE)) {
            RestoreReport report = restore.read(LogVisitor.NONE);

            assertThat(report.lastSequence()).isEqualTo(3);
            assertThat(report.leftOut()).isEmpty();
        }
    }
}
