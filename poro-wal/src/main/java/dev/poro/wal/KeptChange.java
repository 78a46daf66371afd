package dev.poro.wal;

import dev.poro.events.ChangeKind;

/** A copy of one change of a change log. Immutable, but for the array. */
public final class KeptChange {
    private final long sequence;
    private final int index;
    private final ChangeKind kind;
    private final byte[] value;
    private final long expiry;
    private final long previous;
    private final long timestamp;
    private final long latestWallClock;
    /** The client, and the number of its change, or 0 if there is no token. */
    private final long tokenClient;

    private final long tokenNumber;

    KeptChange(
            long sequence,
            int index,
            ChangeKind kind,
            byte[] value,
            long expiry,
            long previous,
            long timestamp,
            long latestWallClock,
            long tokenClient,
            long tokenNumber) {
        this.sequence = sequence;
        this.index = index;
        this.kind = kind;
        this.value = value;
        this.expiry = expiry;
        this.previous = previous;
        this.timestamp = timestamp;
        this.latestWallClock = latestWallClock;
        this.tokenClient = tokenClient;
        this.tokenNumber = tokenNumber;
    }

    static KeptChange of(ChangeReader reader) {
        return new KeptChange(
                reader.sequence(),
                reader.index(),
                reader.kind(),
                reader.value(),
                reader.expiry(),
                reader.previous(),
                reader.timestamp(),
                reader.latestWallClock(),
                reader.hasToken() ? reader.tokenClient() : 0,
                reader.hasToken() ? reader.tokenNumber() : 0);
    }

    /** Of its event. */
    public long sequence() {
        return sequence;
    }

    /** Among the changes of its event. */
    public int index() {
        return index;
    }

    /** What happened. */
    public ChangeKind kind() {
        return kind;
    }

    /** The new value; empty unless the change is a SET. */
    public byte[] value() {
        return value;
    }

    /** Milliseconds of log time since 1970, or {@link dev.poro.events.ChangeSink#NO_EXPIRY}. */
    public long expiry() {
        return expiry;
    }

    /** See {@link dev.poro.events.ChangeSink#onChange}. */
    public long previous() {
        return previous;
    }

    /** Log time of the event, in milliseconds since 1970. */
    public long timestamp() {
        return timestamp;
    }

    /** The latest wall clock up to the event, in milliseconds since the epoch. */
    public long latestWallClock() {
        return latestWallClock;
    }

    /** Whose change it is; only if there is a token. */
    public long tokenClient() {
        return tokenClient;
    }

    /** Of the change among those of the client, from 1 on; 0 if the event carried no token. */
    public long tokenNumber() {
        return tokenNumber;
    }
}
