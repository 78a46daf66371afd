package dev.poro.wal;

import static dev.poro.wal.SnapshotDescriptor.BLOCK_CRC_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.BLOCK_HEADER_LENGTH;
import static dev.poro.wal.SnapshotDescriptor.BLOCK_NUMBER_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.BODY_CRC_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.BODY_LENGTH_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.ENTRY_SEQUENCE_LENGTH;
import static dev.poro.wal.SnapshotDescriptor.FOOTER_BLOCKS_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.FOOTER_BYTES_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.FOOTER_CRC_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.FOOTER_DIGEST_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.FOOTER_KEYS_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.FOOTER_LENGTH;
import static dev.poro.wal.SnapshotDescriptor.FOOTER_SEQUENCE_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.HEADER_LENGTH;
import static dev.poro.wal.SnapshotDescriptor.MAX_BODY_LENGTH;

import dev.poro.events.EventType;
import dev.poro.events.Limits;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordFlyweight;
import dev.poro.events.StateSummary;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads one snapshot file from its header to its footer. Trusts nothing before its checksum; its buffer never exceeds a
 * block and the longest record. Not thread-safe.
 */
final class SnapshotReader implements Closeable {
    private static final int ENTRY_HEADER_LENGTH = ENTRY_SEQUENCE_LENGTH + RecordDescriptor.HEADER_LENGTH;

