package dev.poro.engine.internal;

import dev.poro.engine.Change;
import dev.poro.engine.Token;
import dev.poro.events.ChangeKind;
import dev.poro.events.ChangeSink;
import dev.poro.wal.ChangeReader;
import dev.poro.wal.KeptChange;
import java.time.Instant;

/** Makes a {@link Change} of what the state machine handed out, or the change log holds. */
public final class CopiedChange {
    private CopiedChange() {}

    /** A copy of a change of a key. */
    public static Change of(byte[] key, KeptChange change) {
        return of(
                change.sequence(),
                change.index(),
                change.kind(),
                key,
                change.value(),
                change.expiry(),
                change.previous(),
                change.timestamp(),
                change.latestWallClock(),
                change.tokenNumber() == 0 ? null : new Token(change.tokenClient(), change.tokenNumber()));
    }

    /** A copy of the change that a reader is at. */
    public static Change of(ChangeReader reader) {
        return of(
                reader.sequence(),
                reader.index(),
                reader.kind(),
                reader.key(),
                reader.kind() == ChangeKind.SET ? reader.value() : null,
                reader.expiry(),
                reader.previous(),
                reader.timestamp(),
                reader.latestWallClock(),
                reader.hasToken() ? new Token(reader.tokenClient(), reader.tokenNumber()) : null);
    }

    /**
     * A change.
     *
     * @param key kept; of any content for {@link ChangeKind#CLEARED}
     * @param value kept; of any content unless the change is a {@link ChangeKind#SET}
     * @param expiry in milliseconds of log time, or {@link ChangeSink#NO_EXPIRY}
     * @param timestamp in milliseconds of log time
     * @param latestWallClock in milliseconds since the epoch
     * @param token {@code null} if there is none
     */
    public static Change of(
            long sequence,
            int index,
            ChangeKind kind,
            byte[] key,
            byte[] value,
            long expiry,
            long previous,
            long timestamp,
            long latestWallClock,
            Token token) {
        return new Change(
                sequence,
                index,
                Change.Kind.valueOf(kind.name()),
                kind == ChangeKind.CLEARED ? new byte[0] : key,
                kind == ChangeKind.SET ? value : null,
                expiry == ChangeSink.NO_EXPIRY ? null : Instant.ofEpochMilli(expiry),
                previous,
                Instant.ofEpochMilli(timestamp),
                Instant.ofEpochMilli(latestWallClock),
                token);
    }
}
