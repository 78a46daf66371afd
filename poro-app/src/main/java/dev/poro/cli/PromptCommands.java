package dev.poro.cli;

import dev.poro.command.Command;
import dev.poro.command.CommandTable;
import dev.poro.command.StoreCommands;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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

    /** What a person can learn of them. */
    static final KnownCommands KNOWN = new KnownCommands(TABLE.commands());

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
            shell.replies().text(KNOWN.help());
            return;
        }
        Command<? super Shell> command = TABLE.named(words.get(1));
        if (command == null) {
            shell.replies().error(Advice.onUnknown(words.get(1)));
        } else {
            shell.replies().text(KnownCommands.helpOn(command));
        }
    }
}
