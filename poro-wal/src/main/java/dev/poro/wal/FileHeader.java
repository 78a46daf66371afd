package dev.poro.wal;

import dev.poro.events.RawMemory;
import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The common part of the headers of segments, snapshots and store files: 128 bytes that begin with four bytes of magic
 * and a u32 format version, and an unsalted checksum over all bytes before it.
 */
final class FileHeader {
    static final int MAGIC_OFFSET = 0;
    static final int VERSION_OFFSET = 4;
    static final int LENGTH = 128;

    /** The first version of every kind of file. */
    static final int FIRST_VERSION = 1;

    private FileHeader() {}

    /** A buffer that holds magic and version, followed by zeros. */
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
     * @param newest the newest version that can be read; all from {@link #FIRST_VERSION} on can
     * @throws LogDamagedException if it is cut short, of another kind, of a newer version, or fails its checksum
     */
    static ByteBuffer read(StorageFile file, String kind, int magic, int newest, int crcOffset) throws IOException {
        ByteBuffer header = allocate();
        if (file.read(header, 0) < LENGTH) {
            throw damaged(file, 0, kind + " header cut short at " + file.length() + " bytes");
        }
        if (header.getInt(MAGIC_OFFSET) != magic) {
            throw damaged(file, MAGIC_OFFSET, "not a Poro " + kind + ": no magic " + textOf(magic));
        }
        int found = header.getInt(VERSION_OFFSET);
        if (!isKnown(found, newest)) {
            String known =
                    newest == FIRST_VERSION ? "version " + newest : "versions " + FIRST_VERSION + " to " + newest;
            throw damaged(
                    file,
                    VERSION_OFFSET,
                    "format version " + Integer.toUnsignedString(found) + ", this Poro reads " + known
                            + "; if a newer one wrote it, use that");
        }
        if (header.getInt(crcOffset) != checksumOf(header, crcOffset)) {
            throw damaged(file, 0, kind + " header fails its checksum");
        }
        return header;
    }

    /** Whether a file of this version can be read. */
    static boolean isKnown(int version, int newest) {
        return version >= FIRST_VERSION && version <= newest;
    }

    /**
     * {@link #read} of a file that must be left alone if another version of Poro wrote it: it is not damaged then.
     *
     * @throws LogException if the header is intact and of another version
     */
    static ByteBuffer readKnownVersion(StorageFile file, String kind, int magic, int newest, int crcOffset)
            throws IOException {
        try {
            return read(file, kind, magic, newest, crcOffset);
        } catch (LogDamagedException e) {
            if (e.offset() == VERSION_OFFSET && isIntact(file, crcOffset)) {
                throw new LogException(file.description() + ": " + e.defect() + ". Nothing was changed.", e);
            }
            throw e;
        }
    }

    /** Whether the header of a file, of any version, matches its checksum. */
    private static boolean isIntact(StorageFile file, int crcOffset) throws IOException {
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

    /** The exception for a damaged header, where no sequence is known. */
    static LogDamagedException damaged(StorageFile file, long offset, String what) {
        return new LogDamagedException(file.description(), offset, -1, what);
    }
}
