package dev.poro.cli;

import dev.poro.engine.EntryCursor;
import dev.poro.engine.ReadOnlyStore;
import dev.poro.engine.tools.LogHistory;
import dev.poro.wal.RestorePoint;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code poro export}: writes the entries of a store as JSON. */
@Command(
        name = "export",
        sortOptions = false,
        description = {
            "%nWrites the entries of a store as JSON, one object a line, in no particular order: key and value, as"
                    + " \"key\" and \"value\" where they are UTF-8, as \"keyBase64\" and \"valueBase64\" where they are"
                    + " not, and \"expiresAt\" in milliseconds since 1970 where the entry expires. 'poro import' reads"
                    + " it. What has expired, now or by the point that --at names, is left out. Writes nothing to"
                    + " the log and takes no lock, so the store may be open in any process.%n"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:All entries were written.",
            "2:The log is damaged, or the command line was wrong.",
            "3:There is no log there, it cannot be read, or it does not reach to the point."
        })
final class ExportCommand extends LogCommand {
    @Option(
            names = "--at",
            paramLabel = "POINT",
            converter = RestorePointConverter.class,
            description = {RestorePointConverter.DESCRIPTION, "Default: now."})
    private RestorePoint point = RestorePoint.LATEST;

    @Option(
            names = "--prefix",
            paramLabel = "TEXT",
            defaultValue = "",
            description = "Export only keys that begin with this text, in UTF-8.")
    private String prefix;

    @Override
    int run(ReplyStream out) throws IOException {
        byte[] prefixBytes = bytesOf(prefix, "prefix");
        try (ReadOnlyStore store =
                        withProgress(progress -> LogHistory.of(path(), progress).contentsAt(point));
                EntryCursor cursor = store.scan().prefix(prefixBytes).open()) {
            warnOf(store);
            ProgressBar bar = ProgressBar.besideOutput(System.err);
            long written = 0;
            while (cursor.next()) {
                JsonObject json = new JsonObject()
                        .add("key", cursor.key())
                        .add("value", cursor.entry().value());
                cursor.entry().expiry().ifPresent(expiry -> json.add("expiresAt", expiry.toEpochMilli()));
                out.text(json.toString());
                bar.onEntries("Exporting", ++written, store.keys());
            }
            bar.wipe();
        }
        return ExitStatus.OK;
    }
}
