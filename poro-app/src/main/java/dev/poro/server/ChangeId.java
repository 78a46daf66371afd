package dev.poro.server;

import dev.poro.engine.Change;
import dev.poro.engine.ChangePosition;
import dev.poro.engine.Changes;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The ID of an entry of a stream of changes: the sequence of the change, a hyphen, and its index. If the store has
 * branched off another one before that change, the number of the branch is in the upper half of what follows the
 * hyphen: so the ID of a change of the other store is not taken for that of one here that has the same sequence.
 *
 * @param sequence 0 or more
 * @param index 0 or more
 * @param branch see {@link dev.poro.engine.Changes#branch}; {@link #ANY_BRANCH} if the ID does not say it
 */
record ChangeId(long sequence, int index, int branch) {
    /** The branch of an ID that does not say it. */
    static final int ANY_BRANCH = -1;

    /** Before all entries. */
    static final ChangeId FIRST = new ChangeId(0, 0);

    /** After all entries. */
    static final ChangeId LAST = new ChangeId(Long.MAX_VALUE, Integer.MAX_VALUE);

    private static final Pattern FORM = Pattern.compile("(\\d{1,20})(?:-(\\d{1,20}))?");

    /** Of any branch. */
    ChangeId(long sequence, int index) {
        this(sequence, index, ANY_BRANCH);
    }

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
            long first = Long.parseUnsignedLong(matcher.group(1));
            long sequence = first < 0 ? Long.MAX_VALUE : first;
            if (matcher.group(2) == null) {
                return new ChangeId(sequence, missing);
            }
            long second = Long.parseUnsignedLong(matcher.group(2));
            boolean isIndex = second >= 0 && (int) second >= 0;
            return isIndex
                    ? new ChangeId(sequence, (int) second, (int) (second >>> Integer.SIZE))
                    : new ChangeId(sequence, Integer.MAX_VALUE);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    static ChangeId of(Change change, Changes changes) {
        return new ChangeId(change.sequence(), change.index(), changes.branch(change.sequence()));
    }

    static ChangeId of(ChangePosition position, Changes changes) {
        return new ChangeId(position.sequence(), position.index(), changes.branch(position.sequence()));
    }

    /** An ID of the same event. */
    ChangeId withIndex(int newIndex) {
        return new ChangeId(sequence, newIndex, branch);
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
        long second = branch == ANY_BRANCH ? index : (long) branch << Integer.SIZE | index;
        return sequence + "-" + second;
    }
}
