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

    /** Where an entry is put together that its block does not hold as a whole, unless its beginning is short. */
    private ByteBuffer gathered = RawMemory.allocateBuffer(SMALLEST_CAPACITY);

    /**
     * Bytes that were read, in the latest block or gathered; those from {@link #from} to {@link #to} are not consumed
     * yet.
     */
    private long bytesAddress = RawMemory.addressOf(gathered);

    private int from;
    private int to;

    /** Where in the file the next block is. */
    private long offset = HEADER_LENGTH;

    private long keys;
    private long clients;
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
     * Moves to the next entry or, after all entries, to the next client. Returns false after the last, when the entire
     * file has been checked.
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
        if (record.type() == EventType.CLIENT) {
            clients++;
        } else {
            keys++;
        }
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
        boolean isClient = record.wrap(recordAddress).type() == EventType.CLIENT;
        if (isClient ? keys < header.summary().keys() : record.type() != EventType.SET || clients > 0) {
            return "entry of type " + record.type();
        }
        if (!isClient && record.flags() != 0 && record.flags() != RecordFlags.ABSOLUTE_EXPIRY) {
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
        if (clients != header.summary().clients()) {
            throw damaged("the snapshot has " + clients + " clients, its header says "
                    + header.summary().clients());
        }
    }

    /** The sequence of the event that wrote the entry, or of the client's last change. */
    long sequence() {
        return sequence;
    }

    /** The entry or client, until {@link #next} is called again. */
    RecordFlyweight record() {
        return record;
    }

    /** Reads blocks until this many bytes are available; returns false if the snapshot ends before. */
    private boolean load(int wanted) throws IOException {
        if (blocks == null) {
            blocks = new SnapshotReadAhead(file, header, workers);
        }
        while (to - from < wanted) {
            int bodyLength = blocks.take();
            if (bodyLength == SnapshotBlockReader.END) {
                return false;
            }
            int kept = to - from;
            long unconsumed = bytesAddress + from;
            if (kept <= SnapshotReadAhead.HEADROOM) {
                bytesAddress = blocks.bodyAddress() - kept;
                RawMemory.copy(unconsumed, bytesAddress, kept);
                keepBlocks(1);
            } else {
                bytesAddress = gather(unconsumed, kept, bodyLength);
                RawMemory.copy(blocks.bodyAddress(), bytesAddress + kept, bodyLength);
                keepBlocks(0);
            }
            from = 0;
            to = kept + bodyLength;
            offset += BLOCK_HEADER_LENGTH + bodyLength;
        }
        return true;
    }

    /** Gives back what has been copied. */
    private void keepBlocks(int latest) {
        while (blocks.held() > latest) {
            blocks.giveBack();
        }
    }

    /** Copies the unconsumed bytes to memory of their own with room for a body after them, and returns its address. */
    private long gather(long unconsumed, int kept, int bodyLength) {
        if (kept + bodyLength <= gathered.capacity()) {
            long address = RawMemory.addressOf(gathered);
            RawMemory.copy(unconsumed, address, kept);
            return address;
        }
        ByteBuffer small = gathered; // which may hold what is copied
        gathered = RawMemory.allocateBuffer(2 * (kept + bodyLength));
        long address = RawMemory.addressOf(gathered);
        RawMemory.copy(unconsumed, address, kept);
        RawMemory.release(small);
        return address;
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
            RawMemory.release(gathered);
            file.close();
        }
    }
}
