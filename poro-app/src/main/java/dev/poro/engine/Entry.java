package dev.poro.engine;

import java.time.Instant;
import java.util.Optional;

/**
 * What a store has under a key: a copy of the value, and the version of the entry. The version is the log sequence of
 * the event that changed the entry last; {@link Poro#replace(byte[], long, byte[])} and {@link Poro#delete(byte[],
 * long)} take effect only if it is still the same. Immutable, but for the array.
 */
public final class Entry {
    /** The version of a key that is absent. */
    public static final long ABSENT = 0;

    private final byte[] value;
    private final long sequence;
    private final Instant expiry;

    /**
     * An entry.
     *
     * @param value not copied
     * @param expiry {@code null} if there is none
     */
    public Entry(byte[] value, long sequence, Instant expiry) {
        this.value = value;
        this.sequence = sequence;
        this.expiry = expiry;
    }

    /** The value; the array is the caller's. */
    public byte[] value() {
        return value;
    }

    /** The log sequence of the event that changed the entry last, 1 or more. */
    public long sequence() {
        return sequence;
    }

    /** When the entry expires, if it does, to the millisecond; by the log's clock. */
    public Optional<Instant> expiry() {
        return Optional.ofNullable(expiry);
    }

    @Override
    public String toString() {
        return value.length + " bytes of sequence " + sequence + (expiry == null ? "" : ", expires " + expiry);
    }
}
