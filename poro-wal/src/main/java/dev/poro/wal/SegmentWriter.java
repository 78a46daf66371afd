package dev.poro.wal;

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
 * <p>A frame is built in a buffer. At its end it is copied into the mapped segment, its length last, which makes it
 * exist. Where mapping is not safe ({@link Storage#mapsSafely}) or every frame is forced, it is written by a call
 * instead. Nothing is ever read from the mapping: if another process cuts the file short, the JVM survives a store into
 * it, but not a checksum over it.
 */
final class SegmentWriter implements Closeable {
    /** Bytes of the frame buffer, unless a frame needs more. */
    private static final int USUAL_FRAME_LENGTH = 64 << 10;

    private static final int PAGE_LENGTH = 4096;
    private static final long NOT_MAPPED = 0;

    /**
     * How often a force also looks the file up. Not each time: since Linux 6.13, looking up a file's times makes the
     * next write update them, which adds half its time to the next force (measured: 60 of 190 us).
     */
    private static final long LOOK_PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final StorageFile file;
    private final SegmentHeader header;
    /** Of the mapped segment; {@link #NOT_MAPPED} where frames are written. The file keeps the mapping. */
    private final long mapAddress;

    private final ForceTimer forces;
    private final Checksum checksum;
    private final int maxHeaderLength;
    private final int closeMarkLength;
    private ByteBuffer frame;
    private long frameAddress;

    /** Offset in the file of the current frame, or of the next one. */
    private int frameOffset;
    /** Bytes of the current frame, without padding; 0 if there is none. */
    private int frameLength;

    private int recordCount;
    /** Of the current frame's record count. */
    private int frameFlags;

    private long frameTimestamp;
    private boolean started;
    /** {@link System#nanoTime} of the last force that has looked the file up. */
    private volatile long lookedAt;

    /**
     * @param file preallocated to the segment's full length
     * @param end where the next frame goes
     * @param forces of the log
     */
    SegmentWriter(StorageFile file, SegmentHeader header, int end, boolean mapped, ForceTimer forces)
            throws IOException {
        assert end >= SegmentDescriptor.HEADER_LENGTH && end <= header.length : end;
        assert end == FrameDescriptor.align(end) : end;
        this.file = file;
        this.header = header;
        this.forces = forces;
        this.checksum = new Checksum(header.salt);
        this.maxHeaderLength = FrameDescriptor.maxHeaderLength(header.version);
        this.closeMarkLength = FrameDescriptor.closeMarkLength(header.version);
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

    /** Whether the current frame should end before it takes another record. */
    boolean isFrameFull() {
        return frameLength >= FrameDescriptor.FULL_LENGTH;
    }

    /** Whether a record still fits, with space reserved after it for the mark of a clean close. */
    boolean hasRoomFor(int recordLength) {
        return frameEndWith(recordLength) + closeMarkLength <= header.length;
    }

    /** Whether the mark of a clean close fits, which may use the reserved space. */
    boolean hasRoomForLast(int recordLength) {
        return frameEndWith(recordLength) <= header.length;
    }

    private long frameEndWith(int recordLength) {
        int length = isInFrame() ? frameLength : maxHeaderLength;
        return (long) frameOffset + FrameDescriptor.align(length + recordLength);
    }

    /**
     * Makes the kernel prepare every page of the mapping for stores now, on a background thread. Otherwise the
     * journaling thread's first store to each page would be a page fault. The segment is unused and keeps its zeros.
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
     * @throws FrameRefusedException if it could not be written; it may be tried again, because no frame follows yet
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

    /**
     * Begins a frame.
     *
     * @param timestamp in milliseconds since the epoch
     * @param wallClock the same by the system's clock; stored if it is another time
     * @return the wall clock that readers of the frame will see: the timestamp unless another time is stored
     */
    long beginFrame(long timestamp, long wallClock) {
        return beginFrame(timestamp, wallClock, false);
    }

    /**
     * Begins a frame.
     *
     * @param hasPosition whether {@link #position} will say where it is in the log of a cluster
     */
    long beginFrame(long timestamp, long wallClock, boolean hasPosition) {
        assert !hasPosition || header.version == SegmentDescriptor.REPLICA_VERSION : header.version;
        assert started && !isInFrame() : frameLength;
        boolean hasWallClock = header.kind == SegmentKind.CHANGES
                ? wallClock != timestamp
                : header.version > FileHeader.FIRST_VERSION && FrameDescriptor.needsWallClock(timestamp, wallClock);
        frameFlags =
                (hasWallClock ? FrameDescriptor.HAS_WALL_CLOCK : 0) | (hasPosition ? FrameDescriptor.HAS_POSITION : 0);
        frameLength = FrameDescriptor.headerLength(frameFlags);
        frameTimestamp = timestamp;
        recordCount = 0;
        if (hasWallClock) {
            frame.putLong(FrameDescriptor.WALL_CLOCK_OFFSET, wallClock);
        }
        return hasWallClock ? wallClock : timestamp;
    }

    /** Where the current frame is in the log of a cluster: the last call before its end counts. */
    void position(long incarnation, long term, long position) {
        assert isInFrame() && (frameFlags & FrameDescriptor.HAS_POSITION) != 0 : frameFlags;
        int from = FrameDescriptor.positionOffset(frameFlags);
        frame.putLong(from, incarnation).putLong(from + Long.BYTES, term).putLong(from + 2 * Long.BYTES, position);
    }

    /** Copies the record of an event into the current frame. The caller has checked that it fits. */
    void append(long recordAddress, int recordLength) {
        copyIn(recordAddress, recordLength);
        recordCount++;
    }

    /**
     * Makes room in the current frame for the record of an event, which the caller writes there. The caller has checked
     * that it fits.
     *
     * @return the address of the room, valid until the next call
     */
    long append(int recordLength) {
        long address = makeRoom(recordLength);
        recordCount++;
        return address;
    }

    /**
     * Copies the record of a mark into the current frame, which holds nothing else. The caller has checked that it
     * fits.
     */
    void appendMark(long recordAddress, int recordLength) {
        assert header.version > FileHeader.FIRST_VERSION : "in version 1 a mark is an event";
        assert frameLength == FrameDescriptor.headerLength(frameFlags) : frameLength;
        copyIn(recordAddress, recordLength);
    }

    private void copyIn(long recordAddress, int recordLength) {
        RawMemory.copy(recordAddress, makeRoom(recordLength), recordLength);
    }

    private long makeRoom(int recordLength) {
        assert isInFrame() && hasRoomForLast(recordLength) : recordLength + " bytes after " + frameLength;
        int begin = frameLength;
        int end = FrameDescriptor.align(begin + recordLength);
        if (end > frame.capacity()) {
            growFrame(end);
        }
        frameLength = begin + recordLength;
        return frameAddress + begin;
    }

    private void growFrame(int length) {
        ByteBuffer small = frame;
        long smallAddress = frameAddress;
        allocateFrame(Math.max(length, (int) Math.min(2L * small.capacity(), FrameDescriptor.MAX_LENGTH)));
        RawMemory.copy(smallAddress, frameAddress, frameLength);
        RawMemory.release(small);
    }

    /**
     * Completes the current frame: checksums, header, and last its length.
     *
     * @param firstSequence of its first event; of the next event if it is a mark
     * @param durableSequence the highest sequence known to be forced
     * @param followsForced whether all frames before it are forced
     * @throws FrameRefusedException if it could not be written, and nothing of it is in the file
     * @throws IOException if it could not be written, and a part of it may be in the file
     */
    void endFrame(long firstSequence, long durableSequence, boolean followsForced) throws IOException {
        assert isInFrame() : frameLength;
        assert durableSequence < firstSequence || header.kind == SegmentKind.CHANGES
                : durableSequence + " and " + firstSequence;
        assert frameLength > FrameDescriptor.headerLength(frameFlags) : "a frame without a record";
        if (followsForced && header.version > FileHeader.FIRST_VERSION) {
            frameFlags |= FrameDescriptor.FOLLOWS_FORCED;
        }
        int aligned = FrameDescriptor.align(frameLength);
        if (aligned > frameLength) {
            RawMemory.fill(frameAddress + frameLength, aligned - frameLength, (byte) 0);
        }
        frame.putInt(FrameDescriptor.LENGTH_OFFSET, aligned)
                .putInt(FrameDescriptor.RECORD_COUNT_OFFSET, recordCount | frameFlags)
                .putLong(FrameDescriptor.FIRST_SEQUENCE_OFFSET, firstSequence)
                .putLong(FrameDescriptor.TIMESTAMP_OFFSET, frameTimestamp)
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
     * Overwrites a frame whose write has failed with zeros. The part of it that was written has blocks on the disk, so
     * zeros can be written there even if the disk is full.
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
     * Forces every ended frame. Also checks, at most every 10 ms, that the file was not removed or replaced, because
     * recovery would not find the frames then. Any thread.
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

    /** Fails if another process has removed, replaced or shortened the file. Any thread. */
    void requireIntact() throws IOException {
        file.requireIntact(header.length);
    }

    /** The error of a file that was cut short, for a failure that does not name it; or that failure. Any thread. */
    Throwable explain(InternalError failure) {
        try {
            requireIntact();
        } catch (IOException e) {
            e.addSuppressed(failure);
            return e;
        }
        return failure;
    }

    /**
     * Forces every frame of a segment that the journaling thread has left. Any thread. Unmaps the file first: to write
     * back a mapped page, the kernel interrupts every processor that may have it in its TLB, page by page, which slows
     * the writer down (measured: by a quarter).
     */
    void unmapAndForce() throws IOException {
        file.unmap();
        forceFrames();
    }

    /** Unmaps and closes, without forcing. The journaling thread must have left the segment. */
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
