package dev.poro.cli;

import dev.poro.engine.tools.Repair;
import dev.poro.wal.LogProblem;
import dev.poro.wal.RecoveryReport;
import dev.poro.wal.RepairReport;
import dev.poro.wal.SegmentReport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code poro repair}: does to a log what opening it would do. */
@Command(
        name = "repair",
        sortOptions = false,
        description = {
            "%nDoes to a log what opening it would do, without starting a store: cuts off an unforced tail and keeps a"
                    + " copy of it, deletes files that a crash left unfinished, forces (fsyncs) the rest. Refuses a"
                    + " damaged log, and then changes nothing.%n"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:The log is sound now, or would be without --dry-run.",
            "1:A store has the log open.",
            "2:The log is damaged; nothing was changed. Or the command line was wrong.",
            "3:There is no log there, or it cannot be read or written."
        })
final class RepairCommand extends LogCommand {
    @Option(names = "--dry-run", description = "Show what would be done, and write nothing.")
    private boolean dryRun;

    @Override
    int run(ReplyStream out) throws IOException {
        RepairReport report = withProgress(progress -> Repair.run(path(), dryRun, progress));
        if (isJson()) {
            out.text(json(report).toString());
        } else {
            print(report, out);
        }
        return report.log().verdict() == RecoveryReport.Verdict.DAMAGED ? ExitStatus.LOG_DAMAGED : ExitStatus.OK;
    }

    private void print(RepairReport report, ReplyStream out) throws IOException {
        RecoveryReport log = report.log();
        boolean damaged = log.verdict() == RecoveryReport.Verdict.DAMAGED;
        line(out, "log       %s", path());
        line(
                out,
                "%s      %s",
                damaged ? "read" : "kept",
                events(log) == 0
                        ? "no events"
                        : String.format(
                                Locale.ROOT,
                                "sequence %d to %d, %,d events in %d segment%s",
                                log.firstSequence(),
                                log.lastSequence(),
                                events(log),
                                segmentsInUse(log),
                                segmentsInUse(log) == 1 ? "" : "s"));
        for (RecoveryReport.TailCut cut : report.cuts()) {
            line(out, "cut       %s", describe(cut));
        }
        if (!damaged) {
            for (LogProblem snapshot : log.damagedSnapshots()) {
                line(
                        out,
                        "set aside %s: damaged at offset %,d: %s; opening does not need it",
                        snapshot.file(),
                        snapshot.offset(),
                        snapshot.cause());
            }
        }
        for (String name : report.temporaries()) {
            line(out, "deleted   %s: left unfinished by a crash", name);
        }
        line(out, "verdict   %s", verdictOf(report));
        if (damaged) {
            out.text(problemOf(log));
        }
    }

    private static String describe(RecoveryReport.TailCut cut) {
        return String.format(
                Locale.ROOT,
                "%s: %,d bytes from offset %,d on, copy in %s",
                cut.file(),
                cut.bytes(),
                cut.offset(),
                cut.quarantine());
    }

    private String verdictOf(RepairReport report) {
        if (report.log().verdict() == RecoveryReport.Verdict.DAMAGED) {
            return "DAMAGED, nothing was changed";
        }
        if (report.cuts().isEmpty()
                && report.temporaries().isEmpty()
                && report.log().damagedSnapshots().isEmpty()) {
            return "sound, nothing to repair";
        }
        return dryRun ? "to be repaired, nothing was changed" : "repaired";
    }

    private static long events(RecoveryReport log) {
        return log.firstSequence() == 0 ? 0 : log.lastSequence() - log.firstSequence() + 1;
    }

    private static long segmentsInUse(RecoveryReport log) {
        return log.segments().stream().filter(SegmentReport::isStarted).count();
    }

    private JsonObject json(RepairReport report) {
        RecoveryReport log = report.log();
        List<JsonObject> cuts = new ArrayList<>();
        for (RecoveryReport.TailCut cut : report.cuts()) {
            cuts.add(new JsonObject()
                    .add("file", cut.file())
                    .add("offset", cut.offset())
                    .add("bytes", cut.bytes())
                    .add("quarantine", cut.quarantine()));
        }
        JsonObject json = new JsonObject()
                .add("path", path().toString())
                .add("dryRun", dryRun)
                .add("verdict", log.verdict().name())
                .add("firstSequence", log.firstSequence())
                .add("lastSequence", log.lastSequence())
                .add("events", events(log))
                .add("segments", segmentsInUse(log))
                .add("cuts", cuts)
                .add("damagedSnapshots", jsonOf(log.damagedSnapshots()))
                .addStrings("deleted", report.temporaries());
        addProblem(json, log);
        return json;
    }
}
