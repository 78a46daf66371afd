package dev.poro.engine.tools;

import dev.poro.engine.Change;
import dev.poro.events.ChangeKind;
import dev.poro.events.RawMemory;
import dev.poro.statemachine.EntryDetails;
import dev.poro.statemachine.StateMachine;

/**
 * Which changes are wanted: of keys with a prefix, or of one key. A CLEARED concerns every key, so it passes each
 * prefix; of one key it is wanted only if that key was present. One thread.
 */
final class ChangeFilter {
    private final byte[] bytes;
    private final boolean isOfOneKey;
    /** Whether the one key has an entry, and when that expires, in milliseconds; {@link Long#MAX_VALUE} for never. */
    private boolean hasEntry;

    private long expiry;

    private ChangeFilter(byte[] bytes, boolean isOfOneKey) {
        this.bytes = bytes.clone();
        this.isOfOneKey = isOfOneKey;
    }

    static ChangeFilter ofPrefix(byte[] prefix) {
        return new ChangeFilter(prefix, false);
    }

    static ChangeFilter ofKey(byte[] key) {
        return new ChangeFilter(key, true);
    }

    /** The state that the changes follow. */
    void beginWith(StateMachine state) {
        EntryDetails details = new EntryDetails();
        hasEntry = isOfOneKey && state.get(bytes, details) != null;
        expiry = hasEntry && details.expires() ? details.expiry() : Long.MAX_VALUE;
    }

    /** Whether a change may be wanted, by its key. */
    boolean passes(ChangeKind kind, long key, int keyLength) {
        return kind == ChangeKind.CLEARED
                || ((isOfOneKey ? keyLength == bytes.length : keyLength >= bytes.length)
                        && RawMemory.equal(key, bytes, 0, bytes.length));
    }

    /** Whether a change that {@link #passes} is wanted. Asked of each of them, in order. */
    boolean wants(Change change) {
        boolean wasPresent = hasEntry && expiry > change.logTime().toEpochMilli();
        hasEntry = change.kind() == Change.Kind.SET;
        expiry = change.expiry() == null ? Long.MAX_VALUE : change.expiry().toEpochMilli();
        return !isOfOneKey || change.kind() != Change.Kind.CLEARED || wasPresent;
    }
}
