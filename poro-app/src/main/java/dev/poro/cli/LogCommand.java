package dev.poro.cli;

import dev.poro.engine.LogDamage;
import dev.poro.engine.OpeningReport;
import dev.poro.engine.Progress;
import dev.poro.engine.ReadOnlyStore;
import dev.poro.wal.LogDamagedException;
import dev.poro.wal.LogProblem;
import dev.poro.wal.RecoveryReport;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** The base of the subcommands that read a log without starting a store. */
@Command(mixinStandardHelpOptions = true, versionProvider = Version.class)
abstract class LogCommand implements LogTool, Callable<Integer> {
    static final String DEFAULT_PATH = "poro.wal";

    @Parameters(
            arity = "0..1",
            index = "0",
            paramLabel = "PATH",
            description = {
                "A log directory, or one segment file; the same as --wal PATH.",
                "Default: " + DEFAULT_PATH + "."
            })
    private Path argument;

    @Option(names = "--json", description = "Write JSON.")
    private boolean json;

    @ParentCommand
    private ShellCommand program;

    @Spec
    private CommandSpec spec;

    private Path path;

    @Override
    public final Integer call() throws IOException {
        return call(new ReplyStream(new FileOutputStream(FileDescriptor.out)));
    }

    @Override
    public final int call(ReplyStream out) throws IOException {
        program.requireNothingButPath(spec.commandLine());
        path = resolvePath(argument, program.wal());
        int status = run(out);
        out.flush();
        return status;
    }

    /** Runs the command and writes its output; returns the exit status. */
    abstract int run(ReplyStream out) throws IOException;

    /** Runs something that reads the log, and shows its progress. */
    static <T> T withProgress(Function<Progress, T> reading) {
        ProgressBar progress = new ProgressBar(System.err);
        try {
            return reading.apply(progress);
        } finally {
            progress.wipe();
        }
    }

    /** The path of the log, from PATH or --wal. */
    final Path path() {
        return path;
    }

    /** The path of the log, given the values of PATH and --wal, each {@code null} if not given. */
    Path resolvePath(Path typed, Path wal) {
        return chosen(typed, wal, spec);
    }

    /** The path of the log that a command line names, or the default. */
    static Path chosen(Path typed, Path wal, CommandSpec command) {
        if (typed != null && wal != null && !isSame(typed, wal)) {
            throw new ParameterException(
                    command.commandLine(), "--wal " + wal + " and PATH " + typed + " are two logs. Name one");
        }
        return typed != null ? typed : wal != null ? wal : new PathConverter().convert(DEFAULT_PATH);
    }

