package dev.poro.wal;

import java.util.regex.Pattern;

/**
 * File names that are a number of fixed width and a suffix. The digits are those from 0 to 9 under every locale. Poro
 * once wrote them with those of the locale, so that names with other digits are recognised: {@link CanonicalNames}.
 */
final class NumberedName {
    private static final Pattern NUMBERED = Pattern.compile("\\p{Nd}+\\.(wal|snapshot)");

    private NumberedName() {}

    /** The name of a number, which is not negative. */
    static String of(long number, int width, String suffix) {
        String digits = Long.toString(number);
        return "0".repeat(Math.max(0, width - digits.length())) + digits + suffix;
    }

    /** The name with the digits from 0 to 9 in the place of all others. */
    static String withAsciiDigits(String name) {
        StringBuilder ascii = new StringBuilder(name.length());
        name.codePoints().forEach(c -> {
            if (Character.getType(c) == Character.DECIMAL_DIGIT_NUMBER) {
                ascii.append((char) ('0' + Character.digit(c, 10)));
            } else {
                ascii.appendCodePoint(c);
            }
        });
        return ascii.toString();
    }

    /** Whether a name is nothing but digits, of any script and any number, and the suffix of a log's files. */
    static boolean isLikely(String name) {
        return NUMBERED.matcher(name).matches();
    }
}
