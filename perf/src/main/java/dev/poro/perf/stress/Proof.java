package dev.poro.perf.stress;

import dev.poro.engine.Poro;
import dev.poro.engine.PoroBuilder;
import dev.poro.engine.PoroException;
import dev.poro.engine.Progress;
import dev.poro.engine.tools.Verification;
import dev.poro.engine.tools.VerificationReport;
import dev.poro.wal.LogInspector;
import dev.poro.wal.RecoveryReport;
import dev.poro.wal.ReplayProgress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Proves after a run that the log, the model, a replay and the store agree: reads the log record by record, replays it,
 * and opens the store again. Not thread-safe.
 */
final class Proof {
    private static final String KEYS = "%d keys in %s, but %d in the model";
    private static final String DIGEST = "digest %016x of %s, but %016x of the model";

    private final Path path;
    private final Workload workload;
    private final LogChecker checker;
    private final List<Claim> claims = new ArrayList<>();

    /**
     * One thing to be proved.
     *
     * @param problems that disprove it
     */
    record Claim(String name, String evidence, Problems problems) {
        static Claim of(Problems problems, String name, String evidence, Object... values) {
            return new Claim(name, String.format(Locale.ROOT, evidence, values), problems);
        }

        boolean holds() {
            return problems.none();
        }
    }

    /** What the store reported after the last write, before it was closed. */
    record Live(long keys, long digest, long sequence) {
        static Live of(Poro poro) {
            return new Live(poro.keys(), poro.digest(), poro.sequence());
        }
    }

    private Proof(Path path, Workload workload, List<LogChecker.Published> published) {
        this.path = path;
        this.workload = workload;
        this.checker = new LogChecker(workload, published);
    }

    /**
     * Proves everything.
     *
     * @param reopening opens the closed store
     * @param live what the store reported before it was closed
     */
    static List<Claim> of(
            Workload workload, List<LogChecker.Published> published, Live live, Path path, PoroBuilder reopening)
            throws IOException {
        Proof proof = new Proof(path, workload, published);
        proof.proveEvents(
                live, published.stream().mapToLong(LogChecker.Published::events).sum());
        proof.proveOutcomes();
        proof.proveDigests(live, Verification.run(path, Progress.NONE));
        proof.proveContents(reopening);
        return proof.claims;
    }

    private void proveEvents(Live live, long published) throws IOException {
        RecoveryReport log = LogInspector.inspect(
                path,
                (sequence, timestamp, record) ->
                        checker.onRecord(sequence, record.type(), record.key(), record.value()),
                ReplayProgress.NONE);
        checker.onEnd();
        Problems problems = new Problems();
        problems.addAll(checker.events());
        if (log.verdict() != RecoveryReport.Verdict.SOUND || !log.closedCleanly()) {
            problems.add("the log is %s at its end: %s", log.verdict(), log.description());
        }
        // The mark of the clean close takes no sequence.
        if (live.sequence() != checker.lastSequence()) {
            problems.add(
                    "the live store was at sequence %d, the log ends at %d", live.sequence(), checker.lastSequence());
        }
        claim(
                problems,
                "events",
                "%,d are in the log, each exactly once, in the order of its producer; sequences 1 to %d",
                published,
                checker.lastSequence());
    }

    private void proveOutcomes() {
        claim(
                checker.outcomes(),
                "outcomes",
                "%,d, as the producers were told them, follow from the order of the log",
                checker.outcomesCompared());
    }

    private void proveContents(PoroBuilder reopening) {
        Problems problems = new Problems();
        try (Poro reopened = reopening.open()) {
            compareContents(reopened, problems);
            compare(problems, KEYS, "the opened store", reopened.keys(), checker.keys());
            compare(problems, DIGEST, "the opened store", reopened.digest(), checker.digest());
        } catch (PoroException refused) {
            problems.add("the store cannot be opened again: %s", refused.getMessage());
        }
        claim(problems, "contents", "%,d keys of the store, opened again, have the model's values", checker.keys());
    }

    private void compareContents(Poro reopened, Problems problems) {
        for (int key = 0; key < workload.keys(); key++) {
            byte[] due = checker.valueOf(key);
            byte[] read = reopened.get(workload.key(key));
            if (!Arrays.equals(due, read)) {
                problems.add("key %d has %s, but the model has %s", key, lengthOf(read), lengthOf(due));
            }
        }
    }

    private static String lengthOf(byte[] value) {
        return value == null ? "no value" : "another value of " + value.length + " bytes";
    }

    private void proveDigests(Live live, VerificationReport replay) {
        Problems problems = new Problems();
        compare(problems, KEYS, "the live store", live.keys(), checker.keys());
        compare(problems, KEYS, "a replay", replay.keys(), checker.keys());
        compare(problems, DIGEST, "the live store", live.digest(), checker.digest());
        compare(problems, DIGEST, "a replay", replay.digest(), checker.digest());
        claim(problems, "digest", "%016x of the live store, of the model, and of a replay", checker.digest());
    }

    private static void compare(Problems problems, String text, String what, long found, long model) {
        if (found != model) {
            problems.add(text, found, what, model);
        }
    }

    private void claim(Problems problems, String name, String evidence, Object... values) {
        claims.add(Claim.of(problems, name, evidence, values));
    }
}
