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
import dev.poro.wal.storage.StorageException;
import dev.poro.wal.storage.StorageFile;
import dev.poro.wal.storage.ZeroFill;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads the frames of one segment in order. Reads by calls rather than through a mapping, so that a failing disk or a
 * shrinking file is an {@link IOException} and not a signal. Trusts nothing before its checksum is verified; its buffer
 * never exceeds the file. Not thread-safe.
 */
final class FrameReader implements Closeable {
    private static final int WINDOW_LENGTH = 1 << 20;

    private final StorageFile file;
    private final SegmentHeader header;
    private final Checksum checksum;
    /** Which bits of a record count are flags. */
    private final int flagBits;

    private final int recordVersion;
    /** Bytes that can hold frames: of the segment, or of the file if that is shorter. */
    private final int limit;

    private final RecordFlyweight upcoming = new RecordFlyweight();

    private ByteBuffer window;
    private long windowAddress;
    private int windowOffset;
    private int windowLength;

    private int offset = SegmentDescriptor.HEADER_LENGTH;
    private int length;
    /** The sequence expected at {@link #offset}, or after the current frame; 0 if unknown. */
    private long nextSequence;

    private String defect;
    /** Bytes of a frame whose header is intact and whose body is damaged; 0 if there is none. */
    private int damagedLength;

    FrameReader(StorageFile file, SegmentHeader header) throws IOException {
        this(file, header, WINDOW_LENGTH);
    }

    /** @param windowLength bytes to read at once, unless a frame needs more */
    FrameReader(StorageFile file, SegmentHeader header, int windowLength) throws IOException {
        this.file = file;
        this.header = header;
        this.checksum = new Checksum(header.salt);
        this.flagBits = FrameDescriptor.flagsOf(header.version);
        this.recordVersion = SegmentDescriptor.recordVersion(header.version);
        this.nextSequence = header.start == SegmentHeader.Start.STARTED ? header.firstSequence : 0;
        this.limit = (int) Math.min(header.length, lengthOf(file));
        allocateWindow(Math.min(windowLength, limit));
    }

    /** The file's length. Closes the file on failure, because no reader exists yet to close it. */
    private static long lengthOf(StorageFile file) throws IOException {
        try {
            return file.length();
        } catch (IOException e) {
            file.close();
            throw e;
        }
    }

    /**
     * Begins after a frame that is not read again. Only before the first {@link #next}.
     *
     * @param end where that frame ends, an offset
     * @param sequence that follows it
     */
    void startAt(int end, long sequence) {
        offset = end;
        nextSequence = sequence;
    }

    SegmentHeader header() {
        return header;
    }

    StorageFile file() {
        return file;
    }

    /**
     * Moves to the next frame. Returns false if there is none: {@link #defect} is then {@code null} where the frames
     * end, or says what is wrong at {@link #offset}.
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
        if (frameLength <= headerLength()
                || frameLength % FrameDescriptor.ALIGNMENT != 0
                || (long) offset + frameLength > header.length
                || recordCount() < fewestRecords()) {
            defect = "frame of length " + Integer.toUnsignedString(frameLength) + " with " + recordCount() + " records";
            return false;
        }
        damagedLength = frameLength;
        nextSequence = Math.max(nextSequence, firstSequence());
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
        nextSequence = firstSequence() + recordCount();
        return true;
    }

    /** In version 1, marks are events, too. */
    private int fewestRecords() {
        return header.version == FileHeader.FIRST_VERSION ? 1 : 0;
    }

    /** Goes to the beginning of a frame: {@link #next} reads it. */
    void moveTo(int frameOffset) {
        offset = frameOffset;
        length = 0;
        damagedLength = 0;
        defect = null;
    }

    /** Discards the buffer, so that {@link #next} reads the file again at {@link #offset}. */
    void lookAgain() {
        windowLength = 0;
        damagedLength = 0;
        defect = null;
    }

    /** Whether a frame header of this segment follows what {@link #next} could not read. Reads the file again. */
    boolean isFollowed() throws IOException {
        windowLength = 0;
        return findHeaderFrom(afterDefect(), maxSequenceAtOffset()) >= 0;
    }

    /**
     * Skips what {@link #next} could not read, up to the next frame header of this segment. After a damaged header the
     * framing is lost, so every multiple of 8 is tried.
     *
     * @return whether there is such a header, whose frame {@link #next} reads; otherwise the position does not change
     */
    boolean resynchronise() throws IOException {
        int at = findHeaderFrom(afterDefect(), maxSequenceAtOffset());
        if (at < 0) {
            return false;
        }
        offset = at;
        length = 0;
        damagedLength = 0;
        defect = null;
        return true;
    }

    /** Where the next frame can begin: right after the damaged frame if its header is intact. */
    private int afterDefect() {
        return offset + (damagedLength > 0 ? damagedLength : FrameDescriptor.ALIGNMENT);
    }

