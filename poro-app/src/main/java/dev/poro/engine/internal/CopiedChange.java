package dev.poro.engine.internal;

import dev.poro.engine.Change;
import dev.poro.events.ChangeKind;
import dev.poro.events.ChangeSink;
import java.time.Instant;

/** Makes a {@link Change} of what the state machine handed out, or the change log holds. */
public final class CopiedChange {
    private CopiedChange() {}

    /**
     * A change.
     *
     * @param key kept; of any content for {@link ChangeKind#CLEARED}
     * @param value kept; of any content unless the change is a {@link ChangeKind#SET}
     * @param expiry in milliseconds of log time, or {@link ChangeSink#NO_EXPIRY}
     * @param timestamp in milliseconds of log time
     * @param latestWallClock in milliseconds since the epoch
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
            long latestWallClock) {
        return new Change(
                sequence,
                index,
                Change.Kind.valueOf(kind.name()),
                kind == ChangeKind.CLEARED ? new byte[0] : key,
                kind == ChangeKind.SET ? value : null,
                expiry == ChangeSink.NO_EXPIRY ? null : Instant.ofEpochMilli(expiry),
                previous,
                Instant.ofEpochMilli(timestamp),
                Instant.ofEpochMilli(latestWallClock));
    }
}
