package dev.poro.cli;

import dev.poro.wal.RestorePoint;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code poro restore}: makes a new store with the contents of another one at some point. */
@Command(
        name = "restore",
        sortOptions = false,
        description = {
            "%nMakes a new store with the contents of another one at some point, from the nearest snapshot at or before"
                    + " it and the events after that, reads it back and replays it. The source, a log or a backup, is"
                    + " only read. The new log keeps the sequences of the old one, but has an identity of its own,"
                    + " because a new history begins. It gets its name when it is complete.%n"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:The new store is there, or with --dry-run: could be made.",
            "1:The same, but events that may belong to it were left out: an unforced tail that opening cuts off, or"
                    + " events after the clock was ahead or was set back.",
            "2:The command line was wrong.",
            "3:There is no new store: the part of the log that it needs is missing or damaged, the log cannot be"
                    + " read, or the new one cannot be written."
        })
final class RestoreCommand extends RestoringCommand {
    @Option(
            names = "--until",
            paramLabel = "POINT",
            converter = RestorePointConverter.class,
            description = {RestorePointConverter.DESCRIPTION, "Default: the last event of the log."})
    private RestorePoint point = RestorePoint.LATEST;

    @Override
    RestorePoint point() {
        return point;
    }
}
