package dev.poro.server;

import dev.poro.command.Command;
import java.util.List;

/** The commands that a server offers, as its table has them: names, arguments and summaries. */
public final class ServedCommands {
    private ServedCommands() {}

    /** All of them, in the order in which a user should see them. They run in a server only. */
    public static List<? extends Command<?>> all() {
        return ServerCommands.TABLE.commands();
    }
}
