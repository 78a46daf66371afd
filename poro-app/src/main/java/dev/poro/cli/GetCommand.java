package dev.poro.cli;

import dev.poro.engine.ReadOnlyStore;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code poro get}: shows one value. */
@Command(
        name = "get",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        description = {
            "%nShows the value of a key as GET does at the prompt. Writes nothing to the log and takes no lock, so the"
                    + " store may be open in any process.%n"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:The key is there.",
            "1:It is not.",
            "2:The log is damaged, or the command line was wrong.",
            "3:There is no log there, or it cannot be read."
        })
final class GetCommand implements Callable<Integer> {
    @Parameters(paramLabel = "KEY", description = "The key, in UTF-8. After --, it may begin with a dash.")
    private String key;

    @Option(names = "--raw", description = "Write the bytes of the value and nothing else.")
    private boolean raw;

    @ParentCommand
    private ShellCommand program;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        program.requireNothingButPath(spec.commandLine());
        if (key.indexOf('\uFFFD') >= 0) {
            throw new ParameterException(
                    spec.commandLine(), "the key is not text in this locale's encoding; at the prompt, write \\xHH");
        }
        Path path = program.pathOfLog();
        try (ReadOnlyStore store = LogCommand.withProgress(progress -> ReadOnlyStore.open(path, progress))) {
            LogCommand.warnOfTail(store);
            byte[] value = store.get(key.getBytes(StandardCharsets.UTF_8));
            write(value);
            return value == null ? ExitStatus.ABSENT : ExitStatus.OK;
        }
    }

    private void write(byte[] value) throws IOException {
        ReplyStream out = new ReplyStream(new FileOutputStream(FileDescriptor.out));
        if (raw) {
            out.bytes(value == null ? new byte[0] : value);
        } else {
            out.value(value);
        }
        out.flush();
    }
}
