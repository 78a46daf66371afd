package dev.poro.wal;

import dev.poro.events.Limits;
import dev.poro.events.RecordDescriptor;

/**
 * The layout of a frame: one batch of records, or one mark, under one header. Little-endian; frames begin at multiples
 * of 8.
 *
 * <pre>
 *    0  frame length        u32   header, records and padding; a multiple of 8; 0 = end of the log; stored last
 *    4  record count        u32   bits 0 to 28: how many events; 0 = the frame is a mark
 *                                 bit 29: the header has a position in a cluster's log; part of the number before
 *                                 version 3
 *                                 bit 30: everything before the frame was forced when the frame was written
 *                                 bit 31: the header goes on with a wall clock
 *    8  first sequence      u64   of the first event, the others follow without a gap; of a mark: of the next event
 *   16  timestamp           i64   log time, ms since the epoch, never less than that of the frame before
 *   24  durable sequence    u64   the highest sequence known to be forced when the frame was written
 *   32  body CRC            u32   CRC-32C of 40..frame length, salted
 *   36  header CRC          u32   CRC-32C of 0..36, salted; checked before any other field is trusted
 *   40  wall clock          i64   ms since the epoch; only if bit 31 says so
 *   40 or 48  incarnation   u64   of the cluster ({@link ClusterPosition}); these three only if bit 29 says so
 *      and 8  term          i64   of the leader that has appended the last message of the frame
 *      and 8  position      i64   of that message in the cluster's log
 *   40 to 72  records             see {@link RecordDescriptor}, zero padding
 * </pre>
 *
 * <p>A mark ({@link dev.poro.events.EventType#isMark}) states what the state is before the event of the first sequence.
 * It takes no sequence of its own: its frame holds exactly one record and counts none. A frame of events holds no mark.
 *
 * <p>The wall clock is there if it was more than {@value #WALL_CLOCK_TOLERANCE_MILLIS} ms off the timestamp when the
 * frame was begun; otherwise the timestamp will do for it.
 *
 * <p>Segments of version 3 are those of replicas. A frame of events there has the position of the last message that it
 * holds, all of it; all of its messages have its timestamp. A mark repeats the position of the frame before, if that
 * has one.
 *
 * <p>In a segment of version 1, the record count has no flags and is at least 1, and marks are events with sequences.
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

    /** Of every header. */
    static final int HEADER_LENGTH = 40;

    static final int WALL_CLOCK_OFFSET = HEADER_LENGTH;

    /** Of incarnation, term and position. */
    static final int POSITION_LENGTH = 3 * Long.BYTES;

    static final int MAX_HEADER_LENGTH = HEADER_LENGTH + Long.BYTES + POSITION_LENGTH;

    /** Of the longest header before version 3. */
    private static final int MAX_LENGTH_WITHOUT_POSITION = HEADER_LENGTH + Long.BYTES;

    /** In the record count: the header has a position in the log of a cluster. */
    static final int HAS_POSITION = 1 << 29;

    /** In the record count: everything before the frame was forced. */
    static final int FOLLOWS_FORCED = 1 << 30;

    /** In the record count: the header has a wall clock. */
    static final int HAS_WALL_CLOCK = 1 << 31;

    static final int ALIGNMENT = 8;

    /** How far the wall clock may be off the timestamp without being written. */
    static final int WALL_CLOCK_TOLERANCE_MILLIS = 1_000;

    /** A frame takes no further record once it is this long, so that a reader's buffer is bounded. */
    static final int FULL_LENGTH = 1 << 20;

    /** Bytes of the longest frame: just not full, and then the longest record. */
    static final int MAX_LENGTH = align(FULL_LENGTH + Limits.MAX_RECORD_LENGTH);

    /** Bytes of the record of a mark. */
    private static final int MARK_LENGTH = RecordDescriptor.recordLength(0, RecordDescriptor.MARK_LENGTH);

    private FrameDescriptor() {}

    static int align(int length) {
        return (length + ALIGNMENT - 1) & -ALIGNMENT;
    }

    /** Which bits of the record count are flags. */
    static int flagsOf(int version) {
        if (version == FileHeader.FIRST_VERSION) {
            return 0;
        }
        return version < SegmentDescriptor.REPLICA_VERSION
                ? FOLLOWS_FORCED | HAS_WALL_CLOCK
                : FOLLOWS_FORCED | HAS_WALL_CLOCK | HAS_POSITION;
    }

    /** @param flags of the record count */
    static int headerLength(int flags) {
        int length = (flags & HAS_POSITION) == 0 ? HEADER_LENGTH : HEADER_LENGTH + POSITION_LENGTH;
        return (flags & HAS_WALL_CLOCK) == 0 ? length : length + Long.BYTES;
    }

    /** Where the incarnation is, and after it term and position. Only with {@link #HAS_POSITION} in these flags. */
    static int positionOffset(int flags) {
        return headerLength(flags) - POSITION_LENGTH;
    }

    /** Bytes of the longest header in a segment of this version. */
    static int maxHeaderLength(int version) {
        return version < SegmentDescriptor.REPLICA_VERSION ? MAX_LENGTH_WITHOUT_POSITION : MAX_HEADER_LENGTH;
    }

    /** What every segment of this version keeps free at its end for the mark of a clean close. */
    static int closeMarkLength(int version) {
        return align(maxHeaderLength(version) + MARK_LENGTH);
    }

    /**
     * The length of a frame that holds one mark.
     *
     * @param flags of the record count
     */
    static int markFrameLength(int flags) {
        return align(headerLength(flags) + MARK_LENGTH);
    }

    /** Whether a frame of this time needs a wall clock of its own. */
    static boolean needsWallClock(long timestamp, long wallClock) {
        long difference = timestamp - wallClock;
        return difference > WALL_CLOCK_TOLERANCE_MILLIS
                || difference < -WALL_CLOCK_TOLERANCE_MILLIS
                || ((timestamp ^ wallClock) & (timestamp ^ difference)) < 0;
    }
}
