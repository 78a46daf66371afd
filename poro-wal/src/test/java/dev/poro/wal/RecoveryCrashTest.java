package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.poro.events.EventType;
import dev.poro.events.Outcome;
import dev.poro.events.TestScale;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import dev.poro.wal.storage.StorageException;
import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Crashes at every operation, while writing and while recovering from the crash before: what was acknowledged under
 * the policy's promise is there, and nothing that was never written.
 */
@Tag("R9")
@Tag("R10")
class RecoveryCrashTest {
    private static final int CUTS = TestScale.choose(5, 20);
    private static final int SEEDS = TestScale.choose(25, 600);

    @ParameterizedTest
    @EnumSource(SyncPolicy.class)
    @Tag("R16")
    void aPowerCutAtAnyMomentOfWritingCostsNothingThatWasForced(SyncPolicy policy) throws IOException {
        for (long seed = 1; seed <= SEEDS; seed++) {
            Random random = SimulatedStorage.randomOf(seed);
            SimulatedStorage storage = new SimulatedStorage();
            storage.mapsSafely(random.nextInt(4) > 0);
            Written written = writeUntilCrash(storage, policy, random);

            SimulatedStorage after = storage.powerCut(seed);
            assertRecoversTwice(after, policy, written, seed);
        }
    }

    @ParameterizedTest
    @EnumSource(SyncPolicy.class)
    @Tag("R17")
    void aKilledProcessLosesNothingThatWasAcknowledged(SyncPolicy policy) throws IOException {
        for (long seed = 1; seed <= SEEDS; seed++) {
            Random random = SimulatedStorage.randomOf(seed);
            SimulatedStorage storage = new SimulatedStorage();
            Written written = writeUntilCrash(storage, policy, random);
            try (TestLog log = TestLog.open(storage, policy)) {
                List<Event> acknowledged = written.events();
                assertThat(log.replayed()).as("seed %d", seed).hasSizeGreaterThanOrEqualTo(acknowledged.size());
                assertThat(log.replayed().subList(0, acknowledged.size()))
                        .as("seed %d", seed)
                        .isEqualTo(acknowledged);
            }
        }
    }

