package dev.poro.wal;

import static dev.poro.wal.FrameDescriptor.BODY_CRC_OFFSET;
import static dev.poro.wal.FrameDescriptor.DURABLE_SEQUENCE_OFFSET;
import static dev.poro.wal.FrameDescriptor.FIRST_SEQUENCE_OFFSET;
import static dev.poro.wal.FrameDescriptor.HEADER_CRC_OFFSET;
import static dev.poro.wal.FrameDescriptor.HEADER_LENGTH;
import static dev.poro.wal.FrameDescriptor.LENGTH_OFFSET;
import static dev.poro.wal.FrameDescriptor.RECORD_COUNT_OFFSET;
import static dev.poro.wal.FrameDescriptor.TIMESTAMP_OFFSET;

import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordFlyweight;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads the frames of one segment in their order, through calls rather than a mapping: a file that shrinks or a disk
 * that fails is then an {@link IOException}, not a signal. Trusts nothing before its checksum; its buffer never
 * exceeds the file. Not thread-safe.
 */
final class FrameReader implements Closeable {
    private static final int WINDOW_LENGTH = 1 << 20;

    private final StorageFile file;
    private final SegmentHeader header;
    private final Checksum checksum;
    /** Bytes that can hold frames: of the segment, or of the file if that is shorter. */
    private final int limit;

    private final RecordFlyweight upcoming = new RecordFlyweight();

    private ByteBuffer window;
    private long windowAddress;
    private int windowOffset;
    private int windowLength;

    private int offset = SegmentDescriptor.HEADER_LENGTH;
    private int length;
    private String defect;
    /** Bytes of a frame of which only the body is damaged, so that its length can be trusted; 0 if there is none. */
    private int damagedLength;

    FrameReader(StorageFile file, SegmentHeader header) throws IOException {
        this.file = file;
        this.header = header;
        this.checksum = new Checksum(header.salt);
        this.limit = (int) Math.min(header.length, lengthOf(file));
        allocateWindow(Math.min(WINDOW_LENGTH, limit));
    }

    /** The length of a file that nobody but this reader will close. */
    private static long lengthOf(StorageFile file) throws IOException {
        try {
            return file.length();
        } catch (IOException e) {
            file.close();
            throw e;
        }
    }

    SegmentHeader header() {
        return header;
    }

    StorageFile file() {
        return file;
    }

    /**
     * Moves to the next frame. Returns false where there is none: {@link #defect} is then {@code null} if the frames
     * simply end, or says what is wrong at {@link #offset}.
     */
    boolean next() throws IOException {
        offset += length;
        length = 0;
        if (offset + HEADER_LENGTH > limit || loadInt(offset) == 0) {
            return false;
        }
        if (!isHeaderValidAt(offset)) {
            defect = "frame header fails its checksum";
            return false;
        }
        int frameLength = window.getInt(at(LENGTH_OFFSET));
        if (frameLength <= HEADER_LENGTH
                || frameLength % FrameDescriptor.ALIGNMENT != 0
                || (long) offset + frameLength > header.length
                || window.getInt(at(RECORD_COUNT_OFFSET)) <= 0) {
            defect = "frame of length " + Integer.toUnsignedString(frameLength) + " with "
                    + window.getInt(at(RECORD_COUNT_OFFSET)) + " records";
            return false;
        }
        damagedLength = frameLength;
        if (offset + frameLength > limit) {
            defect = "frame of length " + frameLength + " cut short by the end of the file";
            return false;
        }
        load(offset, frameLength);
        int bodyCrc = window.getInt(at(BODY_CRC_OFFSET));
        int computed = checksum.of(window, at(HEADER_LENGTH), at(frameLength));
        if (bodyCrc != computed) {
            defect = "frame body fails its checksum";
            return false;
        }
        damagedLength = 0;
        length = frameLength;
        return true;
    }

    /**
     * Goes on behind what {@link #next} could not read: to the next place that has a frame header of this segment.
     * Behind a damaged header framing is lost, and every multiple of 8 is tried.
     *
     * @return whether there is one; {@link #next} then reads its frame. If not, nothing moves
     */
    boolean resynchronise() throws IOException {
        int from = offset + (damagedLength > 0 ? damagedLength : FrameDescriptor.ALIGNMENT);
        for (int at = from; at + HEADER_LENGTH <= limit; at += FrameDescriptor.ALIGNMENT) {
            if (isLikelyHeaderAt(at) && isHeaderValidAt(at)) {
                offset = at;
                length = 0;
                damagedLength = 0;
                defect = null;
                return true;
            }
        }
        return false;
    }

    /**
     * Cheaper than the checksum, and more: 32 bits of it alone would sooner or later take noise for a header, whose
     * sequence would then hide all that follows.
     */
    private boolean isLikelyHeaderAt(int at) throws IOException {
        load(at, HEADER_LENGTH);
        int base = at - windowOffset;
        int frameLength = window.getInt(base + LENGTH_OFFSET);
        int records = window.getInt(base + RECORD_COUNT_OFFSET);
        long durable = window.getLong(base + DURABLE_SEQUENCE_OFFSET);
        return frameLength > HEADER_LENGTH
                && frameLength % FrameDescriptor.ALIGNMENT == 0
                && (long) at + frameLength <= header.length
                && records > 0
                && records <= frameLength / RecordDescriptor.HEADER_LENGTH
                && durable >= 0
                && durable < window.getLong(base + FIRST_SEQUENCE_OFFSET);
    }

    private int loadInt(int at) throws IOException {
        load(at, HEADER_LENGTH);
        return window.getInt(at - windowOffset);
    }

