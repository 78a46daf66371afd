package dev.poro.cli;

import dev.poro.command.Command;
import dev.poro.command.StoreCommands;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Suggestions for wrong commands. Users know other stores and the shell, and type the commands of those. */
final class Advice {
    /** The largest number of bytes that a message repeats of an unknown name or a corrected line. */
    private static final int MAX_REPEATED = 64;

    private static final String IN_A_SHELL = "leave by QUIT, and in a shell type 'poro ";

    private static final Map<String, String> COMMANDS = Map.ofEntries(
            Map.entry("LIST", "KEYS lists keys: KEYS *"),
            Map.entry("COUNT", "DBSIZE shows the number of keys"),
            Map.entry("REMOVE", "DEL removes a key"),
            Map.entry("PUT", "SET stores a value"),
            Map.entry("SHUTDOWN", "QUIT closes the store and leaves"),
            Map.entry("BYE", "QUIT leaves"),
            Map.entry("?", "HELP lists the commands"));

    /** Commands of the program, not of the prompt. */
    private static final Set<String> SUBCOMMANDS = Set.of(
            "verify", "dump", "tail", "history", "diff", "stats", "restore", "fork", "repair", "salvage", "poro");

    private Advice() {}

    /** The message for an unknown command. */
    static String onUnknown(byte[] name) {
        return "unknown command " + shown(name) + inPlaceOf(name) + "; HELP lists the commands";
    }

    private static String shown(byte[] name) {
        return name.length <= MAX_REPEATED
                ? Quoting.quote(name)
                : Quoting.quote(Arrays.copyOf(name, MAX_REPEATED)) + "...";
    }

    /** The suggestion for an unknown command. Begins with a semicolon, or is empty. */
    private static String inPlaceOf(byte[] name) {
        String typed = new String(name, StandardCharsets.UTF_8);
        String lower = typed.toLowerCase(Locale.ROOT);
        String advice = COMMANDS.get(typed.toUpperCase(Locale.ROOT));
        if (advice == null && SUBCOMMANDS.contains(lower)) {
            advice = IN_A_SHELL + (lower.equals("poro") ? "" : lower + " ") + "...'";
        }
        if (advice == null) {
            advice = RedisCommands.adviceOn(typed.toUpperCase(Locale.ROOT));
        }
        if (advice == null && typed.length() <= MAX_REPEATED) {
            String nearest = Spelling.nearest(typed, PromptCommands.TABLE.names().stream());
            advice = nearest.isEmpty() ? null : "did you mean " + nearest + "?";
        }
        return advice == null ? "" : "; " + advice;
    }

    /** The suggestion if too many arguments were typed. Begins with a semicolon, or is empty. */
    static String onTooMany(Command<?> command, List<byte[]> typed) {
        if (!command.arguments().isTooMany(typed.size() - 1)) {
            return "";
        }
        if (command == StoreCommands.GET) {
            return "; MGET shows several keys";
        }
        return command == PromptCommands.BACKUP ? "; a name with blanks needs quotes" + quoted(command, typed) : "";
    }

    /** The suggestion if options are wrong. Begins with a semicolon, or is empty. */
    static String onSyntaxError(Command<?> command, List<byte[]> typed) {
        int values = 1 + command.arguments().max();
        boolean isOption = typed.size() > values
                && command.arguments()
                        .nextOptions(typed.subList(0, values))
                        .contains(text(typed.get(values)).toUpperCase(Locale.ROOT));
        return command == StoreCommands.SET && !isOption
                ? "; a value with blanks needs quotes" + quoted(command, typed)
                : "";
    }

    /** The line with the surplus words quoted as the last argument, if that is short; otherwise empty. */
    private static String quoted(Command<?> command, List<byte[]> typed) {
        int last = command.arguments().max();
        String rest =
                typed.subList(last, typed.size()).stream().map(Advice::text).collect(Collectors.joining(" "));
        String line = typed.subList(1, last).stream()
                        .map(argument -> " " + word(argument))
                        .collect(Collectors.joining())
                + " "
                + Quoting.quote(rest.getBytes(StandardCharsets.UTF_8));
        return line.length() > MAX_REPEATED ? "" : ": " + command.name() + line;
    }

    /** The argument as typed, quoted if it needs quotes. */
    private static String word(byte[] argument) {
        String text = text(argument);
        return text.matches("[A-Za-z0-9_.:/-]+") ? text : Quoting.quote(argument);
    }

    private static String text(byte[] argument) {
        return new String(argument, StandardCharsets.UTF_8);
    }
}
