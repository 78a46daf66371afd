package dev.poro.wal;

import static dev.poro.wal.FrameDescriptor.CLOSE_MARK_LENGTH;

import dev.poro.events.RawMemory;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.openhft.chronicle.bytes.BytesStore;
import net.openhft.chronicle.bytes.PointerBytesStore;

/**
 * Appends frames to one segment. Single writer: the journaling thread, except for {@link #force} and
 * {@link #close}.
 *
 * <p>Where the file system allows it ({@link Storage#mapsSafely}) a frame is built in place, in the mapped segment,
 * and exists from the store of its length on. Elsewhere it is built in a buffer and written when it ends.
 */
final class SegmentWriter implements Closeable {
    private final StorageFile file;
    private final SegmentHeader header;
    private final boolean mapped;
    private final PointerBytesStore memory;
    private final ByteBuffer buffer;
    private final ByteBuffer frameHeader =
            ByteBuffer.allocateDirect(FrameDescriptor.HEADER_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    private final long frameHeaderAddress = RawMemory.addressOf(frameHeader);
    private final Checksum checksum;

    /** In the file: where the frame under way begins, or the next one will. */
    private int frameOffset;
    /** Bytes of the frame under way, without padding; 0 when there is none. */
    private int frameLength;

    private int recordCount;
    private boolean started;

    /**
     * @param file preallocated to the segment's whole length
     * @param end where the next frame goes
     */
    SegmentWriter(StorageFile file, SegmentHeader header, int end, boolean mapped) throws IOException {
        this.file = file;
        this.header = header;
        this.mapped = mapped;
        this.checksum = new Checksum(header.salt);
        this.frameOffset = end;
        this.started = header.start == SegmentHeader.Start.STARTED;
        this.buffer = (mapped ? file.map(header.length) : ByteBuffer.allocateDirect(stagingLength(header)))
                .order(ByteOrder.LITTLE_ENDIAN);
        this.memory = BytesStore.nativePointer();
        this.memory.set(RawMemory.addressOf(buffer), buffer.capacity());
    }

    private static int stagingLength(SegmentHeader header) {
        return Math.min(header.length, FrameDescriptor.MAX_LENGTH);
    }

    SegmentHeader header() {
        return header;
    }

    StorageFile file() {
        return file;
    }

    /** Bytes of the file that hold the header and ended frames. */
    int end() {
        return frameOffset;
    }

    boolean isStarted() {
        return started;
    }

    boolean isInFrame() {
        return frameLength > 0;
    }

    /** Whether the frame under way should end before it takes another record. */
    boolean isFrameFull() {
        return frameLength >= FrameDescriptor.FULL_LENGTH;
    }

    /** Whether a record still fits, with the place for the mark of a clean close kept free behind it. */
    boolean hasRoomFor(int recordLength) {
        return frameEndWith(recordLength) + CLOSE_MARK_LENGTH <= header.length;
    }

    /** Whether a record still fits if it may take that place: the mark itself. */
    boolean hasRoomForLast(int recordLength) {
        return frameEndWith(recordLength) <= header.length;
    }

    private long frameEndWith(int recordLength) {
        int length = isInFrame() ? frameLength : FrameDescriptor.HEADER_LENGTH;
        return (long) frameOffset + FrameDescriptor.align(length + recordLength);
    }

    /** Stores the second part of the header: from now on the segment is in use. */
    void start(long firstSequence) throws IOException {
        ByteBuffer encoded = header.encodeIdentity();
        header.encodeStart(encoded, firstSequence);
        if (mapped) {
            RawMemory.copy(
                    RawMemory.addressOf(encoded) + SegmentDescriptor.START_OFFSET,
                    memory.addressForWrite(SegmentDescriptor.START_OFFSET),
                    SegmentDescriptor.HEADER_LENGTH - SegmentDescriptor.START_OFFSET);
        } else {
            encoded.position(SegmentDescriptor.START_OFFSET);
            file.write(encoded, SegmentDescriptor.START_OFFSET);
        }
        started = true;
    }

    /** Copies a record into the frame under way, or into a new one. The caller has checked the room. */
    void append(long recordAddress, int recordLength) {
        if (frameLength == 0) {
            frameLength = FrameDescriptor.HEADER_LENGTH;
            recordCount = 0;
        }
        RawMemory.copy(recordAddress, memory.addressForWrite(frameBase() + frameLength), recordLength);
        frameLength += recordLength;
        recordCount++;
    }

    /** Where the frame under way lies in {@link #memory}. */
    private int frameBase() {
        return mapped ? frameOffset : 0;
    }

    /** Completes the frame under way: checksums, header, and last its length. */
    void endFrame(long firstSequence, long timestamp, long durableSequence) throws IOException {
        int base = frameBase();
        int aligned = FrameDescriptor.align(frameLength);
        if (aligned > frameLength) {
            RawMemory.fill(memory.addressForWrite(base + frameLength), aligned - frameLength, (byte) 0);
        }
        frameHeader
                .putInt(FrameDescriptor.LENGTH_OFFSET, aligned)
                .putInt(FrameDescriptor.RECORD_COUNT_OFFSET, recordCount)
                .putLong(FrameDescriptor.FIRST_SEQUENCE_OFFSET, firstSequence)
                .putLong(FrameDescriptor.TIMESTAMP_OFFSET, timestamp)
                .putLong(FrameDescriptor.DURABLE_SEQUENCE_OFFSET, durableSequence)
                .putInt(
                        FrameDescriptor.BODY_CRC_OFFSET,
                        checksum.of(buffer, base + FrameDescriptor.HEADER_LENGTH, base + aligned));
        frameHeader.putInt(
                FrameDescriptor.HEADER_CRC_OFFSET, checksum.of(frameHeader, 0, FrameDescriptor.HEADER_CRC_OFFSET));
        RawMemory.copy(
                frameHeaderAddress + FrameDescriptor.RECORD_COUNT_OFFSET,
                memory.addressForWrite(base + FrameDescriptor.RECORD_COUNT_OFFSET),
                FrameDescriptor.HEADER_LENGTH - FrameDescriptor.RECORD_COUNT_OFFSET);
        memory.writeOrderedInt(base + FrameDescriptor.LENGTH_OFFSET, aligned);
        if (!mapped) {
            file.write(buffer.limit(aligned), frameOffset);
            buffer.clear();
        }
        frameOffset += aligned;
        frameLength = 0;
    }

    /** Forces every ended frame. Any thread. */
    void force() throws IOException {
        file.force();
    }

    /**
     * Forces every frame of a segment that the journaling thread has left, and closes it. Any thread. It is unmapped
     * first: to write back a page that is mapped, the kernel has to interrupt every processor that may have it in its
     * TLB, page by page, and that slows the writer down (measured: by a quarter).
     */
    void forceAndClose() throws IOException {
        file.unmap();
        try {
            file.force();
        } finally {
            file.close();
        }
    }

    /** Unmaps and closes, without forcing. The journaling thread has moved on. */
    @Override
    public void close() throws IOException {
        file.close();
    }
}
