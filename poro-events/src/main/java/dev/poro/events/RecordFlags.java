package dev.poro.events;

/**
 * The flags of a record: what happens to the expiry of a key, what the key must be like for the event to happen, and
 * whether the event is one of a client that may send it again.
 *
 * <pre>
 *    7   6   5 |   4   | 3   2 | 1   0
 *      zero    | token | guard | expiry
 * </pre>
 */
public final class RecordFlags {
    /** The key has no expiry afterwards. */
    public static final int NO_EXPIRY = 0;

    /** The key has the expiry that it had. */
    public static final int KEEP_EXPIRY = 1;

    /** The record has a field, {@code i64}: milliseconds of log time since 1970 at which the key expires. */
    public static final int ABSOLUTE_EXPIRY = 2;

    /** The record has a field, {@code i64}: milliseconds of log time after which the key expires. */
    public static final int RELATIVE_EXPIRY = 3;

    /** The event happens in any case. */
    public static final int NO_GUARD = 0;

    /** The event happens only if the key is absent. */
    public static final int IF_ABSENT = 1 << 2;

    /** The event happens only if the key is present. */
    public static final int IF_PRESENT = 2 << 2;

    /**
     * The record has a field, {@code i64}: the event happens only if the key was last changed by the event of this
     * sequence; 0 for a key that is absent. Of a {@link EventType#BATCH}: only if nothing was changed since.
     */
    public static final int IF_SEQUENCE = 3 << 2;

    /**
     * The record has two fields: a client, {@code u64}, and the number of this change among those of the client, {@code
     * i64} from 1 on. A change that was done is not done again: its outcome is that of the first time.
     */
    public static final int TOKEN = 1 << 4;

    /** Bytes of the fields of a token. */
    static final int TOKEN_LENGTH = 16;

    private static final int EXPIRY_MASK = 3;
    private static final int GUARD_MASK = 3 << 2;

    private RecordFlags() {}

    /** One of the four kinds of expiry. */
    public static int expiry(int flags) {
        return flags & EXPIRY_MASK;
    }

    /** One of the four kinds of guard. */
    public static int guard(int flags) {
        return flags & GUARD_MASK;
    }

    /** Whether there is a field for a time. */
    static boolean hasTime(int flags) {
        return (flags & ABSOLUTE_EXPIRY) != 0;
    }

    /** Whether there is a field for a sequence. */
    static boolean hasSequence(int flags) {
        return guard(flags) == IF_SEQUENCE;
    }

    /** Whether there are fields for a token. */
    public static boolean hasToken(int flags) {
        return (flags & TOKEN) != 0;
    }

    /** Bytes of the fields between header and key. */
    public static int fieldsLength(int flags) {
        return flags == 0 ? 0 : ((flags >>> 1 & 1) + (flags >>> 2 & flags >>> 3 & 1) + (flags >>> 3 & 2)) << 3;
    }
}