    /** Whether two paths name the same file or directory. */
    static boolean isSame(Path one, Path other) {
        return one.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize());
    }

    /** The exception for a wrong command line. */
    ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    /** {@link #bytesOf(String, String, CommandSpec)} for this command. */
    final byte[] bytesOf(String text, String what) {
        return bytesOf(text, what, spec);
    }

    /** Text of the command line in UTF-8. */
    static byte[] bytesOf(String text, String what, CommandSpec command) {
        if (text.indexOf('\uFFFD') >= 0) {
            throw new ParameterException(
                    command.commandLine(),
                    "the " + what + " is not text in this locale's encoding; at the prompt, write \\xHH");
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    boolean isJson() {
        return json;
    }

    static void line(ReplyStream out, String format, Object... values) throws IOException {
        out.text(String.format(Locale.ROOT, format, values));
    }

    static String counted(long count, String what) {
        return String.format(Locale.ROOT, "%,d %s%s", count, what, count == 1 ? "" : "s");
    }

    /** The exit status for the state of a log. */
    static int statusOf(RecoveryReport.Verdict verdict) {
        switch (verdict) {
            case SOUND:
                return ExitStatus.OK;
            case UNFORCED_TAIL:
                return ExitStatus.LOG_UNFORCED_TAIL;
            case DAMAGED:
                return ExitStatus.LOG_DAMAGED;
        }
        throw new AssertionError(verdict);
    }

    /** Lists problems, one a line. */
    static void printProblems(List<LogProblem> problems, long count, ReplyStream out) throws IOException {
        for (LogProblem problem : problems) {
            line(
                    out,
                    "problem   %s: offset %,d to %,d (%,d bytes): %s; %s",
                    problem.file(),
                    problem.offset(),
                    problem.offset() + problem.bytes(),
                    problem.bytes(),
                    problem.cause(),
                    problem.missing());
        }
        if (count > problems.size()) {
            line(out, "          and %,d more", count - problems.size());
        }
    }

    static List<JsonObject> jsonOf(List<LogProblem> problems) {
        return problems.stream()
                .map(problem -> {
                    JsonObject json = new JsonObject()
                            .add("file", problem.file())
                            .add("offset", problem.offset())
                            .add("bytes", problem.bytes())
                            .add("cause", problem.cause())
                            .add("missing", problem.missing());
                    if (problem.firstSequence() > 0) {
                        json.add("firstSequence", problem.firstSequence());
                    }
                    return problem.lastSequence() > 0 ? json.add("lastSequence", problem.lastSequence()) : json;
                })
                .toList();
    }

    /** Adds where the readable part of a log that is not sound ends, and why. */
    static void addProblem(JsonObject json, RecoveryReport log) {
        if (log.verdict() != RecoveryReport.Verdict.SOUND) {
            json.add("file", log.file())
                    .add("offset", log.offset())
                    .add("sequence", log.lastSequence() + 1)
                    .add("problem", problemOf(log));
        }
    }

    /** Prints a warning if the contents lack a tail that opening would cut off. */
    static void warnOfTail(ReadOnlyStore contents) {
        if (contents.opening().tail() != null) {
            System.err.println("poro: " + tailOf(contents.opening()));
        }
    }

    /** Prints a warning for each part of the log that may belong before a point and was left out. */
    static void warnOfLeftOut(Iterable<LogDamage> leftOut) {
        for (LogDamage left : leftOut) {
            String place = left.bytes() == 0 ? "" : String.format(Locale.ROOT, " from offset %,d on", left.offset());
            System.err.println("poro: " + left.file() + ": left out" + place + ": " + left.cause());
        }
    }

    /** Prints a warning if the log was replayed because its change log is damaged; {@code null} if it is not. */
    static void warnOfReplay(LogDamage ofChanges) {
        if (ofChanges != null) {
            System.err.println(String.format(
                    Locale.ROOT,
                    "poro: %s: the change log cannot be read at offset %,d: %s. The log was replayed instead.",
                    ofChanges.file(),
                    ofChanges.offset(),
                    ofChanges.cause()));
        }
    }

    /** Prints what the contents lack that is in the log. */
    static void warnOf(ReadOnlyStore contents) {
        warnOfTail(contents);
        warnOfLeftOut(contents.leftOut());
    }

    /** What is wrong with a log, in full sentences; empty if it is sound. */
    static String problemOf(RecoveryReport log) {
        switch (log.verdict()) {
            case SOUND:
                return "";
            case UNFORCED_TAIL:
                return tailOf(log.file(), log.offset(), log.lastSequence(), log.description(), log.droppedBytes());
            case DAMAGED:
                return String.format(
                        Locale.ROOT,
                        "%s: damaged at offset %,d (sequence %d): %s.%s Events from sequence %d on would be lost"
                                + " (%,d bytes); opening refuses and changes nothing. Restore the file from a copy;"
                                + " 'poro verify' lists every problem, and 'poro salvage %s NEW' makes a new log of"
                                + " what is intact.",
                        log.file(),
                        log.offset(),
                        log.lastSequence() + 1,
                        log.description(),
                        log.proof() == null ? "" : " It had been forced, as " + log.witness() + " shows.",
                        log.lastSequence() + 1,
                        log.droppedBytes(),
                        LogDamagedException.logOf(log.file()));
        }
        throw new AssertionError(log.verdict());
    }

    /** The tail that an opening cut off, or would cut off, in full sentences. */
    static String tailOf(OpeningReport opening) {
        LogDamage tail = opening.tail();
        return tailOf(tail.file(), tail.offset(), opening.lastSequence(), tail.cause(), tail.bytes());
    }

    private static String tailOf(String file, long offset, long lastSequence, String cause, long bytes) {
        return String.format(
                Locale.ROOT,
                "%s: the log ends at offset %,d after sequence %d: %s. Nothing in the log shows that what follows"
                        + " (%,d bytes) was ever forced; opening cuts it off and keeps a copy beside it.",
                file,
                offset,
                lastSequence,
                cause,
                bytes);
    }
}
