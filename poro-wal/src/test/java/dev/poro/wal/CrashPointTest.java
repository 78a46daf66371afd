package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.EventType;
import dev.poro.events.Outcome;
import dev.poro.events.TestScale;
import dev.poro.wal.simulated.SimulatedOperation;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A log lives twice: it is made, written, rolled, taken snapshots of, and perhaps closed; the power fails; it is
 * recovered, goes on, and is closed. At every change that it makes to its files, and between any two batches that it
 * stores into a mapping, it crashes in every way possible, {@link CrashExplorer}. What the policy promised comes back,
 * and never anything else.
 */
@Tag("R9")
@Tag("R10")
@Tag("R15")
@Tag("R16")
@Tag("R22")
@Tag("R28")
class CrashPointTest {
    private static final int BATCHES = 14;
    private static final Duration BUDGET = TestScale.ENABLED ? Duration.ofSeconds(45) : Duration.ofMillis(400);
    private static final int ALL_SUBSETS_UP_TO = TestScale.choose(6, 12);
    private static final int NESTED_EVERY = TestScale.choose(50, 1);

    private static long lives;
    private static long snapshots;
    private static long released;
    private static long crashes;
    private static long sampled;
    private static long worlds;
    private static long nestedWorlds;
    private static long cuts;

    private final WrittenLog written = new WrittenLog();
    private SimulatedStorage storage;
    private CrashExplorer explorer;
    private Random random;
    private TestLog log;
    /** Events on the disk before it is opened, all of them forced. */
    private long present;

    @ParameterizedTest
    @CsvSource({"ALWAYS, true", "ALWAYS, false", "EVERYSEC, true", "EVERYSEC, false", "OS, true", "OS, false"})
    void aCrashAtAnyChangeCostsNothingThatWasPromised(SyncPolicy policy, boolean mapped) throws IOException {
        long deadline = TestScale.deadlineAfter(BUDGET);
        long seed = 0;
        for (; seed == 0 || System.nanoTime() < deadline; seed++) {
            written.keepUpTo(0);
            storage = new SimulatedStorage(seed, seed % 2 == 0 ? 512 : 4096);
            storage.mapsSafely(mapped);
            random = SimulatedStorage.randomOf(seed);
            explorer = new CrashExplorer(
                    TestLog.settings(policy), written, random, ALL_SUBSETS_UP_TO, NESTED_EVERY, deadline);
            try {
                live(policy, false);
                SimulatedStorage after = storage.powerCut(seed);
                storage.release();
                storage = after;
                live(policy, true);
                assertThat(explorer.failure()).isNull();
            } catch (AssertionError | RuntimeException e) {
                Throwable found = explorer.failure() == null ? e : explorer.failure();
                throw new AssertionError(
                        policy + ", mapped " + mapped + ", seed " + seed + ": " + found.getMessage(), found);
            }
            count();
        }
        assertThat(seed).isPositive();
    }

    private void count() {
        lives += 2;
        crashes += explorer.crashes();
        sampled += explorer.sampledCrashes();
        worlds += explorer.worlds();
        nestedWorlds += explorer.nestedWorlds();
        cuts += explorer.cuts();
    }

    @AfterAll
    static void reportWhatWasCovered() {
        TestScale.report(
                "crash-points",
                "%d lives of a log with %d snapshots and %d segments released, crashed at %d moments (all subsets of up"
                        + " to %d pending changes; sampled at %d moments with more): %d disks recovered, %d tails cut"
                        + " off, %d disks left by crashes during a recovery",
                lives,
                snapshots,
                released,
                crashes,
                ALL_SUBSETS_UP_TO,
                sampled,
                worlds,
                cuts,
                nestedWorlds);
    }