    /** The highest possible first sequence of a frame at {@link #offset}. */
    private long maxSequenceAtOffset() {
        return nextSequence == 0 ? Long.MAX_VALUE : nextSequence;
    }

    /** @param maxSequence of a frame at {@link #offset}; it grows further on by the records that fit in between */
    private int findHeaderFrom(int from, long maxSequence) throws IOException {
        for (int at = from; at + HEADER_LENGTH <= limit; at += FrameDescriptor.ALIGNMENT) {
            if (isLikelyHeaderAt(at, maxSequenceAt(at, offset, maxSequence)) && isHeaderValidAt(at)) {
                return at;
            }
        }
        return -1;
    }

    /** The highest possible first sequence at {@code at}: that at {@code from}, plus the records that fit between. */
    private static long maxSequenceAt(int at, int from, long maxSequenceAtFrom) {
        int room = (at - from) / RecordDescriptor.HEADER_LENGTH;
        return maxSequenceAtFrom > Long.MAX_VALUE - room ? Long.MAX_VALUE : maxSequenceAtFrom + room;
    }

    /**
     * Cheaper than the checksum, and needed besides: over many places, 32 bits would in the end accept noise. A frame's
     * position bounds its length and its sequence, and these bound the other fields.
     */
    private boolean isLikelyHeaderAt(int at, long maxSequence) throws IOException {
        load(at, HEADER_LENGTH);
        int base = at - windowOffset;
        return LogRules.isLikelyFrameHeader(window, base, header.length - at, header.version)
                && window.getLong(base + FIRST_SEQUENCE_OFFSET) <= maxSequence;
    }

    private int loadInt(int at) throws IOException {
        load(at, HEADER_LENGTH);
        return window.getInt(at - windowOffset);
    }

    /** Whether the 40 bytes at {@code at} are a frame header of this segment. Does not change the position. */
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

    /** Whether the header of the damaged frame at {@link #offset} is intact. */
    boolean isHeaderIntact() {
        return damagedLength > 0;
    }

    /** Where the frame at {@link #offset}, intact or damaged, ends according to its header. */
    int frameEnd() {
        return Math.min(limit, offset + Math.max(length, damagedLength));
    }

    /** What is wrong with the records of the current frame, or {@code null}. */
    String defectOfRecords() {
        return defectOfRecords(length);
    }

    /** What is wrong with the records of the frame at {@link #offset}, whose bytes are in the window. */
    private String defectOfRecords(int frameLength) {
        RecordFlyweight record = new RecordFlyweight();
        long address = recordsAddress();
        long end = address + frameLength - headerLength();
        if (isMark()) {
            return LogRules.defectOfMark(address, end, recordVersion);
        }
        for (int left = recordCount(); ; left--) {
            String wrong = LogRules.defectOfRecord(address, end, left, recordVersion);
            if (wrong != null || left == 0) {
                return wrong;
            }
            address += record.wrap(address).length();
        }
    }

    /** Offset in the file of the current frame, or of the place where no frame could be read. */
    int offset() {
        return offset;
    }

    /** Bytes of the current frame. */
    int length() {
        return length;
    }

    /** The number of events; 0 if the frame is a mark. */
    int recordCount() {
        return counted() & ~flagBits;
    }

    /** Whether the frame is a mark, which takes no sequence. */
    boolean isMark() {
        return recordCount() == 0;
    }

    /** The record count with its flags. */
    private int counted() {
        return window.getInt(at(RECORD_COUNT_OFFSET));
    }

    private int headerLength() {
        return FrameDescriptor.headerLength(counted() & flagBits);
    }

    /** Of the first event; of a mark, that of the next event. */
    long firstSequence() {
        return window.getLong(at(FIRST_SEQUENCE_OFFSET));
    }

    long timestamp() {
        return window.getLong(at(TIMESTAMP_OFFSET));
    }

    /** The wall clock when the frame was begun, in milliseconds since the epoch; may have been wrong. */
    long wallClock() {
        boolean isThere = (counted() & flagBits & FrameDescriptor.HAS_WALL_CLOCK) != 0;
        return isThere ? window.getLong(at(FrameDescriptor.WALL_CLOCK_OFFSET)) : timestamp();
    }

    /** Whether the frame has a position in the log of a cluster. */
    boolean hasPosition() {
        return (counted() & flagBits & FrameDescriptor.HAS_POSITION) != 0;
    }

    /**
     * The position of the frame's last message in the log of a cluster; {@link ClusterPosition#NONE} if it has none.
     */
    ClusterPosition clusterPosition() {
        if (!hasPosition()) {
            return ClusterPosition.NONE;
        }
        int from = at(FrameDescriptor.positionOffset(counted() & flagBits));
        return new ClusterPosition(
                window.getLong(from), window.getLong(from + Long.BYTES), window.getLong(from + 2 * Long.BYTES));
    }

    long durableSequence() {
        return window.getLong(at(DURABLE_SEQUENCE_OFFSET));
    }

    /** The address of the first record; the rest of the frame follows. Valid until {@link #next} is called. */
    long recordsAddress() {
        return windowAddress + at(headerLength());
    }

