package dev.poro.cli;

import dev.poro.command.CommandStore;
import dev.poro.engine.LogDamage;
import dev.poro.engine.OpeningReport;
import dev.poro.engine.Poro;
import dev.poro.engine.PoroBuilder;
import dev.poro.engine.PoroException;
import dev.poro.engine.ReadOnlyStore;
import dev.poro.engine.Retention;
import dev.poro.engine.SyncPolicy;
import dev.poro.engine.Threading;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code poro} without a subcommand: opens the store and runs commands from the terminal or from standard input. */
@Command(
        name = "poro",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        description = {
            "%nA durable, event-sourced, in-memory key-value store.%n",
            "In a terminal, poro shows a prompt; HELP lists the commands. When standard input is not a terminal, it"
                    + " reads one command from each line and writes nothing but the replies.%n"
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:Done.",
            "1:A command from standard input failed, or the store could not be opened.",
            "2:The options are wrong.",
            "4:A failed disk stopped the store."
        },
        footer = {
            "%nExamples:",
            "  poro",
            "  poro --wal data/sessions.wal --memory 4g --sync always",
            "  echo 'GET mykey' | poro",
            "  poro get mykey",
            "  poro keys --prefix user:",
            "  poro export data/sessions.wal > sessions.jsonl",
            "  poro --read-only --wal data/sessions.wal",
            "  poro < commands.txt > replies.txt",
            "  poro verify data/sessions.wal",
            "  poro dump --from 1000 --max-value 40 data/sessions.wal",
            "  poro snapshot data/sessions.wal",
            "  poro backup data/sessions.wal backups/sessions.wal",
            "  poro restore --until 2026-11-22T14:45:00 backups/sessions.wal data/restored.wal",
            "  poro repair --dry-run data/sessions.wal",
            "  poro salvage data/sessions.wal data/salvaged.wal"
        })
final class ShellCommand implements Callable<Integer> {
    private static final String WAL = "--wal";
    private static final String READ_ONLY = "--read-only";

    @Option(
            names = WAL,
            paramLabel = "PATH",
            scope = ScopeType.INHERIT,
            description = {
                "The directory of the write-ahead log; the prompt makes it if it is missing.",
                "Default: " + LogCommand.DEFAULT_PATH + "."
            })
    void setWal(Path path) {
        if (wal != null && path != null && !LogCommand.isSame(wal, path)) {
            throw new ParameterException(spec.commandLine(), "--wal is given twice: " + wal + " and " + path);
        }
        wal = path == null ? wal : path;
    }

    private Path wal;

