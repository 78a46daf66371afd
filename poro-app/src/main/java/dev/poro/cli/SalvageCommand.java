package dev.poro.cli;

import dev.poro.engine.PoroBuilder;
import dev.poro.engine.tools.Salvage;
import dev.poro.engine.tools.SalvageReport;
import dev.poro.wal.ScanReport;
import java.io.IOException;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code poro salvage}: makes a new log of the intact events of a damaged one. */
@Command(
        name = "salvage",
        sortOptions = false,
        description = {
            "%nMakes a new log of every intact event of a damaged one, also after the damage, and lists what is lost."
                    + " The events get new sequences and keep their order and times. If events are missing that a"
                    + " snapshot covers, its contents replace them. The damaged log is only read. The new one gets its"
                    + " name when it is complete.%n"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:The new log has everything that was in the old one.",
            "1:The new log was made; something is lost.",
            "2:The command line was wrong.",
            "3:There is no new log: the old one cannot be read or is open, or the new one cannot be written."
        })
final class SalvageCommand extends NewLogCommand {
    @Option(names = "--dry-run", description = "Show what is lost, and write nothing.")
    private boolean dryRun;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            converter = MemorySize.class,
            description = {
                "The memory that the store was opened with. Needed only if the beginning of the log, which holds it, is"
                        + " lost. Default: a quarter of the machine's memory."
            })
    private Long memory;

    @Override
    boolean isSinglePathNew() {
        return !dryRun;
    }

    @Override
    boolean isDryRun() {
        return dryRun;
    }

    @Override
    int run(ReplyStream out) throws IOException {
        if (memory != null && (memory < PoroBuilder.MIN_MEMORY || memory > PoroBuilder.MAX_MEMORY)) {
            throw wrong("Invalid value for option '--memory': from " + PoroBuilder.MIN_MEMORY + " to "
                    + PoroBuilder.MAX_MEMORY);
        }
        SalvageReport report =
                withProgress(progress -> Salvage.run(path(), target(), dryRun, memory == null ? 0 : memory, progress));
        if (isJson()) {
            out.text(json(report).toString());
        } else {
            print(report, out);
        }
        return report.isComplete() ? ExitStatus.OK : ExitStatus.SALVAGED_IN_PART;
    }

    private void print(SalvageReport report, ReplyStream out) throws IOException {
        ScanReport source = report.source();
        line(out, "log       %s", path());
        line(
                out,
                "kept      %s in %s, of sequence %d to %d",
                counted(source.events(), "event"),
                counted(source.frames(), "frame"),
                source.firstSequence(),
                source.lastSequence());
        if (report.snapshot() != null) {
            line(
                    out,
                    "snapshot  %s covers sequence 1 to %d: %s",
                    report.snapshot().file(),
                    report.snapshot().summary().sequence(),
                    counted(report.snapshot().summary().keys(), "key"));
        }
        if (report.droppedMarks() > 0) {
            line(out, "          without %s", counted(report.droppedMarks(), "digest or close mark"));
        }
        printProblems(source.problems(), source.problemCount(), out);
        if (source.problemCount() > 0) {
            line(
                    out,
                    "lost      %s known to be missing, %s unreadable",
                    counted(source.missingEvents(), "event"),
                    counted(source.unreadableBytes(), "byte"));
        }
        if (report.disagreement() != null) {
            line(out, "problem   %s", report.disagreement());
        }
        if (report.assumedBudget() > 0) {
            line(
                    out,
                    "note      the first memory budget is lost, %,d bytes are assumed (--memory)",
                    report.assumedBudget());
        }
        if (report.refused() > 0) {
            line(out, "note      %s without effect: over the memory budget", counted(report.refused(), "change"));
        }
        if (report.unmetEvents() > 0) {
            line(
                    out,
                    "note      %s left out: without effect, and with a token or guarded by a sequence",
                    counted(report.unmetEvents(), "event"));
        }
        line(out, "keys      %,d", report.keys());
        line(out, "digest    %016x", report.digest());
        line(out, "verdict   %s", verdictOf(report));
    }

    private String verdictOf(SalvageReport report) {
        String made = dryRun ? "nothing was written" : target() + " has sequence 1 to " + report.events();
        return (report.isComplete() ? "complete, " : "INCOMPLETE, ") + made;
    }

    private JsonObject json(SalvageReport report) {
        ScanReport source = report.source();
        return new JsonObject()
                .add("path", path().toString())
                .add("target", target() == null ? null : target().toString())
                .add("dryRun", dryRun)
                .add("complete", report.isComplete())
                .add(
                        "snapshot",
                        report.snapshot() == null ? null : report.snapshot().file())
                .add("eventsKept", source.events())
                .add("framesKept", source.frames())
                .add("firstSequence", source.firstSequence())
                .add("lastSequence", source.lastSequence())
                .add("missingEvents", source.missingEvents())
                .add("unreadableBytes", source.unreadableBytes())
                .add("problemCount", source.problemCount())
                .add("problems", jsonOf(source.problems()))
                .add("disagreement", report.disagreement())
                .add("droppedMarks", report.droppedMarks())
                .add("assumedMemoryBudget", report.assumedBudget())
                .add("refusedSets", report.refused())
                .add("unmetEvents", report.unmetEvents())
                .add("newLastSequence", report.events())
                .add("keys", report.keys())
                .add("digest", String.format(Locale.ROOT, "%016x", report.digest()));
    }
}
