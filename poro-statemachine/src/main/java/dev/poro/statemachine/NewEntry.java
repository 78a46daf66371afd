package dev.poro.statemachine;

import dev.poro.events.RecordFlyweight;

/** An entry that is about to be written: where its payload lies, and the rest. Reused; single writer. */
final class NewEntry {
    /** In place of an expiry: the entry has none. */
    static final long NO_EXPIRY = -1;

    private long hash;
    private long sequence;
    private long payload;
    private int keyLength;
    private int valueLength;
    private long expiry;
    private long digest;

    /**
     * The key and the value of a record, one after the other.
     *
     * @param newExpiry milliseconds since 1970, or {@link #NO_EXPIRY}
     */
    NewEntry of(long keyHash, long newSequence, RecordFlyweight record, long newExpiry) {
        return of(keyHash, newSequence, record.keyAddress(), record.keyLength(), record.valueLength(), newExpiry);
    }

    /** {@link #of(long, long, RecordFlyweight, long)} with a key and a value that lie one after the other. */
    NewEntry of(long keyHash, long newSequence, long key, int newKeyLength, int newValueLength, long newExpiry) {
        hash = keyHash;
        sequence = newSequence;
        payload = key;
        keyLength = newKeyLength;
        valueLength = newValueLength;
        expiry = newExpiry;
        return this;
    }

    /** Computes the digest, which the other methods need. */
    void computeDigest() {
        digest = EntryDigest.of(payload, keyLength, valueLength);
    }

    long hash() {
        return hash;
    }

    long sequence() {
        return sequence;
    }

    long payload() {
        return payload;
    }

    int keyLength() {
        return keyLength;
    }

    int valueLength() {
        return valueLength;
    }

    int payloadLength() {
        return keyLength + valueLength;
    }

    boolean expires() {
        return expiry != NO_EXPIRY;
    }

    long expiry() {
        return expiry;
    }

    /** The digest that it would have without an expiry. */
    long digestOfPayload() {
        return digest;
    }

    long digest() {
        return expires() ? EntryDigest.withExpiry(digest, expiry) : digest;
    }

    boolean isInline() {
        return EntryDescriptor.isInline(payloadLength(), expires());
    }

    int sizeClass() {
        return EntryDescriptor.sizeClass(payloadLength(), expires());
    }

    int charge() {
        return EntryDescriptor.charge(payloadLength(), expires());
    }

    int chunks() {
        return EntryDescriptor.chunks(payloadLength(), expires());
    }
}
