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

import dev.poro.events.RawMemory;
import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes the parts of a snapshot file in order. One thread at a time. */
final class SnapshotFileWriter {
    /** Bytes between two forces, so that no force, the log's included, has to wait for an entire snapshot. */
    private static final int FORCED_LENGTH = 16 << 20;

    private final StorageFile file;
    private final SnapshotHeader header;
    private final Checksum checksum;
    private long length;
    private long forced;
    private int blocks;
    private long bytes;

    /** Begins the file with its header. */
    SnapshotFileWriter(StorageFile file, SnapshotHeader header) throws IOException {
        this.file = file;
        this.header = header;
        this.checksum = new Checksum(header.salt());
        append(header.encode());
    }

    /** @param block room for the header, then the body, up to the limit; cleared when this returns */
    void writeBlock(ByteBuffer block) throws IOException {
        int end = block.limit();
        block.putInt(BODY_LENGTH_OFFSET, end - BLOCK_HEADER_LENGTH)
                .putInt(BLOCK_NUMBER_OFFSET, blocks)
                .putInt(BODY_CRC_OFFSET, checksum.of(block, BLOCK_HEADER_LENGTH, end));
        block.putInt(BLOCK_CRC_OFFSET, checksum.of(block, 0, BLOCK_CRC_OFFSET));
        append(block.limit(end));
        block.clear();
        blocks++;
        bytes += end - BLOCK_HEADER_LENGTH;
        if (length - forced >= FORCED_LENGTH) {
            force();
        }
    }

    /** Ends the file and forces it. */
    void writeFooter() throws IOException {
        ByteBuffer footer = RawMemory.allocateBuffer(FOOTER_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        footer.putInt(FOOTER_BLOCKS_OFFSET, blocks)
                .putLong(FOOTER_BYTES_OFFSET, bytes)
                .putLong(FOOTER_KEYS_OFFSET, header.summary().keys())
                .putLong(FOOTER_SEQUENCE_OFFSET, header.summary().sequence())
                .putLong(FOOTER_DIGEST_OFFSET, header.summary().digest());
        append(footer.putInt(FOOTER_CRC_OFFSET, checksum.of(footer, 0, FOOTER_CRC_OFFSET)));
        force();
    }

    private void append(ByteBuffer part) throws IOException {
        int partLength = part.remaining();
        file.write(part, length);
        length += partLength;
    }

    private void force() throws IOException {
        file.force();
        forced = length;
    }

    SnapshotHeader header() {
        return header;
    }

    /** Bytes of the file. */
    long length() {
        return length;
    }
}
