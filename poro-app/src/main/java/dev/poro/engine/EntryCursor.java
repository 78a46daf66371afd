package dev.poro.engine;

import dev.poro.statemachine.ScanPosition;
import dev.poro.statemachine.ScannedEntries;
import java.time.Instant;

/**
 * Goes through the entries of a store, in no particular order, while it is read and written: a key that is present all
 * the time is visited exactly once, one that comes or goes meanwhile once at most. The entries are read in steps of
 * some hundreds, all those of a step as they were at one moment between the visit before and this one; an entry with a
 * value of more than 1 KiB is read when it is visited. Takes no lock and hinders nobody. Not thread-safe.
 *
 * <pre>{@code
 * try (EntryCursor cursor = poro.scan().prefix("user:").open()) {
 *     while (cursor.next()) { ... cursor.key() ... cursor.entry() ... }
 * }
 * }</pre>
 */
public final class EntryCursor implements AutoCloseable {
    /** Bytes. Some hundred values together are to stay short. */
    private static final int LONGEST_READ_AHEAD = 1 << 10;

    private final Contents contents;
    private final byte[] prefix;
    private final ScanPosition position = new ScanPosition();
    private final ScannedEntries step = new ScannedEntries(LONGEST_READ_AHEAD);
    private int current = -1;
    private boolean goesOn = true;

    /** The entry at the cursor if its value is long, otherwise {@code null}. */
    private Entry longEntry;

    EntryCursor(Contents contents, byte[] prefix) {
        this.contents = contents;
        this.prefix = prefix;
    }

    /**
     * Moves to the next entry.
     *
     * @return whether there is one
     * @throws StoreClosedException if the store is closed
     */
    public boolean next() {
        longEntry = null;
        while (true) {
            while (++current < step.count()) {
                if (step.hasPrefix(current, prefix) && isThere()) {
                    return true;
                }
            }
            if (!goesOn) {
                return false;
            }
            step.clear();
            current = -1;
            goesOn = contents.scan(position, step);
        }
    }

    /** An entry with a long value may have gone since the step was read. */
    private boolean isThere() {
        if (step.hasValue(current)) {
            return true;
        }
        longEntry = contents.entry(step.key(current));
        return longEntry != null;
    }

    /** The key of the entry; the array is the caller's. Only after {@link #next} has returned {@code true}. */
    public byte[] key() {
        requireEntry();
        return step.key(current);
    }

    /** The entry: value, version and expiry. Only after {@link #next} has returned {@code true}. */
    public Entry entry() {
        requireEntry();
        if (longEntry != null) {
            return longEntry;
        }
        Instant expiry = step.expires(current) ? Instant.ofEpochMilli(step.expiry(current)) : null;
        return new Entry(step.value(current), step.sequence(current), expiry);
    }

    private void requireEntry() {
        if (current < 0 || current >= step.count()) {
            throw new IllegalStateException("the cursor is not at an entry");
        }
    }

    /** Lets go of what the cursor holds. It needs nothing else; idempotent. */
    @Override
    public void close() {
        step.clear();
        goesOn = false;
    }
}
