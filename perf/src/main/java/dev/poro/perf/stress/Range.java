package dev.poro.perf.stress;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Lengths in bytes, from {@code min} to {@code max}. */
record Range(int min, int max) {
    private static final Pattern SYNTAX = Pattern.compile("([0-9]{1,9})(?:-([0-9]{1,9}))?");

    /** One of the lengths, the same for the same bits. */
    int pick(long bits) {
        return min + (int) Long.remainderUnsigned(bits, max - min + 1L);
    }

    @Override
    public String toString() {
        return min == max ? Integer.toString(min) : min + "-" + max;
    }

    /** Reads {@code 16} or {@code 8-100}. */
    static final class Converter implements ITypeConverter<Range> {
        @Override
        public Range convert(String text) {
            Matcher lengths = SYNTAX.matcher(text);
            if (!lengths.matches()) {
                throw new TypeConversionException(
                        "'" + text + "' is not a length such as 16, or a range such as 8-100");
            }
            int min = Integer.parseInt(lengths.group(1));
            int max = lengths.group(2) == null ? min : Integer.parseInt(lengths.group(2));
            if (max < min) {
                throw new TypeConversionException("'" + text + "' ends before it begins");
            }
            return new Range(min, max);
        }
    }
}
