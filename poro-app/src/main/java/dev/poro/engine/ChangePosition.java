package dev.poro.engine;

import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A place between two changes of a store: right after one of them. Immutable.
 *
 * <p>Its text is {@code SEQUENCE-INDEX@LOG}, the log in 16 hexadecimal digits. The log is there because sequences mean
 * something in one log only. A store that was restored, or opened from a backup, has branched off: positions up to
 * where it begins are those of the original, and go on here, too; later ones are its own. One that was salvaged has
 * none in common.
 *
 * @param sequence of the event of the change, 0 or more
 * @param index of the change, see {@link Change#index}; {@link #END_OF_EVENT} for the place after all changes of the
 *     event, whether there are any or not
 * @param log the identity of the log, or of the branch of it
 */
public record ChangePosition(long sequence, int index, long log) {
    /** In place of an index: after all changes of the event. */
    public static final int END_OF_EVENT = Integer.MAX_VALUE;

    private static final Pattern TEXT = Pattern.compile("(\\d{1,19})-(\\d{1,10})@([0-9a-f]{16})");

    /** Checks that none of them is negative. */
    public ChangePosition {
        if (sequence < 0 || index < 0) {
            throw new IllegalArgumentException("no position: sequence " + sequence + ", index " + index);
        }
    }

    /**
     * A position from its text.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static ChangePosition parse(String text) {
        Matcher matcher = TEXT.matcher(Objects.requireNonNull(text, "text"));
        if (matcher.matches()) {
            try {
                return new ChangePosition(
                        Long.parseLong(matcher.group(1)),
                        Integer.parseInt(matcher.group(2)),
                        Long.parseUnsignedLong(matcher.group(3), 16));
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("no position, because a number is too large: " + text, e);
            }
        }
        throw new IllegalArgumentException("no position of the form SEQUENCE-INDEX@LOG: " + text);
    }

    /** What {@link #parse} takes. */
    @Override
    public String toString() {
        return sequence + "-" + index + "@" + logText(log);
    }

    /** The identity of a log as its position shows it. */
    static String logText(long log) {
        String digits = Long.toHexString(log);
        return "0".repeat(Long.BYTES * 2 - digits.length()) + digits;
    }
}
