package dev.poro.cli;

import dev.poro.engine.tools.Backup;
import dev.poro.engine.tools.VerifiedBackupReport;
import dev.poro.wal.BackupReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;

/** {@code poro backup}: copies a log, which may be open, into a directory that can be opened as a store. */
@Command(
        name = "backup",
        sortOptions = false,
        customSynopsis = "poro backup [-hV] [--json] [--wal=PATH] [PATH] NEW",
        description = {
            "%nCopies a log with its snapshots, up to its last intact event, reads the copy back and replays it. The"
                    + " log may be open in any process, and is only read. The copy is a log directory itself: open it,"
                    + " or restore from it. It gets its name when it is complete. An interrupted backup leaves"
                    + " NEW.unfinished, and the same command continues it. At the prompt, BACKUP does the same"
                    + " without the replay.%n"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:The backup is there.",
            "1:The backup is there, but without damaged parts that opening does not need, or without an unforced tail"
                    + " that opening cuts off.",
            "2:The log is damaged, or the command line was wrong; there is no backup.",
            "3:There is no backup: there is no log, it cannot be read, or the backup cannot be written."
        })
final class BackupCommand extends NewLogCommand {
    @Override
    boolean isSinglePathNew() {
        return true;
    }

    @Override
    boolean isDryRun() {
        return false;
    }

    @Override
    int run(ReplyStream out) throws IOException {
        Path log = path();
        Path directory = target();
        VerifiedBackupReport made = withProgress(progress -> Backup.run(log, directory, progress));
        if (isJson()) {
            out.text(json(log, directory, made).toString());
        } else {
            print(log, directory, made, out);
        }
        return made.backup().leftOut().isEmpty() ? ExitStatus.OK : ExitStatus.BACKED_UP_IN_PART;
    }

    private static void print(Path log, Path directory, VerifiedBackupReport made, ReplyStream out) throws IOException {
        BackupReport backup = made.backup();
        line(out, "log       %s", log);
        line(out, "backup    %s", directory);
        line(out, "copied    %s, %s", counted(backup.copiedFiles(), "file"), counted(backup.copiedBytes(), "byte"));
        if (backup.keptFiles() > 0) {
            line(
                    out,
                    "kept      %s, %s: intact, from an unfinished backup",
                    counted(backup.keptFiles(), "file"),
                    counted(backup.keptBytes(), "byte"));
        }
        printProblems(backup.leftOut(), backup.leftOut().size(), out);
        line(out, "sequence  %d to %d", backup.firstSequence(), backup.lastSequence());
        line(out, "files     %s, %s", counted(backup.segments(), "segment"), counted(backup.snapshots(), "snapshot"));
        line(out, "keys      %,d", made.keys());
        line(out, "digest    %016x", made.digest());
        line(out, "verdict   %s", verdictOf(backup));
    }

    private static String verdictOf(BackupReport backup) {
        return backup.leftOut().isEmpty()
                ? "complete, read back and replayed"
                : "opens, read back and replayed; the parts listed as problems were LEFT OUT";
    }

    private static JsonObject json(Path log, Path directory, VerifiedBackupReport made) {
        BackupReport backup = made.backup();
        return new JsonObject()
                .add("path", log.toString())
                .add("target", directory.toString())
                .add("complete", backup.leftOut().isEmpty())
                .add("firstSequence", backup.firstSequence())
                .add("lastSequence", backup.lastSequence())
                .add("segments", backup.segments())
                .add("snapshots", backup.snapshots())
                .add("copiedFiles", backup.copiedFiles())
                .add("copiedBytes", backup.copiedBytes())
                .add("keptFiles", backup.keptFiles())
                .add("keptBytes", backup.keptBytes())
                .add("leftOut", jsonOf(backup.leftOut()))
                .add("keys", made.keys())
                .add("digest", String.format(Locale.ROOT, "%016x", made.digest()));
    }
}
