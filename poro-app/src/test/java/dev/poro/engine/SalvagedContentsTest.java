package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.internal.Replay;
import dev.poro.engine.tools.Salvage;
import dev.poro.engine.tools.SalvageReport;
import dev.poro.engine.tools.Verification;
import dev.poro.engine.tools.VerificationReport;
import dev.poro.events.EventType;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlyweight;
import dev.poro.events.TestScale;
import dev.poro.statemachine.RandomRecords;
import dev.poro.statemachine.StateMachine;
import dev.poro.wal.LogInspector;
import dev.poro.wal.LogVisitor;
import dev.poro.wal.RecoveryReport;
import dev.poro.wal.ReplayProgress;
import dev.poro.wal.SnapshotReport;
import dev.poro.wal.WriteAheadLog;
import dev.poro.wal.simulated.SteppedWorkers;
import dev.poro.wal.storage.FileSystemStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever the events of a log, and whatever of them is lost: the salvaged log leads to what the events that are left
 * lead to, though they have other sequences there.
 *
 * @see dev.poro.engine.tools.SequenceGuards
 * @see dev.poro.engine.tools.OwnRecord
 */
@Tag("R11")
class SalvagedContentsTest {
    private static final int EVENTS = 1_200;
    private static final int MAX_VALUE_LENGTH = 400;
    private static final int SEGMENT_LENGTH = 32 << 10;
    private static final long ASSUMED_BUDGET = 1 << 20;
    private static final byte[][] KEYS = keys();

    @TempDir
    private Path directory;

    private int lossless;
    private int fromSnapshots;
    private long unmet;

