package dev.poro.wal;

import dev.poro.events.Limits;

/** How a log is kept. Immutable. */
public final class LogSettings {
    /** Bytes of log that make a snapshot due, unless asked otherwise. */
    public static final long DEFAULT_SNAPSHOT_AFTER = 256L << 20;

    /** Bytes of a segment file, unless asked otherwise. */
    public static final int DEFAULT_SEGMENT_LENGTH = SegmentDescriptor.DEFAULT_LENGTH;

    private final SyncPolicy syncPolicy;
    private final RecoveryMode recoveryMode;
    private final int segmentLength;
    private final long snapshotAfter;
    private final Retention retention;

    /**
     * @param segmentLength bytes of a new segment file, a multiple of 4096 from 16 KiB to 1 GiB; segments that exist
     *     keep theirs
     */
    public LogSettings(SyncPolicy syncPolicy, RecoveryMode recoveryMode, int segmentLength) {
        this(syncPolicy, recoveryMode, segmentLength, DEFAULT_SNAPSHOT_AFTER, Retention.NONE);
    }

    private LogSettings(
            SyncPolicy syncPolicy,
            RecoveryMode recoveryMode,
            int segmentLength,
            long snapshotAfter,
            Retention retention) {
        if (segmentLength < SegmentDescriptor.MIN_LENGTH
                || segmentLength > SegmentDescriptor.MAX_LENGTH
                || segmentLength % 4096 != 0) {
            throw new IllegalArgumentException("segment length must be a multiple of 4096 from "
                    + SegmentDescriptor.MIN_LENGTH + " to " + SegmentDescriptor.MAX_LENGTH + ": " + segmentLength);
        }
        this.syncPolicy = syncPolicy;
        this.recoveryMode = recoveryMode;
        this.segmentLength = segmentLength;
        this.snapshotAfter = snapshotAfter;
        this.retention = retention;
    }

    /**
     * These, with another limit for the log since the last snapshot. A snapshot is taken once the log is longer than
     * that and than the live data.
     *
     * @param bytes 0 or more; {@link Long#MAX_VALUE} for no snapshots but those that are asked for
     */
    public LogSettings snapshotAfter(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("a snapshot after " + bytes + " bytes of log: 0 or more");
        }
        return new LogSettings(syncPolicy, recoveryMode, segmentLength, bytes, retention);
    }

    /** These, with another history; {@link Retention#NONE} unless asked otherwise. */
    public LogSettings retain(Retention history) {
        return new LogSettings(syncPolicy, recoveryMode, segmentLength, snapshotAfter, history);
    }

    /** Which segments are kept that opening does not need. */
    public Retention retention() {
        return retention;
    }

    /** When an event counts as acknowledged. */
    public SyncPolicy syncPolicy() {
        return syncPolicy;
    }

    /** How far recovery may go without being told. */
    public RecoveryMode recoveryMode() {
        return recoveryMode;
    }

    /** Bytes of log since the last snapshot that make the next one due. */
    public long snapshotAfter() {
        return snapshotAfter;
    }

    /** Bytes of a new segment file. */
    public int segmentLength() {
        return segmentLength;
    }

    /** Bytes of the longest record that a new segment can take. */
    public int maxRecordLength() {
        int room = segmentLength - SegmentDescriptor.HEADER_LENGTH - FrameDescriptor.CLOSE_MARK_LENGTH;
        return Math.min(Limits.MAX_RECORD_LENGTH, room - FrameDescriptor.HEADER_LENGTH);
    }
}
