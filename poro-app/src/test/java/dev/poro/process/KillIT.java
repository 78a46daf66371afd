package dev.poro.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.SyncPolicy;
import dev.poro.events.TestScale;
import dev.poro.process.harness.Oracle;
import dev.poro.process.harness.Program;
import dev.poro.process.harness.Session;
import dev.poro.process.harness.TwoAtATime;
import dev.poro.wal.LogSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills the program at random moments, again and again on the same log. The oracle is outside of it: what was sent, and
 * which replies were read. After each kill the log must hold all changes that were replied to, perhaps some more of
 * those that were sent, and nothing else. The next process opens it as the killed one has left it.
 */
@Tag("R16")
@Tag("R17")
@Tag("R26")
@Tag("R28")
class KillIT {
    private static final Duration BUDGET = Duration.ofSeconds(1_000);
    private static final int REAL_ROUNDS = TestScale.choose(3, 100);
    private static final int ROUNDS = TestScale.choose(3, 450);

    /** Each of both once. */
    private static final Map<Program, SyncPolicy> IN_EVERY_BUILD = Map.of(
            Program.REAL, SyncPolicy.EVERYSEC,
            Program.CALLER, SyncPolicy.ALWAYS,
            Program.DEDICATED, SyncPolicy.OS);

    private static final int SURELY_A_CHANGE = 20;
    private static final int MAX_COMMANDS = 100_000;
    private static final int MAX_CHANGES = 30_000;

    @TempDir
    private Path directory;

    private record Outcome(int rounds, long acknowledged) {}

    @Test
    void losesNothingAcknowledged() throws Exception {
        long seed = System.nanoTime();
        SplittableRandom seeds = new SplittableRandom(seed);
        List<Callable<Outcome>> chains = new ArrayList<>();
        for (Program program : Program.values()) {
            for (SyncPolicy sync : SyncPolicy.values()) {
                if (TestScale.ENABLED || IN_EVERY_BUILD.get(program) == sync) {
                    SplittableRandom random = seeds.split();
                    chains.add(() -> killAgainAndAgain(program, sync, random, "seed " + seed));
                }
            }
        }

        List<Outcome> outcomes = TwoAtATime.run(chains);

        TestScale.report(
                "kills",
                "%d kill -9 of the program, %d changes acknowledged, 0 lost",
                outcomes.stream().mapToInt(Outcome::rounds).sum(),
                outcomes.stream().mapToLong(Outcome::acknowledged).sum());
    }

    private Outcome killAgainAndAgain(Program program, SyncPolicy sync, SplittableRandom random, String seed)
            throws Exception {
        int chains = Program.values().length * SyncPolicy.values().length;
        long deadline = TestScale.deadlineAfter(TwoAtATime.share(BUDGET, chains));
        int rounds = program == Program.REAL ? REAL_ROUNDS : ROUNDS;
        Oracle oracle = null;
        long acknowledged = 0;
        int round = 0;
        for (; round < rounds && System.nanoTime() < deadline; round++) {
            if (oracle == null || oracle.changes() > MAX_CHANGES) {
                oracle = new Oracle(directory.resolve(program + "-" + sync + "-" + round));
            }
            String context = program + ", " + sync + ", round " + round + ", " + seed;
            int replies = round == 0 ? SURELY_A_CHANGE : Math.min(1, random.nextInt(5));
            acknowledged += runAndKill(oracle, program, sync, replies, random.split(), context);
        }
        assertThat(acknowledged).isPositive();
        return new Outcome(round, acknowledged);
    }

    private static int runAndKill(
            Oracle oracle, Program program, SyncPolicy sync, int replies, SplittableRandom random, String context)
            throws Exception {
        int segmentLength = 16384 << random.nextInt(5);
        long snapshotAfter = random.nextBoolean() ? LogSettings.DEFAULT_SNAPSHOT_AFTER : 16384 << random.nextInt(5);
        List<String> command = program.command(oracle.log(), sync, segmentLength, snapshotAfter);
        try (Session session = Session.start(command, oracle, random.split())) {
            session.send(MAX_COMMANDS);
            session.awaitReplies(replies);
            Thread.sleep(random.nextInt(150));
            session.kill();
            assertThat(session.errors()).as(context).doesNotContain("Exception");
            oracle.settle(session, context);
            if (random.nextInt(4) == 0) {
                oracle.assertOpens(context);
            }
            return session.acknowledged().size();
        }
    }
}
