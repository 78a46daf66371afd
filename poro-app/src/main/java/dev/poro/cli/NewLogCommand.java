package dev.poro.cli;

import java.nio.file.Path;
import picocli.CommandLine.Parameters;

/** The base of the subcommands that make a new log from another one: the paths of both. */
abstract class NewLogCommand extends LogCommand {
    @Parameters(
            arity = "0..1",
            index = "1",
            paramLabel = "NEW",
            description = "The directory to make. It must not exist, or be empty.")
    private Path second;

    private Path target;

    /** Whether a single path is that of the new log. Otherwise it is that of the old one. */
    abstract boolean isSinglePathNew();

    /** Whether the command needs no new log, because it only reports what it would do. */
    abstract boolean isDryRun();

    @Override
    final Path resolvePath(Path first, Path wal) {
        boolean isFirstNew = first != null && second == null && (wal != null || isSinglePathNew());
        target = isFirstNew ? first : second;
        if (target == null && !isDryRun()) {
            throw wrong("Missing required parameter: 'NEW'");
        }
        return super.resolvePath(isFirstNew ? null : first, wal);
    }

    /** The directory of the new log; {@code null} if none was named, in a dry run. */
    final Path target() {
        return target;
    }
}
