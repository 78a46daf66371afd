package dev.poro.cli;

import dev.poro.engine.Retention;
import java.time.Duration;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Parses how much history to keep: {@code all}, {@code none}, a {@link MemorySize}, or a time such as {@code 30d}. */
final class RetentionConverter implements ITypeConverter<Retention> {
    @Override
    public Retention convert(String text) {
        Duration time = DurationConverter.parse(text);
        if (time != null) {
            return Retention.ofAge(time);
        }
        switch (text.toLowerCase(Locale.ROOT)) {
            case "all":
                return Retention.ALL;
            case "none":
                return Retention.NONE;
            default:
                return Retention.ofSize(sizeOf(text));
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
