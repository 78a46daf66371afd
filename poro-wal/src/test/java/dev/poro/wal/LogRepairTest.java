package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.wal.simulated.SimulatedStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A repair does what opening does, says it before, and leaves nothing for an opening to do.
 *
 * @see RepairReport
 */
@Tag("R9")
class LogRepairTest {
    private static final String FIRST = "0000000001.wal";
    private static final String SECOND = "0000000002.wal";

    private final SimulatedStorage storage = new SimulatedStorage();
    private List<Event> written;

    @BeforeEach
    void writeTwoSegments() throws IOException {
        try (TestLog log = TestLog.open(storage, SyncPolicy.OS)) {
            written = log.appendMany(25, 1_000).acknowledged();
        }
        assertThat(storage.names()).contains(SECOND);
    }

    @Test
    void cutsWhatOpeningWouldCutAndNamesTheCopy() throws IOException {
        int end = tearTail();
        SimulatedStorage opened = storage.copy();

        RepairReport report = repair(false);

        assertThat(report.log().verdict()).isEqualTo(RecoveryReport.Verdict.UNFORCED_TAIL);
        String copy = SECOND + "." + end + ".quarantine";
        assertThat(report.cuts()).containsExactly(new RecoveryReport.TailCut(SECOND, end, 3, copy));
        assertThat(storage.bytes(copy)).containsExactly(1, 2, 3);
        TestLog.open(opened, SyncPolicy.OS).kill(opened);
        assertThat(storage.bytes(copy)).isEqualTo(opened.bytes(copy));
        assertThat(storage.bytes(SECOND)).isEqualTo(opened.bytes(SECOND));
        try (TestLog log = TestLog.open(storage, TestLog.strict(SyncPolicy.OS))) {
            assertThat(log.replayed()).isEqualTo(written);
        }
    }

    @Test
    void aWholeSegmentOfTheTailIsRenamed() throws IOException {
        SimulatedStorage unproven = logWithoutProof();

        RepairReport report = repair(unproven, false);

        assertThat(report.cuts()).extracting(RecoveryReport.TailCut::file).startsWith(FIRST, SECOND);
        assertThat(report.cuts().get(1).quarantine()).isEqualTo(SECOND + ".quarantine");
        assertThat(unproven.names())
                .contains(SECOND + ".quarantine", report.cuts().get(0).quarantine())
                .doesNotContain(SECOND);
        assertThat(repair(unproven, false).cuts()).isEmpty();
    }

    @Test
    void aDryRunSaysTheSameAndChangesNothing() throws IOException {
        tearTail();
        storage.put("0000000003.wal.tmp", new byte[] {1});
        Map<String, ByteBuffer> before = storage.contents();

        RepairReport planned = repair(true);

        assertThat(storage.contents()).isEqualTo(before);
        assertThat(planned.temporaries()).containsExactly("0000000003.wal.tmp");
        RepairReport done = repair(false);
        assertThat(done.cuts()).isEqualTo(planned.cuts()).isNotEmpty();
        assertThat(storage.names()).doesNotContain("0000000003.wal.tmp");
    }

    @Test
    @Tag("R7")
    void refusesDamageAndChangesNothing() throws IOException {
        try (TestLog log = TestLog.open(storage, SyncPolicy.ALWAYS)) {
            log.appendMany(2, 10);
        }
        storage.flipBit(FIRST, 300 * 8L);
        Map<String, ByteBuffer> before = storage.contents();

        try (LogRepair repair = new LogRepair(storage, () -> {}, false)) {
            RepairReport report = repair.examine(new ReplayedState(), ReplayProgress.NONE);
            assertThat(report.log().verdict()).isEqualTo(RecoveryReport.Verdict.DAMAGED);
            assertThat(report.cuts()).isEmpty();
            assertThatExceptionOfType(LogDamagedException.class)
                    .isThrownBy(repair::carryOut)
                    .withMessageContainingAll(
                            "/simulated/" + FIRST,
                            "offset 128",
                            "sequence 1",
                            "fails its checksum",
                            "poro verify /simulated",
                            "poro salvage /simulated");
        }
        assertThat(storage.contents()).isEqualTo(before);
    }

    @Test
    void aRepairThatIsBrokenOffAtAnyStepIsFinishedByTheNext() throws IOException {
        tearTail();
        SimulatedStorage whole = storage.copy();
        repair(whole, false);
        for (int crash = 0; ; crash++) {
            SimulatedStorage broken = storage.copy();
            broken.crashAt(crash);
            try {
                repair(broken, false);
                assertThat(crash).isGreaterThan(5);
                break;
            } catch (SimulatedStorage.Crash expected) {
                SimulatedStorage after = broken.powerCut(crash);
                repair(after, false);
                assertThat(after.bytes(SECOND)).as("crash %d", crash).isEqualTo(whole.bytes(SECOND));
                assertThat(after.names().stream().filter(name -> name.endsWith(".quarantine")))
                        .as("crash %d", crash)
                        .isNotEmpty();
            }
        }
    }

    @Test
    @Tag("R21")
    void aLogThatIsOpenIsLeftAloneAndSoIsOneThatIsNotThere(@TempDir Path parent) throws IOException {
        Path directory = parent.resolve("poro.wal");
        LogSettings settings = TestLog.settings(SyncPolicy.OS);
        try (TestLog log = TestLog.open(directory, settings)) {
            log.append("a", "1");
            for (boolean dryRun : new boolean[] {true, false}) {
                assertThatExceptionOfType(LogLockedException.class).isThrownBy(() -> LogRepair.of(directory, dryRun));
            }
        }
        for (Path nothing : List.of(parent.resolve("none"), parent, directory.resolve(FIRST))) {
            assertThatExceptionOfType(LogException.class).isThrownBy(() -> LogRepair.of(nothing, false));
        }
        assertThat(parent.toFile().list()).containsExactly("poro.wal");
        Files.delete(directory.resolve("LOCK"));
        LogRepair.of(directory, true).close();
        assertThat(directory.resolve("LOCK")).doesNotExist();
    }

    private int tearTail() throws IOException {
        int end = TestLogs.endOf(storage, SECOND);
        byte[] torn = storage.bytes(SECOND);
        torn[end] = 1;
        torn[end + 1] = 2;
        torn[end + 2] = 3;
        storage.put(SECOND, torn);
        return end;
    }

    /** Two segments, the first ending in a damaged frame, of which no frame knows that anything was forced. */
    private static SimulatedStorage logWithoutProof() {
        SegmentBuilder first = new SegmentBuilder().start(1).frame(1, 0, "a").frame(2, 0, "b");
        first.putInt(first.end() - 8, -1);
        SimulatedStorage log = new SimulatedStorage();
        log.put(FIRST, first.bytes());
        log.put(SECOND, new SegmentBuilder(2, 6).start(3).frame(3, 0, "c").bytes());
        return log;
    }

    private RepairReport repair(boolean dryRun) throws IOException {
        return repair(storage, dryRun);
    }

    private static RepairReport repair(SimulatedStorage storage, boolean dryRun) throws IOException {
        try (LogRepair repair = new LogRepair(storage, () -> {}, dryRun)) {
            RepairReport report = repair.examine(new ReplayedState(), ReplayProgress.NONE);
            repair.carryOut();
            return report;
        }
    }
}
