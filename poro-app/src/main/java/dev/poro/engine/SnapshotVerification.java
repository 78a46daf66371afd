package dev.poro.engine;

import dev.poro.statemachine.StateMachine;
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
 * What came of checking a snapshot: it was read to its end, its entries were counted and digested, and the events
 * behind it were applied to them, which must lead to where the replay of the log leads.
 *
 * @param file the file's name within the directory
 * @param snapshot what it holds; {@code null} if it is damaged
 * @param opens whether a store opens with it: it and the log behind it are whole, but for a tail that opening cuts off
 * @param agrees whether the events behind it lead to the digest of the whole replay; {@code false} also where there was
 *     no whole replay to compare with
 * @param problem what is wrong with it, or {@code null}
 */
public record SnapshotVerification(
        String file, SnapshotReport snapshot, boolean opens, boolean agrees, LogProblem problem) {

    /** Checks the snapshots of a log, oldest first, against what replaying it has led to. */
    static List<SnapshotVerification> of(Path path, RecoveryReport log, StateMachine replayed, ReplayProgress progress)
            throws IOException {
        List<SnapshotVerification> verifications = new ArrayList<>();
        for (String name : LogInspector.snapshots(path)) {
            try (StateMachine stateMachine = new StateMachine(0)) {
                RecoveryReport read = LogInspector.inspectFrom(path, name, new Replay(stateMachine), progress);
                verifications.add(of(name, path, read, stateMachine, log, replayed));
            }
        }
        return verifications;
    }

    private static SnapshotVerification of(
            String name,
            Path path,
            RecoveryReport read,
            StateMachine stateMachine,
            RecoveryReport log,
            StateMachine replayed) {
        if (!read.damagedSnapshots().isEmpty()) {
            return new SnapshotVerification(
                    name, null, false, false, read.damagedSnapshots().get(0));
        }
        boolean opens = read.snapshot() != null && read.verdict() != RecoveryReport.Verdict.DAMAGED;
        boolean isComparable =
                opens && log.verdict() != RecoveryReport.Verdict.DAMAGED && read.lastSequence() == log.lastSequence();
        if (!isComparable) {
            return new SnapshotVerification(name, read.snapshot(), opens, false, null);
        }
        boolean agrees = stateMachine.digest() == replayed.digest() && stateMachine.keys() == replayed.keys();
        LogProblem problem = agrees
                ? null
                : new LogProblem(
                        path.resolve(name).toString(),
                        0,
                        read.snapshot().fileBytes(),
                        LogProblem.NONE,
                        LogProblem.NONE,
                        String.format(
                                "with the events behind it the snapshot leads to %d keys with digest %016x, replaying"
                                        + " the log to %d keys with digest %016x",
                                stateMachine.keys(), stateMachine.digest(), replayed.keys(), replayed.digest()));
        return new SnapshotVerification(name, read.snapshot(), opens, agrees, problem);
    }
}