    /** Bytes of the records and their padding. */
    int recordsLength() {
        return length - headerLength();
    }

    /**
     * Shows the visitor events that are likely to come, across frames, as far as the window reaches. Does not change
     * the position.
     *
     * @param address of a record of the current frame, the first to show
     * @param most records to show
     * @return how many were shown
     */
    int showUpcoming(long address, int most, LogVisitor visitor) {
        long windowEnd = windowAddress + windowLength;
        long frameEnd = windowAddress + at(length);
        long next = address;
        int shown = 0;
        while (shown < most) {
            if (frameEnd - next < FrameDescriptor.ALIGNMENT) {
                long frame = frameEnd;
                next = frame + FrameDescriptor.MAX_HEADER_LENGTH;
                if (next > windowEnd) {
                    break;
                }
                int nextLength = RawMemory.readInt(frame + LENGTH_OFFSET);
                int counted = RawMemory.readInt(frame + RECORD_COUNT_OFFSET);
                frameEnd = frame + nextLength;
                next = frame + FrameDescriptor.headerLength(counted & flagBits);
                if (nextLength > HEADER_LENGTH && (counted & ~flagBits) == 0) {
                    next = frameEnd; // a mark is no event
                    continue;
                }
            }
            if (frameEnd > windowEnd || RecordFlyweight.defectOf(next, frameEnd - next, recordVersion) != null) {
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

    /** The end of the last byte that is not zero, or {@link #offset} if only zeros follow. */
    int endOfNonZero() throws IOException {
        return ZeroFill.endOfNonZero(file, offset, limit);
    }

    /**
     * Searches from {@link #offset} on for proof that what is lost there was forced: a frame header of this segment
     * that was written when {@code sequence}, or all that came before the frame, was known to be durable. Since the
     * framing is lost, every multiple of 8 is tried. Bodies are skipped if the frame is intact, or if its records fill
     * it exactly: a user can put a header into a value.
     *
     * @param bound what such a header can contain
     * @return its offset, or -1
     */
    int findProofThatDurable(long sequence, HeaderBound bound) throws IOException {
        int start = FrameDescriptor.align(offset);
        int at = isFilledByRecords() ? offset + damagedLength : start;
        while (at + HEADER_LENGTH <= limit) {
            long maxSequence = maxSequenceAt(at, start, bound.maxSequence());
            if (!isLikelyHeaderAt(at, maxSequence) || timestampAt(at) < bound.minTimestamp() || !isHeaderValidAt(at)) {
                at += FrameDescriptor.ALIGNMENT;
                continue;
            }
            // A frame says nothing of itself.
            if (durableSequenceAt(at) >= sequence || (at > start && followsForcedAt(at, sequence))) {
                return at;
            }
            at += isBodyIntactAt(at) ? lengthAt(at) : FrameDescriptor.ALIGNMENT;
        }
        return -1;
    }

    /** Whether the records of a damaged body fill it exactly as the intact header says. */
    private boolean isFilledByRecords() throws IOException {
        if (damagedLength == 0 || offset + damagedLength > limit) {
            return false;
        }
        load(offset, damagedLength);
        return defectOfRecords(damagedLength) == null;
    }

    /** Whether the frame at {@link #offset}, in a later segment than what is lost, proves that this was forced. */
    boolean isProof(long sequence) {
        return durableSequence() >= sequence || followsForcedAt(offset, sequence);
    }

    /**
     * Whether all before a frame was forced, and the frame comes after what is lost. Only this can prove that a mark
     * was forced: a mark has no sequence that could be durable.
     */
    private boolean followsForcedAt(int at, long sequence) {
        int counted = window.getInt(at - windowOffset + RECORD_COUNT_OFFSET);
        return (counted & flagBits & FrameDescriptor.FOLLOWS_FORCED) != 0 && firstSequenceAt(at) >= sequence;
    }

    private long firstSequenceAt(int at) {
        return window.getLong(at - windowOffset + FIRST_SEQUENCE_OFFSET);
    }

    private int lengthAt(int at) {
        return window.getInt(at - windowOffset + LENGTH_OFFSET);
    }

    private long timestampAt(int at) {
        return window.getLong(at - windowOffset + TIMESTAMP_OFFSET);
    }

    private long durableSequenceAt(int at) {
        return window.getLong(at - windowOffset + DURABLE_SEQUENCE_OFFSET);
    }

    /** Whether the body of a frame with an intact header is intact, too. */
    private boolean isBodyIntactAt(int at) throws IOException {
        int frameLength = lengthAt(at);
        if (at + frameLength > limit) {
            return false;
        }
        load(at, frameLength);
        int base = at - windowOffset;
        return window.getInt(base + BODY_CRC_OFFSET) == checksum.of(window, base + HEADER_LENGTH, base + frameLength);
    }

    /** Loads {@code needed} bytes from offset {@code from} into the window; fewer only at the limit. */
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
