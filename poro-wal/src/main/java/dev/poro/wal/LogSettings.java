package dev.poro.wal;

import dev.poro.events.Limits;

/** How a log is kept. Immutable. */
public final class LogSettings {
    /** Bytes of a segment file, unless asked otherwise. */
    public static final int DEFAULT_SEGMENT_LENGTH = SegmentDescriptor.DEFAULT_LENGTH;

    private final SyncPolicy syncPolicy;
    private final RecoveryMode recoveryMode;
    private final int segmentLength;

    /**
     * @param segmentLength bytes of a new segment file, a multiple of 4096 from 16 KiB to 1 GiB; segments that exist
     *     keep theirs
     */
    public LogSettings(SyncPolicy syncPolicy, RecoveryMode recoveryMode, int segmentLength) {
        if (segmentLength < SegmentDescriptor.MIN_LENGTH
                || segmentLength > SegmentDescriptor.MAX_LENGTH
                || segmentLength % 4096 != 0) {
            throw new IllegalArgumentException("segment length must be a multiple of 4096 from "
                    + SegmentDescriptor.MIN_LENGTH + " to " + SegmentDescriptor.MAX_LENGTH + ": " + segmentLength);
        }
        this.syncPolicy = syncPolicy;
        this.recoveryMode = recoveryMode;
        this.segmentLength = segmentLength;
    }

    /** When an event counts as acknowledged. */
    public SyncPolicy syncPolicy() {
        return syncPolicy;
    }

    /** How far recovery may go without being told. */
    public RecoveryMode recoveryMode() {
        return recoveryMode;
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
