package dev.poro.wal;

import static dev.poro.wal.FrameDescriptor.CLOSE_MARK_LENGTH;

import dev.poro.events.RawMemory;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageException;
import dev.poro.wal.storage.StorageFile;
import dev.poro.wal.storage.ZeroFill;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;

/**
 * Appends frames to one segment. Single writer: the journaling thread, except for {@link #force} and
 * {@link #close}.
 *
 * <p>A frame is built in a buffer. When it ends, it is copied into the mapped segment, and exists from the store of
 * its length on; or it is written, where the file system asks for that ({@link Storage#mapsSafely}) or every frame is
 * forced. Nothing is ever read from the mapping: the JVM survives a store into a file that somebody has cut short, but
 * not a checksum over it.
 */
final class SegmentWriter implements Closeable {
    /** Bytes of the buffer for frames, unless one takes more. */
    private static final int USUAL_FRAME_LENGTH = 64 << 10;

    private static final int PAGE_LENGTH = 4096;
    private static final long NOT_MAPPED = 0;

    /**
     * How often a force also looks the file up. Not each time: since Linux 6.13, a write to a file whose times somebody
     * has asked for since the last one gives it new ones, and that costs the next force half its time again (measured:
     * 60 of 190 us).
     */
    private static final long LOOK_PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final StorageFile file;
    private final SegmentHeader header;
    /** Of the mapped segment; {@link #NOT_MAPPED} where frames are written. The file keeps the mapping. */
    private final long mapAddress;

    private final ForceTimer forces;
    private final Checksum checksum;
    private ByteBuffer frame;
    private long frameAddress;

    /** In the file: where the frame under way begins, or the next one will. */
    private int frameOffset;
    /** Bytes of the frame under way, without padding; 0 when there is none. */
    private int frameLength;

    private int recordCount;
    private boolean started;
    /** {@link System#nanoTime} of the last force that has looked the file up. */
    private volatile long lookedAt;

    /**
     * @param file preallocated to the segment's whole length
     * @param end where the next frame goes
     * @param forces of the log
     */
    SegmentWriter(StorageFile file, SegmentHeader header, int end, boolean mapped, ForceTimer forces)
            throws IOException {
        this.file = file;
        this.header = header;
        this.forces = forces;
        this.checksum = new Checksum(header.salt);
        this.frameOffset = end;
        this.started = header.start == SegmentHeader.Start.STARTED;
        this.lookedAt = System.nanoTime();
        this.mapAddress = mapped ? RawMemory.addressOf(file.map(header.length)) : NOT_MAPPED;
        allocateFrame(Math.min(header.length, USUAL_FRAME_LENGTH));
    }

