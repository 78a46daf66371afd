package dev.poro.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.SyncPolicy;
import dev.poro.process.harness.Machine;
import dev.poro.process.harness.Oracle;
import dev.poro.process.harness.Program;
import dev.poro.process.harness.Session;
import dev.poro.wal.LogInspector;
import dev.poro.wal.ReplayProgress;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stops the whole program for longer than the lag that {@code everysec} allows, as a suspended machine does. */
@Tag("R17")
class StallIT {
    private static final int STALL_MS = 3_000;

    /** The second after which the flusher forces, the force, and a slow machine. */
    private static final int FLUSH_MS = 1_800;

    @TempDir
    private Path directory;

    @Test
    void goesOnAfterAStallAndForcesWhatWasWrittenBefore() throws Exception {
        long seed = System.nanoTime();
        Oracle oracle = new Oracle(directory.resolve("log"));
        try (Session session = Session.start(
                Program.CALLER.command(oracle.log(), SyncPolicy.EVERYSEC, 1 << 20),
                oracle,
                new SplittableRandom(seed))) {
            session.send(Integer.MAX_VALUE).awaitReplies(1_000);
            Machine.run("kill", "-STOP", session.pid());
            Thread.sleep(STALL_MS);
            int stalledAt = session.acknowledged().size();
            Machine.run("kill", "-CONT", session.pid());
            Thread.sleep(FLUSH_MS);
            session.awaitReplies(session.replies() + 1_000);
            session.kill();

            oracle.settle(session, "seed " + seed);
            assertThat(session.errors()).doesNotContain("poro: ");
            // Below the changes lies one event more: the memory budget.
            assertThat(LogInspector.inspect(oracle.log(), (sequence, timestamp, record) -> {}, ReplayProgress.NONE)
                            .durableSequence())
                    .isGreaterThan(stalledAt);
        }
        oracle.assertOpens("seed " + seed);
    }
}
