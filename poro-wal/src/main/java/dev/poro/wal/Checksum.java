package dev.poro.wal;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * CRC-32C with a segment's salt: the CRC of the bytes, XORed with the folded salt. Because CRCs are linear, this
 * distinguishes equal bytes of two segments as well as a CRC over salt and bytes would, at no cost. Not thread-safe.
 */
final class Checksum {
    private final CRC32C crc = new CRC32C();
    private final int folded;

    Checksum(long salt) {
        this.folded = Long.hashCode(salt);
    }

    /** The checksum of the buffer's bytes from {@code from} to {@code to}. Leaves the buffer cleared. */
    int of(ByteBuffer buffer, int from, int to) {
        crc.reset();
        buffer.limit(to).position(from);
        crc.update(buffer);
        buffer.clear();
        return (int) crc.getValue() ^ folded;
    }
}
