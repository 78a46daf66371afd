package dev.poro.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The base of the subcommands that show something of one key of a log: a single word is the key. */
@Command(mixinStandardHelpOptions = true, versionProvider = Version.class)
abstract class KeyCommand implements LogTool, Callable<Integer> {
    @Parameters(
            index = "0",
            paramLabel = "[PATH] KEY",
            description = {
                "The directory of the log, the same as --wal PATH; default: " + LogCommand.DEFAULT_PATH + ".",
                "The key, in UTF-8. After --, it may begin with a dash."
            })
    private String first;

    @Parameters(index = "1", arity = "0..1", hidden = true)
    private String second;

    @ParentCommand
    private ShellCommand program;

    @Spec
    private CommandSpec spec;

    @Override
    public final Integer call() throws IOException {
        return call(new ReplyStream(new FileOutputStream(FileDescriptor.out)));
    }

    @Override
    public final int call(ReplyStream out) throws IOException {
        program.requireNothingButPath(spec.commandLine());
        int status = run(path(), LogCommand.bytesOf(second == null ? first : second, "key", spec), out);
        out.flush();
        return status;
    }

    private Path path() {
        try {
            Path typed = second == null ? null : new PathConverter().convert(first);
            return LogCommand.chosen(typed, program.wal(), spec);
        } catch (TypeConversionException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    /** Runs the command and writes its output; returns the exit status. */
    abstract int run(Path path, byte[] key, ReplyStream out) throws IOException;
}