    /** Whether the 40 bytes at {@code at} are a frame header of this segment. Moves nothing. */
    private boolean isHeaderValidAt(int at) throws IOException {
        load(at, HEADER_LENGTH);
        int base = at - windowOffset;
        int headerCrc = window.getInt(base + HEADER_CRC_OFFSET);
        int computed = checksum.of(window, base, base + HEADER_CRC_OFFSET);
        return headerCrc == computed;
    }

    /** What is wrong at {@link #offset}, or {@code null}. */
    String defect() {
        return defect;
    }

    /** Whether only the body is damaged at {@link #offset}: what the header says of the frame holds. */
    boolean isHeaderWhole() {
        return damagedLength > 0;
    }

    /** Where the frame at {@link #offset}, whole or damaged, ends according to its header. */
    int frameEnd() {
        return Math.min(limit, offset + Math.max(length, damagedLength));
    }

    /** What is wrong with the records of the current frame, or {@code null}. */
    String defectOfRecords() {
        RecordFlyweight record = new RecordFlyweight();
        long address = recordsAddress();
        long end = address + recordsLength();
        for (int i = recordCount(); i > 0; i--) {
            String wrong = RecordFlyweight.defectOf(address, end - address);
            if (wrong != null) {
                return wrong;
            }
            address += record.wrap(address).length();
        }
        return end - address >= FrameDescriptor.ALIGNMENT ? "bytes behind the last record of the frame" : null;
    }

    /** In the file: where the current frame begins, or where there is none. */
    int offset() {
        return offset;
    }

    /** Bytes of the current frame. */
    int length() {
        return length;
    }

    int recordCount() {
        return window.getInt(at(RECORD_COUNT_OFFSET));
    }

    long firstSequence() {
        return window.getLong(at(FIRST_SEQUENCE_OFFSET));
    }

    long timestamp() {
        return window.getLong(at(TIMESTAMP_OFFSET));
    }

    long durableSequence() {
        return window.getLong(at(DURABLE_SEQUENCE_OFFSET));
    }

    /** The address of the first record; the rest of the frame follows. Valid until the next call of {@link #next}. */
    long recordsAddress() {
        return windowAddress + at(HEADER_LENGTH);
    }

    /** Bytes of the records and their padding. */
    int recordsLength() {
        return length - HEADER_LENGTH;
    }

    /**
     * Shows what is likely to come: records from {@code address} on, a record of the current frame, over frame after
     * frame as far as the window goes. Moves nothing.
     *
     * @param most records to show
     * @return how many were shown
     */
    int showUpcoming(long address, int most, RecordVisitor visitor) {
        long windowEnd = windowAddress + windowLength;
        long frameEnd = windowAddress + at(length);
        long next = address;
        int shown = 0;
        while (shown < most) {
            if (frameEnd - next < FrameDescriptor.ALIGNMENT) {
                next = frameEnd + HEADER_LENGTH;
                if (next > windowEnd) {
                    break;
                }
                frameEnd += RawMemory.readInt(frameEnd + LENGTH_OFFSET);
            }
            if (frameEnd > windowEnd || RecordFlyweight.defectOf(next, frameEnd - next) != null) {
                break;
            }
            visitor.onUpcoming(upcoming.wrap(next));
            next += upcoming.length();
            shown++;
        }
        return shown;
    }

    private int at(int fieldOffset) {
        return offset - windowOffset + fieldOffset;
    }

    /** The offset behind the last byte that is not zero, or {@link #offset} if only zeros follow. */
    int endOfNonZero() throws IOException {
        return Zeros.endOfNonZero(file, offset, limit);
    }

    /**
     * Looks behind {@link #offset} for proof that an event was forced: a frame header of this segment that was
     * written when {@code sequence} was known to be durable. Returns its offset, or -1. Since framing is lost, every
     * multiple of 8 is tried.
     */
    int findProofThatDurable(long sequence) throws IOException {
        int from = FrameDescriptor.align(offset);
        for (int at = from; at + HEADER_LENGTH <= limit; at += FrameDescriptor.ALIGNMENT) {
            load(at, HEADER_LENGTH);
            int base = at - windowOffset;
            if (window.getInt(base + LENGTH_OFFSET) != 0
                    && window.getLong(base + DURABLE_SEQUENCE_OFFSET) >= sequence
                    && window.getLong(base + FIRST_SEQUENCE_OFFSET) > window.getLong(base + DURABLE_SEQUENCE_OFFSET)
                    && isHeaderValidAt(at)) {
                return at;
            }
        }
        return -1;
    }

    /** Makes the bytes from {@code from} on lie in the window: {@code needed} of them, fewer only at the limit. */
    private void load(int from, int needed) throws IOException {
        if (from >= windowOffset && from + needed <= windowOffset + windowLength) {
            return;
        }
        if (needed > window.capacity()) {
            allocateWindow(needed);
        }
        window.clear().limit(Math.min(window.capacity(), limit - from));
        windowOffset = from;
        windowLength = file.read(window, from);
        window.clear();
        if (windowLength < Math.min(needed, limit - from)) {
            throw StorageException.shrank(file, windowLength, from, limit - from);
        }
    }

    private void allocateWindow(int capacity) {
        releaseWindow();
        window = RawMemory.allocateBuffer(capacity).order(ByteOrder.LITTLE_ENDIAN);
        windowAddress = RawMemory.addressOf(window);
        windowLength = 0;
    }

    @Override
    public void close() throws IOException {
        releaseWindow();
        file.close();
    }

    private void releaseWindow() {
        if (window != null) {
            RawMemory.release(window);
            window = null;
        }
    }
}