    private void live(SyncPolicy policy, boolean closesCleanly) throws IOException {
        log = null;
        present = TestLogs.examine(storage).lastSequence();
        storage.observe(this::crashBefore);
        SteppedWorkers workers = new SteppedWorkers();
        log = TestLog.open(storage, TestLog.settings(policy), workers).startSnapshots();
        written.keepUpTo(log.log().lastSequence());
        for (int batch = 0; batch < BATCHES && !explorer.isOutOfTime(); batch++) {
            appendBatch(policy);
            crash("after batch " + batch);
            if (random.nextInt(4) == 0) {
                written.addMark();
                assertThat(log.publishMark(EventType.DIGEST_MARK).handle()).containsExactly(Outcome.ACCEPTED);
                crash("after a mark");
            }
            storage.advanceClock(random.nextInt(700));
            workers.step(random.nextInt(workers.count()));
            if (random.nextInt(3) == 0) {
                snapshots++;
                assertThat(log.log().takeSnapshot().summary().sequence()).isEqualTo(written.lastSequence());
            }
        }
        if (closesCleanly) {
            written.addMark();
            log.publishMark(EventType.CLEAN_CLOSE).handle();
            crash("after the mark of the clean close");
            log.close();
            crash("after the clean close");
        }
        storage.observe(null);
    }

    private void appendBatch(SyncPolicy policy) throws IOException {
        for (int i = random.nextInt(3); i >= 0; i--) {
            byte[] value = new byte[random.nextInt(4) == 0 ? 2_000 + random.nextInt(2_000) : 8 + random.nextInt(400)];
            random.nextBytes(value);
            written.addSet(value);
            log.publish(new byte[] {'k', (byte) i}, value);
        }
        long before = log.log().lastSequence();
        log.handle();
        assertThat(explorer.failure()).isNull();
        assertThat(log.log().lastSequence()).as("nothing is refused").isEqualTo(written.lastSequence());
        if (policy == SyncPolicy.ALWAYS) {
            assertThat(log.log().durableSequence()).as("acknowledged").isEqualTo(written.lastSequence());
        }
        crashInTheLastFrame(before);
    }

    private void crashBefore(SimulatedOperation operation) {
        if (operation.kind().isChange()) {
            crash("before " + operation);
        }
        if (operation.kind() == SimulatedOperation.Kind.DELETE
                && SegmentDescriptor.isSegmentName(operation.name())
                && log != null) {
            released++;
        }
    }

    private void crash(String moment) {
        long promised = log == null ? present : log.log().durableSequence();
        long handedOver = log == null ? present : log.log().lastSequence();
        explorer.crash(storage, promised, handedOver, moment + ", " + written.size() + " written");
    }

    /** The process dies before it stores the length of its last frame, or while it copies the frame's records. */
    private void crashInTheLastFrame(long before) throws IOException {
        if (!storage.mapsSafely() || log.log().durableSequence() > before) {
            return;
        }
        String last = "";
        ByteBuffer segment = null;
        for (Map.Entry<String, ByteBuffer> file : storage.contents().entrySet()) {
            ByteBuffer bytes = file.getValue().order(ByteOrder.LITTLE_ENDIAN);
            if (SegmentDescriptor.isSegmentName(file.getKey())
                    && bytes.getLong(SegmentDescriptor.FIRST_SEQUENCE_OFFSET) != 0) {
                last = file.getKey();
                segment = bytes;
            }
        }
        int frame = offsetOfLastFrame(segment);
        long complete = segment.getLong(frame + FrameDescriptor.FIRST_SEQUENCE_OFFSET) - 1;
        for (int missing : List.of(Integer.BYTES, FrameDescriptor.HEADER_LENGTH, FrameDescriptor.HEADER_LENGTH + 8)) {
            SimulatedStorage dying = storage.fork();
            try (StorageFile file = dying.open(last)) {
                file.write(ByteBuffer.allocateDirect(missing), frame);
            }
            explorer.crash(dying, log.log().durableSequence(), complete, "in the frame at " + frame + " of " + last);
            dying.release();
        }
    }

    private static int offsetOfLastFrame(ByteBuffer segment) {
        int frame = SegmentDescriptor.HEADER_LENGTH;
        for (int next = frame; segment.getInt(next) != 0; next += segment.getInt(next)) {
            frame = next;
        }
        return frame;
    }
}
