package dev.poro.engine;

import dev.poro.events.RecordFlags;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

/**
 * What happens to the expiry of a key. Immutable.
 *
 * @param kind which of the four it is
 * @param millis of {@link Kind#AT}: milliseconds since 1970, 0 or more; of {@link Kind#AFTER}: milliseconds, 1 or
 *     more; of the others: 0
 */
public record Expiry(Kind kind, long millis) {
    /** The key has no expiry afterwards. */
    public static final Expiry NONE = new Expiry(Kind.NONE, 0);

    /** The key keeps the expiry that it has, or has none. */
    public static final Expiry KEEP = new Expiry(Kind.KEEP, 0);

    /** The kinds. */
    public enum Kind {
        /** No expiry. */
        NONE(RecordFlags.NO_EXPIRY),
        /** The expiry that the key has. */
        KEEP(RecordFlags.KEEP_EXPIRY),
        /** At a time of the log's clock. */
        AT(RecordFlags.ABSOLUTE_EXPIRY),
        /** After a time of the log's clock. */
        AFTER(RecordFlags.RELATIVE_EXPIRY);

        private final int flags;

        Kind(int flags) {
            this.flags = flags;
        }
    }

    /** Checks the time. */
    public Expiry {
        Objects.requireNonNull(kind, "kind");
        long least = kind == Kind.AFTER ? 1 : 0;
        boolean hasTime = kind == Kind.AT || kind == Kind.AFTER;
        if (millis < least || (!hasTime && millis > 0)) {
            throw new IllegalArgumentException(kind + " " + millis + " ms");
        }
    }

    /**
     * The key expires at this time; if it has passed, the key is removed.
     *
     * @param time 1970 or later, to the millisecond
     */
    public static Expiry at(Instant time) {
        return new Expiry(Kind.AT, Operations.millisOf(time));
    }

    /**
     * The key expires after this time.
     *
     * @param timeToLive a millisecond or more; the rest below a millisecond is cut off
     */
    public static Expiry after(Duration timeToLive) {
        return new Expiry(Kind.AFTER, Operations.millisOf(timeToLive));
    }

    /** The bits of {@link RecordFlags}. */
    int flags() {
        return kind.flags;
    }
}
