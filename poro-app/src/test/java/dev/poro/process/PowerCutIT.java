package dev.poro.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.SyncPolicy;
import dev.poro.events.TestScale;
import dev.poro.process.harness.Machine;
import dev.poro.process.harness.Mount;
import dev.poro.process.harness.Oracle;
import dev.poro.process.harness.Program;
import dev.poro.process.harness.Session;
import dev.poro.process.harness.TwoAtATime;
import dev.poro.wal.LogSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Cuts the disk off from the file system under the running program, again and again on the same log: what was not
 * forced is gone, as after a power cut.
 */
@Tag("R10")
@Tag("R15")
@Tag("R16")
@Tag("R17")
class PowerCutIT {
    private static final Duration BUDGET = Duration.ofMinutes(6);
    private static final int CUTS = TestScale.choose(2, 340);
    private static final int MAX_CHANGES = 30_000;
    private static final int IMAGE_LENGTH = 256 << 20;
    /** What {@code everysec} may lose: a second of lag, up to another one, and the force that is under way. */
    private static final long MAX_LAG_NANOS = TimeUnit.MILLISECONDS.toNanos(2_500);

    @TempDir
    private Path directory;

    private record Outcome(int cuts, long kept, long lost) {}

    @BeforeEach
    void requireMachine() throws Exception {
        Machine.requireRoot();
        Machine.requireTools("perl", "mkfs.ext4", "losetup");
    }

    @Test
    void losesNothingThatWasPromised() throws Exception {
        long seed = System.nanoTime();
        SplittableRandom seeds = new SplittableRandom(seed);
        List<Callable<Outcome>> chains = new ArrayList<>();
        for (SyncPolicy sync : SyncPolicy.values()) {
            SplittableRandom random = seeds.split();
            chains.add(() -> cutAgainAndAgain(sync, random, "seed " + seed));
        }

        List<Outcome> outcomes = TwoAtATime.run(chains);

        TestScale.report(
                "power-cuts",
                "%d cuts, %d acknowledged changes kept, 0 lost against the promise, %d lost within it (everysec, os)",
                outcomes.stream().mapToInt(Outcome::cuts).sum(),
                outcomes.stream().mapToLong(Outcome::kept).sum(),
                outcomes.stream().mapToLong(Outcome::lost).sum());
    }

    private Outcome cutAgainAndAgain(SyncPolicy sync, SplittableRandom random, String seed) throws Exception {
        long deadline = TestScale.deadlineAfter(TwoAtATime.share(BUDGET, SyncPolicy.values().length));
        long kept = 0;
        long lost = 0;
        int cut = 0;
        Path image = directory.resolve(sync + ".img");
        try (Mount disk = Mount.ext4(directory.resolve(sync.name()), image, IMAGE_LENGTH)) {
            Oracle oracle = null;
            for (; cut < CUTS && System.nanoTime() < deadline; cut++) {
                if (oracle == null || oracle.changes() > MAX_CHANGES) {
                    Machine.run("rm", "-rf", disk.point().resolve("log"));
                    oracle = new Oracle(disk.point().resolve("log"));
                }
                String context = sync + ", cut " + cut + ", " + seed;
                int before = oracle.changes();
                int acknowledged = runAndCut(disk, oracle, sync, random.split(), context);
                kept += oracle.changes() - before;
                lost += Math.max(0, before + acknowledged - oracle.changes());
            }
        }
        assertThat(sync == SyncPolicy.ALWAYS ? lost : 0).isZero();
        return new Outcome(cut, kept, lost);
    }

    private static int runAndCut(Mount disk, Oracle oracle, SyncPolicy sync, SplittableRandom random, String context)
            throws Exception {
        Program program = random.nextBoolean() ? Program.CALLER : Program.DEDICATED;
        int segmentLength = 16384 << random.nextInt(6);
        long snapshotAfter = random.nextBoolean() ? LogSettings.DEFAULT_SNAPSHOT_AFTER : 16384 << random.nextInt(6);
        int settled = oracle.changes();
        List<String> command = program.command(oracle.log(), sync, segmentLength, snapshotAfter);
        try (Session session = Session.start(command, oracle, random.split())) {
            session.send(Integer.MAX_VALUE).awaitReplies(1);
            boolean isLong = sync == SyncPolicy.EVERYSEC && random.nextInt(3) == 0;
            Thread.sleep(isLong ? 2_700 + random.nextInt(1_000) : random.nextInt(250));
            long cutAt = System.nanoTime();
            disk.cutPower();
            session.kill();
            disk.remount();
            int atLeast = settled;
            if (sync == SyncPolicy.ALWAYS) {
                atLeast += session.acknowledged().size();
            } else if (sync == SyncPolicy.EVERYSEC) {
                atLeast += session.acknowledgedBefore(cutAt - MAX_LAG_NANOS);
            }
            oracle.settle(session, atLeast, context + ", " + program + ", " + segmentLength);
            return session.acknowledged().size();
        }
    }
}
