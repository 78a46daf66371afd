package dev.poro.cli;

import dev.poro.engine.Retention;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Parses how much history to keep: {@code all}, {@code none}, a {@link MemorySize}, or a time such as {@code 30d}. */
final class RetentionConverter implements ITypeConverter<Retention> {
    /** Up to some thousand years. */
    private static final Pattern TIME = Pattern.compile("([0-9]{1,6})(s|min|h|d)");

    @Override
    public Retention convert(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        Matcher time = TIME.matcher(lower);
        if (time.matches()) {
            return Retention.ofAge(durationOf(Long.parseLong(time.group(1)), time.group(2)));
        }
        switch (lower) {
            case "all":
                return Retention.ALL;
            case "none":
                return Retention.NONE;
            default:
                return Retention.ofSize(sizeOf(text));
        }
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

    private static long sizeOf(String text) {
        try {
            return new MemorySize().convert(text);
        } catch (TypeConversionException e) {
            throw new TypeConversionException("'" + text
                    + "' is neither all nor none nor a size such as 10g nor a time such as 90min, 12h or 30d");
        }
    }
}
