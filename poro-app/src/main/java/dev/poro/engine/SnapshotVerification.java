package dev.poro.engine;

import dev.poro.engine.CheckedReplay.State;
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
 * @param agrees whether the replay of the log had the digest of the snapshot at its sequence, and the events behind the
 *     snapshot lead to the digest of the whole replay; {@code false} also where there was no whole replay to compare
 *     with, or it began with this snapshot
 * @param problem what is wrong with it, or {@code null}
 */
public record SnapshotVerification(
        String file, SnapshotReport snapshot, boolean opens, boolean agrees, LogProblem problem) {

    /** Checks the snapshots of a log, oldest first, against a replay of all that there is of it. */
    static List<SnapshotVerification> of(Path path, RecoveryReport log, CheckedReplay replay, ReplayProgress progress)
            throws IOException {
        List<SnapshotVerification> verifications = new ArrayList<>();
        for (String name : LogInspector.snapshots(path)) {
            try (StateMachine stateMachine = new StateMachine(0)) {
                CheckedReplay own = new CheckedReplay(stateMachine, List.of());
                RecoveryReport read = LogInspector.inspectFrom(path, name, own, progress);
                verifications.add(of(name, path, read, own.end(), log, replay));
            }
        }
        return verifications;
    }

    /** @param end where the snapshot and the events behind it lead */
    private static SnapshotVerification of(
            String name, Path path, RecoveryReport read, State end, RecoveryReport log, CheckedReplay replay) {
        if (!read.damagedSnapshots().isEmpty()) {
            return new SnapshotVerification(
                    name, null, false, false, read.damagedSnapshots().get(0));
        }
        SnapshotReport snapshot = read.snapshot();
        boolean opens = snapshot != null && read.verdict() != RecoveryReport.Verdict.DAMAGED;
        if (snapshot == null) {
            return new SnapshotVerification(name, null, false, false, null);
        }
        State held = new State(snapshot.summary().keys(), snapshot.summary().digest());
        State passed = replay.at(snapshot.summary().sequence());
        boolean isComparable =
                opens && log.verdict() != RecoveryReport.Verdict.DAMAGED && read.lastSequence() == log.lastSequence();
        String contradiction = null;
        if (passed != null && !passed.equals(held)) {
            contradiction = "the snapshot holds " + held + ", replaying the log up to it leads to " + passed;
        } else if (isComparable && !end.equals(replay.end())) {
            contradiction =
                    "with the events behind it the snapshot leads to " + end + ", replaying the log to " + replay.end();
        }
        LogProblem problem = contradiction == null
                ? null
                : new LogProblem(
                        path.resolve(name).toString(),
                        0,
                        snapshot.fileBytes(),
                        LogProblem.NONE,
                        LogProblem.NONE,
                        contradiction);
        boolean agrees = isComparable && passed != null && problem == null;
        return new SnapshotVerification(name, snapshot, opens, agrees, problem);
    }
}
