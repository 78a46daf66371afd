package dev.poro.command;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The commands of a front end, found by name. Immutable and thread-safe.
 *
 * @param <S> the front end's session
 */
public final class CommandTable<S extends Session> {
    /** A few comparisons are faster than the hash of a name. */
    private static final int FREQUENT = 4;

    private final List<Command<? super S>> commands;
    private final List<Command<? super S>> frequent;
    private final Map<String, Command<? super S>> byName = new LinkedHashMap<>();
    private final List<String> names;
    private final int longestName;

    /**
     * A table of these commands.
     *
     * @param commands in the order in which a user sees them, the frequent ones first, because they are found faster
     */
    public CommandTable(List<Command<? super S>> commands) {
        this.commands = List.copyOf(commands);
        this.frequent = this.commands.subList(0, Math.min(FREQUENT, commands.size()));
        for (Command<? super S> command : commands) {
            for (String name : command.names()) {
                if (byName.put(name, command) != null) {
                    throw new IllegalArgumentException("two commands have the same name: " + name);
                }
            }
        }
        this.names = List.copyOf(byName.keySet());
        this.longestName = names.stream().mapToInt(String::length).max().orElse(0);
    }

    /** The command of that name in any case, or {@code null}. */
    public Command<? super S> named(byte[] name) {
        for (int i = 0; i < frequent.size(); i++) {
            Command<? super S> command = frequent.get(i);
            if (Names.equalsIgnoreCase(command.name(), name)) {
                return command;
            }
        }
        return name.length > longestName ? null : byName.get(Names.upper(name));
    }

    /** The command of that name in any case, or {@code null}. */
    public Command<? super S> named(String name) {
        return named(name.getBytes(StandardCharsets.UTF_8));
    }

    /** All commands, in order. */
    public List<Command<? super S>> commands() {
        return commands;
    }

    /** All names of all commands, in order. */
    public List<String> names() {
        return names;
    }
}
