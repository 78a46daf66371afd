package dev.poro.command;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** An option of a command, and the ways to give it: {@code [EX seconds|PX milliseconds|KEEPTTL]}. Immutable. */
final class OptionSpec {
    private final String text;
    private final List<Choice> choices;

    /**
     * A way to give an option.
     *
     * @param name upper-case ASCII
     * @param argument the name of the value that follows, or {@code null} if none does
     */
    record Choice(String name, String argument) {
        /** How many words it takes. */
        int length() {
            return argument == null ? 1 : 2;
        }

        private static Choice parse(String text) {
            String[] words = text.split(" ", 2);
            return new Choice(words[0], words.length == 1 ? null : words[1]);
        }
    }

    /**
     * Parses an option.
     *
     * @param text with brackets
     * @param inner the same without them
     */
    OptionSpec(String text, String inner) {
        this.text = text;
        this.choices = Arrays.stream(inner.split("\\|", -1)).map(Choice::parse).toList();
    }

    /** The names of its ways in lower case: {@code nx-xx}. */
    String name() {
        return choices.stream()
                .map(Choice::name)
                .collect(Collectors.joining("-"))
                .toLowerCase(Locale.ROOT);
    }

    String text() {
        return text;
    }

    List<Choice> choices() {
        return choices;
    }

    /** The choice of that name in any case, or {@code null}. */
    Choice choice(byte[] word) {
        for (Choice choice : choices) {
            if (Names.equalsIgnoreCase(choice.name(), word)) {
                return choice;
            }
        }
        return null;
    }
}
