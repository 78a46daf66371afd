package dev.poro.wal;

import static dev.poro.wal.FrameDescriptor.ALIGNMENT;
import static dev.poro.wal.FrameDescriptor.HEADER_CRC_OFFSET;
import static dev.poro.wal.FrameDescriptor.HEADER_LENGTH;

import dev.poro.events.RawMemory;
import dev.poro.wal.storage.StorageException;
import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Finds the salt of a segment whose identity is damaged. A checksum is a CRC XORed with the salt's fold, so every
 * intact header reveals the fold, and two that agree prove it. The search compares the segment's start, the salt field
 * of its identity, and the headers of consecutive frames. Not thread-safe.
 */
final class SaltSearch {
    private static final int CHUNK_LENGTH = 1 << 20;

    private final StorageFile file;
    private final int limit;
    private final Checksum crc = new Checksum(0);
    private final ByteBuffer next = RawMemory.allocateBuffer(HEADER_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    private Integer claimedByIdentity;
    private Integer claimedByStart;

    /** @param limit bytes of the file that can hold frames */
    SaltSearch(StorageFile file, int limit) {
        this.file = file;
        this.limit = limit;
    }

    /**
     * A salt with the right fold, or {@code null} if nothing proves one.
     *
     * @param segmentHeader the first 128 bytes of the file
     */
    Long find(ByteBuffer segmentHeader) throws IOException {
        Integer fold = null;
        claimedByIdentity = Long.hashCode(segmentHeader.getLong(SegmentDescriptor.SALT_OFFSET));
        if (segmentHeader.getLong(SegmentDescriptor.FIRST_SEQUENCE_OFFSET) > 0) {
            claimedByStart = segmentHeader.getInt(SegmentDescriptor.START_CRC_OFFSET)
                    ^ crc.of(segmentHeader, SegmentDescriptor.START_OFFSET, SegmentDescriptor.START_CRC_OFFSET);
            fold = claimedByStart.equals(claimedByIdentity) ? claimedByStart : null;
        }
        for (int at = SegmentDescriptor.HEADER_LENGTH; fold == null && at + HEADER_LENGTH <= limit; ) {
            int length = Math.min(CHUNK_LENGTH, limit - at);
            ByteBuffer chunk = RawMemory.allocateBuffer(length).order(ByteOrder.LITTLE_ENDIAN);
            int read = file.read(chunk, at);
            if (read < length) {
                throw StorageException.shrank(file, read, at, limit - at);
            }
            fold = findIn(chunk.clear(), at);
            at += length - HEADER_LENGTH + ALIGNMENT;
        }
        return fold == null ? null : Integer.toUnsignedLong(fold);
    }

    private Integer findIn(ByteBuffer chunk, int chunkOffset) throws IOException {
        for (int at = 0; at + HEADER_LENGTH <= chunk.capacity(); at += ALIGNMENT) {
            if (isLikelyFrameHeader(chunk, at, limit - chunkOffset - at)) {
                Integer fold = foldOf(chunk, at);
                if (fold.equals(claimedByIdentity)
                        || fold.equals(claimedByStart)
                        || fold.equals(foldAt(chunkOffset + at + chunk.getInt(at)))) {
                    return fold;
                }
            }
        }
        return null;
    }

    private Integer foldAt(int offset) throws IOException {
        if (file.read(next.clear(), offset) < HEADER_LENGTH || !isLikelyFrameHeader(next.clear(), 0, limit - offset)) {
            return null;
        }
        return foldOf(next, 0);
    }

    /** Of any version: which one it is may not be known either. */
    private static boolean isLikelyFrameHeader(ByteBuffer buffer, int at, int room) {
        return LogRules.isLikelyFrameHeader(buffer, at, room, SegmentDescriptor.REPLICA_VERSION);
    }

    private Integer foldOf(ByteBuffer buffer, int at) {
        return buffer.getInt(at + HEADER_CRC_OFFSET) ^ crc.of(buffer, at, at + HEADER_CRC_OFFSET);
    }
}
