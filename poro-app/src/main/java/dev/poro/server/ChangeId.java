package dev.poro.server;

import dev.poro.engine.Change;
import dev.poro.engine.ChangePosition;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The ID of an entry of a stream of changes: sequence and index of the change, with a hyphen between them.
 *
 * @param sequence 0 or more
 * @param index 0 or more
 */
record ChangeId(long sequence, int index) {
    /** Before all entries. */
    static final ChangeId FIRST = new ChangeId(0, 0);

    /** After all entries. */
    static final ChangeId LAST = new ChangeId(Long.MAX_VALUE, Integer.MAX_VALUE);

    private static final Pattern FORM = Pattern.compile("(\\d{1,20})(?:-(\\d{1,20}))?");

    /**
     * An ID as clients of Redis write it: two numbers below 2^64, of which the second may be missing. One that no
     * change can have becomes the last one.
     *
     * @param missing in place of an index that is missing
     * @return {@code null} if it is none
     */
    static ChangeId parse(String text, int missing) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            return null;
        }
        try {
            long sequence = Long.parseUnsignedLong(matcher.group(1));
            long index = matcher.group(2) == null ? missing : Long.parseUnsignedLong(matcher.group(2));
            boolean isIndex = index >= 0 && index < Integer.MAX_VALUE;
            return new ChangeId(sequence < 0 ? Long.MAX_VALUE : sequence, isIndex ? (int) index : Integer.MAX_VALUE);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    static ChangeId of(Change change) {
        return new ChangeId(change.sequence(), change.index());
    }

    static ChangeId of(ChangePosition position) {
        return new ChangeId(position.sequence(), position.index());
    }

    /** Whether a change comes after this place. */
    boolean isBefore(Change change) {
        return sequence < change.sequence() || (sequence == change.sequence() && index < change.index());
    }

    /** Whether an ID comes after this one. */
    boolean isBefore(ChangeId other) {
        return sequence < other.sequence || (sequence == other.sequence && index < other.index);
    }

    @Override
    public String toString() {
        return sequence + "-" + index;
    }
}
