package dev.poro.engine;

import java.time.Instant;
import java.util.Arrays;
import java.util.Objects;

/**
 * What one event did to one key. Immutable; the arrays are the caller's to leave unchanged.
 *
 * @param sequence of the event, from 1 on
 * @param index among the changes of the event, from 0 on: in a batch, the index of its record, so that there may be
 *     gaps. Sequence and index together are the position of the change
 * @param kind what happened
 * @param key the key; empty for {@link Kind#CLEARED}
 * @param value the new value; {@code null} unless the kind is {@link Kind#SET}
 * @param expiry when the key expires from now on, by log time; {@code null} if it does not
 * @param previous the sequence of the entry that was replaced or removed, whose change holds the old value; 0 if the
 *     key was absent
 * @param logTime when it happened by the log's clock, which never goes back, and by which keys expire
 * @param wallTime the latest that the machine's clock had shown until then
 */
public record Change(
        long sequence,
        int index,
        Kind kind,
        byte[] key,
        byte[] value,
        Instant expiry,
        long previous,
        Instant logTime,
        Instant wallTime) {

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
                && wallTime.equals(that.wallTime);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(sequence) * 31 + index;
    }

    /** Position, kind, and the lengths of key and value. */
    @Override
    public String toString() {
        return sequence + "-" + index + " " + kind + ", key of " + key.length + " bytes"
                + (value == null ? "" : ", value of " + value.length + " bytes");
    }
}
