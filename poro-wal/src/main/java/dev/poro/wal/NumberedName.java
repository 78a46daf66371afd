package dev.poro.wal;

import java.util.regex.Pattern;

/**
 * File names that are a number of fixed width and a suffix, in the digits from 0 to 9 under every locale. An early Poro
 * wrote them in the digits of the locale, so names with other digits are recognised: {@link CanonicalNames}.
 */
final class NumberedName {
    private static final Pattern NUMBERED = Pattern.compile("\\p{Nd}+\\.(wal|snapshot)");

    private NumberedName() {}

    /** The name for a number, which must not be negative. */
    static String of(long number, int width, String suffix) {
        String digits = Long.toString(number);
        return "0".repeat(Math.max(0, width - digits.length())) + digits + suffix;
    }

    /** The name with all digits replaced by those from 0 to 9. */
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

    /** Whether a name consists of digits of any script and the suffix of a log's file. */
    static boolean isLikely(String name) {
        return NUMBERED.matcher(name).matches();
    }
}
