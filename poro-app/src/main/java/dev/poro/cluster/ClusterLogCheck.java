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
import java.util.zip.CRC32C;
import org.agrona.BitUtil;

/**
 * Reads a copy of the cluster's log: its frames must follow one another up to its end, and their {@linkplain
 * FragmentChecksum checksums} be right. It reads far more at once than a frame has: the node that the copy is of does
 * not wait for long.
 */
final class ClusterLogCheck {
    private static final int SEGMENT = ClusterSettings.LOG_TERM_LENGTH;
    private static final int HEADER_LENGTH = DataHeaderFlyweight.HEADER_LENGTH;
    private static final int PIECE = 1 << 20;

    private final Path file;
    private final FileChannel channel;

    /** Of the file, from an offset on. */
    private final ByteBuffer piece = ByteBuffer.allocate(PIECE).order(ByteOrder.LITTLE_ENDIAN);

    private final CRC32C checksum = new CRC32C();
    private long pieceBegin;

    private ClusterLogCheck(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
        piece.limit(0);
    }

    /**
     * Fails unless the log is there up to a position.
     *
     * @param segments their files by the positions that they begin at, in order
     * @param end of the log
     * @throws IOException which says where the log breaks off, or is damaged
     */
    static void requireWhole(Map<Long, Path> segments, long end) throws IOException {
        long position = -1;
        for (Map.Entry<Long, Path> segment : segments.entrySet()) {
            if (position >= 0 && position != segment.getKey()) {
                throw new IOException("the cluster's log has nothing between " + position + " and " + segment.getKey());
            }
            Path file = segment.getValue();
            long length = Math.min(end - segment.getKey(), SEGMENT);
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                position = segment.getKey() + new ClusterLogCheck(file, channel).read(length);
            }
        }
        if (position != end) {
            throw new IOException("the cluster's log ends at " + position + " instead of " + end);
        }
    }

    /** Returns where the frames end that it has read: at the length, or 0 if there is none. */
    private long read(long end) throws IOException {
        long offset = 0;
        while (offset < end) {
            int at = load(offset, HEADER_LENGTH);
            int length = piece.getInt(at + DataHeaderFlyweight.FRAME_LENGTH_FIELD_OFFSET);
            int termOffset = piece.getInt(at + DataHeaderFlyweight.TERM_OFFSET_FIELD_OFFSET);
            long next = offset + BitUtil.align((long) length, FrameDescriptor.FRAME_ALIGNMENT);
            if (length < DataHeaderFlyweight.HEADER_LENGTH || termOffset != offset || next > end) {
                throw new IOException(file + ": at offset " + offset + " is no frame of the log");
            }
            int type = piece.getShort(at + DataHeaderFlyweight.TYPE_FIELD_OFFSET) & 0xffff;
            if (type != DataHeaderFlyweight.HDR_TYPE_PAD) {
                requireChecksum(offset, next - offset);
            }
            offset = next;
        }
        return offset;
    }

    private void requireChecksum(long offset, long length) throws IOException {
        if (length > HEADER_LENGTH + FragmentChecksum.LONGEST) {
            throw new IOException(file + ": at offset " + offset + " is a frame of " + length + " bytes");
        }
        int at = load(offset, (int) length);
        checksum.reset();
        checksum.update(piece.array(), at + HEADER_LENGTH, (int) length - HEADER_LENGTH);
        if ((int) checksum.getValue() != piece.getInt(at + DataHeaderFlyweight.SESSION_ID_FIELD_OFFSET)) {
            throw new IOException(file + ": the frame at offset " + offset + " fails its checksum");
        }
    }

    /** Returns where in the piece these bytes of the file are. */
    private int load(long offset, int length) throws IOException {
        if (offset < pieceBegin || offset + length > pieceBegin + piece.limit()) {
            piece.clear();
            pieceBegin = offset;
            while (piece.hasRemaining() && channel.read(piece, offset + piece.position()) >= 0) {
                // Reads on.
            }
            piece.flip();
            if (piece.limit() < length) {
                throw new IOException(file + " ends within the frame at offset " + offset);
            }
        }
        return (int) (offset - pieceBegin);
    }
}
