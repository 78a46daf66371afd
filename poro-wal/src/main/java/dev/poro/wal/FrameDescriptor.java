package dev.poro.wal;

import dev.poro.events.Limits;
import dev.poro.events.RecordDescriptor;

/**
 * The layout of a frame: one batch of records under one header. Little-endian; frames begin at multiples of 8.
 *
 * <pre>
 *    0  frame length        u32   header, records and padding; a multiple of 8; 0 = end of the log; stored last
 *    4  record count        u32   at least 1
 *    8  first sequence      u64   of the first record; the others follow without a gap
 *   16  timestamp           i64   ms since the epoch, never less than that of the frame before
 *   24  durable sequence    u64   the highest sequence known to be forced when the frame was written
 *   32  body CRC            u32   CRC-32C of 40..frame length, salted
 *   36  header CRC          u32   CRC-32C of 0..36, salted; checked before any other field is trusted
 *   40  records                   see {@link RecordDescriptor}, zero padding
 * </pre>
 *
 * <p>The length is stored last and in release order: a frame that a killed process did not finish has length 0.
 */
final class FrameDescriptor {
    static final int LENGTH_OFFSET = 0;
    static final int RECORD_COUNT_OFFSET = 4;
    static final int FIRST_SEQUENCE_OFFSET = 8;
    static final int TIMESTAMP_OFFSET = 16;
    static final int DURABLE_SEQUENCE_OFFSET = 24;
    static final int BODY_CRC_OFFSET = 32;
    static final int HEADER_CRC_OFFSET = 36;
    static final int HEADER_LENGTH = 40;

    static final int ALIGNMENT = 8;

    /** A frame takes no further record once it is this long, so that a reader's buffer is bounded. */
    static final int FULL_LENGTH = 1 << 20;

    /** Bytes of the longest frame: just not full, and then the longest record. */
    static final int MAX_LENGTH = align(FULL_LENGTH + Limits.MAX_RECORD_LENGTH);

    /** What every segment keeps free at its end for the mark of a clean close. */
    static final int CLOSE_MARK_LENGTH = frameLength(RecordDescriptor.recordLength(0, RecordDescriptor.MARK_LENGTH));

    private FrameDescriptor() {}

    static int align(int length) {
        return (length + ALIGNMENT - 1) & -ALIGNMENT;
    }

    /** The length of a frame that holds this many bytes of records. */
    static int frameLength(int recordBytes) {
        return align(HEADER_LENGTH + recordBytes);
    }
}
