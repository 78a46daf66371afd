package dev.poro.cli;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Describes what is wrong with a command line, and what was probably meant. */
final class UsageError {
    private UsageError() {}

    /** One line, without a full stop at its end. */
    static String describe(ParameterException e) {
        String asked = helpAskedFor(e.getCommandLine());
        if (asked != null) {
            return describeWord(asked);
        }
        if (!(e instanceof UnmatchedArgumentException unmatched)
                || unmatched.getUnmatched().isEmpty()) {
            return e.getMessage();
        }
        String word = unmatched.getUnmatched().get(0);
        CommandLine command = e.getCommandLine();
        if (word.startsWith("-") && word.length() > 1) {
            Stream<String> options = command.getCommandSpec().options().stream()
                    .filter(option -> !option.hidden())
                    .map(OptionSpec::longestName);
            return "unknown option '" + word + "'"
                    + suggestion(Spelling.nearest(word.replaceFirst("=.*", ""), options));
        }
        return command.getParent() == null ? describeWord(word) : e.getMessage();
    }

    /** The unknown command after {@code poro help}; {@code null} if that is not the error. */
    private static String helpAskedFor(CommandLine command) {
        ParseResult parsed = command.getParseResult();
        boolean isHelp = parsed != null
                && parsed.hasSubcommand()
                && parsed.subcommand().commandSpec().userObject() instanceof HelpCommand;
        String asked = isHelp ? parsed.subcommand().matchedPositionalValue(0, (String) null) : null;
        return asked == null || Main.SUBCOMMANDS.contains(asked) ? null : asked;
    }

    private static String describeWord(String word) {
        if (PromptCommands.TABLE.named(word) != null && !Main.SUBCOMMANDS.contains(word.toLowerCase(Locale.ROOT))) {
            return "'" + word + "' is a command of the prompt: poro reads it from the terminal or from standard input,"
                    + " as in echo '" + word + " ...' | poro";
        }
        String nearest = Spelling.nearest(word, Main.SUBCOMMANDS.stream());
        if (nearest.isEmpty() && isLikelyPath(word)) {
            return "'" + word + "' is not a command; to open the store there: poro --wal '" + word + "'";
        }
        return "'" + word + "' is not a command"
                + (nearest.isEmpty()
                        ? "; the commands are " + String.join(", ", Main.SUBCOMMANDS)
                        : suggestion("poro " + nearest));
    }

    private static String suggestion(String probable) {
        return probable.isEmpty() ? "" : "; did you mean '" + probable + "'?";
    }

    private static boolean isLikelyPath(String word) {
        try {
            return word.contains("/") || word.endsWith(".wal") || Files.exists(Path.of(word));
        } catch (InvalidPathException e) {
            return false;
        }
    }
}
