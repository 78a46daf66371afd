package dev.poro.engine.tools;

import dev.poro.engine.PoroException;
import dev.poro.engine.Progress;
import dev.poro.engine.StoreLockedException;
import dev.poro.engine.internal.LogProgress;
import dev.poro.engine.internal.Replay;
import dev.poro.statemachine.StateMachine;
import dev.poro.wal.LogException;
import dev.poro.wal.LogRepair;
import dev.poro.wal.RecoveryReport;
import dev.poro.wal.RepairReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;

/** Does to a log what opening its store would do, without starting the store. */
public final class Repair {
    private Repair() {}

    /**
     * Replays the log. Unless the log is damaged, then cuts off an unforced tail, keeping a copy, deletes what a crash
     * left unfinished, and fsyncs the rest.
     *
     * @param dryRun whether to write nothing
     * @return what was done, or would be done; nothing if the log is damaged
     * @throws StoreLockedException if a store has the log open
     * @throws PoroException if there is no log, or the disk fails or is full
     */
    public static RepairReport run(Path directory, boolean dryRun, Progress progress) {
        Objects.requireNonNull(directory, "directory");
        Objects.requireNonNull(progress, "progress");
        try (StateMachine stateMachine = new StateMachine(0)) {
            try (LogRepair log = LogRepair.of(directory, dryRun)) {
                RepairReport report = log.examine(new Replay(stateMachine), new LogProgress(progress));
                if (report.log().verdict() != RecoveryReport.Verdict.DAMAGED) {
                    log.carryOut();
                }
                return report;
            } catch (IOException | LogException | OutOfMemoryError e) {
                String remedy = "Fix the cause and repair the log again.";
                throw PoroException.stopped(directory, "repairing", stateMachine.appliedSequence(), e, remedy);
            }
        }
    }
}
