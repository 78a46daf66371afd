package dev.poro.command;

import dev.poro.engine.Entry;

/** What is under a key. Immutable, but for the array. */
public final class Item {
    static final long NEVER = Long.MAX_VALUE;

    private final byte[] value;
    private final long expiry;

    Item(byte[] value, long expiry) {
        this.value = value;
        this.expiry = expiry;
    }

    /** @param entry {@code null} if the key is absent; there is no item then */
    static Item of(Entry entry) {
        return entry == null ? null : new Item(entry.value(), expiryOf(entry));
    }

    /** When the entry expires, or {@link #NEVER}. */
    static long expiryOf(Entry entry) {
        return entry.expiry().map(at -> Math.min(at.toEpochMilli(), NEVER - 1)).orElse(NEVER);
    }

    /** The value, which must not be changed. */
    public byte[] value() {
        return value;
    }

    /** When it expires, in milliseconds since 1970, if it {@link #expires}. */
    public long expiry() {
        return expiry;
    }

    /** Whether it has an expiry. */
    public boolean expires() {
        return expiry != NEVER;
    }
}
