package dev.poro.command;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * The commands of a front end, found by name. Immutable and thread-safe.
 *
 * @param <S> the front end's session
 */
public final class CommandTable<S extends Session> {
    private final List<Command<? super S>> commands;
    private final List<String> names;
    /** The command that the name at the same index belongs to. */
    private final List<Command<? super S>> commandsByName;

    /**
     * A table of these commands.
     *
     * @param commands in the order in which a user sees them, the frequent ones first, because they are found faster
     */
    public CommandTable(List<Command<? super S>> commands) {
        List<String> all = new ArrayList<>();
        List<Command<? super S>> owners = new ArrayList<>();
        for (Command<? super S> command : commands) {
            for (String name : command.names()) {
                all.add(name);
                owners.add(command);
            }
        }
        this.commands = List.copyOf(commands);
        this.names = List.copyOf(all);
        this.commandsByName = List.copyOf(owners);
        if (new HashSet<>(names).size() < names.size()) {
            throw new IllegalArgumentException("two commands have the same name: " + names);
        }
    }

    /** The command of that name in any case, or {@code null}. */
    public Command<? super S> named(byte[] name) {
        for (int i = 0; i < names.size(); i++) {
            if (equalsIgnoreCase(names.get(i), name)) {
                return commandsByName.get(i);
            }
        }
        return null;
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

    /** Names are upper-case ASCII. Compares bytes, so that the rules of a locale (Turkish i) do not apply. */
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
