package dev.poro.command;

import dev.poro.engine.Expiry;
import java.nio.charset.StandardCharsets;

/** Reads the arguments of commands, as strictly as Redis does. */
final class Arguments {
    static final long SECONDS = 1_000;
    static final long MILLISECONDS = 1;

    private static final int LONGEST_INTEGER = Long.toString(Long.MIN_VALUE).length();

    private Arguments() {}

    /** An integer of 64 bits: no plus sign, no leading zeros, no {@code -0}. */
    static long integer(byte[] argument) {
        if (argument.length <= LONGEST_INTEGER) {
            String text = text(argument);
            try {
                long number = Long.parseLong(text);
                if (Long.toString(number).equals(text)) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // below
            }
        }
        throw new CommandException(CommandException.NO_INTEGER);
    }

    /** An integer from the smallest to the largest, both included. */
    static long integer(byte[] argument, long smallest, long largest) {
        long number = integer(argument);
        if (number < smallest || number > largest) {
            throw new CommandException("value is out of range, value must between " + smallest + " and " + largest);
        }
        return number;
    }

    /** The bytes as characters, one each. */
    static String text(byte[] argument) {
        return new String(argument, StandardCharsets.ISO_8859_1);
    }

    /** {@link #text} up to the first zero, at which a text ends for Redis. */
    static String textUpToZero(byte[] argument) {
        String text = text(argument);
        int zero = text.indexOf('\0');
        return zero < 0 ? text : text.substring(0, zero);
    }

    /**
     * An expiry after a time.
     *
     * @param unit milliseconds of one
     * @param now by the clock of the store
     */
    static Expiry after(byte[] argument, long unit, long now, String command) {
        long count = integer(argument);
        if (count <= 0 || count > (Long.MAX_VALUE - now) / unit) {
            throw invalidExpiry(command);
        }
        return new Expiry(Expiry.Kind.AFTER, count * unit);
    }

    /**
     * An expiry at a time since 1970.
     *
     * @param unit milliseconds of one
     */
    static Expiry at(byte[] argument, long unit, String command) {
        long count = integer(argument);
        if (count <= 0 || count > Long.MAX_VALUE / unit) {
            throw invalidExpiry(command);
        }
        return new Expiry(Expiry.Kind.AT, Math.min(count * unit, Item.NEVER - 1));
    }

    /** Whether one of the options EX, PX, EXAT and PXAT is given. */
    static boolean hasExpiry(Options options) {
        return options.has("EX") || options.has("PX") || options.has("EXAT") || options.has("PXAT");
    }

    /** The expiry that the options EX, PX, EXAT and PXAT ask for, or the other one if none of them is given. */
    static Expiry expiry(Options options, long now, String command, Expiry other) {
        if (options.has("EX")) {
            return after(options.value("EX"), SECONDS, now, command);
        }
        if (options.has("PX")) {
            return after(options.value("PX"), MILLISECONDS, now, command);
        }
        if (options.has("EXAT")) {
            return at(options.value("EXAT"), SECONDS, command);
        }
        return options.has("PXAT") ? at(options.value("PXAT"), MILLISECONDS, command) : other;
    }

    static CommandException invalidExpiry(String command) {
        return new CommandException("invalid expire time in '" + command + "' command");
    }
}
