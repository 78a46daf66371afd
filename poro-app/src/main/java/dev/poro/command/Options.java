package dev.poro.command;

import java.util.HashMap;
import java.util.Map;

/** The options that were given to a command. Not thread-safe. */
final class Options {
    private final Map<String, byte[]> values = new HashMap<>();

    /** @param value {@code null} if the option takes none */
    void add(OptionSpec.Choice choice, byte[] value) {
        values.put(choice.name(), value);
    }

    boolean has(String name) {
        return values.containsKey(name);
    }

    boolean hasAnyOf(OptionSpec option) {
        return !values.isEmpty() && option.choices().stream().anyMatch(choice -> has(choice.name()));
    }

    /** The value of an option; {@code null} if it was not given. */
    byte[] value(String name) {
        return values.get(name);
    }
}
