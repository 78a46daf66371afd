package dev.poro.cli;

import dev.poro.engine.Change;
import dev.poro.engine.tools.ChangeVisitor;
import dev.poro.engine.tools.ChangesStart;
import dev.poro.engine.tools.FollowedChanges;
import dev.poro.engine.tools.LogHistory;
import dev.poro.wal.RecoveryReport;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code poro tail}: shows what happened to the keys of a store, and goes on with what happens. */
@Command(
        name = "tail",
        sortOptions = false,
        description = {
            "%nShows what happened to keys, one change a line: sequence, time, what happened (SET, DELETE, EXPIRED,"
                    + " CLEARED), key, value, expiry. Of a batch, the index of the change follows the sequence. An"
                    + " event that changed nothing is not shown; 'poro dump' shows all events. The time is the latest"
                    + " that the system's clock had shown. Reads the change log, if there is one that goes back far"
                    + " enough; otherwise, and with --follow, replays the log or what follows a snapshot of it. Writes"
                    + " nothing to the log and takes no lock, so the store may be open in any process.%n"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:The changes were shown.",
            "1:The log ends in an unforced tail; what is before it was shown.",
            "2:The log is damaged; what is before the damage was shown. Or the command line was wrong.",
            "3:There is no log there, it cannot be read, or it does not reach back to the point.",
            "130:Ctrl-C has ended --follow."
        })
final class TailCommand extends LogCommand {
    private static final long PAUSE_MS = 100;
    private static final int DEFAULT_LIMIT = 10;

    @Option(
            names = "--from",
            paramLabel = "POINT",
            converter = ChangesStartConverter.class,
            description = {
                "The first change to show: the sequence of its event, or a time, as for 'poro restore'; or now, for"
                        + " what comes. Default: the last " + DEFAULT_LIMIT + " changes."
            })
    private ChangesStart from;

    @Option(
            names = {"-n", "--limit"},
            paramLabel = "N",
            description = "Show this many of the last changes, instead of --from.")
    private Integer limit;

    @Option(
            names = "--prefix",
            paramLabel = "TEXT",
            defaultValue = "",
            description = "Show only changes of keys that begin with this text, in UTF-8, and CLEARED.")
    private String prefix;

    @Option(names = "--old", description = "Show the value before, too. A replay takes twice the memory for it.")
    private boolean old;

    @Option(
            names = {"-f", "--follow"},
            description = "Go on with what a store writes, until Ctrl-C. It is shown as soon as it is written, even"
                    + " if a power cut could still take it.")
    private boolean follow;

    @Override
    int run(ReplyStream out) throws IOException {
        byte[] prefixBytes = bytesOf(prefix, "prefix");
        ProgressBar progress = ProgressBar.besideOutput(System.err);
        LogHistory history = LogHistory.of(path(), progress);
        ChangeVisitor shown = (change, before) -> out.text(format(change, before));
        if (!follow) {
            LogHistory.ChangesRead read = history.changes(start(), prefixBytes, old, shown);
            progress.wipe();
            out.flush();
            warnOfReplay(read.changesDamage());
            warnOfTail(read.log());
            return statusOf(read.log().verdict());
        }
        try (FollowedChanges changes = history.follow(start(), prefixBytes, old, shown)) {
            progress.wipe();
            out.flush();
            warnOfTail(changes.log());
            follow(changes, out);
            return ExitStatus.OK;
        }
    }

    private static void warnOfTail(RecoveryReport log) {
        if (log.verdict() != RecoveryReport.Verdict.SOUND) {
            System.err.println("poro: " + problemOf(log));
        }
    }

    private ChangesStart start() {
        if (from != null && limit != null) {
            throw wrong("--from and --limit are two beginnings. Name one");
        }
        if (limit != null && limit < 1) {
            throw wrong("Invalid value for option '--limit': 1 or more");
        }
        return from != null ? from : ChangesStart.last(limit == null ? DEFAULT_LIMIT : limit);
    }

    private String format(Change change, byte[] before) {
        if (isJson()) {
            return (old ? ChangeFormat.json(change, before) : ChangeFormat.json(change)).toString();
        }
        return ChangeFormat.text(change, before);
    }

    /** Returns only if the thread is interrupted: Ctrl-C ends the program. */
    private static void follow(FollowedChanges changes, ReplyStream out) throws IOException {
        try {
            while (true) {
                if (changes.showAppended()) {
                    out.flush();
                }
                TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
