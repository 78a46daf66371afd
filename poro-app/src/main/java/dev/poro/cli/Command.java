package dev.poro.cli;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * The commands of the prompt. This table is all there is to know about their names and arguments: HELP, completion,
 * hints and the check of the number of arguments are made from it. {@link Shell} carries them out.
 */
enum Command {
    SET("key value", "Store value under key, replacing the value it had."),
    GET("key", "Show the value of key, or (nil)."),
    DEL("key", "Remove key: 1 if it was there, 0 if not.", "DELETE"),
    SNAPSHOT("", "Write the contents to a snapshot file, from which the next start is faster; show its sequence."),
    BACKUP("directory", "Copy the log to a new directory, which is a log itself; show the last sequence in it."),
    INFO("", "Show how the store stands: sequences, keys, memory, the last snapshot, the length of the log."),
    HELP("[command]", "Show this list, or one command."),
    QUIT("", "Leave. So does the end of input, Ctrl-D in a terminal.", "EXIT");

    private static final Command[] ALL = values();

    private final String arguments;
    private final int minArguments;
    private final int maxArguments;
    private final String summary;
    private final String alias;

    Command(String arguments, String summary) {
        this(arguments, summary, null);
    }

    /** @param arguments their names in order, {@code [so]} if optional; optional ones come last */
    Command(String arguments, String summary, String alias) {
        this.arguments = arguments;
        this.minArguments = (int) arguments().stream()
                .filter(argument -> !argument.startsWith("["))
                .count();
        this.maxArguments = arguments().size();
        this.summary = summary;
        this.alias = alias;
    }

    /** The command of that name or alias in any case, or {@code null}. */
    static Command named(byte[] name) {
        for (Command command : ALL) {
            if (command.isNamed(name)) {
                return command;
            }
        }
        return null;
    }

    /** The command of that name or alias in any case, or {@code null}. */
    static Command named(String name) {
        return named(name.getBytes(StandardCharsets.UTF_8));
    }

    /** The names of its arguments in order, {@code [so]} if optional. */
    List<String> arguments() {
        return arguments.isEmpty() ? List.of() : List.of(arguments.split(" ", -1));
    }

    /** Its name, and then its alias if it has one. */
    List<String> names() {
        return alias == null ? List.of(name()) : List.of(name(), alias);
    }

    /** How it is called, for example {@code SET key value}. */
    String usage() {
        return (name() + " " + arguments).trim();
    }

    /** One line of help. */
    String help() {
        return String.format(
                Locale.ROOT, "%-16s  %s%s", usage(), summary, alias == null ? "" : " Also: " + alias + ".");
    }

    /** What is wrong with that many arguments, or {@code null} if nothing is. */
    String arityErrorOf(int count) {
        if (count < minArguments) {
            return "wrong number of arguments for '" + name() + "': missing "
                    + arguments().get(count) + "; usage: " + usage();
        }
        if (count > maxArguments) {
            return "wrong number of arguments for '" + name() + "': " + count + " instead of " + maxArguments
                    + "; usage: " + usage();
        }
        return null;
    }

    private boolean isNamed(byte[] name) {
        return equalsIgnoreCase(name(), name) || (alias != null && equalsIgnoreCase(alias, name));
    }

    /** Names are upper-case ASCII. Bytes are compared, because the rules of a locale (Turkish i) have no say here. */
    private static boolean equalsIgnoreCase(String name, byte[] bytes) {
        if (name.length() != bytes.length) {
            return false;
        }
        for (int i = 0; i < bytes.length; i++) {
            byte b = bytes[i];
            if (name.charAt(i) != (b >= 'a' && b <= 'z' ? b - 'a' + 'A' : b)) {
                return false;
            }
        }
        return true;
    }
}
