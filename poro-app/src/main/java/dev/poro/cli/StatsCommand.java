package dev.poro.cli;

import dev.poro.engine.SyncPolicy;
import dev.poro.engine.tools.VerificationReport;
import dev.poro.statemachine.MemoryReport;
import dev.poro.statemachine.MemoryReport.SizeClass;
import dev.poro.wal.RecoveryReport;
import dev.poro.wal.SegmentReport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;

/** {@code poro stats}: sizes of a log and of the memory that its contents take. */
@Command(
        name = "stats",
        sortOptions = false,
        description = {
            "%nReplays a log and shows its sizes, its keys, the memory that they take by size class, and what each sync"
                    + " policy promises. Writes nothing to the log and takes no lock.%n"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:The log is sound.",
            "1:The log ends in an unforced tail; the figures are without it.",
            "2:The log is damaged; the figures are of what is before the damage. Or the command line was wrong.",
            "3:There is no log there, or it cannot be read."
        })
final class StatsCommand extends ReplayCommand {
    @Override
    void print(VerificationReport verified, ReplyStream out) throws IOException {
        RecoveryReport log = verified.log();
        MemoryReport memory = verified.memory();
        line(out, "log             %s", path());
        line(out, "segments        %d", log.segments().size());
        line(out, "log bytes       %,d on disk, %,d in use", fileBytes(log), usedBytes(log));
        line(out, "retained        %s", log.retention());
        line(out, "events          %,d", verified.events());
        line(out, "keys            %,d", verified.keys());
        line(out, "memory budget   %,d bytes", memory.budget());
        line(out, "memory counted  %,d bytes", memory.used());
        line(out, "memory touched  %,d bytes in pages of 64 KiB", memory.pagesTouched() << 16);
        line(out, "index           %,d bytes", memory.indexBytes());
        line(out, "expiries        %,d bytes", memory.expiryBytes());
        for (SizeClass sizeClass : usedClasses(memory)) {
            line(
                    out,
                    "size class      %,d bytes: %,d slots used, %,d free, in %,d pages",
                    sizeClass.slotLength(),
                    sizeClass.slotsUsed(),
                    sizeClass.slotsFree(),
                    sizeClass.pages());
        }
        for (SyncPolicy policy : SyncPolicy.values()) {
            line(out, "sync %-10s %s", policy.name().toLowerCase(Locale.ROOT), policy.promise());
        }
    }

    @Override
    JsonObject json(VerificationReport verified) {
        RecoveryReport log = verified.log();
        MemoryReport memory = verified.memory();
        List<JsonObject> classes = new ArrayList<>();
        for (SizeClass sizeClass : usedClasses(memory)) {
            classes.add(new JsonObject()
                    .add("slotLength", sizeClass.slotLength())
                    .add("slotsUsed", sizeClass.slotsUsed())
                    .add("slotsFree", sizeClass.slotsFree())
                    .add("pages", sizeClass.pages()));
        }
        JsonObject promises = new JsonObject();
        for (SyncPolicy policy : SyncPolicy.values()) {
            promises.add(policy.name().toLowerCase(Locale.ROOT), policy.promise());
        }
        JsonObject json = new JsonObject()
                .add("path", path().toString())
                .add("verdict", log.verdict().name())
                .add("segments", log.segments().size())
                .add("fileBytes", fileBytes(log))
                .add("usedBytes", usedBytes(log))
                .add("retained", log.retention().toString())
                .add("events", verified.events())
                .add("keys", verified.keys())
                .add("memoryBudget", memory.budget())
                .add("memoryCounted", memory.used())
                .add("memoryTouched", memory.pagesTouched() << 16)
                .add("indexBytes", memory.indexBytes())
                .add("expiryBytes", memory.expiryBytes())
                .add("sizeClasses", classes)
                .add("syncPromises", promises);
        addProblem(json, log);
        return json;
    }

    private static List<SizeClass> usedClasses(MemoryReport memory) {
        List<SizeClass> used = new ArrayList<>(memory.sizeClasses());
        used.add(memory.chunks());
        used.removeIf(sizeClass -> sizeClass.pages() == 0);
        return used;
    }

    private static long fileBytes(RecoveryReport log) {
        return log.segments().stream().mapToLong(SegmentReport::fileBytes).sum();
    }

    private static long usedBytes(RecoveryReport log) {
        return log.segments().stream().mapToLong(SegmentReport::usedBytes).sum();
    }
}
