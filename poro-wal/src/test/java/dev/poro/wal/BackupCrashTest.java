package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.FailStop;
import dev.poro.events.TestScale;
import dev.poro.wal.simulated.SimulatedNewDirectory;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A log is written, rolls, takes snapshots and releases segments, while backups of it are made that die at every change
 * they make, with the power or without, and are gone on with. What gets its name holds exactly what the log held at the
 * backup's sequence, and nothing that was acknowledged before is missing.
 */
@Tag("R15")
@Tag("R28")
class BackupCrashTest {
    private static final Duration BUDGET = TestScale.ENABLED ? Duration.ofSeconds(60) : Duration.ofMillis(500);
    private static final int LEAST_BACKUPS = 4;
    private static final int MAX_BATCHES = 400;
    private static final List<SyncPolicy> POLICIES = List.of(SyncPolicy.values());

    private static long logs;
    private static long backups;
    private static long deaths;
    private static long keptFiles;

    private final WrittenLog written = new WrittenLog();
    private SimulatedStorage source;
    private TestLog log;
    private Random random;
    private boolean isWriting;

    @Test
    void aBackupThatDiesAnywhereIsGoneOnWithWhileTheLogIsWritten() throws IOException {
        long deadline = TestScale.deadlineAfter(BUDGET);
        long seed = 0;
        for (; seed == 0 || System.nanoTime() < deadline; seed++) {
            try {
                live(seed, deadline);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
        assertThat(deaths).isPositive();
    }

    @AfterAll
    static void reportWhatWasCovered() {
        TestScale.report(
                "backup-crashes",
                "%d logs that were written meanwhile, %d backups finished after %d deaths at one of their changes; %d"
                        + " files kept",
                logs,
                backups,
                deaths,
                keptFiles);
    }

    private void live(long seed, long deadline) throws IOException {
        logs++;
        written.keepUpTo(0);
        random = SimulatedStorage.randomOf(seed);
        source = new SimulatedStorage(seed);
        source.mapsSafely(random.nextBoolean());
        SyncPolicy policy = POLICIES.get(random.nextInt(POLICIES.size()));
        log = TestLog.open(source, TestLog.settings(policy), new SteppedWorkers())
                .startSnapshots();
        for (int i = random.nextInt(60); i >= 0; i--) {
            write();
        }
        source.observe(operation -> writeNowAndThen());
        for (int crashAt = 0; written.size() < MAX_BATCHES; crashAt++) {
            if (crashAt >= LEAST_BACKUPS && System.nanoTime() > deadline) {
                break;
            }
            backUp(crashAt % 40);
        }
        source.observe(null);
        log.kill(source);
        source.release();
    }

    private void writeNowAndThen() {
        if (!isWriting && random.nextInt(30) == 0) {
            isWriting = true;
            try {
                write();
            } catch (IOException e) {
                throw new AssertionError(e);
            } finally {
                isWriting = false;
            }
        }
    }

    private void write() throws IOException {
        byte[] value = new byte[random.nextInt(4) == 0 ? 4_000 : 8 + random.nextInt(400)];
        random.nextBytes(value);
        written.addSet(value);
        log.publish(new byte[] {'k', (byte) random.nextInt(20)}, value).handle();
        if (random.nextInt(20) == 0) {
            log.log().takeSnapshot();
        }
    }

    /** Makes a backup that dies, at once or when it has been gone on with, and is finished in the end. */
    private void backUp(int crashAt) throws IOException {
        SimulatedStorage target = new SimulatedStorage(random.nextLong());
        int acknowledged = written.size();
        long changes = crashAt;
        for (int life = 0; life < 3; life++) {
            target.crashAt(changes);
            SimulatedNewDirectory directory = new SimulatedNewDirectory(target);
            try {
                finish(directory, acknowledged);
                return;
            } catch (SimulatedStorage.Crash died) {
                deaths++;
                assertThat(directory.published()).isNull();
            }
            target.restart();
            target = random.nextInt(3) == 0 ? target : target.powerCut(random.nextLong());
            changes = random.nextInt(20);
        }
        target.crashAt(Long.MAX_VALUE);
        finish(new SimulatedNewDirectory(target), acknowledged);
    }

    private void finish(SimulatedNewDirectory directory, int acknowledged) throws IOException {
        BackupReport report =
                new LogBackup(source, directory, new SteppedWorkers(), ReplayProgress.NONE).run(LogVisitor.NONE);
        backups++;
        keptFiles += report.keptFiles();
        assertThat(report.lastSequence()).isBetween((long) acknowledged, (long) written.size());
        requireHolds(directory.published(), report.lastSequence());
    }

    /** The events up to this one and no other; and whatever the power does to the log, it has these, too. */
    private void requireHolds(SimulatedStorage backup, long sequence) throws IOException {
        WrittenLog.Check check = written.check();
        WriteAheadLog opened = WriteAheadLog.open(
                () -> {},
                backup,
                new SteppedWorkers(),
                TestLog.strict(SyncPolicy.OS),
                check,
                ReplayProgress.NONE,
                new FailStop());
        assertThat(check.count()).isEqualTo(sequence);
        opened.close();
        backup.release();
        SimulatedStorage after = source.powerCut(random.nextLong());
        assertThat(TestLogs.examine(after).lastSequence()).isGreaterThanOrEqualTo(sequence);
        after.release();
    }
}