    private final StorageFile file;
    private final SnapshotHeader header;
    private final Checksum checksum;
    private final ByteBuffer blockHeader =
            ByteBuffer.allocateDirect(FOOTER_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    private final RecordFlyweight record = new RecordFlyweight();

    /** Bytes of blocks that were read, of which those from {@link #from} to {@link #to} are not handed on yet. */
    private ByteBuffer bytes = ByteBuffer.allocateDirect(2 * MAX_BODY_LENGTH).order(ByteOrder.LITTLE_ENDIAN);

    private long bytesAddress = RawMemory.addressOf(bytes);
    private int from;
    private int to;

    /** Of the next block in the file. */
    private long offset = HEADER_LENGTH;

    private int blocks;
    private long bodyBytes;
    private long keys;
    private long sequence;

    private SnapshotReader(StorageFile file, SnapshotHeader header) {
        this.file = file;
        this.header = header;
        this.checksum = new Checksum(header.salt());
    }

    /**
     * Opens a snapshot and reads its header.
     *
     * @throws LogDamagedException if that is damaged
     */
    static SnapshotReader open(Storage storage, String name) throws IOException {
        StorageFile file = storage.openReadOnly(name);
        try {
            return new SnapshotReader(file, SnapshotHeader.read(file, name));
        } catch (IOException | RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    SnapshotHeader header() {
        return header;
    }

    /** Bytes of the file that were read. */
    long offset() {
        return offset;
    }

    long length() throws IOException {
        return file.length();
    }

    /**
     * Moves to the next entry. Returns false behind the last, when everything has been found whole.
     *
     * @throws LogDamagedException if something is not
     */
    boolean next() throws IOException {
        if (!load(ENTRY_HEADER_LENGTH)) {
            requireEnd();
            return false;
        }
        load(entryLength());
        long address = bytesAddress + from;
        sequence = RawMemory.readLong(address);
        String defect = defectOf(address + ENTRY_SEQUENCE_LENGTH, to - from - ENTRY_SEQUENCE_LENGTH);
        if (defect != null) {
            throw damaged(defect);
        }
        record.wrap(address + ENTRY_SEQUENCE_LENGTH);
        from += ENTRY_SEQUENCE_LENGTH + record.length();
        keys++;
        return true;
    }

    /** What the header of the next record says, within what a record can have at most. */
    private int entryLength() {
        long recordAddress = bytesAddress + from + ENTRY_SEQUENCE_LENGTH;
        int keyLength = RawMemory.readUnsignedShort(recordAddress + RecordDescriptor.KEY_LENGTH_OFFSET);
        int valueLength = RawMemory.readInt(recordAddress + RecordDescriptor.VALUE_LENGTH_OFFSET);
        boolean isPossible = valueLength >= 0 && valueLength <= Limits.MAX_VALUE_LENGTH;
        return ENTRY_HEADER_LENGTH + keyLength + (isPossible ? valueLength : 0);
    }

    private String defectOf(long recordAddress, int available) {
        String defect = RecordFlyweight.defectOf(recordAddress, available);
        if (defect != null) {
            return defect;
        }
        if (record.wrap(recordAddress).type() != EventType.SET) {
            return "entry of type " + record.type();
        }
        long last = header.summary().sequence();
        return sequence < 1 || sequence > last ? "entry of sequence " + sequence + " in a snapshot of " + last : null;
    }

    private void requireEnd() {
        if (from < to) {
            throw damaged("the last entry is cut short");
        }
        if (keys != header.summary().keys()) {
            throw damaged("the snapshot has " + keys + " entries, its header says "
                    + header.summary().keys());
        }
    }

    /** The sequence of the event that wrote the entry. */
    long sequence() {
        return sequence;
    }

    /** The entry, until {@link #next} is called again. */
    RecordFlyweight record() {
        return record;
    }

    /** Reads blocks until so many bytes are there; returns false if the snapshot ends before. */
    private boolean load(int wanted) throws IOException {
        while (to - from < wanted) {
            if (!readBlock()) {
                return false;
            }
        }
        return true;
    }

    /** Returns false where the footer is, having found it good. */
    private boolean readBlock() throws IOException {
        if (file.read(blockHeader.clear().limit(BLOCK_HEADER_LENGTH), offset) < BLOCK_HEADER_LENGTH) {
            throw damaged("the snapshot is cut short: neither a block nor the footer");
        }
        int bodyLength = blockHeader.getInt(BODY_LENGTH_OFFSET);
        if (bodyLength == 0) {
            checkFooter();
            return false;
        }
        if (blockHeader.getInt(BLOCK_CRC_OFFSET) != checksum.of(blockHeader, 0, BLOCK_CRC_OFFSET)) {
            throw damaged("block header fails its checksum");
        }
        if (bodyLength < 0 || bodyLength > MAX_BODY_LENGTH) {
            throw damaged("block of length " + Integer.toUnsignedString(bodyLength));
        }
        if (blockHeader.getInt(BLOCK_NUMBER_OFFSET) != blocks) {
            throw damaged("block " + blockHeader.getInt(BLOCK_NUMBER_OFFSET) + " in the place of block " + blocks);
        }
        int bodyCrc = blockHeader.getInt(BODY_CRC_OFFSET);
        makeRoom(bodyLength);
        if (file.read(bytes.clear().position(to).limit(to + bodyLength), offset + BLOCK_HEADER_LENGTH) < bodyLength) {
            throw damaged("block of length " + bodyLength + " cut short by the end of the file");
        }
        if (bodyCrc != checksum.of(bytes, to, to + bodyLength)) {
            throw damaged("block body fails its checksum");
        }
        to += bodyLength;
        offset += BLOCK_HEADER_LENGTH + bodyLength;
        blocks++;
        bodyBytes += bodyLength;
        return true;
    }

    /** Room for a body behind what is not handed on yet, which is the part of one record. */
    private void makeRoom(int bodyLength) {
        int kept = to - from;
        if (kept + bodyLength > bytes.capacity()) {
            ByteBuffer small = bytes;
            bytes = ByteBuffer.allocateDirect(2 * (kept + bodyLength)).order(ByteOrder.LITTLE_ENDIAN);
            long address = RawMemory.addressOf(bytes);
            RawMemory.copy(bytesAddress + from, address, kept);
            RawMemory.release(small);
            bytesAddress = address;
        } else {
            RawMemory.copy(bytesAddress + from, bytesAddress, kept);
        }
        from = 0;
        to = kept;
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
            throw damaged("the footer speaks of " + blockHeader.getInt(FOOTER_BLOCKS_OFFSET) + " blocks with "
                    + blockHeader.getLong(FOOTER_BYTES_OFFSET) + " bytes, there are " + blocks + " with " + bodyBytes);
        }
        if (blockHeader.getLong(FOOTER_KEYS_OFFSET) != summary.keys()
                || blockHeader.getLong(FOOTER_SEQUENCE_OFFSET) != summary.sequence()
                || blockHeader.getLong(FOOTER_DIGEST_OFFSET) != summary.digest()) {
            throw damaged("the footer is that of another snapshot than the header");
        }
        if (file.length() != offset + FOOTER_LENGTH) {
            throw damaged("bytes follow the footer");
        }
    }

    private LogDamagedException damaged(String what) {
        return new LogDamagedException(file.description(), offset, -1, what);
    }

    @Override
    public void close() throws IOException {
        try {
            file.close();
        } finally {
            RawMemory.release(bytes);
            RawMemory.release(blockHeader);
        }
    }
}
