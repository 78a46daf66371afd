package dev.poro.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The arguments that a command takes: those that it requires, and then others. Parsed from the text that a user reads,
 * with blanks between the parts:
 *
 * <ul>
 *   <li>{@code key}: required.
 *   <li>{@code [message]}: optional; {@code [start end]}: two that are optional.
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

    /** Names of arguments that are keys. */
    private static final Set<String> KEYS = Set.of("key", "newkey", "source", "destination", "key1", "key2");

    private final String text;
    private final List<String> required = new ArrayList<>();
    private final List<String> optional = new ArrayList<>();
    private final List<String> repeated = new ArrayList<>();
    private final List<OptionSpec> options = new ArrayList<>();
    private final List<Part> parts = new ArrayList<>();

    /**
     * One of the arguments, for a program that wants to know them.
     *
     * @param name in lower case
     * @param token the word that goes before it, or that it is itself if it has no name; {@code null} if none does
     * @param isOptional whether it may be left out
     * @param isRepeated whether it may be given any number of times
     * @param parts what it consists of, if it is several; of an option, the ways to give it
     */
    public record Part(String name, String token, boolean isOptional, boolean isRepeated, List<Part> parts) {
        private static Part of(String name, boolean isOptional) {
            return new Part(name, null, isOptional, false, List.of());
        }

        private static Part of(OptionSpec.Choice choice, boolean isOptional) {
            String name = choice.argument() == null ? choice.name().toLowerCase(Locale.ROOT) : choice.argument();
            return new Part(name, choice.name(), isOptional, false, List.of());
        }
    }

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
            parts.add(Part.of(part, false));
            return;
        }
        String inner = part.substring(1, part.length() - 1);
        if (inner.endsWith(REPEATED)) {
            repeated.addAll(List.of(
                    inner.substring(0, inner.length() - REPEATED.length()).split(" ", -1)));
            List<Part> each =
                    repeated.stream().map(name -> Part.of(name, false)).toList();
            parts.add(new Part(String.join("-", repeated), null, true, true, each));
        } else if (Character.isUpperCase(inner.charAt(0))) {
            addOption(new OptionSpec(part, inner));
        } else {
            for (String name : inner.split(" ", -1)) {
                optional.add(name);
                parts.add(Part.of(name, true));
            }
        }
    }

    private void addOption(OptionSpec option) {
        options.add(option);
        List<OptionSpec.Choice> choices = option.choices();
        if (choices.size() == 1) {
            parts.add(Part.of(choices.get(0), true));
        } else {
            List<Part> ways =
                    choices.stream().map(choice -> Part.of(choice, false)).toList();
            parts.add(new Part(option.name(), null, true, false, ways));
        }
    }

    /** The arguments in order. */
    public List<Part> parts() {
        return List.copyOf(parts);
    }

    /**
     * The number of words with the name of the command, as Redis counts: negative if there may be more.
     *
     * @return as in 2 for {@code GET key}, -3 for {@code SET key value [NX|XX]}
     */
    public int arity() {
        int least = 1 + required.size();
        return optional.isEmpty() && repeated.isEmpty() && options.isEmpty() ? least : -least;
    }

    /** The place of the first key among the words, the name of the command at 0; 0 if there is none. */
    public int firstKey() {
        for (int i = 0; i < required.size() + optional.size(); i++) {
            if (KEYS.contains(fixed(i))) {
                return i + 1;
            }
        }
        return repeated.isEmpty() || !KEYS.contains(repeated.get(0)) ? 0 : required.size() + 1;
    }

    /** The place of the last key, counted from the end if it is negative: -1 is the last word. 0 if there is none. */
    public int lastKey() {
        int last = firstKey();
        if (last == 0 || (!repeated.isEmpty() && KEYS.contains(repeated.get(0)))) {
            return last == 0 ? 0 : -1;
        }
        while (last < required.size() + optional.size() && KEYS.contains(fixed(last))) {
            last++;
        }
        return last;
    }

    /** From one key to the next; 0 if there is none. */
    public int keyStep() {
        if (firstKey() == 0) {
            return 0;
        }
        return lastKey() < 0 ? repeated.size() : 1;
    }

    /**
     * The keys among the words.
     *
     * @param words the name of the command, and then the arguments, as many as it takes
     */
    public List<byte[]> keysOf(List<byte[]> words) {
        List<byte[]> keys = new ArrayList<>();
        int first = firstKey();
        int last = lastKey() < 0 ? words.size() + lastKey() : Math.min(lastKey(), words.size() - 1);
        for (int i = first; first > 0 && i <= last; i += keyStep()) {
            keys.add(words.get(i));
        }
        return keys;
    }

    private String fixed(int index) {
        return index < required.size() ? required.get(index) : optional.get(index - required.size());
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
     * @return {@code null} if there is an argument too many, an option in two ways, or one without its value. As in
     *     Redis, the same way may be given again, and the last one counts
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

    /** What the word chooses of an option that was not given in another way, or {@code null}. */
    private OptionSpec.Choice choice(byte[] word, Options given) {
        for (OptionSpec option : options) {
            OptionSpec.Choice choice = option.choice(word);
            if (choice != null && (given.has(choice.name()) || !given.hasAnyOf(option))) {
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
        optional.stream()
                .skip(Math.max(0, count - required.size()))
                .map(name -> "[" + name + "]")
                .forEach(missing::add);
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
            if (choice == null || given.has(choice.name())) {
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
