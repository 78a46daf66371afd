package dev.poro.cli;

import dev.poro.command.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jline.keymap.KeyMap;
import org.jline.reader.Candidate;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;
import org.jline.reader.Widget;
import org.jline.reader.impl.DefaultParser;
import org.jline.reader.impl.LineReaderImpl;
import org.jline.reader.impl.history.DefaultHistory;
import org.jline.terminal.Terminal;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;

/** JLine's line editor with completion, hints and history for {@link KnownCommands}. */
final class PromptReader extends LineReaderImpl {
    /** The longest line to keep in the history, in characters. A longer one was hardly typed by hand. */
    private static final int MAX_REMEMBERED = 4096;

    private final KnownCommands commands;

    PromptReader(Terminal terminal, KnownCommands commands) throws IOException {
        super(terminal, "poro");
        this.commands = commands;
        // The line goes to our Lexer as it was typed: no history expansion of '!', no escapes, no continuation lines.
        option(Option.DISABLE_EVENT_EXPANSION, true);
        setParser(new DefaultParser().quoteChars(new char[0]).escapeChars(null));
        getKeyMaps().get(LineReader.MAIN).bind((Widget) this::interrupt, KeyMap.ctrl('C'));
        option(Option.CASE_INSENSITIVE, true);
        setCompleter(this::complete);
        HistoryFile.prepare().ifPresent(file -> setVariable(LineReader.HISTORY_FILE, file));
        setHistory(new DefaultHistory() {
            @Override
            public void add(Instant time, String line) {
                if (line.length() <= MAX_REMEMBERED && !hasPassword(line)) {
                    super.add(time, line);
                }
            }

            @Override
            public void load() throws IOException {
                try {
                    super.load();
                } catch (UncheckedIOException | IllegalArgumentException e) {
                    throw new IOException("cannot read the history", e);
                }
            }

            @Override
            public void save() throws IOException {
                try {
                    super.save();
                } catch (UncheckedIOException | IllegalArgumentException e) {
                    throw new IOException("cannot write the history", e);
                }
            }
        });
    }

    /** Whether a line, or one of several that were pasted, is one that tells a server a password. */
    static boolean hasPassword(String typed) {
        return typed.lines().map(PromptReader::upperWords).anyMatch(PromptReader::haveUpperPassword);
    }

    private static boolean haveUpperPassword(List<String> words) {
        if (words.size() < 2) {
            return false;
        }
        List<String> arguments = words.subList(1, words.size());
        return switch (words.get(0)) {
            case "AUTH" -> true;
            case "HELLO", "MIGRATE" -> arguments.contains("AUTH") || arguments.contains("AUTH2");
            case "ACL" -> arguments.get(0).equals("SETUSER");
            case "CONFIG" ->
                arguments.get(0).equals("SET")
                        && arguments.stream().anyMatch(word -> word.endsWith("PASS") || word.equals("MASTERAUTH"));
            default -> false;
        };
    }

    /** One that is not closed by a quote may be a password, too. */
    private static List<String> upperWords(String line) {
        String upper = line.toUpperCase(Locale.ROOT);
        byte[] bytes = upper.getBytes(StandardCharsets.UTF_8);
        try {
            return Lexer.split(bytes, 0, bytes.length).stream()
                    .map(word -> new String(word, StandardCharsets.UTF_8))
                    .toList();
        } catch (LineSyntaxException e) {
            return List.of(upper.strip().split("\\s+", -1));
        }
    }

    private boolean interrupt() {
        state = State.INTERRUPT;
        return true;
    }

    /** Adds the names of the arguments that are still missing, while the cursor is at the end of the line. */
    @Override
    public AttributedString getDisplayedBufferWithPrompts(List<AttributedString> secondaryPrompts) {
        boolean hinting = doAutosuggestion && post == null && buf.cursor() == buf.length() && !isMoreTyped();
        AttributedString line = super.getDisplayedBufferWithPrompts(secondaryPrompts);
        String hint = hinting ? hintFor(commands, buf.toString()) : "";
        if (hint.isEmpty()) {
            return line;
        }
        return new AttributedStringBuilder()
                .append(line)
                .styled(AttributedStyle.DEFAULT.faint(), hint)
                .toAttributedString();
    }

    /**
     * Whether more input is waiting. Hints are for a user who pauses; within a paste they would flicker. This bypasses
     * JLine, whose peek starts a thread that delays the next prompt by a tenth of a second.
     */
    private static boolean isMoreTyped() {
        try {
            return System.in.available() > 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** For example {@code key value} after {@code "SET "}, {@code " value"} after {@code SET mykey}. */
    static String hintFor(KnownCommands commands, String typed) {
        byte[] bytes = typed.getBytes(StandardCharsets.UTF_8);
        try {
            List<byte[]> words = Lexer.split(bytes, 0, bytes.length);
            Command<?> command = words.isEmpty() ? null : commands.named(words.get(0));
            String missing = command == null ? "" : command.arguments().missing(words);
            return missing.isEmpty() || typed.endsWith(" ") ? missing : " " + missing;
        } catch (LineSyntaxException e) {
            return "";
        }
    }

    /** Completes the name of a command, as the first word of a line or after HELP, and the names of options. */
    private void complete(LineReader reader, ParsedLine line, List<Candidate> candidates) {
        candidatesFor(commands, line.line().substring(0, line.cursor())).stream()
                .map(Candidate::new)
                .forEach(candidates::add);
    }

    /** All words that can be the last one of the line, whatever is typed of that. */
    static List<String> candidatesFor(KnownCommands commands, String typed) {
        byte[] bytes = typed.substring(0, typed.lastIndexOf(' ') + 1).getBytes(StandardCharsets.UTF_8);
        try {
            List<byte[]> words = Lexer.split(bytes, 0, bytes.length);
            Command<?> command = words.isEmpty() ? null : commands.named(words.get(0));
            if (words.isEmpty() || (command == PromptCommands.HELP && words.size() == 1)) {
                return commands.names();
            }
            return command == null ? List.of() : command.arguments().nextOptions(words);
        } catch (LineSyntaxException e) {
            return List.of();
        }
    }
}
