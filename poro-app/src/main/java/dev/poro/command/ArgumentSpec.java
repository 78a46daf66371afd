package dev.poro.command;

import java.util.List;

/** The names of the arguments that a command takes. Checks the number of given arguments. Immutable. */
public final class ArgumentSpec {
    private final String text;
    private final List<String> names;
    private final int min;

    /**
     * Parses the names.
     *
     * @param text the names in order, with a blank between them, {@code [so]} if optional; optional ones come last
     */
    ArgumentSpec(String text) {
        this.text = text;
        this.names = text.isEmpty() ? List.of() : List.of(text.split(" ", -1));
        this.min = (int) names.stream().filter(name -> !isOptional(name)).count();
        if (names.stream().limit(min).anyMatch(ArgumentSpec::isOptional)) {
            throw new IllegalArgumentException("an optional argument before one that is required: " + text);
        }
    }

    /** The names in order, {@code [so]} if optional. */
    public List<String> names() {
        return names;
    }

    /** The largest number of arguments. */
    public int max() {
        return names.size();
    }

    /**
     * Checks how many arguments were given.
     *
     * @return what is wrong, as in {@code missing key} or {@code 3 instead of 2}; {@code null} if nothing is
     */
    String check(int count) {
        if (count < min) {
            return "missing " + names.get(count);
        }
        return count > max() ? count + " instead of " + max() : null;
    }

    /** As in {@code key value}. */
    @Override
    public String toString() {
        return text;
    }

    private static boolean isOptional(String name) {
        return name.startsWith("[");
    }
}
