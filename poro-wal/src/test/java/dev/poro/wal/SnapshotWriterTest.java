package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.events.Outcome;
import dev.poro.events.SnapshotSink;
import dev.poro.events.StateSummary;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A snapshot is written beside the log, is visible once it is durable, and costs nothing if it fails.
 *
 * @see LogStatus
 * @see SnapshotBlocks
 * @see SnapshotFileWriter
 * @see SnapshotInProgress
 * @see SnapshotReport
 * @see SnapshotStatus
 */
class SnapshotWriterTest {
    private final SimulatedStorage storage = new SimulatedStorage();

    @ParameterizedTest
    @EnumSource(SyncPolicy.class)
    void isLoadedInPlaceOfTheEventsBeforeIt(SyncPolicy policy) throws IOException {
        TestLog log = open(policy);
        log.appendMany(30, 40);
        log.publishDelete("key-7").handle();
        SnapshotReport snapshot = log.log().takeSnapshot();
        log.appendMany(5, 40);
        log.close();

        assertThat(snapshot.summary().sequence()).isEqualTo(31);
        assertThat(snapshot.summary().keys()).isEqualTo(29);
        assertThat(storage.bytes(snapshot.file())).hasSize((int) snapshot.fileBytes());
        TestLog reopened = open(policy);
        assertThat(reopened.recovery().snapshot()).isEqualTo(snapshot);
        assertThat(reopened.replayed()).isEqualTo(log.acknowledged().subList(31, 36));
        assertThat(reopened.state().contents()).isEqualTo(log.state().contents());
        assertThat(reopened.log().lastSequence()).isEqualTo(36);
        reopened.close();
    }

    @Test
    @Tag("R22")
    void isVisibleOnlyOnceItAndTheLogUpToItAreForced() throws IOException {
        TestLog log = open(SyncPolicy.OS);
        log.appendMany(10, 40);
        storage.clearOperations();
        log.log().takeSnapshot();
        List<String> operations = storage.operations();
        int rename = operations.indexOf("rename snapshot.tmp " + SnapshotDescriptor.nameOf(10));
        int lastWrite = lastIndexOf(operations, "write snapshot.tmp");

        assertThat(operations.subList(lastWrite, rename)).contains("force snapshot.tmp", "force 0000000001.wal");
        assertThat(operations.get(rename + 1)).isEqualTo("forceDirectory");
        assertThat(log.log().durableSequence()).isEqualTo(10);
        log.close();
    }

