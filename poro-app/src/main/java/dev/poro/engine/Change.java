package dev.poro.engine;

import java.time.Instant;
import java.util.Arrays;
import java.util.Objects;

/**
 * What one event did to one key. Immutable; the arrays are not copied, and are to be left unchanged.
 *
 * <p>Sequence and index together are the position of the change.
 */
public final class Change {
    private final long sequence;
    private final int index;
    private final Kind kind;
    private final byte[] key;
    private final byte[] value;
    private final Instant expiry;
    private final long previous;
    private final Instant logTime;
    private final Instant wallTime;
    private final Token token;

    /**
     * @param key empty for {@link Kind#CLEARED}
     * @param value {@code null} unless the kind is {@link Kind#SET}
     * @param expiry {@code null} if there is none
     * @param token {@code null} if there is none
     */
    public Change(
            long sequence,
            int index,
            Kind kind,
            byte[] key,
            byte[] value,
            Instant expiry,
            long previous,
            Instant logTime,
            Instant wallTime,
            Token token) {
        this.sequence = sequence;
        this.index = index;
        this.kind = kind;
        this.key = key;
        this.value = value;
        this.expiry = expiry;
        this.previous = previous;
        this.logTime = logTime;
        this.wallTime = wallTime;
        this.token = token;
    }

    /** What happened to a key. */
    public enum Kind {
        /** It has a new value, or the same one with another expiry. */
        SET,
        /** It was present, and is absent. */
        DELETE,
        /** Its entry was removed because it had expired. It had been absent since then. */
        EXPIRED,
        /** Every key is absent. Such a change has no key, and concerns each of them. */
        CLEARED
    }

    /** Of the event, from 1 on. */
    public long sequence() {
        return sequence;
    }

    /** Among the changes of the event, from 0 on: in a batch, the index of its record, so that there may be gaps. */
    public int index() {
        return index;
    }

    /** What happened. */
    public Kind kind() {
        return kind;
    }

    /** The key; empty for {@link Kind#CLEARED}. */
    public byte[] key() {
        return key;
    }

    /** The new value; {@code null} unless the kind is {@link Kind#SET}. */
    public byte[] value() {
        return value;
    }

    /** When the key expires from now on, by log time; {@code null} if it does not. */
    public Instant expiry() {
        return expiry;
    }

    /**
     * The sequence of the entry that was replaced or removed, whose change holds the old value; 0 if the key was
     * absent.
     */
    public long previous() {
        return previous;
    }

    /** When it happened by the log's clock, which never goes back, and by which keys expire. */
    public Instant logTime() {
        return logTime;
    }

    /** The latest that the machine's clock had shown until then. */
    public Instant wallTime() {
        return wallTime;
    }

    /** The token that the event carried; {@code null} if there was none. */
    public Token token() {
        return token;
    }

    /** Compares the bytes of key and value. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Change that
                && sequence == that.sequence
                && index == that.index
                && kind == that.kind
                && Arrays.equals(key, that.key)
                && Arrays.equals(value, that.value)
                && Objects.equals(expiry, that.expiry)
                && previous == that.previous
                && logTime.equals(that.logTime)
                && wallTime.equals(that.wallTime)
                && Objects.equals(token, that.token);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(sequence) * 31 + index;
    }

    /** All but key and value, of which it has the lengths. */
    @Override
    public String toString() {
        return sequence + "-" + index + " " + kind + ", key of " + key.length + " bytes"
                + (value == null ? "" : ", value of " + value.length + " bytes")
                + (expiry == null ? "" : ", expires " + expiry) + ", previous " + previous + ", log time " + logTime
                + ", wall time " + wallTime + (token == null ? "" : ", " + token);
    }
}
