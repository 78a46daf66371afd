package dev.poro.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.SyncPolicy;
import dev.poro.events.TestScale;
import dev.poro.process.harness.Machine;
import dev.poro.process.harness.Oracle;
import dev.poro.process.harness.Program;
import dev.poro.process.harness.Session;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Takes away from the running program what the system grants a process: the length of files, their number. */
class ProcessLimitIT {
    private static final int SEGMENT_LENGTH = 64 << 10;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final long seed = System.nanoTime();

    @TempDir
    private Path directory;

    @BeforeEach
    void requireTools() {
        Machine.requireTools("prlimit");
    }

    static List<SyncPolicy> policies() {
        return TestScale.ENABLED ? List.of(SyncPolicy.values()) : List.of(SyncPolicy.EVERYSEC);
    }

    @ParameterizedTest
    @MethodSource("policies")
    @Tag("R20")
    void filesThatMayNotGrowAreAFullDisk(SyncPolicy sync) throws Exception {
        refuseAndResume(sync, "--fsize=" + (SEGMENT_LENGTH - 1) + ":unlimited", "--fsize=unlimited:unlimited");
    }

    private void refuseAndResume(SyncPolicy sync, String limit, String noLimit) throws Exception {
        Oracle oracle = new Oracle(directory.resolve("log"));
        try (Session session = start(oracle, sync)) {
            session.send(Integer.MAX_VALUE).awaitReplies(100);
            Machine.run("prlimit", "--pid", session.pid(), limit);
            long deadline = System.nanoTime() + PATIENCE_NANOS;
            while (session.refusals() == 0) {
                assertThat(System.nanoTime()).isLessThan(deadline);
                Thread.sleep(1);
            }
            Machine.run("prlimit", "--pid", session.pid(), noLimit);
            int resumedFrom = session.acknowledged().size();
            while (session.acknowledged().size() < resumedFrom + 2_000) {
                assertThat(System.nanoTime()).isLessThan(deadline);
                Thread.sleep(1);
            }
            session.kill();
            oracle.settle(session, sync + ", seed " + seed);
        }
        oracle.assertOpens(sync + ", seed " + seed);
    }

    @ParameterizedTest
    @MethodSource("policies")
    @Tag("R31")
    void aSegmentThatCannotBeOpenedIsAFullDisk(SyncPolicy sync) throws Exception {
        refuseAndResume(sync, "--nofile=3:1024", "--nofile=1024:1024");
    }

    private Session start(Oracle oracle, SyncPolicy sync) throws Exception {
        return Session.start(
                Program.CALLER.command(oracle.log(), sync, SEGMENT_LENGTH), oracle, new SplittableRandom(seed));
    }
}
