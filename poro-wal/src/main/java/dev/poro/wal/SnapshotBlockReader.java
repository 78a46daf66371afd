package dev.poro.wal;

import static dev.poro.wal.SnapshotDescriptor.BLOCK_CRC_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.BLOCK_HEADER_LENGTH;
import static dev.poro.wal.SnapshotDescriptor.BLOCK_NUMBER_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.BODY_CRC_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.BODY_LENGTH_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.FOOTER_BLOCKS_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.FOOTER_BYTES_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.FOOTER_CRC_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.FOOTER_DIGEST_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.FOOTER_KEYS_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.FOOTER_LENGTH;
import static dev.poro.wal.SnapshotDescriptor.FOOTER_SEQUENCE_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.HEADER_LENGTH;
import static dev.poro.wal.SnapshotDescriptor.MAX_BODY_LENGTH;

import dev.poro.events.RawMemory;
import dev.poro.events.StateSummary;
import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Reads the blocks of a snapshot file in order, and its footer. Trusts nothing before its checksum is verified. */
final class SnapshotBlockReader {
    /** Returned by {@link #read} where the blocks end. */
    static final int END = 0;

    private final StorageFile file;
    private final SnapshotHeader header;
    private final Checksum checksum;
    private final ByteBuffer blockHeader =
            RawMemory.allocateBuffer(FOOTER_LENGTH).order(ByteOrder.LITTLE_ENDIAN);

    /** Of the next block in the file. */
    private long offset = HEADER_LENGTH;

    private int blocks;
    private long bodyBytes;

    SnapshotBlockReader(StorageFile file, SnapshotHeader header) {
        this.file = file;
        this.header = header;
        this.checksum = new Checksum(header.salt());
    }

    /** Bytes of the longest possible body in this file. */
    int maxBodyLength() throws IOException {
        return (int) Math.min(file.length(), MAX_BODY_LENGTH);
    }

    /**
     * Reads the body of the next block.
     *
     * @param target has room for {@link #maxBodyLength}
     * @return its length; {@link #END} at the footer, which has been checked
     */
    int read(ByteBuffer target) throws IOException {
        if (file.read(blockHeader.clear().limit(BLOCK_HEADER_LENGTH), offset) < BLOCK_HEADER_LENGTH) {
            throw damaged("the snapshot is cut short: no further block and no footer");
        }
        int bodyLength = blockHeader.getInt(BODY_LENGTH_OFFSET);
        if (bodyLength == 0) {
            checkFooter();
            return END;
        }
        if (blockHeader.getInt(BLOCK_CRC_OFFSET) != checksum.of(blockHeader, 0, BLOCK_CRC_OFFSET)) {
            throw damaged("block header fails its checksum");
        }
        if (bodyLength < 0 || bodyLength > MAX_BODY_LENGTH) {
            throw damaged("block of length " + Integer.toUnsignedString(bodyLength));
        }
        if (blockHeader.getInt(BLOCK_NUMBER_OFFSET) != blocks) {
            throw damaged("block " + blockHeader.getInt(BLOCK_NUMBER_OFFSET) + " instead of block " + blocks);
        }
        int bodyCrc = blockHeader.getInt(BODY_CRC_OFFSET);
        if (bodyLength > target.capacity()
                || file.read(target.clear().limit(bodyLength), offset + BLOCK_HEADER_LENGTH) < bodyLength) {
            throw damaged("block of length " + bodyLength + " cut short by the end of the file");
        }
        if (bodyCrc != checksum.of(target, 0, bodyLength)) {
            throw damaged("block body fails its checksum");
        }
        offset += BLOCK_HEADER_LENGTH + bodyLength;
        blocks++;
        bodyBytes += bodyLength;
        return bodyLength;
    }

    private void checkFooter() throws IOException {
        if (file.read(blockHeader.clear(), offset) < FOOTER_LENGTH) {
            throw damaged("footer cut short by the end of the file");
        }
        if (blockHeader.getInt(FOOTER_CRC_OFFSET) != checksum.of(blockHeader, 0, FOOTER_CRC_OFFSET)) {
            throw damaged("footer fails its checksum");
        }
        StateSummary summary = header.summary();
        if (blockHeader.getInt(FOOTER_BLOCKS_OFFSET) != blocks
                || blockHeader.getLong(FOOTER_BYTES_OFFSET) != bodyBytes) {
            throw damaged("the footer says " + blockHeader.getInt(FOOTER_BLOCKS_OFFSET) + " blocks with "
                    + blockHeader.getLong(FOOTER_BYTES_OFFSET) + " bytes, there are " + blocks + " with " + bodyBytes);
        }
        if (blockHeader.getLong(FOOTER_KEYS_OFFSET) != summary.keys()
                || blockHeader.getLong(FOOTER_SEQUENCE_OFFSET) != summary.sequence()
                || blockHeader.getLong(FOOTER_DIGEST_OFFSET) != summary.digest()) {
            throw damaged("header and footer belong to different snapshots");
        }
        if (file.length() != offset + FOOTER_LENGTH) {
            throw damaged("bytes follow the footer");
        }
    }

    private LogDamagedException damaged(String what) {
        return new LogDamagedException(file.description(), offset, -1, what);
    }

    /** Releases the memory. Must not be used afterwards. */
    void release() {
        RawMemory.release(blockHeader);
    }
}
