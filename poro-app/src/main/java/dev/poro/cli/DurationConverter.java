package dev.poro.cli;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Parses a time such as {@code 30s}, {@code 90min}, {@code 12h} or {@code 30d}. */
final class DurationConverter implements ITypeConverter<Duration> {
    /** Up to some thousand years. */
    private static final Pattern TIME = Pattern.compile("([0-9]{1,6})(s|min|h|d)");

    @Override
    public Duration convert(String text) {
        Duration time = parse(text);
        if (time == null) {
            throw new TypeConversionException("'" + text + "' is no time such as 30s, 90min, 12h or 30d");
        }
        return time;
    }

    /** The time, or {@code null} if the text is none. */
    static Duration parse(String text) {
        Matcher time = TIME.matcher(text.toLowerCase(Locale.ROOT));
        return time.matches() ? durationOf(Long.parseLong(time.group(1)), time.group(2)) : null;
    }

    private static Duration durationOf(long count, String unit) {
        switch (unit) {
            case "s":
                return Duration.ofSeconds(count);
            case "min":
                return Duration.ofMinutes(count);
            case "h":
                return Duration.ofHours(count);
            default:
                return Duration.ofDays(count);
        }
    }
}
