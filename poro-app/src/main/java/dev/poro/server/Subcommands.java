package dev.poro.server;

import dev.poro.command.Command;
import dev.poro.command.CommandTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The commands behind a command like CLIENT: the first argument is the name of one of them. Immutable. */
final class Subcommands {
    private final String name;
    private final CommandTable<ClientSession> table;

    /** @param name of the command that they belong to, in upper case */
    Subcommands(String name, List<Command<ClientSession>> commands) {
        this.name = name;
        List<Command<? super ClientSession>> all = new ArrayList<>(commands);
        all.add(Command.<ClientSession>of("HELP", "", "Show this list.", (session, words) -> help(session)));
        this.table = new CommandTable<>(all);
    }

    /** The command that they belong to, with what {@link Command#described} takes. */
    Command<ClientSession> asCommand(String summary, String group, String since, String flags) {
        return Command.<ClientSession>of(name, "subcommand [argument ...]", summary, this::run)
                .described(group, since, flags)
                .checkedBy(this::errorOf);
    }

    /** All of them, in order. */
    List<Command<? super ClientSession>> all() {
        return table.commands();
    }

    /** Before it is run or queued. */
    private String errorOf(List<byte[]> words) {
        List<byte[]> own = words.subList(1, words.size());
        Command<? super ClientSession> command = table.named(own.get(0));
        if (command == null) {
            return "unknown subcommand '" + Words.text(own.get(0)) + "'. Try " + name + " HELP.";
        }
        String full = name + "|" + command.name();
        return command.argumentErrorOf(own) == null
                ? null
                : "wrong number of arguments for '" + full.toLowerCase(Locale.ROOT) + "' command";
    }

    private void run(ClientSession session, List<byte[]> words) throws IOException {
        List<byte[]> own = words.subList(1, words.size());
        table.named(own.get(0)).run(session, own);
    }

    private void help(ClientSession session) throws IOException {
        session.replies().array(1 + 2 * table.commands().size());
        session.replies().status(name + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
        for (Command<? super ClientSession> command : table.commands()) {
            session.replies().status(command.usage());
            session.replies().status("    " + command.summary());
        }
    }
}