    @Test
    void whatAKilledProcessLeftIsForcedBeforeItIsServed() throws IOException {
        for (SyncPolicy policy : SyncPolicy.values()) {
            SimulatedStorage storage = new SimulatedStorage();
            TestLog killed = TestLog.open(storage, SyncPolicy.OS);
            killed.appendMany(30, 1_000);
            List<Event> written = killed.acknowledged();
            killed.kill(storage);

            TestLog served = TestLog.open(storage, policy);
            assertThat(served.log().durableSequence()).isEqualTo(written.size());
            served.kill(storage);

            for (long seed = 0; seed < 40; seed++) {
                try (TestLog log = TestLog.open(storage.powerCut(seed), policy)) {
                    assertThat(log.replayed()).as("%s, seed %d", policy, seed).isEqualTo(written);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aCutThatCrashesAtAnyStepIsFinishedByTheNextOpening(boolean powerCut) throws IOException {
        SimulatedStorage torn = tornLog();
        List<Event> expected = new ArrayList<>();
        TestLogs.examine(torn, TestLog.collectorOf(expected));
        int crashes = 0;
        for (int step = 0; ; step++) {
            SimulatedStorage storage = torn.copy();
            storage.crashAt(step);
            TestLog opened = openUnlessCrashed(storage);
            if (opened != null) {
                opened.kill(storage);
                break;
            }
            storage.restart();
            crashes++;
            for (long seed = 0; seed < (powerCut ? CUTS : 1); seed++) {
                SimulatedStorage after = powerCut ? storage.powerCut(seed) : storage;
                try (TestLog log = TestLog.open(after, SyncPolicy.ALWAYS)) {
                    assertThat(log.replayed())
                            .as("step %d, seed %d", step, seed)
                            .isEqualTo(expected);
                }
                TestLog.open(after, TestLog.strict(SyncPolicy.ALWAYS)).close();
                assertQuarantined(torn, after, step);
            }
        }
        assertThat(crashes).isGreaterThan(8);
    }

    private static void assertQuarantined(SimulatedStorage torn, SimulatedStorage after, int step) throws IOException {
        int cut = TestLogs.endOf(torn, "0000000001.wal");
        byte[] tail = torn.bytes("0000000001.wal");
        byte[] dropped = Arrays.copyOfRange(tail, cut, cut + 600);
        assertThat(after.names())
                .as("step %d", step)
                .noneMatch(name -> name.endsWith(".tmp"))
                .anyMatch(name -> name.matches("0000000001\\.wal\\..*quarantine")
                        && Arrays.equals(Arrays.copyOf(after.bytes(name), 600), dropped));
        for (String name : List.of("0000000002.wal", "0000000003.wal")) {
            assertThat(after.bytes(name + ".quarantine")).as("step %d", step).isEqualTo(torn.bytes(name));
        }
    }

    @Test
    void segmentsSetAsideOneAfterTheOtherLeaveNoGapWhenItCrashes() throws IOException {
        SimulatedStorage torn = tornLog();
        // Without the torn frame, what is lost is the end of segment 1: only whole segments are to be set aside.
        byte[] first = torn.bytes("0000000001.wal");
        int end = TestLogs.endOf(torn, "0000000001.wal");
        torn.put("0000000001.wal", Arrays.copyOf(Arrays.copyOf(first, end), first.length));
        for (int step = 0; step < 12; step++) {
            SimulatedStorage storage = torn.copy();
            storage.crashAt(step);
            TestLog opened = openUnlessCrashed(storage);
            if (opened != null) {
                opened.kill(storage);
            }
            for (long seed = 0; seed < 20; seed++) {
                SimulatedStorage after = storage.powerCut(seed);
                try (TestLog log = TestLog.open(after, SyncPolicy.ALWAYS)) {
                    assertThat(log.replayed())
                            .as("step %d, seed %d", step, seed)
                            .hasSize(25);
                }
                assertThat(after.names()).contains("0000000002.wal.quarantine", "0000000003.wal.quarantine");
            }
        }
    }

    /**
     * A failed force of the directory may lose what it should have written, while later ones report success. The
     * process lives on, so nothing is written anew.
     */
    @Test
    @Tag("R21")
    void noSegmentComesBackAfterAFailedForceOfTheDirectory() throws IOException {
        int failures = 0;
        while (true) {
            SimulatedStorage storage = tornLog();
            storage.losesNames(true);
            storage.fail(operation -> operation.equals("forceDirectory"), failures + 1, SimulatedStorage.IO_ERROR);
            if (!failsToOpen(storage)) {
                break;
            }
            failures++;
            storage.heal();
            SimulatedStorage torn = tornLog();
            TestLog log = TestLog.open(storage, TestLog.settings(SyncPolicy.ALWAYS), new SteppedWorkers());
            log.append("after", "the cut");
            for (long seed = 0; seed < 50; seed++) {
                SimulatedStorage after = storage.powerCut(seed);
                try (TestLog reopened = TestLog.open(after, SyncPolicy.ALWAYS)) {
                    assertThat(reopened.replayed())
                            .as("force %d, seed %d", failures, seed)
                            .isEqualTo(log.all());
                }
                for (String name : List.of("0000000002.wal", "0000000003.wal")) {
                    assertThat(after.bytes(name + ".quarantine"))
                            .as("force %d, seed %d", failures, seed)
                            .isEqualTo(torn.bytes(name));
                }
            }
            log.kill(storage);
        }
        assertThat(failures)
                .as("of the unused segment, two set aside, the copy, the end")
                .isGreaterThanOrEqualTo(5);
    }

    private static boolean failsToOpen(SimulatedStorage storage) throws IOException {
        TestLog log;
        try {
            log = TestLog.open(storage, TestLog.settings(SyncPolicy.ALWAYS), new SteppedWorkers());
        } catch (StorageException failed) {
            return true;
        }
        log.kill(storage);
        return false;
    }

    @Test
    void aSegmentThatIsSetAsideWholeSurvivesAPowerCut() throws IOException {
        SimulatedStorage storage = tornLog();
        byte[] third = storage.bytes("0000000003.wal");
        // As a failed force leaves it: in the page cache, and taken for clean.
        storage.put("0000000003.wal", new byte[third.length]);
        try (StorageFile file = storage.open("0000000003.wal")) {
            file.write(ByteBuffer.allocateDirect(third.length).put(third).flip(), 0);
            storage.fail(SimulatedStorage.startingWith("force 0"), 1, SimulatedStorage.IO_ERROR);
            assertThatIOException().isThrownBy(file::force);
        }
        storage.heal();
        TestLog.open(storage, SyncPolicy.ALWAYS).kill(storage);

        for (long seed = 0; seed < 20; seed++) {
            assertThat(storage.powerCut(seed).bytes("0000000003.wal.quarantine"))
                    .as("seed %d", seed)
                    .isEqualTo(third);
        }
    }

    @Test
    void whatWasCutNeverComesBack() throws IOException {
        SimulatedStorage storage = tornLog();
        TestLog log = TestLog.open(storage, SyncPolicy.OS);
        for (int i = 0; i < 8; i++) {
            // As long as the frames that were cut: one of these would fit behind one of the new ones.
            log.append("new!", "new value" + i + "y".repeat(58));
        }
        List<Event> written = log.all();
        log.kill(storage);
        for (long seed = 0; seed < 200; seed++) {
            try (TestLog after = TestLog.open(storage.powerCut(seed), SyncPolicy.OS)) {
                List<Event> read = after.replayed();
                assertThat(read).as("seed %d", seed).isEqualTo(written.subList(0, read.size()));
            }
        }
    }

    /** A torn frame in segment 1 before whole ones; segments 2 and 3 are in use, 4 is not; nothing proves anything. */
    private static SimulatedStorage tornLog() {
        SimulatedStorage storage = new SimulatedStorage();
        SegmentBuilder first = new SegmentBuilder(1, 1).start(1);
        for (int i = 10; i < 40; i++) {
            first.frame(i - 9, 0, "value " + i + "x".repeat(60));
        }
        storage.put(
                "0000000001.wal", first.putInt(first.end() - 600, 0x5A5A5A5A).bytes());
        SegmentBuilder second = new SegmentBuilder(2, 2).start(31).frame(31, 0, "one");
        storage.put("0000000002.wal", second.bytes());
        SegmentBuilder third = new SegmentBuilder(3, 3).start(32).frame(32, 0, "two");
        storage.put("0000000003.wal", third.bytes());
        storage.put("0000000004.wal", new SegmentBuilder(4, 4).bytes());
        return storage;
    }

    private static TestLog openUnlessCrashed(SimulatedStorage storage) throws IOException {
        try {
            return TestLog.open(storage, SyncPolicy.ALWAYS);
        } catch (SimulatedStorage.Crash crash) {
            return null;
        }
    }

    /** What was acknowledged, and how much of it is promised to survive a power cut. */
    private record Written(List<Event> events, long durable) {}

    private static Written writeUntilCrash(SimulatedStorage storage, SyncPolicy policy, Random random)
            throws IOException {
        TestLog log = TestLog.open(storage, policy);
        storage.crashAt(random.nextInt(policy == SyncPolicy.ALWAYS ? 60 : 12));
        List<Event> acknowledged = List.of();
        for (int batch = 0; batch < 60 && !log.failStop().isTripped() && !storage.hasCrashed(); batch++) {
            acknowledged = new ArrayList<>(log.acknowledged());
            for (int i = random.nextInt(4); i >= 0; i--) {
                log.publish("key-" + random.nextInt(100), "v".repeat(random.nextInt(1_200)));
            }
            log.handle();
            storage.advanceClock(random.nextInt(50));
            if (random.nextInt(10) == 0) {
                storage.writeBack(random);
            }
        }
        if (random.nextInt(3) == 0 && !log.failStop().isTripped() && !storage.hasCrashed()) {
            acknowledged = new ArrayList<>(log.acknowledged());
            log.publishMark(EventType.CLEAN_CLOSE).handle();
        }
        // Whoever was told of an event after the crash was told by a process that is dead.
        List<Event> events = storage.hasCrashed() ? acknowledged : new ArrayList<>(log.acknowledged());
        long durable = policy == SyncPolicy.ALWAYS
                ? events.size()
                : Math.min(events.size(), log.log().durableSequence());
        // The writer may have stopped in the middle of a batch of a full store, never with another failure.
        assertThat(log.failStop().cause())
                .satisfiesAnyOf(
                        cause -> assertThat(cause).isNull(),
                        cause -> assertThat(cause).isInstanceOf(SimulatedStorage.Crash.class));
        log.kill(storage);
        return new Written(events, durable);
    }

    private static void assertRecoversTwice(SimulatedStorage after, SyncPolicy policy, Written written, long seed)
            throws IOException {
        List<Event> recovered;
        try (TestLog log = TestLog.open(after, policy)) {
            recovered = log.replayed();
            assertThat((long) recovered.size()).as("seed %d", seed).isGreaterThanOrEqualTo(written.durable());
            int common = Math.min(recovered.size(), written.events().size());
            assertThat(recovered.subList(0, common))
                    .as("seed %d", seed)
                    .isEqualTo(written.events().subList(0, common));
            assertThat(log.append("after", "the crash")).isEqualTo(Outcome.ACCEPTED);
            recovered = log.all();
        }
        try (TestLog log = TestLog.open(after, TestLog.strict(policy))) {
            assertThat(log.replayed()).as("seed %d", seed).isEqualTo(recovered);
        }
    }
}
