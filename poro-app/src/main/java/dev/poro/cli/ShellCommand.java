package dev.poro.cli;

import dev.poro.command.CommandStore;
import dev.poro.engine.Poro;
import dev.poro.engine.PoroException;
import dev.poro.engine.ReadOnlyStore;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
            "  poro serve --port 6379",
            "  poro connect localhost:6379",
            "  poro get mykey",
            "  poro keys --prefix user:",
            "  poro export data/sessions.wal > sessions.jsonl",
            "  poro --read-only --wal data/sessions.wal",
            "  poro < commands.txt > replies.txt",
            "  poro verify data/sessions.wal",
            "  poro dump --from 1000 --max-value 40 data/sessions.wal",
            "  poro tail --follow --prefix user: data/sessions.wal",
            "  poro history data/sessions.wal user:1",
            "  poro get --at 2026-11-22T14:45:00 data/sessions.wal user:1",
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

    @Mixin
    private final StoreOptions storeOptions = new StoreOptions();

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
        loadCommandsMeanwhile();
        wal = pathOfLog();
        return readOnly ? look() : open();
    }

    /** To load the commands takes a fifth of a short session: a second processor does it while the store is opened. */
    private static void loadCommandsMeanwhile() {
        try {
            Thread thread = new Thread(() -> Objects.requireNonNull(PromptCommands.TABLE), "poro-commands");
            thread.setDaemon(true);
            thread.start();
        } catch (OutOfMemoryError noThread) {
            // They are loaded when they are needed.
        }
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
            return run(PromptTarget.of(CommandStore.of(contents)));
        }
    }

    private int open() throws IOException {
        try (Poro store = storeOptions.open(wal)) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> closeAtShutdown(store), "poro-shutdown"));
            return run(PromptTarget.of(CommandStore.of(store)));
        }
    }

    /** Runs a prompt, or the commands from standard input. */
    static int run(PromptTarget target) throws IOException {
        return isInteractive()
                ? new TerminalSession(target).run()
                : StreamSession.withoutPrompt(target, StandardStreams.input(), new FileOutputStream(FileDescriptor.out))
                        .run();
    }

    /** Whether standard input and standard output are terminals. */
    @SuppressWarnings("SystemConsoleNull")
    private static boolean isInteractive() {
        // From JDK 22 on, there may be a console without a terminal; not so with this one, which also starts faster.
        System.setProperty("jdk.console", "java.base");
        return System.console() != null;
    }

    /** Closing is idempotent: after QUIT there is nothing left to do here. */
    static void closeAtShutdown(Poro store) {
        try {
            store.close();
        } catch (PoroException e) {
            System.err.println("poro: " + e.getMessage());
        }
    }
}
