package dev.poro.cli;

import dev.poro.engine.PoroException;
import dev.poro.engine.StoreDamagedException;
import dev.poro.engine.StoreFailedException;
import dev.poro.engine.StoreLockedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;

/** The program {@code poro}. {@code --help} lists its options. */
public final class Main {
    /** The names of all subcommands, in the order of the help. */
    static final List<String> SUBCOMMANDS = List.of(
            "get",
            "keys",
            "export",
            "import",
            "verify",
            "dump",
            "tail",
            "history",
            "diff",
            "stats",
            "snapshot",
            "backup",
            "restore",
            "fork",
            "repair",
            "salvage",
            "serve",
            "connect",
            "cluster",
            "help");

    private Main() {}

    /** Runs the program and ends the JVM with the program's {@link ExitStatus}. */
    public static void main(String[] args) {
        StandardStreams.reserve();
        int status;
        try {
            status = args.length == 0 ? openPrompt() : execute(args);
        } catch (InternalError e) {
            status = reportFault(e);
        }
        System.exit(status);
    }

    /** Does what {@link #execute} would do without arguments, but faster: picocli takes long to start. */
    private static int openPrompt() {
        try {
            return new ShellCommand().call();
        } catch (IOException | RuntimeException e) {
            return report(e);
        }
    }

    /** Runs what the arguments name. */
    static int execute(String... args) {
        return commandLine(subcommandsIn(List.of(args))).execute(args);
    }

    /**
     * The subcommands that the arguments can mean, or all if they ask for help, which lists them. picocli looks at each
     * class that it is given, and takes longer for that than most commands take.
     */
    private static List<String> subcommandsIn(List<String> args) {
        boolean asksForHelp = args.contains("help") || args.stream().anyMatch(Main::mayBeHelpOption);
        return SUBCOMMANDS.stream()
                .filter(name -> asksForHelp || args.contains(name))
                .toList();
    }

    private static boolean mayBeHelpOption(String arg) {
        return arg.startsWith("--h") || (arg.startsWith("-") && !arg.startsWith("--") && arg.contains("h"));
    }

    /** The program with all its subcommands. */
    static CommandLine commandLine() {
        return commandLine(SUBCOMMANDS);
    }

    private static CommandLine commandLine(List<String> subcommands) {
        CommandLine program = new CommandLine(new ShellCommand());
        subcommands.forEach(name -> program.addSubcommand(name, subcommand(name)));
        return program.registerConverter(Path.class, new PathConverter())
                // A file name, a key or a value may begin with an @.
                .setExpandAtFiles(false)
                .setParameterExceptionHandler((e, args) -> reportUsage(e))
                .setExecutionExceptionHandler(Main::report);
    }

    private static Object subcommand(String name) {
        return switch (name) {
            case "get" -> new GetCommand();
            case "keys" -> new KeysCommand();
            case "export" -> new ExportCommand();
            case "import" -> new ImportCommand();
            case "verify" -> new VerifyCommand();
            case "dump" -> new DumpCommand();
            case "tail" -> new TailCommand();
            case "history" -> new HistoryCommand();
            case "diff" -> new DiffCommand();
            case "stats" -> new StatsCommand();
            case "snapshot" -> new SnapshotCommand();
            case "backup" -> new BackupCommand();
            case "restore" -> new RestoreCommand();
            case "fork" -> new ForkCommand();
            case "repair" -> new RepairCommand();
            case "salvage" -> new SalvageCommand();
            case "serve" -> new ServeCommand();
            case "connect" -> new ConnectCommand();
            case "cluster" -> new ClusterCommand();
            case "help" -> new HelpCommand();
            default -> throw new IllegalArgumentException(name);
        };
    }

    /**
     * Handles the error that the JVM throws, on whatever thread, after a write to a truncated segment. The store's
     * message at its close says more.
     */
    private static int reportFault(InternalError fault) {
        for (Throwable closing : fault.getSuppressed()) {
            if (closing instanceof StoreFailedException failure) {
                return report(failure);
            }
        }
        throw fault;
    }

    private static int reportUsage(ParameterException e) {
        System.err.println("poro: " + UsageError.describe(e));
        System.err.println(
                "Try '" + e.getCommandLine().getCommandSpec().qualifiedName() + " --help' for what poro takes.");
        return ExitStatus.USAGE;
    }

    private static int report(Exception e, CommandLine command, ParseResult parsed) {
        int status = report(e);
        Object subcommand = command.getCommand();
        if (e instanceof StoreLockedException
                && (subcommand instanceof RepairCommand || subcommand instanceof SnapshotCommand)) {
            return status;
        }
        // For a command that makes a new log, the status only says why there is none.
        if (e instanceof StoreDamagedException
                && subcommand instanceof LogTool
                && !(subcommand instanceof RestoringCommand || subcommand instanceof SalvageCommand)) {
            return ExitStatus.LOG_DAMAGED;
        }
        return status == ExitStatus.FAILURE && subcommand instanceof LogTool ? ExitStatus.LOG_UNUSABLE : status;
    }

    private static int report(Exception e) {
        if (e instanceof ReplyException failure && failure.isBrokenPipe()) {
            return ExitStatus.BROKEN_PIPE;
        }
        boolean isUsage = e instanceof TypeConversionException;
        boolean expected = e instanceof PoroException || e instanceof IOException || isUsage;
        System.err.println("poro: " + (expected && e.getMessage() != null ? e.getMessage() : e));
        if ("1".equals(System.getenv("PORO_DEBUG"))) {
            e.printStackTrace();
        }
        return isUsage
                ? ExitStatus.USAGE
                : e instanceof StoreFailedException ? ExitStatus.STORE_FAILED : ExitStatus.FAILURE;
    }
}
