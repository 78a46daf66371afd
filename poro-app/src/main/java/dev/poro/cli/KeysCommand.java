package dev.poro.cli;

import dev.poro.engine.EntryCursor;
import dev.poro.engine.ReadOnlyStore;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code poro keys}: lists the keys of a store. */
@Command(
        name = "keys",
        sortOptions = false,
        description = {
            "%nLists the keys of a store, one a line, in no particular order, quoted as the prompt takes them. What has"
                    + " expired is left out. Writes nothing to the log and takes no lock, so the store may be open in"
                    + " any process.%n"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:The keys were listed.",
            "2:The log is damaged, or the command line was wrong.",
            "3:There is no log there, or it cannot be read."
        })
final class KeysCommand extends LogCommand {
    @Option(
            names = "--prefix",
            paramLabel = "TEXT",
            defaultValue = "",
            description = "List only keys that begin with this text, in UTF-8.")
    private String prefix;

    @Override
    int run(ReplyStream out) throws IOException {
        byte[] prefixBytes = bytesOf(prefix, "prefix");
        try (ReadOnlyStore store = withProgress(progress -> ReadOnlyStore.open(path(), progress));
                EntryCursor cursor = store.scan().prefix(prefixBytes).open()) {
            warnOfTail(store);
            ProgressBar bar = ProgressBar.besideOutput(System.err);
            long written = 0;
            while (cursor.next()) {
                out.text(isJson() ? new JsonObject().add("key", cursor.key()).toString() : Quoting.quote(cursor.key()));
                bar.onEntries("Listing", ++written, store.keys());
            }
            bar.wipe();
        }
        return ExitStatus.OK;
    }
}
