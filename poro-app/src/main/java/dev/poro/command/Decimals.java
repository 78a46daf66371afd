package dev.poro.command;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** The arithmetic of INCRBYFLOAT: exact, and rounded to the 17 decimals that Redis prints. */
final class Decimals {
    private static final Pattern NUMBER = Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d{1,5})?");
    private static final Pattern INFINITY = Pattern.compile("[+-]?inf(inity)?", Pattern.CASE_INSENSITIVE);
    private static final int MAX_LENGTH = 5 * 1024;
    private static final int DECIMALS = 17;

    /** The range of a long double: what is beyond is no number for Redis either. */
    private static final int MIN_EXPONENT = -4951;

    private static final int MAX_EXPONENT = 4932;

    private Decimals() {}

    /** The sum, as Redis prints it: no exponent, no trailing zeros. */
    static byte[] sum(byte[] value, byte[] increment) {
        BigDecimal sum = parse(value).add(parse(increment));
        if (sum.scale() > DECIMALS) {
            sum = sum.setScale(DECIMALS, RoundingMode.HALF_EVEN);
        }
        if (sum.signum() != 0 && exponent(sum) > MAX_EXPONENT) {
            throw notFinite();
        }
        String text = sum.signum() == 0 ? "0" : sum.stripTrailingZeros().toPlainString();
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static BigDecimal parse(byte[] argument) {
        String text = argument.length > MAX_LENGTH ? "" : Arguments.text(argument);
        if (INFINITY.matcher(text).matches()) {
            throw notFinite();
        }
        if (NUMBER.matcher(text).matches()) {
            BigDecimal number = new BigDecimal(text);
            if (number.signum() == 0) {
                return BigDecimal.ZERO;
            }
            if (exponent(number) >= MIN_EXPONENT && exponent(number) <= MAX_EXPONENT) {
                return number;
            }
        }
        throw new CommandException(CommandException.NO_FLOAT);
    }

    /** The power of ten of the first digit. */
    private static int exponent(BigDecimal number) {
        return number.precision() - number.scale() - 1;
    }

    private static CommandException notFinite() {
        return new CommandException("increment would produce NaN or Infinity");
    }
}
