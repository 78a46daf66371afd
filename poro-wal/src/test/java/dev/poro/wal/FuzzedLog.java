package dev.poro.wal;

import dev.poro.wal.simulated.SimulatedStorage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A log made of a fuzzer's bytes, whose checksums may be made right, so that the fuzzer gets behind them.
 *
 * <pre>
 *   u8     bits 0-1: segments, less one; bit 2: seal identities; bit 3: seal starts; bit 4: seal frames
 *   u16    length of a segment, for each but the last
 *   bytes  of the segments
 * </pre>
 */
final class FuzzedLog {
    static final int SEAL_IDENTITIES = 4;
    static final int SEAL_STARTS = 8;
    static final int SEAL_FRAMES = 16;

    /** A sealed segment says that it is no longer than this: opening makes the file as long as that. */
    private static final int LONGEST = 64 << 10;

    private FuzzedLog() {}

    /** The files; none if the bytes are too few. */
    static SimulatedStorage of(byte[] data) {
        SimulatedStorage storage = new SimulatedStorage();
        ByteBuffer bytes = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
        if (!bytes.hasRemaining()) {
            return storage;
        }
        int flags = bytes.get();
        int segments = (flags & 3) + 1;
        if (bytes.remaining() < 2 * (segments - 1)) {
            return storage;
        }
        int[] lengths = new int[segments];
        for (int segment = 0; segment < segments - 1; segment++) {
            lengths[segment] = Short.toUnsignedInt(bytes.getShort());
        }
        lengths[segments - 1] = Integer.MAX_VALUE;
        for (int segment = 0; segment < segments; segment++) {
            byte[] contents = new byte[Math.min(lengths[segment], bytes.remaining())];
            bytes.get(contents);
            seal(contents, flags);
            storage.put(SegmentDescriptor.nameOf(segment + 1), contents);
        }
        return storage;
    }

    private static void seal(byte[] contents, int flags) {
        ByteBuffer segment = ByteBuffer.wrap(contents).order(ByteOrder.LITTLE_ENDIAN);
        if (contents.length < SegmentDescriptor.HEADER_LENGTH) {
            return;
        }
        Checksum checksum = new Checksum(segment.getLong(SegmentDescriptor.SALT_OFFSET));
        if ((flags & SEAL_IDENTITIES) != 0) {
            long length = segment.getLong(SegmentDescriptor.LENGTH_OFFSET);
            segment.putLong(SegmentDescriptor.LENGTH_OFFSET, Math.min(length, LONGEST));
            int crc = new Checksum(0).of(segment, 0, SegmentDescriptor.IDENTITY_CRC_OFFSET);
            segment.putInt(SegmentDescriptor.IDENTITY_CRC_OFFSET, crc);
        }
        if ((flags & SEAL_STARTS) != 0) {
            int crc = checksum.of(segment, SegmentDescriptor.START_OFFSET, SegmentDescriptor.START_CRC_OFFSET);
            segment.putInt(SegmentDescriptor.START_CRC_OFFSET, crc);
        }
        if ((flags & SEAL_FRAMES) != 0) {
            sealFrames(segment, checksum);
        }
    }

    /** As far as one follows another. */
    private static void sealFrames(ByteBuffer segment, Checksum checksum) {
        int at = SegmentDescriptor.HEADER_LENGTH;
        int length = 1;
        while (length > 0 && at + FrameDescriptor.HEADER_LENGTH <= segment.capacity()) {
            length = segment.getInt(at);
            if (length > FrameDescriptor.HEADER_LENGTH && at <= segment.capacity() - length) {
                int body = checksum.of(segment, at + FrameDescriptor.HEADER_LENGTH, at + length);
                segment.putInt(at + FrameDescriptor.BODY_CRC_OFFSET, body);
            }
            int header = checksum.of(segment, at, at + FrameDescriptor.HEADER_CRC_OFFSET);
            segment.putInt(at + FrameDescriptor.HEADER_CRC_OFFSET, header);
            at = (int) Math.min((long) at + length, segment.capacity());
        }
    }
}
