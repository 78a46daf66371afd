package dev.poro.cli;

import dev.poro.engine.ReadOnlyStore;
import dev.poro.engine.tools.LogHistory;
import dev.poro.wal.RestorePoint;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code poro get}: shows one value. */
@Command(
        name = "get",
        sortOptions = false,
        description = {
            "%nShows the value of a key as GET does at the prompt, or with --at the value that it had at some point."
                    + " Writes nothing to the log and takes no lock, so the store may be open in any process.%n"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:The key is there.",
            "1:It is not.",
            "2:The log is damaged, or the command line was wrong.",
            "3:There is no log there, it cannot be read, or it does not reach to the point."
        })
final class GetCommand extends KeyCommand {
    @Option(
            names = "--at",
            paramLabel = "POINT",
            converter = RestorePointConverter.class,
            description = {RestorePointConverter.DESCRIPTION, "Default: now."})
    private RestorePoint point = RestorePoint.LATEST;

    @Option(names = "--raw", description = "Write the bytes of the value and nothing else.")
    private boolean raw;

    @Override
    int run(Path path, byte[] key, ReplyStream out) throws IOException {
        byte[] value = point.equals(RestorePoint.LATEST) ? valueNow(path, key) : valueThen(path, key);
        if (raw) {
            out.bytes(value == null ? new byte[0] : value);
        } else {
            out.value(value);
        }
        return value == null ? ExitStatus.ABSENT : ExitStatus.OK;
    }

    private static byte[] valueNow(Path path, byte[] key) {
        try (ReadOnlyStore store = LogCommand.withProgress(progress -> ReadOnlyStore.open(path, progress))) {
            LogCommand.warnOf(store);
            return store.get(key);
        }
    }

    private byte[] valueThen(Path path, byte[] key) {
        LogHistory.EntryAt then = LogCommand.withProgress(
                progress -> LogHistory.of(path, progress).entryAt(key, point));
        LogCommand.warnOfReplay(then.changesDamage());
        LogCommand.warnOfLeftOut(then.leftOut());
        return then.entry() == null ? null : then.entry().value();
    }
}
