package dev.poro.cli;

import dev.poro.engine.OpeningReport;
import dev.poro.engine.SnapshotReport;
import dev.poro.engine.tools.OfflineSnapshot;
import java.io.IOException;
import java.util.Locale;
import picocli.CommandLine.Command;

/** {@code poro snapshot}: takes a snapshot of a store that is not open. */
@Command(
        name = "snapshot",
        sortOptions = false,
        description = {
            "%nOpens a store, writes its contents to a snapshot file beside the log, and closes it. The next opening"
                    + " loads the snapshot instead of replaying the events before it. In an open store, the command"
                    + " SNAPSHOT of the prompt does the same.%n"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:The snapshot is there.",
            "1:The snapshot is there, but opening has cut an unforced tail off the log. Or there is none, because a"
                    + " store has the log open.",
            "2:The log is damaged; nothing was changed. Or the command line was wrong.",
            "3:There is no log there, or it cannot be read or written."
        })
final class SnapshotCommand extends LogCommand {
    @Override
    int run(ReplyStream out) throws IOException {
        OpeningReport[] opened = new OpeningReport[1];
        SnapshotReport taken =
                withProgress(progress -> OfflineSnapshot.run(path(), progress, found -> opened[0] = found));
        if (isJson()) {
            out.text(new JsonObject()
                    .add("path", path().toString())
                    .add("file", taken.file())
                    .add("sequence", taken.sequence())
                    .add("keys", taken.keys())
                    .add("digest", String.format(Locale.ROOT, "%016x", taken.digest()))
                    .add("bytes", taken.fileBytes())
                    .toString());
        } else {
            line(out, "log       %s", path());
            line(out, "snapshot  %s, %,d bytes", taken.file(), taken.fileBytes());
            line(out, "sequence  %d", taken.sequence());
            line(out, "keys      %,d", taken.keys());
            line(out, "digest    %016x", taken.digest());
        }
        boolean wasCut = opened[0].tail() != null;
        if (wasCut) {
            System.err.println("poro: " + tailOf(opened[0]) + " That has happened now.");
        }
        return wasCut ? ExitStatus.LOG_UNFORCED_TAIL : ExitStatus.OK;
    }
}