    private void allocateFrame(int capacity) {
        frame = RawMemory.allocateBuffer(capacity).order(ByteOrder.LITTLE_ENDIAN);
        frameAddress = RawMemory.addressOf(frame);
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

    /**
     * Has the kernel make every page of the mapping writable now, in the background, rather than one by one when the
     * journaling thread first stores to them. The segment is unused: it keeps its zeros.
     */
    void touchPages() {
        if (mapAddress != NOT_MAPPED) {
            for (int page = SegmentDescriptor.HEADER_LENGTH; page < header.length; page += PAGE_LENGTH) {
                RawMemory.writeLong(mapAddress + page, 0);
            }
        }
    }

    /**
     * Stores the second part of the header: from now on the segment is in use.
     *
     * @throws FrameRefusedException if it could not be written: as long as no frame follows, nothing rests on it, and
     *     it may be written again
     */
    void start(long firstSequence) throws IOException {
        ByteBuffer encoded = header.encodeIdentity();
        header.encodeStart(encoded, firstSequence);
        if (mapAddress != NOT_MAPPED) {
            RawMemory.copy(
                    RawMemory.addressOf(encoded) + SegmentDescriptor.START_OFFSET,
                    mapAddress + SegmentDescriptor.START_OFFSET,
                    SegmentDescriptor.HEADER_LENGTH - SegmentDescriptor.START_OFFSET);
        } else {
            encoded.position(SegmentDescriptor.START_OFFSET);
            try {
                file.write(encoded, SegmentDescriptor.START_OFFSET);
            } catch (IOException e) {
                throw new FrameRefusedException(e);
            }
        }
        started = true;
    }

    /** Copies a record into the frame under way, or into a new one. The caller has checked the room. */
    void append(long recordAddress, int recordLength) {
        if (frameLength == 0) {
            frameLength = FrameDescriptor.HEADER_LENGTH;
            recordCount = 0;
        }
        int end = FrameDescriptor.align(frameLength + recordLength);
        if (end > frame.capacity()) {
            growFrame(end);
        }
        RawMemory.copy(recordAddress, frameAddress + frameLength, recordLength);
        frameLength += recordLength;
        recordCount++;
    }

    private void growFrame(int length) {
        ByteBuffer small = frame;
        long smallAddress = frameAddress;
        allocateFrame(Math.max(length, (int) Math.min(2L * small.capacity(), FrameDescriptor.MAX_LENGTH)));
        RawMemory.copy(smallAddress, frameAddress, frameLength);
        RawMemory.release(small);
    }

    /**
     * Completes the frame under way: checksums, header, and last its length.
     *
     * @throws FrameRefusedException if it could not be written, and nothing is left of it
     * @throws IOException if it could not be written, and what is left of it is not known
     */
    void endFrame(long firstSequence, long timestamp, long durableSequence) throws IOException {
        int aligned = FrameDescriptor.align(frameLength);
        if (aligned > frameLength) {
            RawMemory.fill(frameAddress + frameLength, aligned - frameLength, (byte) 0);
        }
        frame.putInt(FrameDescriptor.LENGTH_OFFSET, aligned)
                .putInt(FrameDescriptor.RECORD_COUNT_OFFSET, recordCount)
                .putLong(FrameDescriptor.FIRST_SEQUENCE_OFFSET, firstSequence)
                .putLong(FrameDescriptor.TIMESTAMP_OFFSET, timestamp)
                .putLong(FrameDescriptor.DURABLE_SEQUENCE_OFFSET, durableSequence)
                .putInt(FrameDescriptor.BODY_CRC_OFFSET, checksum.of(frame, FrameDescriptor.HEADER_LENGTH, aligned));
        frame.putInt(FrameDescriptor.HEADER_CRC_OFFSET, checksum.of(frame, 0, FrameDescriptor.HEADER_CRC_OFFSET));
        if (mapAddress == NOT_MAPPED) {
            writeFrame(aligned);
        } else {
            RawMemory.copy(
                    frameAddress + FrameDescriptor.RECORD_COUNT_OFFSET,
                    mapAddress + frameOffset + FrameDescriptor.RECORD_COUNT_OFFSET,
                    aligned - FrameDescriptor.RECORD_COUNT_OFFSET);
            RawMemory.writeIntOrdered(mapAddress + frameOffset + FrameDescriptor.LENGTH_OFFSET, aligned);
        }
        frameOffset += aligned;
        frameLength = 0;
    }

    private void writeFrame(int length) throws IOException {
        try {
            file.write(frame.limit(length), frameOffset);
        } catch (IOException e) {
            frameLength = 0;
            wipe(length, e);
            throw new FrameRefusedException(e);
        } finally {
            frame.clear();
        }
    }

    /**
     * Makes sure that there is nothing of a frame whose write has failed, as before: zeros. Where a part of it was
     * written, that part has its place on the disk, so that zeros can be written there even if there is no space.
     */
    private void wipe(int length, IOException why) throws IOException {
        try {
            int end = ZeroFill.endOfNonZero(file, frameOffset, frameOffset + length);
            if (end > frameOffset) {
                ZeroFill.write(file, frameOffset, end);
                file.force();
            }
        } catch (IOException e) {
            e.addSuppressed(why);
            String reason = (why.getCause() == null ? why : why.getCause()).getMessage();
            String both = reason + ", nor wipe what is left of the frame (" + e.getMessage()
                    + "): whether it is in the log is in doubt";
            throw StorageException.of(file.description(), "write at offset " + frameOffset, new IOException(both, e));
        }
    }

    /**
     * Forces every ended frame, and sees to it, if it has not for 10 ms, that they are where recovery will look for
     * them. Any thread.
     */
    void force() throws IOException {
        forceFrames();
        long now = System.nanoTime();
        if (now - lookedAt >= LOOK_PERIOD_NANOS) {
            requireIntact();
            lookedAt = now;
        }
    }

    /** Forces every ended frame, and nothing else. Any thread. */
    void forceFrames() throws IOException {
        forces.begin();
        try {
            file.force();
        } catch (IOException e) {
            throw new IOException(e.getMessage() + " (frames up to offset " + frameOffset + ")", e);
        } finally {
            forces.end();
        }
    }

    /** Fails if somebody has removed the file or cut it short. Any thread. */
    void requireIntact() throws IOException {
        file.requireIntact(header.length);
    }

    /**
     * Forces every frame of a segment that the journaling thread has left. Any thread. It is unmapped
     * first: to write back a page that is mapped, the kernel has to interrupt every processor that may have it in its
     * TLB, page by page, and that slows the writer down (measured: by a quarter).
     */
    void unmapAndForce() throws IOException {
        file.unmap();
        forceFrames();
    }

    /** Unmaps and closes, without forcing. The journaling thread has moved on. */
    @Override
    public void close() throws IOException {
        releaseFrame();
        file.close();
    }

    private void releaseFrame() {
        if (frame != null) {
            RawMemory.release(frame);
            frame = null;
        }
    }
}
