package dev.poro.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.StopMessages;
import dev.poro.engine.SyncPolicy;
import dev.poro.events.TestScale;
import dev.poro.process.harness.Machine;
import dev.poro.process.harness.Mount;
import dev.poro.process.harness.Oracle;
import dev.poro.process.harness.PoroProcess;
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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Fails the N-th force or write of the program by strace. Nothing that was acknowledged is lost, nothing is
 * acknowledged after a failed force, a failed write refuses what is not in the log, the message says what failed where
 * and what to do, and the log opens again.
 */
@Tag("R10")
@Tag("R18")
@Tag("R20")
class FailedCallIT {
    private static final Duration BUDGET = Duration.ofSeconds(45);
    private static final int[] SPREAD = {1, 10};
    private static final int[] ALL = IntStream.rangeClosed(1, 50).toArray();
    private static final int COMMANDS = TestScale.choose(800, 1_500);
    private static final int SEGMENT_LENGTH = 16 << 10;
    private static final List<SyncPolicy> POLICIES = List.of(SyncPolicy.values());

    @TempDir
    private Path directory;

    @BeforeEach
    void requireStrace() {
        Machine.requireStrace();
    }

    @Test
    void aFailedForceStopsTheStore() throws Exception {
        failEach("failed-forces", directory, "fdatasync", "error=EIO", "Input/output error");
    }

    @Test
    @Tag("R31")
    void aFailedWriteOfANewSegmentRefusesAndResumes() throws Exception {
        failEach("failed-writes-of-segments", directory, "pwrite64", "error=EIO", "Input/output error");
    }

    @Test
    @Tag("R31")
    void aFailedWriteOfAFrameRefusesAndResumes() throws Exception {
        try (Mount unmapped = Mount.unmapped(directory.resolve("unmapped"))) {
            failEach("failed-writes-of-frames", unmapped.point(), "pwrite64", "error=EIO", "Input/output error");
        }
    }

    @Test
    void aFullDiskRefusesAndResumes() throws Exception {
        failEach("failed-writes-without-space", directory, "pwrite64", "error=ENOSPC", "No space left on device");
    }

    @Test
    void aWriteThatWritesNothingIsRepeated() throws Exception {
        failEach("writes-of-nothing", directory, "pwrite64", "retval=0", null);
    }

    /** @param cause what the message says of it; {@code null} if nobody is to notice */
    private void failEach(String name, Path where, String call, String fault, String cause) throws Exception {
        long seed = System.nanoTime();
        SplittableRandom seeds = new SplittableRandom(seed);
        long deadline = TestScale.deadlineAfter(BUDGET);
        List<Callable<Boolean>> cases = new ArrayList<>();
        AtomicInteger tried = new AtomicInteger();
        for (int n : TestScale.ENABLED ? ALL : SPREAD) {
            SplittableRandom random = seeds.split();
            cases.add(() -> {
                if (System.nanoTime() >= deadline) {
                    return false;
                }
                tried.incrementAndGet();
                return failNth(where.resolve(call + n), call, fault, n, cause, random, "seed " + seed);
            });
        }

        long failed =
                TwoAtATime.run(cases).stream().filter(happened -> happened).count();

        assertThat(failed).as("cases that came to the call").isGreaterThan(tried.get() / 4);
        TestScale.report(name, "%s:%s, %d of N = 1 to 50, 0 acknowledged changes lost", call, fault, failed);
    }

    private boolean failNth(
            Path log, String call, String fault, int n, String cause, SplittableRandom random, String seed)
            throws Exception {
        SyncPolicy sync = call.equals("fdatasync") ? SyncPolicy.ALWAYS : POLICIES.get(random.nextInt(POLICIES.size()));
        Program program = random.nextBoolean() ? Program.CALLER : Program.DEDICATED;
        String context = call + ":" + fault + ":when=" + n + ", " + sync + ", " + program + ", " + seed;
        Oracle oracle = new Oracle(log);
        Strace strace = new Strace(log, directory.resolve(log.getFileName() + "." + fault + ".trace"));
        List<String> command = strace.command(call, fault + ":when=" + n, program.command(log, sync, SEGMENT_LENGTH));
        try (Session session = Session.start(command, oracle, random.split())) {
            int status = session.send(COMMANDS).awaitEnd();
            boolean happened = strace.hasTampered();
            if (happened && cause != null) {
                assertSaysWhy(session, status, log, call, cause, context);
            } else {
                assertThat(status).as("%s: %s", context, session.errors()).isZero();
            }
            oracle.settle(session, context);
            if (status == PoroProcess.STORE_FAILED) {
                assertThat(oracle.changes())
                        .as("acknowledged, and perhaps the change that met the failure; %s", context)
                        .isLessThanOrEqualTo(session.acknowledged().size() + 1);
            }
            oracle.assertOpens(context);
            return happened;
        }
    }

    /** A store that did not open, one whose force has failed, or one that has refused and gone on. */
    private static void assertSaysWhy(
            Session session, int status, Path log, String call, String cause, String context) {
        if (call.equals("fdatasync") && status == PoroProcess.STORE_FAILED) {
            assertThat(session.errors()).as(context).contains(log.toString(), "the store has stopped", cause);
            StopMessages.requireCompleteErrors(session.errors());
        } else if (session.replies() == 0) {
            // The first frame is that of the budget: a log that cannot take it does not open.
            assertThat(session.errors())
                    .as(context)
                    .contains(log.toString(), cause)
                    .containsAnyOf("opening has stopped", "the log takes no events now");
            StopMessages.requireCompleteErrors(session.errors());
            assertThat(status).as(context).isEqualTo(1);
        } else {
            assertThat(call).as("%s: %s", context, session.errors()).isEqualTo("pwrite64");
            assertThat(status).as(context).isEqualTo(session.refusals() > 0 ? 1 : 0);
        }
    }
}