    @Option(
            names = "--sync",
            paramLabel = "WHEN",
            converter = SyncPolicyConverter.class,
            description = {
                "When changes are forced to the disk:",
                "always: before each reply; an OK survives a power cut.",
                "everysec: once a second; a power cut costs at most the last second, a killed process nothing.",
                "os: when the operating system does it; a killed process loses nothing.",
                "Default: everysec."
            })
    private SyncPolicy sync = SyncPolicy.EVERYSEC;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            converter = MemorySize.class,
            description =
                    "The memory for keys and values, in bytes or with a suffix k, m, g, t. It is kept with the store."
                            + " Default: what the store has, a quarter of the machine's memory for a new one.")
    private Long memory;

    @Option(
            names = "--snapshot-after",
            paramLabel = "SIZE",
            converter = MemorySize.class,
            description =
                    "Take a snapshot when the log since the last one exceeds this size and that of the live data; in"
                            + " bytes or with a suffix k, m, g, t. Default: 256m.")
    private Long snapshotAfter;

    @Option(
            names = "--retain",
            paramLabel = "HISTORY",
            converter = RetentionConverter.class,
            description = {
                "How much history to keep that opening does not need, because snapshots cover it: all, none, a size"
                        + " (10g) or a time (90min, 12h, 30d). It is kept with the store. Default: what the store has,"
                        + " none for a new one."
            })
    private Retention retention;

    @Option(
            names = "--clock-step-hold",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description =
                    "How long the system's clock must be ahead before keys expire by it: 30s, 5min. A wrong reading"
                            + " that lasts less long expires nothing early. Default: 60s.")
    private Duration clockStepHold;

    @Option(
            names = READ_ONLY,
            description = "Read the store and write nothing: takes no lock, and refuses commands that would change it."
                    + " Later changes by another process are not seen.")
    private boolean readOnly;

    @Spec
    private CommandSpec spec;

    /** The path of the log for a command without PATH. */
    Path pathOfLog() {
        return wal == null ? new PathConverter().convert(LogCommand.DEFAULT_PATH) : wal;
    }

    /** The value of --wal; {@code null} if it was not given. */
    Path wal() {
        return wal;
    }

    /** Refuses options before a subcommand that would have no effect on it. */
    void requireNothingButPath(CommandLine subcommand) {
        for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
            if (!option.names()[0].equals(WAL)) {
                throw new ParameterException(
                        subcommand,
                        "'" + option.names()[0] + "' is an option of the prompt; '"
                                + subcommand.getCommandSpec().qualifiedName() + "' takes none before its name but "
                                + WAL);
            }
        }
    }

    @Override
    public Integer call() throws IOException {
        wal = pathOfLog();
        return readOnly ? look() : open();
    }

    private int look() throws IOException {
        for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
            if (!List.of(WAL, READ_ONLY).contains(option.longestName())) {
                throw new ParameterException(
                        spec.commandLine(), READ_ONLY + " changes no setting: leave out " + option.longestName());
            }
        }
        try (ReadOnlyStore contents = LogCommand.withProgress(progress -> ReadOnlyStore.open(wal, progress))) {
            LogCommand.warnOfTail(contents);
            return run(CommandStore.of(contents));
        }
    }

    private int open() throws IOException {
        try (Poro store = openStore()) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> closeAtShutdown(store), "poro-shutdown"));
            return run(CommandStore.of(store));
        }
    }

    private static int run(CommandStore store) throws IOException {
        return isInteractive()
                ? new TerminalSession(store).run()
                : StreamSession.withoutPrompt(store, StandardStreams.input(), new FileOutputStream(FileDescriptor.out))
                        .run();
    }

    private Poro openStore() {
        // This program waits for each reply, which is fastest without a hand-off between threads.
        PoroBuilder builder = Poro.at(wal).sync(sync).threading(Threading.CALLER);
        if (memory != null) {
            limitMemory(builder);
        }
        if (retention != null) {
            builder.retain(retention);
        }
        if (snapshotAfter != null) {
            builder.snapshotAfter(snapshotAfter);
        }
        if (clockStepHold != null) {
            builder.clockStepHold(clockStepHold);
        }
        Poro store = openShowingProgress(builder);
        reportCut(store.opening());
        reportDamagedSnapshots(store.opening());
        return store;
    }

    private void limitMemory(PoroBuilder builder) {
        try {
            builder.memory(memory);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(
                    spec.commandLine(), "Invalid value for option '--memory': " + e.getMessage(), e);
        }
    }

    private static Poro openShowingProgress(PoroBuilder builder) {
        return LogCommand.withProgress(progress -> builder.progress(progress).open());
    }

    /** Reports a tail that was cut off. Nothing promised is lost, but the user should know of the crash. */
    private void reportCut(OpeningReport opening) {
        LogDamage tail = opening.tail();
        if (tail != null) {
            System.err.printf(
                    Locale.ROOT,
                    "poro: %s ended in an unforced tail (%s at offset %d: %s).%n"
                            + "poro: Cut off %d bytes after sequence %d; a copy is kept there as *.quarantine.%n",
                    wal,
                    tail.file(),
                    tail.offset(),
                    tail.cause(),
                    tail.bytes(),
                    opening.lastSequence());
        }
    }

    private void reportDamagedSnapshots(OpeningReport opening) {
        for (LogDamage damaged : opening.damagedSnapshots()) {
            System.err.printf(
                    Locale.ROOT,
                    "poro: %s: %s is damaged at offset %d: %s.%n"
                            + "poro: Nothing is lost: %s. It is kept there as *.quarantine.%n",
                    wal,
                    damaged.file(),
                    damaged.offset(),
                    damaged.cause(),
                    opening.snapshot() == null
                            ? "the whole log was replayed"
                            : "the log was replayed from " + opening.snapshot().file() + " on");
        }
    }

    /** Whether standard input and standard output are terminals. */
    @SuppressWarnings("SystemConsoleNull")
    private static boolean isInteractive() {
        // From JDK 22 on, there may be a console without a terminal; not so with this one, which also starts faster.
        System.setProperty("jdk.console", "java.base");
        return System.console() != null;
    }

    /** Closing is idempotent: after QUIT there is nothing left to do here. */
    private static void closeAtShutdown(Poro store) {
        try {
            store.close();
        } catch (PoroException e) {
            System.err.println("poro: " + e.getMessage());
        }
    }
}
