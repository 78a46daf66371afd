package dev.poro.wal;

import dev.poro.events.ChangeKind;

/**
 * A copy of one change of a change log.
 *
 * @param sequence of its event
 * @param index among the changes of its event
 * @param kind what happened
 * @param value the new value; empty unless the kind is SET
 * @param expiry milliseconds of log time since 1970, or {@link dev.poro.events.ChangeSink#NO_EXPIRY}
 * @param previous see {@link dev.poro.events.ChangeSink#onChange}
 * @param timestamp log time, in milliseconds since 1970
 * @param latestWallClock the latest wall clock up to it, in milliseconds since the epoch
 */
public record KeptChange(
        long sequence,
        int index,
        ChangeKind kind,
        byte[] value,
        long expiry,
        long previous,
        long timestamp,
        long latestWallClock) {

    static KeptChange of(ChangeReader reader) {
        return new KeptChange(
                reader.sequence(),
                reader.index(),
                reader.kind(),
                reader.value(),
                reader.expiry(),
                reader.previous(),
                reader.timestamp(),
                reader.latestWallClock());
    }
}
