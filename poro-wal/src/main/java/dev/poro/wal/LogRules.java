package dev.poro.wal;

import static dev.poro.wal.FrameDescriptor.DURABLE_SEQUENCE_OFFSET;
import static dev.poro.wal.FrameDescriptor.FIRST_SEQUENCE_OFFSET;
import static dev.poro.wal.FrameDescriptor.LENGTH_OFFSET;
import static dev.poro.wal.FrameDescriptor.RECORD_COUNT_OFFSET;

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

    /** Time never goes backwards, and no frame was written after its own events were known to be forced. */
    static String defectOfFields(FrameReader frame, long lastTimestamp) {
        if (frame.timestamp() < lastTimestamp) {
            return "frame with timestamp " + frame.timestamp() + " after " + lastTimestamp;
        }
        return frame.durableSequence() < frame.firstSequence()
                ? null
                : "frame of sequence " + frame.firstSequence() + " with durable sequence " + frame.durableSequence();
    }

    /**
     * A frame holds as many well-formed records as its header says, and then only padding.
     *
     * @param address of the next record
     * @param end of the frame
     * @param left records from {@code address} on
     */
    static String defectOfRecord(long address, long end, int left) {
        if (left > 0) {
            return RecordFlyweight.defectOf(address, end - address);
        }
        return end - address < FrameDescriptor.ALIGNMENT ? null : "bytes after the last record of the frame";
    }

    /**
     * Whether 40 bytes can be a frame header. Cheaper than its checksum, which alone would in the end accept noise.
     *
     * @param room bytes of the segment from {@code at} on
     */
    static boolean isLikelyFrameHeader(ByteBuffer buffer, int at, int room) {
        int length = buffer.getInt(at + LENGTH_OFFSET);
        int records = buffer.getInt(at + RECORD_COUNT_OFFSET);
        long durable = buffer.getLong(at + DURABLE_SEQUENCE_OFFSET);
        return length > FrameDescriptor.HEADER_LENGTH
                && length % FrameDescriptor.ALIGNMENT == 0
                && length <= Math.min(room, FrameDescriptor.MAX_LENGTH)
                && records > 0
                && records <= length / RecordDescriptor.HEADER_LENGTH
                && durable >= 0
                && durable < buffer.getLong(at + FIRST_SEQUENCE_OFFSET);
    }
}
