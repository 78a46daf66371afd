package dev.poro.command;

import dev.poro.engine.Batch;
import dev.poro.engine.Entry;
import dev.poro.engine.Expiry;

/** One key of an {@link Overlay}: what the transaction has read, and what it has made of it. Not thread-safe. */
final class OverlayKey {
    private final byte[] key;

    /** The version that was read; meaningless if nothing was. */
    private final long sequence;

    /** Of a key that was absent: what {@link dev.poro.engine.Poro#stamp} returned before. */
    private final long stamp;

    private final boolean wasRead;

    /** The value now, {@code null} if there is none. */
    private byte[] value;

    /** In milliseconds since 1970, or {@link Item#NEVER}. */
    private long expiry = Item.NEVER;

    /** What became of the expiry. */
    private Expiry newExpiry;

    private boolean hasNewValue;

    /** What was written over a part of the value that was read, if that is all that happened; otherwise null. */
    private byte[] splice;

    private int spliceOffset;

    /** A key of which nothing is known, because it is about to be set, or that is known to be absent. */
    OverlayKey(byte[] key) {
        this.key = key;
        this.sequence = Entry.ABSENT;
        this.stamp = -1;
        this.wasRead = false;
        this.newExpiry = Expiry.NONE;
    }

    /**
     * A key that was read.
     *
     * @param entry {@code null} if the key is absent
     */
    OverlayKey(byte[] key, Entry entry, long stamp) {
        this.key = key;
        this.stamp = stamp;
        this.sequence = entry == null ? Entry.ABSENT : entry.sequence();
        this.wasRead = true;
        this.newExpiry = entry == null ? Expiry.NONE : Expiry.KEEP;
        if (entry != null) {
            value = entry.value();
            expiry = Item.expiryOf(entry);
        }
    }

    byte[] key() {
        return key;
    }

    byte[] value() {
        return value;
    }

    boolean isPresent() {
        return value != null;
    }

    boolean isAbsent() {
        return value == null;
    }

    long expiry() {
        return expiry;
    }

    boolean wasRead() {
        return wasRead;
    }

    long sequence() {
        return sequence;
    }

    long stamp() {
        return stamp;
    }

    /** Whether all that happened is that a part of the value was overwritten, or something was appended. */
    boolean isSpliced() {
        return splice != null;
    }

    /** @param now log time, by which an expiry that has passed removes the key */
    void set(byte[] newValue, Expiry change, long now) {
        value = newValue;
        hasNewValue = true;
        splice = null;
        if (change.kind() != Expiry.Kind.KEEP) {
            expire(change, now);
        }
    }

    /**
     * Sets the value and keeps the expiry.
     *
     * @param bytes all that differs from the value before, from the offset on; zeros before it apart
     */
    void splice(byte[] newValue, int offset, byte[] bytes, long now) {
        boolean isFirst = !hasNewValue && newExpiry.kind() == keptExpiry();
        set(newValue, Expiry.KEEP, now);
        if (isFirst) {
            splice = bytes;
            spliceOffset = offset;
        }
    }

    /** Only if the key is present. */
    void expire(Expiry change, long now) {
        splice = null;
        newExpiry = change;
        switch (change.kind()) {
            case AT:
                expiry = change.millis();
                break;
            case AFTER:
                expiry = now + change.millis();
                break;
            default:
                expiry = Item.NEVER;
        }
        if (expiry <= now) {
            remove();
        }
    }

    void remove() {
        value = null;
        expiry = Item.NEVER;
        newExpiry = Expiry.NONE;
        hasNewValue = true;
        splice = null;
    }

    /** The whole store was cleared, so nothing is left to be done here. */
    void clear() {
        remove();
        hasNewValue = false;
    }

    boolean hasChanged() {
        boolean hasOtherExpiry = isPresent() && sequence != Entry.ABSENT && newExpiry.kind() != Expiry.Kind.KEEP;
        return hasNewValue ? isPresent() || !wasRead || sequence != Entry.ABSENT : hasOtherExpiry;
    }

    /** Whether all that happened to what was read is a new value. */
    boolean hasOnlyNewValue() {
        return wasRead && hasNewValue && isPresent() && newExpiry.kind() == keptExpiry();
    }

    private Expiry.Kind keptExpiry() {
        return sequence == Entry.ABSENT ? Expiry.Kind.NONE : Expiry.Kind.KEEP;
    }

    void addTo(Batch batch) {
        if (isAbsent()) {
            batch.delete(key);
        } else if (isSpliced()) {
            batch.overwrite(key, spliceOffset, splice);
        } else if (hasNewValue) {
            batch.set(key, value, newExpiry);
        } else {
            batch.expire(key, newExpiry);
        }
    }
}
