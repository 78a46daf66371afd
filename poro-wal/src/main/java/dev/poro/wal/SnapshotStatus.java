package dev.poro.wal;

/**
 * How an open log stands with its snapshots.
 *
 * @param newest {@code null} if there is none
 * @param isUnderWay whether one is being written
 * @param logLength bytes of log that the newest one does not stand for
 * @param dueBeyond the next one is due when {@code logLength} exceeds this; {@link Long#MAX_VALUE} if none is taken
 *     but those that are asked for
 * @param problem what went wrong at the last try; {@code null} if nothing did
 */
public record SnapshotStatus(
        SnapshotReport newest, boolean isUnderWay, long logLength, long dueBeyond, String problem) {}
