package dev.poro.command;

import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The arguments that a command takes: those that it requires, and then others. Parsed from the text that a user reads,
 * with blanks between the parts:
 *
 * <ul>
 *   <li>{@code key}: required.
 *   <li>{@code [message]}: optional.
 *   <li>{@code [key value ...]}: repeated any number of times.
 *   <li>{@code [EX seconds|PX milliseconds|KEEPTTL]}: an option, one of several ways to give it. The name is in upper
 *   case, and typed in any case; options come in any order.
 * </ul>
 *
 * Immutable.
 */
public final class ArgumentSpec {
    private static final Pattern PART = Pattern.compile("\\[[^]]*]|\\S+");
    private static final String REPEATED = " ...";

    private final String text;
    private final List<String> required = new ArrayList<>();
    private final List<String> optional = new ArrayList<>();
    private final List<String> repeated = new ArrayList<>();
    private final List<OptionSpec> options = new ArrayList<>();

    /** @throws IllegalArgumentException if something required comes after something that is not */
    ArgumentSpec(String text) {
        this.text = text;
        Matcher parts = PART.matcher(text);
        while (parts.find()) {
            add(parts.group());
        }
    }

    private void add(String part) {
        if (!part.startsWith("[")) {
            if (!optional.isEmpty() || !repeated.isEmpty() || !options.isEmpty()) {
                throw new IllegalArgumentException("an optional argument before one that is required: " + text);
            }
            required.add(part);
            return;
        }
        String inner = part.substring(1, part.length() - 1);
        if (inner.endsWith(REPEATED)) {
            repeated.addAll(List.of(
                    inner.substring(0, inner.length() - REPEATED.length()).split(" ", -1)));
        } else if (Character.isUpperCase(inner.charAt(0))) {
            options.add(new OptionSpec(part, inner));
        } else {
            optional.add(part);
        }
    }

    /**
     * Checks how many arguments were given. Options are not checked here, see {@link #options}.
     *
     * @return what is wrong, as in {@code missing key} or {@code 3 instead of 2}; {@code null} if nothing is
     */
    String check(int count) {
        if (count < required.size()) {
            return "missing " + required.get(count);
        }
        if (!repeated.isEmpty()) {
            int place = (count - required.size()) % repeated.size();
            return place == 0 ? null : "missing " + repeated.get(place);
        }
        return isTooMany(count) ? count + " instead of " + max() : null;
    }

    /** Whether there are more arguments than the command can take. */
    public boolean isTooMany(int count) {
        return repeated.isEmpty() && options.isEmpty() && count > max();
    }

    /** The number of arguments that are not options and not repeated. */
    public int max() {
        return required.size() + optional.size();
    }

    /**
     * The options that were given.
     *
     * @param words the name of the command, and then the arguments, as many as are required or more
     * @return {@code null} if there is an argument too many, an option twice, or one without its value
     */
    Options options(List<byte[]> words) {
        Options given = new Options();
        int at = 1 + max();
        while (at < words.size()) {
            OptionSpec.Choice choice = choice(words.get(at), given);
            if (choice == null || at + choice.length() > words.size()) {
                return null;
            }
            given.add(choice, choice.length() == 1 ? null : words.get(at + 1));
            at += choice.length();
        }
        return given;
    }

    /** What the word chooses of an option that was not given yet, or {@code null}. */
    private OptionSpec.Choice choice(byte[] word, Options given) {
        for (OptionSpec option : options) {
            OptionSpec.Choice choice = given.hasAnyOf(option) ? null : option.choice(word);
            if (choice != null) {
                return choice;
            }
        }
        return null;
    }

    /**
     * What can still be given, for a hint.
     *
     * @param words the name of the command, and then the arguments so far
     * @return as in {@code value [NX|XX]}; empty if there is nothing, or a mistake
     */
    public String missing(List<byte[]> words) {
        int count = words.size() - 1;
        StringJoiner missing = new StringJoiner(" ");
        required.stream().skip(count).forEach(missing::add);
        optional.stream().skip(Math.max(0, count - required.size())).forEach(missing::add);
        int place = repeated.isEmpty() ? 0 : Math.max(0, count - required.size()) % repeated.size();
        if (place > 0) {
            repeated.stream().skip(place).forEach(missing::add);
        }
        if (!repeated.isEmpty()) {
            missing.add("[" + String.join(" ", repeated) + REPEATED + "]");
        }
        addOptions(words, missing);
        return missing.toString();
    }

    private void addOptions(List<byte[]> words, StringJoiner missing) {
        Options given = new Options();
        int at = 1 + max();
        while (at < words.size()) {
            OptionSpec.Choice choice = choice(words.get(at), given);
            if (choice == null) {
                return;
            }
            given.add(choice, null);
            if (at + choice.length() > words.size()) {
                missing.add(choice.argument());
            }
            at += choice.length();
        }
        options.stream().filter(option -> !given.hasAnyOf(option)).forEach(option -> missing.add(option.text()));
    }

    /**
     * The names of the options that can be given next, for a completion.
     *
     * @param words the name of the command, and then the arguments so far
     */
    public List<String> nextOptions(List<byte[]> words) {
        if (words.size() <= max()) {
            return List.of();
        }
        Options given = options(words);
        return given == null
                ? List.of()
                : options.stream()
                        .filter(option -> !given.hasAnyOf(option))
                        .flatMap(option -> option.choices().stream())
                        .map(OptionSpec.Choice::name)
                        .toList();
    }

    /** As it was given, for example {@code key value [NX|XX]}. */
    @Override
    public String toString() {
        return text;
    }
}
