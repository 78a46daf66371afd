package dev.poro.wal;

import dev.poro.events.EventType;
import dev.poro.events.StateSummary;
import java.util.regex.Pattern;

/**
 * The layout of a snapshot file: a header, blocks, a footer, and nothing after it. Little-endian.
 *
 * <pre>
 *   header, 128 bytes                  block                            footer, 48 bytes
 *     0  magic "POSN"      u32           0  length of the body  u32       0  zero                 u32
 *     4  format version    u32           4  number, from 0      u32       4  number of blocks     u32
 *     8  log id            u64           8  CRC-32C of the body u32       8  bytes of the bodies  u64
 *    16  salt (random)     u64          12  CRC-32C of 0..12    u32      16  entries              u64
 *    24  created, ms       i64          16  body                         24  sequence             u64
 *    32  sequence          u64                                           32  digest               u64
 *    40  its timestamp, ms i64                                           40  zero                 u32
 *    48  keys              u64                                           44  CRC-32C of 0..44     u32
 *    56  digest            u64
 *    64  memory budget     u64
 *    72  memory used       u64
 *    80  wall clock, ms    i64
 *    88  last change       u64
 *    96  clients           u64, zero before version 3
 *   104  zero              20 bytes
 *   124  CRC-32C of 0..124 u32
 * </pre>
 *
 * <p>All checksums but that of the header are salted ({@link Checksum}). The bodies of the blocks, one after the other,
 * are the entries: the sequence of the event that changed it last, i64, and a SET record. An entry may begin in one
 * block and end in a later one. Entries are in no particular order, and no key comes twice.
 *
 * <p>The wall clock is the latest of all frames up to that of the sequence ({@link FrameDescriptor}), less the
 * timestamp, modulo 2<sup>64</sup>. So it is zero where the two are the same, and where a snapshot was written without
 * it, as those of version 1 are: then the timestamp will do for it. A reader that does not know it loads the snapshot
 * all the same.
 *
 * <p>The last change is the sequence of the last one in the change log up to that of the snapshot, or the sequence that
 * the change log begins after if it has none yet; zero if there is no change log.
 *
 * <p>The record has no flags or, since version 2, the flag of an absolute expiry.
 *
 * <p>Version 3 is that of a state with clients, whose changes carry tokens. They follow the last entry: the sequence of
 * the client's last change, i64, and a CLIENT record, in the order of these sequences. A state without clients is
 * written in version 2, so that an earlier Poro can read it.
 */
final class SnapshotDescriptor {
    /** The bytes P, O, S, N. */
    static final int MAGIC = 0x4E534F50;

    /** Of new snapshots without clients. Those of version 1 are read. */
    static final int FORMAT_VERSION = 2;

    /** Of snapshots with clients: the newest version that is read. */
    static final int VERSION_WITH_CLIENTS = EventType.SNAPSHOT_VERSION;

    static final int VERSION_OFFSET = FileHeader.VERSION_OFFSET;
    static final int LOG_ID_OFFSET = 8;
    static final int SALT_OFFSET = 16;
    static final int CREATED_OFFSET = 24;
    static final int SEQUENCE_OFFSET = 32;
    static final int TIMESTAMP_OFFSET = 40;
    static final int KEYS_OFFSET = 48;
    static final int DIGEST_OFFSET = 56;
    static final int MEMORY_BUDGET_OFFSET = 64;
    static final int MEMORY_USED_OFFSET = 72;
    static final int WALL_CLOCK_OFFSET = 80;
    static final int LAST_CHANGE_OFFSET = 88;
    static final int CLIENTS_OFFSET = 96;
    static final int HEADER_CRC_OFFSET = 124;
    static final int HEADER_LENGTH = FileHeader.LENGTH;

    static final int BODY_LENGTH_OFFSET = 0;
    static final int BLOCK_NUMBER_OFFSET = 4;
    static final int BODY_CRC_OFFSET = 8;
    static final int BLOCK_CRC_OFFSET = 12;
    static final int BLOCK_HEADER_LENGTH = 16;

    /** Bytes of a block's body, at most. */
    static final int MAX_BODY_LENGTH = 1 << 20;

    static final int FOOTER_BLOCKS_OFFSET = 4;
    static final int FOOTER_BYTES_OFFSET = 8;
    static final int FOOTER_KEYS_OFFSET = 16;
    static final int FOOTER_SEQUENCE_OFFSET = 24;
    static final int FOOTER_DIGEST_OFFSET = 32;
    static final int FOOTER_CRC_OFFSET = 44;
    static final int FOOTER_LENGTH = 48;

    /** In front of the record of an entry: the sequence of its event. */
    static final int ENTRY_SEQUENCE_LENGTH = Long.BYTES;

    static final String SUFFIX = ".snapshot";

    /** The snapshot that is being written; there is at most one. */
    static final String TEMPORARY_NAME = "snapshot" + SegmentDescriptor.TEMPORARY_SUFFIX;

    private static final int NAME_DIGITS = 19;
    private static final Pattern NAME = Pattern.compile("[0-9]{19}\\.snapshot");
    /** The name for the highest sequence that has a successor. */
    private static final String LAST_NAME = nameOf(Long.MAX_VALUE - 1);

    private SnapshotDescriptor() {}

    /** The version in which a state is written. */
    static int versionOf(StateSummary summary) {
        return summary.clients() > 0 ? VERSION_WITH_CLIENTS : FORMAT_VERSION;
    }

    /** The file name of a snapshot, from the sequence of the last event that it covers. */
    static String nameOf(long sequence) {
        return NumberedName.of(sequence, NAME_DIGITS, SUFFIX);
    }

    static boolean isSnapshotName(String name) {
        return NAME.matcher(name).matches() && name.compareTo(LAST_NAME) <= 0;
    }

    static long sequenceOf(String name) {
        return Long.parseLong(name.substring(0, name.length() - SUFFIX.length()));
    }
}
