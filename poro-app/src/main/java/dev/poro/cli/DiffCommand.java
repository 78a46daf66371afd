package dev.poro.cli;

import dev.poro.engine.tools.LogHistory;
import dev.poro.wal.RestorePoint;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code poro diff}: shows how the contents at two points differ. */
@Command(
        name = "diff",
        sortOptions = false,
        customSynopsis = "poro diff [-hV] [--json] [--prefix=TEXT] [--wal=PATH] [PATH] N M",
        description = {
            "%nShows the keys that were added, removed or changed between two points, one a line, in no particular"
                    + " order: + key value, - key value, ~ key value -> value, each with its expiry. A point is a"
                    + " sequence or a time, as for 'poro restore'; what had expired by then is absent. Takes the memory"
                    + " of both states. Writes nothing to the log and takes no lock, so the store may be open in any"
                    + " process.%n"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:The differences were shown, if there are any.",
            "2:The command line was wrong.",
            "3:There is no log there, it cannot be read, it is damaged, or it does not reach to the points."
        })
final class DiffCommand extends LogCommand {
    @Parameters(arity = "0..1", index = "1", paramLabel = "N", description = "The first point.")
    private String second;

    @Parameters(arity = "0..1", index = "2", paramLabel = "M", description = "The second point.")
    private String third;

    @Option(
            names = "--prefix",
            paramLabel = "TEXT",
            defaultValue = "",
            description = "Show only keys that begin with this text, in UTF-8.")
    private String prefix;

    private RestorePoint from;
    private RestorePoint to;

    @Override
    Path resolvePath(Path first, Path wal) {
        if (second == null) {
            throw wrong("Missing required parameters: 'N', 'M'");
        }
        from = pointOf(third == null ? first.toString() : second);
        to = pointOf(third == null ? second : third);
        return super.resolvePath(third == null ? null : first, wal);
    }

    private RestorePoint pointOf(String text) {
        try {
            return new RestorePointConverter().convert(text);
        } catch (TypeConversionException e) {
            throw wrong(e.getMessage());
        }
    }

    @Override
    int run(ReplyStream out) throws IOException {
        byte[] prefixBytes = bytesOf(prefix, "prefix");
        ProgressBar progress = ProgressBar.besideOutput(System.err);
        warnOfLeftOut(LogHistory.of(path(), progress).diff(from, to, prefixBytes, (key, before, after) -> {
            progress.wipe();
            out.text(
                    isJson()
                            ? ChangeFormat.jsonOfDifference(key, before, after).toString()
                            : ChangeFormat.textOfDifference(key, before, after));
        }));
        progress.wipe();
        return ExitStatus.OK;
    }
}
