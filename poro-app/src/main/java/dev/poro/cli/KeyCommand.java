package dev.poro.cli;

import dev.poro.engine.LogDamage;
import dev.poro.engine.ReadOnlyStore;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
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
        int status = run(path(), bytesOf(second == null ? first : second, "key", spec), out);
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

    /** Text of the command line in UTF-8. */
    static byte[] bytesOf(String text, String what, CommandSpec command) {
        if (text.indexOf('\uFFFD') >= 0) {
            throw new ParameterException(
                    command.commandLine(),
                    "the " + what + " is not text in this locale's encoding; at the prompt, write \\xHH");
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Prints a warning for each part of the log that may belong before a point and was left out. */
    static void warnOfLeftOut(Iterable<LogDamage> leftOut) {
        for (LogDamage left : leftOut) {
            System.err.println(String.format(
                    Locale.ROOT, "poro: %s: left out from offset %,d on: %s", left.file(), left.offset(), left.cause()));
        }
    }

    /** Prints what the contents lack that is in the log. */
    static void warnOf(ReadOnlyStore contents) {
        LogCommand.warnOfTail(contents);
        warnOfLeftOut(contents.leftOut());
    }
}
