package dev.poro.wal;

import dev.poro.events.RawMemory;
import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * What the headers of segments and snapshots have in common: 128 bytes that begin with four bytes of magic and a u32
 * format version, and a checksum without salt over all that comes before it.
 */
final class FileHeader {
    static final int MAGIC_OFFSET = 0;
    static final int VERSION_OFFSET = 4;
    static final int LENGTH = 128;

    private FileHeader() {}

    /** A buffer that holds magic and version, and zeros behind them. */
    static ByteBuffer create(int magic, int version) {
        return allocate().putInt(MAGIC_OFFSET, magic).putInt(VERSION_OFFSET, version);
    }

    private static ByteBuffer allocate() {
        return RawMemory.allocateBuffer(LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The checksum of what comes before {@code crcOffset}. */
    static int checksumOf(ByteBuffer header, int crcOffset) {
        return new Checksum(0).of(header, 0, crcOffset);
    }

    /**
     * Reads the header of a file.
     *
     * @param kind of file, for the message
     * @throws LogDamagedException if it is cut short, of another kind or version, or fails its checksum
     */
    static ByteBuffer read(StorageFile file, String kind, int magic, int version, int crcOffset) throws IOException {
        ByteBuffer header = allocate();
        if (file.read(header, 0) < LENGTH) {
            throw damaged(file, 0, kind + " header cut short at " + file.length() + " bytes");
        }
        if (header.getInt(MAGIC_OFFSET) != magic) {
            throw damaged(file, MAGIC_OFFSET, "not a Poro " + kind + ": no magic " + textOf(magic));
        }
        int found = header.getInt(VERSION_OFFSET);
        if (found != version) {
            throw damaged(
                    file,
                    VERSION_OFFSET,
                    "format version " + Integer.toUnsignedString(found) + ", this Poro reads version " + version
                            + "; if a newer one wrote it, use that");
        }
        if (header.getInt(crcOffset) != checksumOf(header, crcOffset)) {
            throw damaged(file, 0, kind + " header fails its checksum");
        }
        return header;
    }

    /**
     * Does as {@link #read}, of a file that must be left alone if it is of another version: it is not damaged then.
     *
     * @throws LogException if it is, and whole
     */
    static ByteBuffer readKnownVersion(StorageFile file, String kind, int magic, int version, int crcOffset)
            throws IOException {
        try {
            return read(file, kind, magic, version, crcOffset);
        } catch (LogDamagedException e) {
            if (e.offset() == VERSION_OFFSET && isWhole(file, crcOffset)) {
                throw new LogException(file.description() + ": " + e.defect() + ". Nothing was changed.", e);
            }
            throw e;
        }
    }

    /** Whether the header of a file, of whichever version, matches its checksum. */
    private static boolean isWhole(StorageFile file, int crcOffset) throws IOException {
        ByteBuffer header = allocate();
        return file.read(header, 0) == LENGTH && header.getInt(crcOffset) == checksumOf(header, crcOffset);
    }

    private static String textOf(int magic) {
        byte[] bytes = ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(magic)
                .array();
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    /** What to throw of a header: no sequence is known there. */
    static LogDamagedException damaged(StorageFile file, long offset, String what) {
        return new LogDamagedException(file.description(), offset, -1, what);
    }
}
