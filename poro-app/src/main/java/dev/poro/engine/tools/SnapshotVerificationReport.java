package dev.poro.engine.tools;

import dev.poro.engine.internal.Replay;
import dev.poro.engine.tools.CheckedReplay.State;
import dev.poro.statemachine.StateMachine;
import dev.poro.wal.LoadedSnapshot;
import dev.poro.wal.LogInspector;
import dev.poro.wal.LogProblem;
import dev.poro.wal.RecoveryReport;
import dev.poro.wal.ReplayProgress;
import dev.poro.wal.SnapshotReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The result of checking a snapshot. It was read to its end, and the number, memory charge and digest of its entries
 * were compared with the state that the replay of the log had at its sequence. If they agree, the events after the
 * snapshot lead to the same state as the replay.
 *
 * @param file the file's name within the directory
 * @param snapshot its contents in figures; {@code null} if it is damaged
 * @param opens whether a store opens with it: it and the log after it are intact, except for a tail that opening cuts
 *     off
 * @param agrees whether it opens, and the replay of the log had the same state at its sequence; {@code false} also if
 *     the replay has not passed it, or began with it
 * @param problem what is wrong with it, or {@code null}
 */
public record SnapshotVerificationReport(
        String file, SnapshotReport snapshot, boolean opens, boolean agrees, LogProblem problem) {

    /**
     * Checks the snapshots of a log, oldest first, against a replay of all that is left of it. Needs as much memory as
     * one more store.
     */
    static List<SnapshotVerificationReport> of(
            Path path, LogInspector log, RecoveryReport found, CheckedReplay replay, ReplayProgress progress)
            throws IOException {
        List<SnapshotVerificationReport> verifications = new ArrayList<>();
        ReadableEnd readable = new ReadableEnd(log, found, progress);
        for (String name : log.snapshots()) {
            LoadedSnapshot loaded = load(name, log, progress);
            SnapshotReport snapshot = loaded.snapshot();
            LogProblem problem = loaded.problem() != null ? loaded.problem() : contradiction(path, snapshot, replay);
            boolean opens = snapshot != null && readable.isReachedFrom(snapshot);
            boolean passed = snapshot != null && replay.at(snapshot.summary().sequence()) != null;
            verifications.add(
                    new SnapshotVerificationReport(name, snapshot, opens, opens && passed && problem == null, problem));
        }
        return verifications;
    }

    private static LoadedSnapshot load(String name, LogInspector log, ReplayProgress progress) throws IOException {
        try (StateMachine stateMachine = new StateMachine(0)) {
            return log.load(name, new Replay(stateMachine), progress);
        }
    }

    /** Returns {@code null} if there is none. */
    private static LogProblem contradiction(Path path, SnapshotReport snapshot, CheckedReplay replay) {
        if (snapshot == null) {
            return null;
        }
        State held = State.of(snapshot.summary());
        State passed = replay.at(snapshot.summary().sequence());
        if (passed == null || passed.equals(held)) {
            return null;
        }
        return new LogProblem(
                path.resolve(snapshot.file()).toString(),
                0,
                snapshot.fileBytes(),
                LogProblem.NONE,
                LogProblem.NONE,
                "the snapshot holds " + held + ", replaying the log up to it leads to " + passed);
    }

    /**
     * Decides whether the log after a snapshot can be read to its end, for one snapshot after the other, oldest first.
     * Only a damaged log is read for that, once for each place where reading ends.
     */
    private static final class ReadableEnd {
        private final LogInspector log;
        private final ReplayProgress progress;
        /** The first event that could not be read, counted from where the last reading began; 0 if all could. */
        private long damaged;

        ReadableEnd(LogInspector log, RecoveryReport found, ReplayProgress progress) {
            this.log = log;
            this.progress = progress;
            this.damaged = firstDamaged(found);
        }

        private static long firstDamaged(RecoveryReport found) {
            return found.verdict() == RecoveryReport.Verdict.DAMAGED ? found.lastSequence() + 1 : 0;
        }

        boolean isReachedFrom(SnapshotReport snapshot) throws IOException {
            if (damaged > 0 && snapshot.summary().sequence() >= damaged) {
                try (StateMachine stateMachine = new StateMachine(0)) {
                    damaged = firstDamaged(log.inspectFrom(snapshot.file(), new Replay(stateMachine), progress));
                }
            }
            return damaged == 0;
        }
    }
}
