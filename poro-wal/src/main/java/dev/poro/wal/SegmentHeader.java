package dev.poro.wal;

import static dev.poro.wal.SegmentDescriptor.CREATED_OFFSET;
import static dev.poro.wal.SegmentDescriptor.FIRST_SEQUENCE_OFFSET;
import static dev.poro.wal.SegmentDescriptor.HEADER_LENGTH;
import static dev.poro.wal.SegmentDescriptor.IDENTITY_CRC_OFFSET;
import static dev.poro.wal.SegmentDescriptor.LENGTH_OFFSET;
import static dev.poro.wal.SegmentDescriptor.LOG_ID_OFFSET;
import static dev.poro.wal.SegmentDescriptor.MAX_LENGTH;
import static dev.poro.wal.SegmentDescriptor.MIN_LENGTH;
import static dev.poro.wal.SegmentDescriptor.NUMBER_OFFSET;
import static dev.poro.wal.SegmentDescriptor.SALT_OFFSET;
import static dev.poro.wal.SegmentDescriptor.START_CRC_OFFSET;
import static dev.poro.wal.SegmentDescriptor.START_OFFSET;
import static dev.poro.wal.SegmentDescriptor.VERSION_OFFSET;

import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The identity of a segment, and whether and where it starts. Immutable. */
final class SegmentHeader {
    /** The state of the second part of the header. */
    enum Start {
        /** Zeros: the segment is prepared and unused. */
        UNUSED,
        /** It holds the first sequence. */
        STARTED,
        /** It fails its checksum: writing it did not finish, or it is damaged. */
        TORN
    }

    final SegmentKind kind;

    /** Of the format: 1 to 3. */
    final int version;

    final long number;
    final long logId;
    final long salt;
    final long created;
    final int length;
    final Start start;
    final long firstSequence;

    private SegmentHeader(
            SegmentKind kind,
            int version,
            long number,
            long logId,
            long salt,
            long created,
            int length,
            Start start,
            long firstSequence) {
        this.kind = kind;
        this.version = version;
        this.number = number;
        this.logId = logId;
        this.salt = salt;
        this.created = created;
        this.length = length;
        this.start = start;
        this.firstSequence = firstSequence;
    }

    static SegmentHeader unused(
            SegmentKind kind, int version, long number, long logId, long salt, long created, int length) {
        return new SegmentHeader(kind, version, number, logId, salt, created, length, Start.UNUSED, 0);
    }

    /** Encodes the identity, leaving the start zero: 128 bytes in a direct buffer. */
    ByteBuffer encodeIdentity() {
        ByteBuffer header = FileHeader.create(kind.magic(), version)
                .putLong(LOG_ID_OFFSET, logId)
                .putLong(SALT_OFFSET, salt)
                .putLong(CREATED_OFFSET, created)
                .putLong(NUMBER_OFFSET, number)
                .putLong(LENGTH_OFFSET, length);
        return header.putInt(IDENTITY_CRC_OFFSET, FileHeader.checksumOf(header, IDENTITY_CRC_OFFSET));
    }

    /** Encodes the start into {@code header}, 128 bytes that hold this identity. */
    void encodeStart(ByteBuffer header, long sequence) {
        header.putLong(FIRST_SEQUENCE_OFFSET, sequence);
        header.putInt(START_CRC_OFFSET, new Checksum(salt).of(header, START_OFFSET, START_CRC_OFFSET));
    }

    /**
     * Reads the header of a segment file.
     *
     * @throws LogDamagedException if the identity is damaged, or is of a newer version. A crash cannot damage it: it
     *     was forced before the file got its name
     */
    static SegmentHeader read(StorageFile file, String name) throws IOException {
        SegmentKind kind = SegmentKind.CHANGES.isName(name) ? SegmentKind.CHANGES : SegmentKind.LOG;
        SegmentHeader header = read(file, kind);
        if (kind.isName(name) && kind.numberOf(name) != header.number) {
            throw FileHeader.damaged(
                    file,
                    NUMBER_OFFSET,
                    "the file is named " + name + " but holds " + kind.text() + " " + header.number);
        }
        return header;
    }

    /** {@link #read(StorageFile, String)} of a file that may have any name. */
    static SegmentHeader read(StorageFile file) throws IOException {
        return read(file, SegmentKind.LOG);
    }

    private static SegmentHeader read(StorageFile file, SegmentKind kind) throws IOException {
        ByteBuffer header = FileHeader.read(file, kind.text(), kind.magic(), kind.newestVersion(), IDENTITY_CRC_OFFSET);
        long length = header.getLong(LENGTH_OFFSET);
        if (length < MIN_LENGTH || length > MAX_LENGTH) {
            throw FileHeader.damaged(file, LENGTH_OFFSET, "segment length " + length);
        }
        long salt = header.getLong(SALT_OFFSET);
        return new SegmentHeader(
                kind,
                header.getInt(VERSION_OFFSET),
                header.getLong(NUMBER_OFFSET),
                header.getLong(LOG_ID_OFFSET),
                salt,
                header.getLong(CREATED_OFFSET),
                (int) length,
                startOf(header, salt),
                header.getLong(FIRST_SEQUENCE_OFFSET));
    }

    /**
     * The header of a segment whose identity is damaged, with a salt that was recovered from its frames.
     *
     * @param header the first 128 bytes of the file
     * @param version of its frames
     * @param salt any with the right fold, see {@link Checksum}
     */
    static SegmentHeader recovered(ByteBuffer header, int version, long number, long logId, long salt, int length) {
        return new SegmentHeader(
                SegmentKind.LOG,
                version,
                number,
                logId,
                salt,
                0,
                length,
                startOf(header, salt),
                header.getLong(FIRST_SEQUENCE_OFFSET));
    }

    private static Start startOf(ByteBuffer header, long salt) {
        boolean zero = true;
        for (int offset = START_OFFSET; offset < HEADER_LENGTH; offset += Long.BYTES) {
            zero &= header.getLong(offset) == 0;
        }
        if (zero) {
            return Start.UNUSED;
        }
        int crc = new Checksum(salt).of(header, START_OFFSET, START_CRC_OFFSET);
        return header.getInt(START_CRC_OFFSET) == crc && header.getLong(FIRST_SEQUENCE_OFFSET) > 0
                ? Start.STARTED
                : Start.TORN;
    }
}
