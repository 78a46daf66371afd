package dev.poro.engine.tools;

import dev.poro.engine.PoroException;
import dev.poro.engine.Progress;
import dev.poro.engine.internal.LogProgress;
import dev.poro.statemachine.StateMachine;
import dev.poro.wal.LogException;
import dev.poro.wal.LogInspector;
import dev.poro.wal.LogProblem;
import dev.poro.wal.LogVisitor;
import dev.poro.wal.RecoveryReport;
import dev.poro.wal.ReplayProgress;
import dev.poro.wal.ScanReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Replays a log through the same state machine as a store's, without opening it: takes no lock, writes nothing. A store
 * may write to the log meanwhile; the log is read as it was at the beginning. Needs as much memory as the store.
 */
public final class Verification {
    private Verification() {}

    /**
     * Replays all of a log, from its first event or, where the first segments were deleted, from the oldest snapshot
     * that covers them; and checks every snapshot against that. If the log is not sound, reads on after the first
     * problem to find all the others.
     *
     * @param path a log directory, or one segment file; see {@link #runOnLog}
     * @throws PoroException if there is no log or it cannot be read
     */
    public static VerificationReport run(Path path, Progress progress) {
        return run(path, true, progress);
    }

    /**
     * Replays the log as {@link #run} does, without checking the snapshots.
     *
     * @param path a log directory, or one segment file; the digests of a segment that is not the first cannot be
     *     checked, because the events before it are missing
     * @throws PoroException if there is no log or it cannot be read
     */
    public static VerificationReport runOnLog(Path path, Progress progress) {
        return run(path, false, progress);
    }

    private static VerificationReport run(Path path, boolean withSnapshots, Progress progress) {
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(progress, "progress");
        try (StateMachine stateMachine = new StateMachine(0)) {
            try {
                return run(path, withSnapshots, stateMachine, new LogProgress(progress));
            } catch (IOException | LogException | OutOfMemoryError e) {
                throw PoroException.stopped(path, "reading", stateMachine.appliedSequence(), e, LogEvents.REMEDY);
            }
        }
    }

    private static VerificationReport run(
            Path path, boolean withSnapshots, StateMachine stateMachine, ReplayProgress progress) throws IOException {
        try (LogInspector inspector = LogInspector.open(path)) {
            CheckedReplay replay = new CheckedReplay(stateMachine, inspector.snapshots());
            long start = System.nanoTime();
            RecoveryReport log = inspector.replay(replay, progress);
            long elapsedNanos = System.nanoTime() - start;
            List<LogProblem> problems = List.of();
            long problemCount = 0;
            if (log.verdict() != RecoveryReport.Verdict.SOUND) {
                ScanReport scan = inspector.scan(LogVisitor.NONE, progress);
                problems = problemsOf(log, scan);
                problemCount =
                        scan.problemCount() + problems.size() - scan.problems().size();
            }
            return new VerificationReport(
                    log,
                    problems,
                    problemCount,
                    inspector.strayFiles(),
                    withSnapshots ? SnapshotVerificationReport.of(path, inspector, log, replay, progress) : List.of(),
                    replay.events(),
                    Map.copyOf(replay.recordsByType()),
                    stateMachine.keys(),
                    stateMachine.digest(),
                    stateMachine.verifiesMarks(),
                    stateMachine.memoryReport(),
                    elapsedNanos);
        }
    }

    /** The problems that the scan found, and a mark that contradicts the state, which only the replay finds. */
    private static List<LogProblem> problemsOf(RecoveryReport log, ScanReport scan) {
        boolean listed = scan.problems().stream()
                .anyMatch(problem -> problem.file().equals(log.file()) && problem.offset() == log.offset());
        if (listed) {
            return scan.problems();
        }
        List<LogProblem> problems = new ArrayList<>();
        problems.add(new LogProblem(log.file(), log.offset(), 0, LogProblem.NONE, LogProblem.NONE, log.description()));
        problems.addAll(scan.problems());
        return List.copyOf(problems);
    }
}
