package dev.poro.perf.stress;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How many operations in a hundred are of which kind. */
record Mix(int sets, int deletes, int gets) {
    private static final Pattern SYNTAX = Pattern.compile("([0-9]{1,3})/([0-9]{1,3})/([0-9]{1,3})");

    @Override
    public String toString() {
        return sets + "/" + deletes + "/" + gets;
    }

    /** Reads {@code 60/20/20}. */
    static final class Converter implements ITypeConverter<Mix> {
        @Override
        public Mix convert(String text) {
            Matcher shares = SYNTAX.matcher(text);
            if (!shares.matches()) {
                throw new TypeConversionException(
                        "'" + text + "' is not a mix such as 60/20/20: percentages of sets, deletes and gets");
            }
            Mix mix = new Mix(
                    Integer.parseInt(shares.group(1)),
                    Integer.parseInt(shares.group(2)),
                    Integer.parseInt(shares.group(3)));
            if (mix.sets + mix.deletes + mix.gets != 100) {
                throw new TypeConversionException("'" + text + "' does not add up to 100");
            }
            if (mix.gets == 100) {
                throw new TypeConversionException("'" + text + "' leaves no event for the ring");
            }
            return mix;
        }
    }
}
