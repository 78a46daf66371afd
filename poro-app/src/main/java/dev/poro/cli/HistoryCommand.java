package dev.poro.cli;

import dev.poro.engine.Change;
import dev.poro.engine.tools.LogHistory;
import dev.poro.wal.RecoveryReport;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code poro history}: shows what happened to one key. */
@Command(
        name = "history",
        sortOptions = false,
        description = {
            "%nShows the changes of a key, one a line as 'poro tail' does, the newest last. CLEARED is one of them if"
                    + " the key was there. Reads the change log, if there is one that goes back far enough, or replays"
                    + " the log. What was released is missing. Writes nothing to the log and takes no lock, so the"
                    + " store may be open in any process.%n"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:The key has a history.",
            "1:It has none.",
            "2:The log is damaged, or the command line was wrong.",
            "3:There is no log there, or it cannot be read."
        })
final class HistoryCommand extends KeyCommand {
    @Option(
            names = {"-n", "--limit"},
            paramLabel = "N",
            description = "Show at most this many changes, the newest. Default: all.")
    private int limit = Integer.MAX_VALUE;

    @Option(names = "--json", description = "Write JSON.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @Override
    int run(Path path, byte[] key, ReplyStream out) throws IOException {
        if (limit < 1) {
            throw new ParameterException(spec.commandLine(), "Invalid value for option '--limit': 1 or more");
        }
        LogHistory.KeyHistory history = LogCommand.withProgress(
                progress -> LogHistory.of(path, progress).history(key, limit));
        List<Change> oldestFirst = new ArrayList<>(history.changes());
        Collections.reverse(oldestFirst);
        for (Change change : oldestFirst) {
            out.text(json ? ChangeFormat.json(change).toString() : ChangeFormat.text(change));
        }
        out.flush();
        LogCommand.warnOfReplay(history.changesDamage());
        if (history.begin() > 0 && history.changes().size() < limit) {
            Instant time = history.beginTime();
            System.err.println("poro: " + path + ": the history begins after sequence " + history.begin()
                    + (time == null ? "" : " (" + Times.format(time.toEpochMilli()) + ")")
                    + "; what came before was released");
        }
        if (history.log().verdict() == RecoveryReport.Verdict.UNFORCED_TAIL) {
            System.err.println("poro: " + LogCommand.problemOf(history.log()));
        }
        return history.changes().isEmpty() ? ExitStatus.ABSENT : ExitStatus.OK;
    }
}
