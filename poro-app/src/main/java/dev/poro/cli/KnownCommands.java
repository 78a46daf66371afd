package dev.poro.cli;

import dev.poro.command.Command;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The commands that a prompt offers: what HELP, completion and hints say of them. Immutable and thread-safe. */
final class KnownCommands {
    /** Of a command whose usage is longer, the summary has a line of its own. */
    private static final int USAGE_WIDTH = 30;

    private static final String ON_ALL = "\n\nUpper or lower case does not matter. Put quotes around a key or a value"
            + " with blanks:\n  SET greeting \"Hello, World!\"\n"
            + "Between double quotes, \\n \\r \\t \\a \\b \\\" \\\\ and \\xHH stand for one byte.";

    private final List<? extends Command<?>> commands;
    private final Map<String, Command<?>> byName = new LinkedHashMap<>();

    /** @param commands in the order of HELP */
    KnownCommands(List<? extends Command<?>> commands) {
        this.commands = List.copyOf(commands);
        for (Command<?> command : commands) {
            command.names().forEach(name -> byName.put(name, command));
        }
    }

    /** The command of that name in any case, or {@code null}. */
    Command<?> named(byte[] name) {
        return byName.get(new String(name, StandardCharsets.UTF_8).toUpperCase(Locale.ROOT));
    }

    /** All names of all commands, in order. */
    List<String> names() {
        return List.copyOf(byName.keySet());
    }

    /** The list of all commands. */
    String help() {
        return commands.stream().map(KnownCommands::helpInList).collect(Collectors.joining("\n", "", ON_ALL));
    }

    /** What HELP says of one command. */
    static String helpOn(Command<?> command) {
        return command.usage() + "  " + summaryOf(command);
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
