package dev.poro.cli;

import dev.poro.engine.tools.Restore;
import dev.poro.engine.tools.RestoredStoreReport;
import dev.poro.wal.LogProblem;
import dev.poro.wal.RestorePoint;
import dev.poro.wal.RestoreReport;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Option;

/** The base of the subcommands that make a new store with the contents of another one at some point. */
abstract class RestoringCommand extends NewLogCommand {
    @Option(names = "--dry-run", description = "Show what would be restored, and write nothing.")
    private boolean dryRun;

    /** The last event to restore. */
    abstract RestorePoint point();

    /** There is no default: a restore usually reads a backup, not the log under the default name. */
    @Override
    boolean isSinglePathNew() {
        return false;
    }

    @Override
    boolean isDryRun() {
        return dryRun;
    }

    @Override
    int run(ReplyStream out) throws IOException {
        RestoredStoreReport restored =
                withProgress(progress -> Restore.run(path(), target(), point(), dryRun, progress));
        if (isJson()) {
            out.text(json(restored).toString());
        } else {
            print(restored, out);
        }
        return restored.history().leftOut().isEmpty() ? ExitStatus.OK : ExitStatus.RESTORED_IN_PART;
    }

    private void print(RestoredStoreReport restored, ReplyStream out) throws IOException {
        RestoreReport history = restored.history();
        line(out, "log       %s", path());
        List<LogProblem> damaged = history.damagedSnapshots();
        printProblems(damaged, damaged.size(), out);
        printProblems(history.leftOut(), history.leftOut().size(), out);
        if (history.snapshot() != null) {
            line(
                    out,
                    "snapshot  %s, %s",
                    history.snapshot().file(),
                    counted(history.snapshot().summary().keys(), "key"));
        }
        line(
                out,
                "replayed  %s from sequence %d on",
                counted(history.events(), "event"),
                history.lastSequence() - history.events() + 1);
        line(out, "until     sequence %d, %s", history.lastSequence(), Times.format(history.lastWallClock()));
        if (history.nextSequence() > 0) {
            line(out, "next      sequence %d, %s", history.nextSequence(), Times.format(history.nextWallClock()));
        }
        line(out, "keys      %,d", restored.keys());
        line(out, "digest    %016x", restored.digest());
        line(
                out,
                "verdict   %s%s",
                dryRun
                        ? "can be restored, nothing was written"
                        : target() + " is restored, read back and replayed; it continues with sequence "
                                + (history.lastSequence() + 2),
                history.leftOut().isEmpty() ? "" : "; the parts listed as problems were LEFT OUT");
    }

    private JsonObject json(RestoredStoreReport restored) {
        RestoreReport history = restored.history();
        return new JsonObject()
                .add("path", path().toString())
                .add("target", target() == null ? null : target().toString())
                .add("dryRun", dryRun)
                .add(
                        "snapshot",
                        history.snapshot() == null ? null : history.snapshot().file())
                .add("damagedSnapshots", jsonOf(history.damagedSnapshots()))
                .add("events", history.events())
                .add("lastSequence", history.lastSequence())
                .addTime("lastTimestamp", history.lastWallClock())
                .add("nextSequence", history.nextSequence())
                .add("nextTimestamp", history.nextSequence() == 0 ? null : Times.format(history.nextWallClock()))
                .add("complete", history.leftOut().isEmpty())
                .add("leftOut", jsonOf(history.leftOut()))
                .add("keys", restored.keys())
                .add("digest", String.format(Locale.ROOT, "%016x", restored.digest()));
    }
}
