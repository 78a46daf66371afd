package dev.poro.wal;

/**
 * The status of an open log's snapshots.
 *
 * @param newest {@code null} if there is none
 * @param isUnderWay whether one is being written
 * @param logLength bytes of log that the newest one does not cover
 * @param dueBeyond the next one is due when {@code logLength} exceeds this; {@link Long#MAX_VALUE} if snapshots are
 *     taken on request only
 * @param problem why the last try failed; {@code null} if it did not
 */
public record SnapshotStatus(
        SnapshotReport newest, boolean isUnderWay, long logLength, long dueBeyond, String problem) {}
