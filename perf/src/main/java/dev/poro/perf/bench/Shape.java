package dev.poro.perf.bench;

import java.util.Locale;
import picocli.CommandLine;

/** How many keys, and how long keys and values are, in bytes. A key has at least 8, so that all differ. */
public record Shape(int keys, int keyLength, int valueLength) {
    private static final int MIN_LENGTH = 8;

    public Shape {
        if (keys < 1 || keyLength < MIN_LENGTH || valueLength < MIN_LENGTH) {
            throw new IllegalArgumentException("at least one key, and at least " + MIN_LENGTH
                    + " bytes a key and a value: " + keys + " of " + keyLength + "/" + valueLength);
        }
    }

    /**
     * Reads {@code KEYS:KEY_LENGTH/VALUE_LENGTH}, such as {@code 100k:16/16}.
     *
     * @throws IllegalArgumentException if it is not that
     */
    public static Shape parse(String text) {
        String[] parts = text.split("[:/]", -1);
        if (parts.length != 3) {
            throw new IllegalArgumentException("a shape is KEYS:KEY_LENGTH/VALUE_LENGTH, such as 100k:16/16: " + text);
        }
        return new Shape(parseCount(parts[0]), parseCount(parts[1]), parseCount(parts[2]));
    }

    private static int parseCount(String text) {
        String digits = text.toLowerCase(Locale.ROOT);
        int unit = 1;
        if (digits.endsWith("k")) {
            unit = 1_000;
        } else if (digits.endsWith("m")) {
            unit = 1_000_000;
        }
        try {
            return Math.multiplyExact(
                    Integer.parseInt(unit == 1 ? digits : digits.substring(0, digits.length() - 1)), unit);
        } catch (ArithmeticException | NumberFormatException e) {
            throw new IllegalArgumentException("not a number, such as 1000, 100k or 10m: " + text, e);
        }
    }

    /** Bytes of all keys and values. */
    public long bytes() {
        return (long) keys * (keyLength + valueLength);
    }

    /** The number of keys as {@link #parse} reads it. */
    public String keyCount() {
        if (keys % 1_000_000 == 0) {
            return keys / 1_000_000 + "m";
        }
        return keys % 1_000 == 0 ? keys / 1_000 + "k" : Integer.toString(keys);
    }

    /** The lengths as {@link #parse} reads them. */
    public String lengths() {
        return keyLength + "/" + valueLength;
    }

    @Override
    public String toString() {
        return keyCount() + ":" + lengths();
    }

    /** Reads one from a command line. */
    public static final class Converter implements CommandLine.ITypeConverter<Shape> {
        @Override
        public Shape convert(String text) {
            try {
                return parse(text);
            } catch (IllegalArgumentException e) {
                throw new CommandLine.TypeConversionException(e.getMessage());
            }
        }
    }
}
