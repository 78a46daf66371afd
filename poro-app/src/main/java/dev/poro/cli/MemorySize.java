package dev.poro.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Parses a size such as {@code 512m}: bytes, or a multiple of 1024, 1024², 1024³, 1024⁴ bytes with k, m, g, t. */
public final class MemorySize implements ITypeConverter<Long> {
    private static final Pattern SYNTAX = Pattern.compile("([0-9]+)([kmgt]?)");

    /** The index of a suffix is its power of 1024; that of the empty suffix is 0. */
    private static final String SUFFIXES = " kmgt";

    @Override
    public Long convert(String text) {
        Matcher size = SYNTAX.matcher(text.toLowerCase(Locale.ROOT));
        if (!size.matches()) {
            throw new TypeConversionException(
                    "'" + text + "' is not a size; write bytes, or use a suffix k, m, g or t, such as 512m or 4g");
        }
        return bytes(text, size.group(1), SUFFIXES.indexOf(size.group(2)));
    }

    private static long bytes(String text, String digits, int kilos) {
        try {
            return Math.multiplyExact(Long.parseLong(digits), 1L << (10 * kilos));
        } catch (NumberFormatException | ArithmeticException e) {
            throw new TypeConversionException("'" + text + "' is more than any machine has");
        }
    }
}