    private static byte[][] keys() {
        byte[][] keys = new byte[24][];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = new byte[1 + i % 5];
            Arrays.fill(keys[i], (byte) i);
        }
        return keys;
    }

    @Test
    void isWhatTheIntactEventsOfTheOldLogLeadTo() throws IOException {
        int seeds = TestScale.choose(4, 2_000);
        for (int seed = 1; seed <= seeds; seed++) {
            Random random = new Random(seed);
            Path source = directory.resolve(seed + ".wal");
            write(source, random);
            requireSameContents(source, directory.resolve(seed + ".sound"), "seed " + seed);
            for (int damages = 0; damages < 3; damages++) {
                String what = damage(source, random);
                requireSameContents(
                        source, directory.resolve(seed + "." + damages), "seed " + seed + ", damaged: " + what);
            }
        }
        assertThat(lossless).as("logs without a loss").isGreaterThanOrEqualTo(seeds);
        assertThat(fromSnapshots).as("logs that begin with a snapshot").isPositive();
        assertThat(unmet).as("events with an unmet guard").isPositive();
        TestScale.report("salvaged-contents", "%,d logs of random events salvaged", 4 * seeds);
    }

    private static void write(Path source, Random random) {
        PoroBuilder settings = Poro.at(source)
                .segmentLength(SEGMENT_LENGTH)
                .sync(SyncPolicy.OS)
                .snapshotAfter(Long.MAX_VALUE)
                .retain(random.nextBoolean() ? Retention.NONE : Retention.ALL);
        long memory = random.nextBoolean() ? 1 << 20 : 70_000 + random.nextInt(8_000);
        RandomRecords records = new RandomRecords(random, KEYS, MAX_VALUE_LENGTH, random.nextBoolean());
        SteppedWorkers workers = new SteppedWorkers();
        try (SteppedStore store = SteppedStore.open(
                settings,
                Threading.CALLER,
                memory,
                40,
                System::currentTimeMillis,
                StateMachine::new,
                (log, replay, progress, failStop) -> WriteAheadLog.open(
                        () -> {},
                        new FileSystemStorage(Files.createDirectories(source)),
                        workers,
                        log,
                        replay,
                        progress,
                        failStop))) {
            for (int i = 0; i < EVENTS; i++) {
                while (!store.publish(records.next(store.poro().sequence(), System.currentTimeMillis()))) {
                    store.journal();
                }
                if (random.nextInt(4) == 0) {
                    store.journal();
                }
                for (int worker = 0; worker < workers.count(); worker++) {
                    workers.step(worker);
                }
                if (random.nextInt(60) == 0) {
                    store.poro().set("waits", "for all before"); // and may publish a mark
                }
                if (random.nextInt(EVENTS / 3) == 0) {
                    store.poro().snapshot();
                }
            }
        }
    }

    private static String damage(Path source, Random random) throws IOException {
        List<Path> segments;
        try (Stream<Path> files = Files.list(source)) {
            segments = files.filter(file -> file.toString().endsWith(".wal"))
                    .sorted()
                    .toList();
        }
        Path segment = segments.get(random.nextInt(segments.size()));
        if (random.nextInt(4) == 0 && segments.size() > 2) {
            Files.delete(segment);
            return segment + " is gone";
        }
        byte[] bytes = Files.readAllBytes(segment);
        int at = random.nextInt(bytes.length);
        bytes[at] ^= 1;
        Files.write(segment, bytes);
        return segment + " at " + at;
    }

    private void requireSameContents(Path source, Path target, String what) throws IOException {
        SalvageReport report = Salvage.run(source, target, false, ASSUMED_BUDGET, Progress.NONE);
        VerificationReport verified = Verification.run(target, Progress.NONE);
        assertThat(verified.log().verdict()).as(what).isEqualTo(RecoveryReport.Verdict.SOUND);
        assertThat(verified.digestsChecked()).as(what).isTrue();
        assertThat(report.disagreement()).as(what).isNull();
        assertThat(verified.digest()).as(what).isEqualTo(report.digest());

        try (StateMachine expected = new StateMachine(0);
                StateMachine salvaged = new StateMachine(0);
                LogInspector old = LogInspector.open(source);
                LogInspector made = LogInspector.open(target)) {
            old.salvage(new WithGaps(expected), ReplayProgress.NONE);
            made.replay(new Replay(salvaged), ReplayProgress.NONE);
            assertThat(contents(salvaged)).as(what).isEqualTo(contents(expected));
            long ofClients = 64 * expected.clients(); // who are not in the new log
            assertThat(salvaged.memoryUsed()).as(what).isEqualTo(expected.memoryUsed() - ofClients);
            assertThat(salvaged.memoryBudget()).as(what).isEqualTo(expected.memoryBudget());
        }
        lossless += report.isComplete() ? 1 : 0;
        fromSnapshots += report.snapshot() != null ? 1 : 0;
        unmet += report.unmetEvents();
    }

    /** Values and expiries by key. */
    private static Map<String, String> contents(StateMachine stateMachine) {
        Map<String, String> contents = new TreeMap<>();
        Base64.Encoder encoder = Base64.getEncoder();
        stateMachine.forEachByExpiry((key, value, details) -> contents.put(
                encoder.encodeToString(key),
                encoder.encodeToString(value) + (details.expires() ? " until " + details.expiry() : "")));
        return contents;
    }

    /** Applies what is left of a log with the sequences that it has. */
    private static final class WithGaps implements LogVisitor {
        private final StateMachine stateMachine;
        private final Replay snapshots;
        private final ByteBuffer own = ByteBuffer.allocateDirect(64);

        WithGaps(StateMachine stateMachine) {
            this.stateMachine = stateMachine;
            this.snapshots = new Replay(stateMachine);
        }

        private RecordFlyweight budget(long bytes) {
            long address = RawMemory.addressOf(own);
            RecordEncoder.encodeMemoryBudget(address, bytes);
            return new RecordFlyweight().wrap(address);
        }

        @Override
        public void onSnapshot(SnapshotReport snapshot) {
            snapshots.onSnapshot(snapshot);
        }

        @Override
        public void onEntry(long sequence, RecordFlyweight record) {
            snapshots.onEntry(sequence, record);
        }

        @Override
        public void onSnapshotEnd() {
            snapshots.onSnapshotEnd();
        }

        @Override
        public void onRecord(long sequence, long timestamp, RecordFlyweight record) {
            if (stateMachine.appliedSequence() == 0 && sequence > 1 && record.type() != EventType.MEMORY_BUDGET) {
                stateMachine.apply(sequence - 1, timestamp, budget(ASSUMED_BUDGET));
            }
            if (sequence != stateMachine.appliedSequence() + 1) {
                stateMachine.skipTo(sequence);
            }
            stateMachine.apply(sequence, timestamp, record);
        }
    }
}
