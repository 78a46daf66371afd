package dev.poro.cli;

import dev.poro.engine.EntryCursor;
import dev.poro.engine.ReadOnlyStore;
import java.io.IOException;
import picocli.CommandLine.Command;

/** {@code poro export}: writes the entries of a store as JSON. */
@Command(
        name = "export",
        sortOptions = false,
        description = {
            "%nWrites the entries of a store as JSON, one object a line, in no particular order: key and value, as"
                    + " \"key\" and \"value\" where they are UTF-8, as \"keyBase64\" and \"valueBase64\" where they are"
                    + " not, and \"expiresAt\" in milliseconds since 1970 where the entry expires. 'poro import' reads"
                    + " it. What has expired is left out. Writes nothing to the log and takes no lock, so the store may"
                    + " be open in any process.%n"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:All entries were written.",
            "2:The log is damaged, or the command line was wrong.",
            "3:There is no log there, or it cannot be read."
        })
final class ExportCommand extends LogCommand {
    @Override
    int run(ReplyStream out) throws IOException {
        try (ReadOnlyStore store = withProgress(progress -> ReadOnlyStore.open(path(), progress));
                EntryCursor cursor = store.scan().open()) {
            warnOfTail(store);
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
