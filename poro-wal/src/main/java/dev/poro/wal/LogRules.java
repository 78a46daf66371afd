package dev.poro.wal;

import static dev.poro.wal.FrameDescriptor.DURABLE_SEQUENCE_OFFSET;
import static dev.poro.wal.FrameDescriptor.FIRST_SEQUENCE_OFFSET;
import static dev.poro.wal.FrameDescriptor.LENGTH_OFFSET;
import static dev.poro.wal.FrameDescriptor.RECORD_COUNT_OFFSET;

import dev.poro.events.EventType;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordFlyweight;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The rules that every intact log keeps, beyond its checksums. {@link LogReader} stops at the first broken rule;
 * {@link DamageScan} reports it and reads on. Each method returns what is wrong, in words, or {@code null}.
 */
final class LogRules {
    private LogRules() {}

    /** All segments of a log have one log identity. */
    static String defectOfLogId(SegmentHeader header, long logId) {
        return header.logId == logId ? null : "the segment belongs to another log";
    }

    /** The numbers of segments have no gap. Two segments of the same number are the caller's concern. */
    static String defectOfNumber(long number, long numberBefore) {
        if (number <= numberBefore + 1) {
            return null;
        }
        return number == numberBefore + 2
                ? "segment " + (number - 1) + ", which comes before, is missing"
                : "segments " + (numberBefore + 1) + " to " + (number - 1) + ", which come before, are missing";
    }

    /**
     * A segment has a first sequence, or neither it nor any later segment is in use.
     *
     * @param frames of the segment; none was read yet
     */
    static String defectOfStart(FrameReader frames, boolean isLaterOneInUse) throws IOException {
        switch (frames.header().start) {
            case STARTED:
                return null;
            case TORN:
                return "the first sequence of the segment fails its checksum";
            case UNUSED:
                if (frames.endOfNonZero() > frames.offset()) {
                    return "the segment has no first sequence, but is not empty";
                }
                return isLaterOneInUse ? "the segment has no first sequence, but a later one is in use" : null;
        }
        throw new AssertionError(frames.header().start);
    }

    /** The version of the format never goes back from one segment to the next. */
    static String defectOfVersion(SegmentHeader header, int versionBefore) {
        return header.version >= versionBefore
                ? null
                : "a segment of format version " + header.version + " after one of version " + versionBefore;
    }

    /**
     * Time never goes backwards, nor does the position in the log of a cluster; and no frame was written after its own
     * events were known to be forced.
     *
     * @param lastPosition of the frame before, {@link ClusterPosition#NONE} if there is none
     */
    static String defectOfFields(FrameReader frame, long lastTimestamp, ClusterPosition lastPosition) {
        if (frame.timestamp() < lastTimestamp) {
            return "frame with timestamp " + frame.timestamp() + " after " + lastTimestamp;
        }
        String ofPosition = defectOfPosition(frame, lastPosition);
        if (ofPosition != null) {
            return ofPosition;
        }
        return frame.durableSequence() < frame.firstSequence()
                ? null
                : "frame of sequence " + frame.firstSequence() + " with durable sequence " + frame.durableSequence();
    }

    /** Once a frame has a position, all later ones have. A replica has one before its first event. */
    private static String defectOfPosition(FrameReader frame, ClusterPosition last) {
        if (frame.hasPosition()) {
            return frame.clusterPosition().defectAfter(last, frame.isMark());
        }
        boolean mayHaveNone =
                !last.isKnown() && (frame.isMark() || frame.header().version < SegmentDescriptor.REPLICA_VERSION);
        return mayHaveNone ? null : "frame of a replica without a position in the cluster's log";
    }

    /**
     * A frame of events holds as many well-formed records as its header says, and then only padding. Since version 2,
     * none of them is a mark.
     *
     * @param address of the next record
     * @param end of the frame
     * @param left records from {@code address} on
     * @param version of the segment
     */
    static String defectOfRecord(long address, long end, int left, int version) {
        if (left > 0) {
            String defect = RecordFlyweight.defectOf(address, end - address, version);
            return defect == null && version > FileHeader.FIRST_VERSION && isMark(address)
                    ? "a mark in a frame of events"
                    : defect;
        }
        return defectOfPadding(address, end);
    }

    /**
     * A frame without events holds one mark, and then only padding.
     *
     * @param address of its record
     * @param end of the frame
     * @param version of the segment
     */
    static String defectOfMark(long address, long end, int version) {
        String defect = RecordFlyweight.defectOf(address, end - address, version);
        if (defect != null) {
            return defect;
        }
        return isMark(address)
                ? defectOfPadding(address + RecordDescriptor.recordLength(0, RecordDescriptor.MARK_LENGTH), end)
                : "a frame without events that holds no mark";
    }

    private static boolean isMark(long record) {
        return EventType.ofCode(RawMemory.readByte(record + RecordDescriptor.TYPE_OFFSET))
                .isMark();
    }

    private static String defectOfPadding(long address, long end) {
        return end - address < FrameDescriptor.ALIGNMENT ? null : "bytes after the last record of the frame";
    }

    /**
     * Whether 40 bytes can be a frame header. Cheaper than its checksum, which alone would in the end accept noise.
     *
     * @param room bytes of the segment from {@code at} on
     * @param version of the segment
     */
    static boolean isLikelyFrameHeader(ByteBuffer buffer, int at, int room, int version) {
        int length = buffer.getInt(at + LENGTH_OFFSET);
        int counted = buffer.getInt(at + RECORD_COUNT_OFFSET);
        int flags = counted & FrameDescriptor.flagsOf(version);
        int records = counted & ~FrameDescriptor.flagsOf(version);
        long durable = buffer.getLong(at + DURABLE_SEQUENCE_OFFSET);
        return length > FrameDescriptor.headerLength(flags)
                && length % FrameDescriptor.ALIGNMENT == 0
                && length <= Math.min(room, FrameDescriptor.MAX_LENGTH)
                && isLikelyCount(records, length, flags, version)
                && durable >= 0
                && durable < buffer.getLong(at + FIRST_SEQUENCE_OFFSET);
    }

    private static boolean isLikelyCount(int records, int length, int flags, int version) {
        return records == 0
                ? version > FileHeader.FIRST_VERSION && length == FrameDescriptor.markFrameLength(flags)
                : records > 0 && records <= length / RecordDescriptor.HEADER_LENGTH;
    }
}
