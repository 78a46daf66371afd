package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.EventType;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlyweight;
import dev.poro.events.TestScale;
import dev.poro.wal.simulated.SimulatedNewDirectory;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whoever reads a log that a store writes to finds it sound, and ends: the writer moves between any two operations.
 *
 * @see LogInspector
 * @see ReadOnlyLog
 */
@Tag("R35")
class ReadersBesideAWriterTest {
    private static final int MOST_OPERATIONS = 20_000;
    private static final int OPERATIONS_PER_SNAPSHOT = 10;

    private SimulatedStorage storage;
    private TestLog log;
    private int operations;
    private boolean writing;

    /** Reads the log; returns up to which event. */
    private enum Reader {
        REPLAY {
            @Override
            long read(SimulatedStorage storage, TestLog log) throws IOException {
                try (LogView view = LogView.of(storage)) {
                    RecoveryReport found = TestLogs.examine(view);
                    assertThat(found.verdict()).as(found.toString()).isEqualTo(RecoveryReport.Verdict.SOUND);
                    return found.lastSequence();
                }
            }
        },
        LOOK {
            @Override
            long read(SimulatedStorage storage, TestLog log) throws IOException {
                RecoveryReport found =
                        ReadOnlyLog.read(storage, LogVisitor.NONE, ReplayProgress.NONE, new SteppedWorkers());
                assertThat(found.verdict()).as(found.toString()).isEqualTo(RecoveryReport.Verdict.SOUND);
                return found.lastSequence();
            }
        },
        SCAN {
            @Override
            long read(SimulatedStorage storage, TestLog log) throws IOException {
                try (LogView view = LogView.of(storage)) {
                    long first = new SnapshotLoader(view, LogVisitor.NONE, ReplayProgress.NONE, new SteppedWorkers())
                            .loadForHistory()
                            .firstSequence();
                    ScanReport found =
                            new DamageScan(view, Segments.read(view), LogVisitor.NONE, ReplayProgress.NONE).scan(first);
                    assertThat(found.problems()).isEmpty();
                    return found.lastSequence();
                }
            }
        },
        SALVAGE {
            @Override
            long read(SimulatedStorage storage, TestLog log) throws IOException {
                try (LogView view = LogView.of(storage)) {
                    String snapshot = new SalvageStart(view, Segments.read(view), ReplayProgress.NONE).choose();
                    long first = snapshot == null ? 1 : SnapshotDescriptor.sequenceOf(snapshot) + 1;
                    ScanReport found =
                            new DamageScan(view, Segments.read(view), LogVisitor.NONE, ReplayProgress.NONE).scan(first);
                    assertThat(found.problems()).isEmpty();
                    return Math.max(found.lastSequence(), first - 1);
                }
            }
        },
        BACKUP {
            @Override
            long read(SimulatedStorage storage, TestLog log) throws IOException {
                SimulatedNewDirectory target = new SimulatedNewDirectory(new SimulatedStorage());
                return requireWhole(new LogBackup(storage, target, new SteppedWorkers(), ReplayProgress.NONE), target);
            }
        },
        BACKUP_IN_THE_SAME_PROCESS {
            @Override
            long read(SimulatedStorage storage, TestLog log) throws IOException {
                SimulatedNewDirectory target = new SimulatedNewDirectory(new SimulatedStorage());
                return requireWhole(log.log().newBackup(target, ReplayProgress.NONE), target);
            }
        },
        RESTORE {
            @Override
            long read(SimulatedStorage storage, TestLog log) throws IOException {
                SimulatedNewDirectory target = new SimulatedNewDirectory(new SimulatedStorage());
                try (LogRestore restore = new LogRestore(
                        storage, RestorePoint.LATEST, target, new SteppedWorkers(), ReplayProgress.NONE)) {
                    RestoreReport restored = restore.read(LogVisitor.NONE);
                    assertThat(restored.leftOut()).isEmpty();
                    restore.finish(closeMark());
                    restore.publish();
                    return restored.lastSequence();
                }
            }
        };

        abstract long read(SimulatedStorage storage, TestLog log) throws IOException;
    }

    private static long requireWhole(LogBackup backup, SimulatedNewDirectory target) throws IOException {
        BackupReport report = backup.run(LogVisitor.NONE);
        assertThat(report.leftOut()).isEmpty();
        assertThat(TestLogs.examine(target.published()).verdict()).isEqualTo(RecoveryReport.Verdict.SOUND);
        target.published().release();
        return report.lastSequence();
    }

    private static RecordFlyweight closeMark() {
        ByteBuffer mark = ByteBuffer.allocateDirect(RecordDescriptor.recordLength(0, RecordDescriptor.MARK_LENGTH));
        RecordEncoder.encodeMark(RawMemory.addressOf(mark), EventType.CLEAN_CLOSE, 1, 0, 0);
        return new RecordFlyweight().wrap(RawMemory.addressOf(mark));
    }

    @ParameterizedTest
    @EnumSource(Reader.class)
    void aWriterAtFullSpeedChangesNothing(Reader reader) throws IOException {
        for (SyncPolicy policy : SyncPolicy.values()) {
            requireSound(reader, policy, this::writeABitAtEachOperation);
        }
    }

    /** New segments, two snapshots, and the release of all that these make superfluous, between two operations. */
    @ParameterizedTest
    @EnumSource(Reader.class)
    void aBurstAtAnyOperationChangesNothing(Reader reader) throws IOException {
        for (SyncPolicy policy : SyncPolicy.values()) {
            int most = Integer.MAX_VALUE;
            for (int burst = 1; burst <= most; burst += TestScale.choose(13, 1)) {
                int at = burst;
                requireSound(reader, policy, () -> {
                    if (operations == at) {
                        writeABurst();
                    }
                });
                most = operations;
            }
            assertThat(most).isBetween(20, MOST_OPERATIONS);
        }
    }

    private void requireSound(Reader reader, SyncPolicy policy, Runnable writer) throws IOException {
        storage = new SimulatedStorage(1);
        SteppedWorkers workers = new SteppedWorkers();
        log = TestLog.open(storage, TestLog.settings(policy), workers).startSnapshots();
        log.appendMany(40, 500);
        log.log().takeSnapshot();
        log.appendMany(40, 500);
        operations = 0;
        storage.beforeEach(operation -> {
            // The writer may wait for a worker, which must not be the one whose operation this is.
            if (!writing && !workers.isRunning()) {
                writing = true;
                operations++;
                assertThat(operations).as("reading ends").isLessThan(MOST_OPERATIONS);
                writer.run();
                writing = false;
            }
        });
        int before = log.acknowledged().size();

        long last = reader.read(storage, log);

        storage.beforeEach(operation -> {});
        assertThat(last).as("%s, %d operations", policy, operations).isBetween((long) before, (long)
                log.acknowledged().size());
        log.abandon();
        assertThat(storage.openFiles()).isEmpty();
        storage.release();
    }

    private void writeABitAtEachOperation() {
        log.publish("key-" + operations % 7, "v".repeat(300));
        log.publish("key-" + operations % 5, "w".repeat(100)).handle();
        if (operations % OPERATIONS_PER_SNAPSHOT == 0) {
            log.log().takeSnapshot();
        }
    }

    private void writeABurst() {
        for (int i = 0; i < 2; i++) {
            log.appendMany(40, 500);
            log.log().takeSnapshot();
        }
        log.appendMany(5, 500);
    }
}
