package dev.poro.cluster;

import io.aeron.logbuffer.FrameDescriptor;
import io.aeron.protocol.DataHeaderFlyweight;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.agrona.BitUtil;

/** Reads a copy of the cluster's log: its frames must follow one another up to its end. They have no checksums. */
final class ClusterLogCheck {
    private static final int SEGMENT = ClusterSettings.LOG_TERM_LENGTH;

    private ClusterLogCheck() {}

    /**
     * Fails unless the log is there up to a position.
     *
     * @param segments their files by the positions that they begin at, in order
     * @param end of the log
     * @throws IOException which says where the log breaks off
     */
    static void requireWhole(Map<Long, Path> segments, long end) throws IOException {
        long position = -1;
        for (Map.Entry<Long, Path> segment : segments.entrySet()) {
            if (position >= 0 && position != segment.getKey()) {
                throw new IOException("the cluster's log has nothing between " + position + " and " + segment.getKey());
            }
            position = read(segment.getValue(), segment.getKey(), Math.min(end, segment.getKey() + SEGMENT));
        }
        if (position != end) {
            throw new IOException("the cluster's log ends at " + position + " instead of " + end);
        }
    }

    private static long read(Path file, long base, long end) throws IOException {
        ByteBuffer header =
                ByteBuffer.allocate(DataHeaderFlyweight.HEADER_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        long position = base;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            while (position < end) {
                header.clear();
                while (header.hasRemaining() && channel.read(header, position - base + header.position()) >= 0) {
                    // Reads on.
                }
                int length = header.getInt(DataHeaderFlyweight.FRAME_LENGTH_FIELD_OFFSET);
                long offset = header.getInt(DataHeaderFlyweight.TERM_OFFSET_FIELD_OFFSET);
                long next = position + BitUtil.align((long) length, FrameDescriptor.FRAME_ALIGNMENT);
                if (length < DataHeaderFlyweight.HEADER_LENGTH || offset != position % SEGMENT || next > end) {
                    throw new IOException(file + ": at offset " + (position - base) + " is no frame of the log");
                }
                position = next;
            }
        }
        return position;
    }
}