    private static int lastIndexOf(List<String> operations, String prefix) {
        for (int i = operations.size() - 1; ; i--) {
            if (operations.get(i).startsWith(prefix)) {
                return i;
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"create", "write", "force", "close", "rename", "forceDirectory"})
    @Tag("R24")
    void leavesEverythingAsItWasWhenItFails(String operation) throws IOException {
        TestLog log = open(SyncPolicy.ALWAYS);
        log.appendMany(10, 40);
        SnapshotReport first = log.log().takeSnapshot();
        log.appendMany(10, 40);
        String failing = operation.equals("forceDirectory") ? operation : operation + " snapshot.tmp";
        storage.fail(text -> text.startsWith(failing), 1, SimulatedStorage.IO_ERROR);

        assertThatExceptionOfType(LogException.class)
                .isThrownBy(() -> log.log().takeSnapshot())
                .withMessageContaining(SimulatedStorage.IO_ERROR);
        assertThat(log.log().status().snapshots().problem()).contains(SimulatedStorage.IO_ERROR);
        assertThat(log.failStop().isTripped()).isFalse();
        assertThat(storage.names()).contains(first.file());
        assertThat(log.append("later", "value")).isEqualTo(Outcome.ACCEPTED);
        assertThat(log.log().takeSnapshot().summary().sequence()).isEqualTo(21);
        assertThat(log.log().status().snapshots().problem()).isNull();
        assertThat(storage.names()).doesNotContain(SnapshotDescriptor.TEMPORARY_NAME);
        log.close();
        assertThat(storage.openFiles()).isEmpty();
    }

    @Test
    @Tag("R24")
    void goesOnWritingWhileTheDiskIsFull() throws IOException {
        TestLog log = open(SyncPolicy.ALWAYS);
        log.appendMany(20, 200);
        storage.capacity(storage.used() + 1_000);

        assertThatExceptionOfType(LogException.class)
                .isThrownBy(() -> log.log().takeSnapshot())
                .withMessageContaining(SimulatedStorage.NO_SPACE);
        assertThat(log.append("later", "value")).isEqualTo(Outcome.ACCEPTED);
        storage.capacity(Long.MAX_VALUE);
        assertThat(log.log().takeSnapshot().summary().sequence()).isEqualTo(21);
        log.close();
    }

    @Test
    @Tag("R23")
    void keepsTheNewestTwo() throws IOException {
        TestLog log = open(SyncPolicy.ALWAYS);
        for (int i = 1; i <= 4; i++) {
            log.appendMany(3, 40);
            log.log().takeSnapshot();
        }
        log.close();
        assertThat(LogFiles.snapshots(storage))
                .containsExactly(SnapshotDescriptor.nameOf(9), SnapshotDescriptor.nameOf(12));
    }

    @Test
    void takesTheSameSnapshotForTheSameState() throws IOException {
        TestLog log = open(SyncPolicy.ALWAYS);
        log.appendMany(3, 40);
        SnapshotReport first = log.log().takeSnapshot();
        assertThat(log.log().takeSnapshot().summary()).isEqualTo(first.summary());
        log.close();
        assertThat(LogFiles.snapshots(storage)).containsExactly(first.file());
        assertThat(storage.names()).doesNotContain(SnapshotDescriptor.TEMPORARY_NAME);
    }

    @Test
    void isTakenUnaskedOnceTheLogSinceTheLastOneIsLongEnough() throws IOException {
        SteppedWorkers workers = new SteppedWorkers();
        TestLog log = openTakingSnapshotsAfter(40 << 10, workers);
        log.appendMany(100, 300);
        stepUntilIdle(workers);
        assertThat(log.log().status().snapshots().newest()).isNull();

        log.appendMany(100, 300);
        stepUntilIdle(workers);
        SnapshotReport first = log.log().status().snapshots().newest();
        assertThat(first.summary().sequence()).isEqualTo(200);
        log.appendMany(60, 300);
        stepUntilIdle(workers);
        assertThat(log.log().status().snapshots().newest()).isEqualTo(first);
        log.appendMany(100, 300);
        stepUntilIdle(workers);
        assertThat(log.log().status().snapshots().newest().summary().sequence()).isEqualTo(360);
        log.close();
    }

    /** What was read at the opening counts: it would be read again. */
    @Test
    void isTakenUnaskedOfALogThatWasLongWhenItWasOpened() throws IOException {
        TestLog.open(storage, TestLog.settings(SyncPolicy.OS), new SteppedWorkers())
                .appendMany(300, 300)
                .close();
        SteppedWorkers workers = new SteppedWorkers();
        TestLog log = openTakingSnapshotsAfter(40 << 10, workers);
        stepUntilIdle(workers);
        assertThat(log.log().status().snapshots().newest().summary().sequence()).isEqualTo(300);
        log.close();
    }

    /** Not even if it fills more of a segment than makes a snapshot due. */
    @Test
    void isNotTakenAgainBecauseOfTheLogBeforeIt() throws IOException {
        TestLog log = open(SyncPolicy.OS).appendMany(35, 300);
        SnapshotReport taken = log.log().takeSnapshot();
        log.append("later", "value");
        log.close();
        SteppedWorkers workers = new SteppedWorkers();
        log = openTakingSnapshotsAfter(8 << 10, workers);
        stepUntilIdle(workers);

        assertThat(log.recovery().segments()).singleElement().matches(segment -> segment.usedBytes() > 8 << 10);
        assertThat(log.log().status().snapshots().newest()).isEqualTo(taken);
        assertThat(log.log().status().snapshots().logLength()).isBetween(1L, 200L);
        log.close();
    }

    @Test
    void isCountedBesideTheLog() throws IOException {
        SteppedWorkers workers = new SteppedWorkers();
        TestLog log = openTakingSnapshotsAfter(1_000, workers).appendMany(100, 300);
        LogStatus before = log.log().status();
        stepUntilIdle(workers);
        LogStatus after = log.log().status();

        assertThat(before.firstSequence()).isEqualTo(1);
        assertThat(before.lastSequence()).isEqualTo(100);
        assertThat(before.segmentBytes()).isEqualTo((long) before.segments() * TestLog.SEGMENT_LENGTH);
        assertThat(before.snapshots().logLength()).isBetween(30_000L, before.segmentBytes());
        assertThat(before.snapshots().dueBeyond())
                .as("the live data is longer than the limit")
                .isEqualTo(log.state().liveLength());
        assertThat(after.snapshots().logLength()).isZero();
        assertThat(after.durableSequence()).isEqualTo(100);
        log.close();
    }

    @Test
    @Tag("R24")
    void isTriedAgainLaterAndLaterUntilItSucceeds() throws IOException {
        SteppedWorkers workers = new SteppedWorkers();
        TestLog log = openTakingSnapshotsAfter(40 << 10, workers);
        log.appendMany(200, 300);
        storage.failAlways(operation -> operation.startsWith("create snapshot.tmp"), SimulatedStorage.IO_ERROR);
        int tries = 0;
        for (int period = 0; period < 270; period++) {
            storage.clearOperations();
            workers.step(workers.count() - 1);
            tries += storage.operations().contains("create snapshot.tmp") ? 1 : 0;
        }
        assertThat(tries).as("after 0, 8, 16, 32, 64 and 128 periods more").isEqualTo(6);
        assertThat(log.log().status().snapshots().problem()).contains(SimulatedStorage.IO_ERROR);
        assertThat(log.failStop().isTripped()).isFalse();

        storage.heal();
        stepUntilIdle(workers);
        assertThat(log.log().status().snapshots().newest().summary().sequence()).isEqualTo(200);
        assertThat(log.log().status().snapshots().problem()).isNull();
        log.close();
    }

    private TestLog openTakingSnapshotsAfter(long bytes, SteppedWorkers workers) throws IOException {
        LogSettings settings = TestLog.settings(SyncPolicy.OS).snapshotAfter(bytes);
        return TestLog.open(storage, settings, workers).startSnapshots();
    }

    /** More than any snapshot here takes, and than the longest time out after a failure. */
    private static void stepUntilIdle(SteppedWorkers workers) {
        for (int step = 0; step < 400; step++) {
            workers.step(workers.count() - 1);
        }
    }

    /** The store was cleared while its entries were handed out. */
    @Test
    @Tag("R24")
    void isBegunAgainWhenTheStoreBreaksItOff() throws IOException {
        TestLog log = TestLog.open(storage, TestLog.settings(SyncPolicy.ALWAYS), new SteppedWorkers());
        BreakingOff source = new BreakingOff(log.state());
        log.log().startSnapshots(source);
        log.appendMany(10, 40);
        SnapshotReport snapshot = log.log().takeSnapshot();

        assertThat(source.brokenOff).isEqualTo(2);
        assertThat(snapshot.summary()).isEqualTo(log.state().summary());
        assertThat(log.log().snapshotStatus().problem()).isNull();
        assertThat(storage.names()).contains(snapshot.file()).doesNotContain(SnapshotDescriptor.TEMPORARY_NAME);
        log.close();
    }

    /** Breaks the first two snapshots off. */
    private static final class BreakingOff implements SnapshotSource {
        private final SnapshotSource source;
        private SnapshotSink sink;
        private int brokenOff;

        BreakingOff(SnapshotSource source) {
            this.source = source;
        }

        @Override
        public long liveLength() {
            return source.liveLength();
        }

        @Override
        public void begin(SnapshotSink to) {
            sink = to;
            source.begin(to);
        }

        @Override
        public boolean advance() {
            if (brokenOff == 2) {
                return source.advance();
            }
            sink.begin(new StateSummary(5, 0, 3, 1, 1 << 20, 100));
            sink.writeLong(1);
            sink.abort();
            brokenOff++;
            return true;
        }
    }

    @Test
    void isGivenUpWhenTheStoreCloses() throws Exception {
        TestLog log = TestLog.open(storage, TestLog.settings(SyncPolicy.ALWAYS));
        log.log().startSnapshots(new IdleSource());
        FutureTask<SnapshotReport> asked = new FutureTask<>(() -> log.log().takeSnapshot());
        new Thread(asked).start();
        TestLogs.await(() -> storage.names().contains(SnapshotDescriptor.TEMPORARY_NAME));
        log.close();

        assertThat(asked.get()).isNull();
        assertThat(storage.names()).doesNotContain(SnapshotDescriptor.TEMPORARY_NAME);
        assertThat(storage.openFiles()).isEmpty();
    }

    /** Threads of their own: the journal's, the worker's, and those that ask. */
    @Test
    void isTakenForEveryoneWhoAsks() throws Exception {
        TestLog log = TestLog.open(storage, TestLog.settings(SyncPolicy.OS)).startSnapshots();
        log.appendMany(10, 40);
        SnapshotReport[] taken = new SnapshotReport[4];
        Thread[] asking = new Thread[taken.length];
        for (int i = 0; i < asking.length; i++) {
            int asker = i;
            asking[i] = new Thread(() -> taken[asker] = log.log().takeSnapshot());
            asking[i].start();
        }
        for (Thread thread : asking) {
            thread.join();
        }
        log.close();
        for (SnapshotReport report : taken) {
            assertThat(report.summary().sequence()).isEqualTo(10);
        }
    }

    /** Never gets on. */
    private static final class IdleSource implements SnapshotSource {
        @Override
        public long liveLength() {
            return 0;
        }

        @Override
        public void begin(SnapshotSink sink) {
            assertThat(sink.hasRoom()).isTrue();
        }

        @Override
        public boolean advance() {
            return false;
        }
    }

    private TestLog open(SyncPolicy policy) throws IOException {
        return TestLog.open(storage, TestLog.settings(policy), new SteppedWorkers())
                .startSnapshots();
    }
}
