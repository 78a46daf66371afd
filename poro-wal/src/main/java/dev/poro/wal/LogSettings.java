package dev.poro.wal;

import dev.poro.events.Limits;
import dev.poro.events.RecordDescriptor;

/** How a log is kept. Immutable. */
public final class LogSettings {
    /** Bytes of log that make a snapshot due, unless asked otherwise. */
    public static final long DEFAULT_SNAPSHOT_AFTER = 256L << 20;

    /** Bytes of a segment file, unless asked otherwise. */
    public static final int DEFAULT_SEGMENT_LENGTH = SegmentDescriptor.DEFAULT_LENGTH;

    private final SyncPolicy syncPolicy;
    private final RecoveryMode recoveryMode;
    /** Bytes of a log's first segment, if that takes the longest record. */
    private static final int FIRST_SEGMENT_LENGTH = 4 << 20;

    /** Bytes of a segment that its one record cannot have. */
    private static final int OVERHEAD =
            SegmentDescriptor.HEADER_LENGTH + FrameDescriptor.HEADER_LENGTH + FrameDescriptor.CLOSE_MARK_LENGTH;

    private final int segmentLength;
    private final int maxValueLength;
    private final long snapshotAfter;
    /** {@code null} for what is kept with the log. */
    private final Retention retention;

    private final boolean releases;

    /**
     * @param segmentLength bytes of a new segment file, a multiple of 4096 from 16 KiB to 1 GiB; segments that exist
     *     keep theirs, and the first one may have less
     */
    public LogSettings(SyncPolicy syncPolicy, RecoveryMode recoveryMode, int segmentLength) {
        this(syncPolicy, recoveryMode, segmentLength, Limits.MAX_VALUE_LENGTH, DEFAULT_SNAPSHOT_AFTER, null, true);
    }

    private LogSettings(
            SyncPolicy syncPolicy,
            RecoveryMode recoveryMode,
            int segmentLength,
            int maxValueLength,
            long snapshotAfter,
            Retention retention,
            boolean releases) {
        if (segmentLength < SegmentDescriptor.MIN_LENGTH
                || segmentLength > SegmentDescriptor.MAX_LENGTH
                || segmentLength % SegmentDescriptor.LENGTH_UNIT != 0) {
            throw new IllegalArgumentException("segment length must be a multiple of " + SegmentDescriptor.LENGTH_UNIT
                    + " from " + SegmentDescriptor.MIN_LENGTH + " to " + SegmentDescriptor.MAX_LENGTH + ": "
                    + segmentLength);
        }
        this.syncPolicy = syncPolicy;
        this.recoveryMode = recoveryMode;
        this.segmentLength = segmentLength;
        this.maxValueLength = maxValueLength;
        this.snapshotAfter = snapshotAfter;
        this.retention = retention;
        this.releases = releases;
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
        return new LogSettings(syncPolicy, recoveryMode, segmentLength, maxValueLength, bytes, retention, releases);
    }

    /**
     * These, with another history, which is kept with the log from then on: an opening that does not say how much keeps
     * what the last one said that did, and if none did, {@link Retention#NONE}.
     *
     * @param history {@code null} for what is kept with the log
     */
    public LogSettings retain(Retention history) {
        return new LogSettings(
                syncPolicy, recoveryMode, segmentLength, maxValueLength, snapshotAfter, history, releases);
    }

    /** These, for a log of which nothing is deleted as long as it is open, however much history it keeps. */
    public LogSettings releaseNothing() {
        return new LogSettings(
                syncPolicy, recoveryMode, segmentLength, maxValueLength, snapshotAfter, retention, false);
    }

    /**
     * These, for values of at most so many bytes: up to {@link Limits#MAX_VALUE_LENGTH}, which is what they are for
     * unless asked otherwise.
     */
    public LogSettings maxValueLength(int bytes) {
        if (bytes < 0 || bytes > Limits.MAX_VALUE_LENGTH) {
            throw new IllegalArgumentException(
                    "values of up to " + bytes + " bytes: from 0 to " + Limits.MAX_VALUE_LENGTH);
        }
        return new LogSettings(syncPolicy, recoveryMode, segmentLength, bytes, snapshotAfter, retention, releases);
    }

    /** Which segments are kept that opening does not need; {@code null} for what is kept with the log. */
    public Retention retention() {
        return retention;
    }

    /** Whether what is not kept is deleted. */
    boolean releases() {
        return releases;
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

    /** Bytes of the first segment of a log: so many as the longest record needs, and not many more. */
    int firstSegmentLength() {
        int needed = SegmentDescriptor.lengthFor(maxRecordLength() + OVERHEAD);
        return Math.min(segmentLength, Math.max(FIRST_SEGMENT_LENGTH, needed));
    }

    /** Bytes of the longest record: what values may have, and a new segment has room for. */
    public int maxRecordLength() {
        return Math.min(RecordDescriptor.recordLength(Limits.MAX_KEY_LENGTH, maxValueLength), segmentLength - OVERHEAD);
    }
}
