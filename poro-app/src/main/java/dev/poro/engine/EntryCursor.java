package dev.poro.engine;

import dev.poro.statemachine.ScanPosition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Goes through the entries of a store, in no particular order, while it is read and written: a key that is present all
 * the time is visited exactly once, one that comes or goes meanwhile once at most. Each entry is as it is when it is
 * visited. Takes no lock and hinders nobody. Not thread-safe.
 *
 * <pre>{@code
 * try (EntryCursor cursor = poro.scan().prefix("user:").open()) {
 *     while (cursor.next()) { ... cursor.key() ... cursor.entry() ... }
 * }
 * }</pre>
 */
public final class EntryCursor implements AutoCloseable {
    private final Contents contents;
    private final byte[] prefix;
    private final ScanPosition position = new ScanPosition();
    private final List<byte[]> keys = new ArrayList<>();
    private int next;
    private boolean goesOn = true;
    private byte[] key;
    private Entry entry;

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
        while (true) {
            while (next < keys.size()) {
                key = keys.get(next++);
                entry = hasPrefix(key) ? contents.entry(key) : null;
                if (entry != null) {
                    return true;
                }
            }
            if (!goesOn) {
                key = null;
                entry = null;
                return false;
            }
            keys.clear();
            next = 0;
            goesOn = contents.scan(position, keys);
        }
    }

    private boolean hasPrefix(byte[] candidate) {
        return candidate.length >= prefix.length
                && Arrays.equals(candidate, 0, prefix.length, prefix, 0, prefix.length);
    }

    /** The key of the entry; the array is the caller's. Only after {@link #next} has returned {@code true}. */
    public byte[] key() {
        requireEntry();
        return key;
    }

    /** The entry: value, version and expiry. Only after {@link #next} has returned {@code true}. */
    public Entry entry() {
        requireEntry();
        return entry;
    }

    private void requireEntry() {
        if (entry == null) {
            throw new IllegalStateException("the cursor is not at an entry");
        }
    }

    /** Lets go of what the cursor holds. It needs nothing else; idempotent. */
    @Override
    public void close() {
        keys.clear();
        next = 0;
        goesOn = false;
        key = null;
        entry = null;
    }
}
