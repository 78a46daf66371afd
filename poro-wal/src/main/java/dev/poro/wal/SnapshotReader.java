package dev.poro.wal;

import static dev.poro.wal.SnapshotDescriptor.BLOCK_HEADER_LENGTH;
import static dev.poro.wal.SnapshotDescriptor.ENTRY_SEQUENCE_LENGTH;
import static dev.poro.wal.SnapshotDescriptor.HEADER_LENGTH;

import dev.poro.events.EventType;
import dev.poro.events.Limits;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordFlags;
import dev.poro.events.RecordFlyweight;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageFile;
import dev.poro.wal.storage.WorkerFactory;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads one snapshot file from its header to its footer. Trusts nothing before its checksum is verified. Its memory is
 * bounded by some blocks and the longest record. Not thread-safe.
 */
final class SnapshotReader implements Closeable {
    private static final int ENTRY_HEADER_LENGTH = ENTRY_SEQUENCE_LENGTH + RecordDescriptor.HEADER_LENGTH;
    private static final int SMALLEST_CAPACITY = 1 << 10;

    private final StorageFile file;
    private final SnapshotHeader header;
    private final WorkerFactory workers;
    /** {@code null} until the first entry is read: many callers need the header only. */
    private SnapshotReadAhead blocks;

    private final RecordFlyweight record = new RecordFlyweight();

    /** Bytes of blocks that were read; those from {@link #from} to {@link #to} are not consumed yet. */
    private ByteBuffer bytes = RawMemory.allocateBuffer(SMALLEST_CAPACITY).order(ByteOrder.LITTLE_ENDIAN);

    private long bytesAddress = RawMemory.addressOf(bytes);
    private int from;
    private int to;

    /** Where in the file the next block is. */
    private long offset = HEADER_LENGTH;

    private long keys;
    private long sequence;

    private SnapshotReader(StorageFile file, SnapshotHeader header, WorkerFactory workers) {
        this.file = file;
        this.header = header;
        this.workers = workers;
    }

    /** Whether a snapshot can be read to its end. */
    static boolean isWhole(Storage storage, String name) throws IOException {
        try (StorageFile file = storage.openReadOnly(name)) {
            return isWhole(file, SnapshotHeader.read(file, name));
        } catch (LogDamagedException damaged) {
            return false;
        }
    }

    private static boolean isWhole(StorageFile file, SnapshotHeader header) throws IOException {
        SnapshotBlockReader blocks = new SnapshotBlockReader(file, header);
        ByteBuffer block = RawMemory.allocateBuffer(blocks.maxBodyLength());
        try {
            while (blocks.read(block) != SnapshotBlockReader.END) {
                // Checks every byte.
            }
            return true;
        } finally {
            RawMemory.release(block);
            blocks.release();
        }
    }

    /**
     * Opens a snapshot and reads its header.
     *
     * @param workers one of them reads ahead
     * @throws LogDamagedException if the header is damaged
     */
    static SnapshotReader open(Storage storage, String name, WorkerFactory workers) throws IOException {
        StorageFile file = storage.openReadOnly(name);
        try {
            return new SnapshotReader(file, SnapshotHeader.read(file, name), workers);
        } catch (IOException | RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    SnapshotHeader header() {
        return header;
    }

    /** Bytes of the file that were consumed, approximately. */
    long offset() {
        return offset;
    }

    long length() throws IOException {
        return file.length();
    }

    /**
     * Moves to the next entry. Returns false after the last, when the entire file has been checked.
     *
     * @throws LogDamagedException if the file is damaged
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

    /** Bytes of the next entry by its header; without the value if its length is impossible. */
    private int entryLength() {
        long recordAddress = bytesAddress + from + ENTRY_SEQUENCE_LENGTH;
        int flags = RawMemory.readByte(recordAddress + RecordDescriptor.FLAGS_OFFSET);
        int keyLength = RawMemory.readUnsignedShort(recordAddress + RecordDescriptor.KEY_LENGTH_OFFSET);
        int valueLength = RawMemory.readInt(recordAddress + RecordDescriptor.VALUE_LENGTH_OFFSET);
        boolean isPossible = valueLength >= 0 && valueLength <= Limits.MAX_VALUE_LENGTH;
        return ENTRY_SEQUENCE_LENGTH + RecordDescriptor.recordLength(flags, keyLength, isPossible ? valueLength : 0);
    }

    private String defectOf(long recordAddress, int available) {
        String defect = RecordFlyweight.defectOf(recordAddress, available, header.version());
        if (defect != null) {
            return defect;
        }
        if (record.wrap(recordAddress).type() != EventType.SET) {
            return "entry of type " + record.type();
        }
        if (record.flags() != 0 && record.flags() != RecordFlags.ABSOLUTE_EXPIRY) {
            return "entry with record flags 0x" + Integer.toHexString(record.flags());
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

    /** Reads blocks until this many bytes are available; returns false if the snapshot ends before. */
    private boolean load(int wanted) throws IOException {
        if (blocks == null) {
            blocks = new SnapshotReadAhead(file, header, workers);
        }
        while (to - from < wanted) {
            ByteBuffer block = blocks.take();
            if (block == null) {
                return false;
            }
            int bodyLength = block.limit();
            makeRoom(bodyLength);
            RawMemory.copy(RawMemory.addressOf(block), bytesAddress + to, bodyLength);
            blocks.giveBack();
            to += bodyLength;
            offset += BLOCK_HEADER_LENGTH + bodyLength;
        }
        return true;
    }

    /** Makes room for a body after the unconsumed bytes, which are a part of one entry. */
    private void makeRoom(int bodyLength) {
        int kept = to - from;
        if (kept + bodyLength > bytes.capacity()) {
            ByteBuffer small = bytes;
            bytes = RawMemory.allocateBuffer(2 * (kept + bodyLength)).order(ByteOrder.LITTLE_ENDIAN);
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

    private LogDamagedException damaged(String what) {
        return new LogDamagedException(file.description(), offset, -1, what);
    }

    @Override
    public void close() throws IOException {
        try {
            if (blocks != null) {
                blocks.close();
            }
        } finally {
            RawMemory.release(bytes);
            file.close();
        }
    }
}
