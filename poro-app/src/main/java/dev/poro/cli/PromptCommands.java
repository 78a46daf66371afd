package dev.poro.cli;

import dev.poro.command.Command;
import dev.poro.command.CommandTable;
import dev.poro.command.StoreCommands;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.TypeConversionException;

/** The commands of the prompt: those of a store, and those that only a person at a prompt needs. */
final class PromptCommands {
    static final Command<Shell> BACKUP = Command.<Shell>of(
                    "BACKUP",
                    "directory",
                    "Copy the log to a new directory, which is a log itself; show the last sequence in it.",
                    PromptCommands::backup)
            .writing()
            .outsideOfTransactions();

    static final Command<Shell> HELP = Command.<Shell>of(
                    "HELP", "[command]", "Show this list, or one command.", PromptCommands::help)
            .atOnce();

    static final Command<Shell> QUIT = Command.<Shell>of(
                    "QUIT",
                    "",
                    "Leave. So does the end of input, Ctrl-D in a terminal.",
                    (shell, words) -> shell.quit())
            .alias("EXIT")
            .atOnce();

    /** In the order of HELP. */
    static final CommandTable<Shell> TABLE = new CommandTable<>(all());

    /** Of a command whose usage is longer, the summary has a line of its own. */
    private static final int USAGE_WIDTH = 30;

    private static final String ON_ALL = "\n\nUpper or lower case does not matter. Put quotes around a key or a value"
            + " with blanks:\n  SET greeting \"Hello, World!\"\n"
            + "Between double quotes, \\n \\r \\t \\a \\b \\\" \\\\ and \\xHH stand for one byte.";

    private PromptCommands() {}

    private static List<Command<? super Shell>> all() {
        List<Command<? super Shell>> all = new ArrayList<>(StoreCommands.ALL);
        all.addAll(List.of(BACKUP, HELP, QUIT));
        return all;
    }

    private static void backup(Shell shell, List<byte[]> words) throws IOException {
        byte[] directory = words.get(1);
        Path target;
        try {
            target = new PathConverter().convert(Utf8.decode(directory));
        } catch (CharacterCodingException | TypeConversionException e) {
            shell.replies()
                    .error("not the name of a directory: "
                            + (e instanceof TypeConversionException ? e.getMessage() : Quoting.quote(directory)));
            return;
        }
        try {
            shell.replies().integer(shell.runLong(progress -> shell.store().backup(target, progress)));
        } catch (LongCommand.CancelledException e) {
            shell.replies()
                    .error("cancelled; what is copied is kept in " + target
                            + ".unfinished: the same command continues it");
        }
    }

    private static void help(Shell shell, List<byte[]> words) throws IOException {
        if (words.size() == 1) {
            shell.replies()
                    .text(TABLE.commands().stream()
                            .map(PromptCommands::helpInList)
                            .collect(Collectors.joining("\n", "", ON_ALL)));
            return;
        }
        Command<? super Shell> command = TABLE.named(words.get(1));
        if (command == null) {
            shell.replies().error(Advice.onUnknown(words.get(1)));
        } else {
            shell.replies().text(command.usage() + "  " + summaryOf(command));
        }
    }

    private static String helpInList(Command<?> command) {
        String usage = command.usage();
        String summary = summaryOf(command);
        return usage.length() > USAGE_WIDTH
                ? usage + "\n" + " ".repeat(USAGE_WIDTH + 2) + summary
                : usage + " ".repeat(USAGE_WIDTH + 2 - usage.length()) + summary;
    }

    private static String summaryOf(Command<?> command) {
        return command.summary()
                + command.names().stream()
                        .skip(1)
                        .map(alias -> " Also: " + alias + ".")
                        .collect(Collectors.joining());
    }
}
