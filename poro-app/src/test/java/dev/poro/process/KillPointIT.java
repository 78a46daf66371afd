package dev.poro.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.SyncPolicy;
import dev.poro.events.TestScale;
import dev.poro.process.harness.Machine;
import dev.poro.process.harness.Oracle;
import dev.poro.process.harness.Program;
import dev.poro.process.harness.Session;
import dev.poro.process.harness.Strace;
import dev.poro.process.harness.TwoAtATime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills the program as it makes its N-th call of each kind that changes a file of the log: while it makes a segment,
 * names it, opens it, forces it, leaves it, takes a snapshot, releases what that stands for, or recovers. Each kind of
 * call has a log of its own, on which one life follows the other.
 */
@Tag("R9")
@Tag("R13")
@Tag("R15")
@Tag("R28")
class KillPointIT {
    private static final Duration BUDGET = Duration.ofSeconds(60);
    private static final List<String> CALLS =
            List.of("openat", "pwrite64", "fdatasync", "rename", "fsync", "unlink", "mmap", "close");
    /** In every build each kind of call is met at one of these, by turns. */
    private static final int[] SPREAD = {1, 6};

    private static final int[] ALL = IntStream.rangeClosed(1, 50).toArray();
    private static final int COMMANDS = 1_200;
    private static final int SEGMENT_LENGTH = 16 << 10;
    private static final int SNAPSHOT_AFTER = 20 << 10;
    private static final List<SyncPolicy> POLICIES = List.of(SyncPolicy.values());

    @TempDir
    private Path directory;

    @BeforeEach
    void requireStrace() {
        Machine.requireStrace();
    }

    @Test
    void losesNothingWhereverItIsKilled() throws Exception {
        long seed = System.nanoTime();
        SplittableRandom seeds = new SplittableRandom(seed);
        long deadline = TestScale.deadlineAfter(BUDGET);
        List<Callable<Integer>> chains = new ArrayList<>();
        for (String call : CALLS) {
            SplittableRandom random = seeds.split();
            chains.add(() -> killAtEach(call, random, deadline, "seed " + seed));
        }

        int kills = TwoAtATime.run(chains).stream().mapToInt(Integer::intValue).sum();

        assertThat(kills).isGreaterThanOrEqualTo(TestScale.choose(CALLS.size() / SPREAD.length, CALLS.size()));
        TestScale.report("kill-points", "%d kills at the N-th of %s, 0 changes lost", kills, CALLS);
    }

    private int killAtEach(String call, SplittableRandom random, long deadline, String seed) throws Exception {
        Oracle oracle = new Oracle(directory.resolve(call));
        int kills = 0;
        int[] one = {SPREAD[CALLS.indexOf(call) % SPREAD.length]};
        for (int n : TestScale.ENABLED ? ALL : one) {
            if (System.nanoTime() < deadline) {
                kills += killAt(oracle, call, n, random, seed) ? 1 : 0;
            }
        }
        oracle.assertOpens(call + ", " + seed);
        return kills;
    }

    private boolean killAt(Oracle oracle, String call, int n, SplittableRandom random, String seed) throws Exception {
        SyncPolicy sync = POLICIES.get(random.nextInt(POLICIES.size()));
        Program program = random.nextBoolean() ? Program.CALLER : Program.DEDICATED;
        String context = call + " " + n + ", " + sync + ", " + program + ", " + seed;
        Strace strace = new Strace(oracle.log(), directory.resolve(call + ".trace"));
        List<String> command = strace.command(
                call, "signal=KILL:when=" + n, program.command(oracle.log(), sync, SEGMENT_LENGTH, SNAPSHOT_AFTER));
        try (Session session = Session.start(command, oracle, random.split())) {
            int status = session.send(COMMANDS).awaitEnd();
            boolean killed = strace.hasTampered();
            assertThat(status).as("%s: %s", context, session.errors()).isEqualTo(killed ? 128 + 9 : 0);
            oracle.settle(session, context);
            return killed;
        }
    }
}
