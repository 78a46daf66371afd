package dev.poro.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/**
 * One run of a subcommand, in this process, on any file system: its exit status, and what it wrote.
 *
 * @param command with its arguments
 */
public record ToolRun(String command, int status, String out, String err) {
    private static final ThreadLocal<FileSystem> FILES = new ThreadLocal<>();
    /** Making one takes longer than most runs. */
    private static final ThreadLocal<CommandLine> PROGRAMS = ThreadLocal.withInitial(() ->
            Main.commandLine().registerConverter(Path.class, path -> FILES.get().getPath(path)));

    private static final ThreadLocal<OutputStream> ERRORS = new ThreadLocal<>();
    private static final CommandLine PROGRAM = Main.commandLine();

    static {
        System.setErr(new PrintStream(new ErrorsOfThread(System.err), true, StandardCharsets.UTF_8));
    }

    /**
     * Runs a subcommand.
     *
     * @param files on which all paths are
     * @param arguments of which the first is the subcommand's name
     */
    public static ToolRun of(FileSystem files, String... arguments) {
        FILES.set(files);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        ERRORS.set(err);
        int status;
        try {
            status = run(PROGRAMS.get(), arguments, new ReplyStream(out));
        } finally {
            ERRORS.remove();
            FILES.remove();
        }
        return new ToolRun(
                String.join(" ", arguments),
                status,
                out.toString(StandardCharsets.UTF_8),
                err.toString(StandardCharsets.UTF_8));
    }

    /**
     * Runs a subcommand on the files of this machine, in a hundredth of the time that a process takes.
     *
     * @param arguments without {@code --wal}, which the next run would have, too
     */
    static ToolRun here(Object... arguments) {
        return of(
                FileSystems.getDefault(),
                Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
    }

    private static int run(CommandLine program, String[] arguments, ReplyStream out) {
        ParseResult parsed = program.parseArgs(arguments).subcommand();
        CommandLine tool = parsed.commandSpec().commandLine();
        LogTool command = tool.getCommand();
        try {
            return command.call(out);
        } catch (IOException | RuntimeException failure) {
            return report(failure, tool, parsed);
        }
    }

    private static int report(Exception failure, CommandLine tool, ParseResult parsed) {
        try {
            return PROGRAM.getExecutionExceptionHandler().handleExecutionException(failure, tool, parsed);
        } catch (Exception e) {
            throw new AssertionError("not reported: " + failure, e);
        }
    }

    @Override
    public String toString() {
        return "poro " + command + " exits with " + status + "\n" + out + err;
    }

    /** Each thread that runs a tool has its standard error to itself. */
    private static final class ErrorsOfThread extends OutputStream {
        private final OutputStream others;

        ErrorsOfThread(OutputStream others) {
            this.others = others;
        }

        private OutputStream target() {
            OutputStream own = ERRORS.get();
            return own == null ? others : own;
        }

        @Override
        public void write(int b) throws IOException {
            target().write(b);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            target().write(bytes, offset, length);
        }

        @Override
        public void flush() throws IOException {
            target().flush();
        }
    }
}
