package dev.poro.cli;

import dev.poro.wal.RestorePoint;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code poro fork}: what {@code poro restore} does, up to a point that must be named. */
@Command(
        name = "fork",
        sortOptions = false,
        description = {
            "%nMakes a new store that has the contents of another one at some point and goes on by itself, as 'poro"
                    + " restore --until POINT' does. The other store, open or not, is only read.%n"
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
final class ForkCommand extends RestoringCommand {
    @Option(
            names = "--at",
            required = true,
            paramLabel = "POINT",
            converter = RestorePointConverter.class,
            description = RestorePointConverter.DESCRIPTION)
    private RestorePoint point;

    @Override
    RestorePoint point() {
        return point;
    }
}
