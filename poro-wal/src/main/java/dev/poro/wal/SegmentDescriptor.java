package dev.poro.wal;

import dev.poro.events.Limits;
import java.util.regex.Pattern;

/**
 * The layout of a segment's header, which is in two parts of 64 bytes because they are written at two moments. The
 * frames follow it. Little-endian.
 *
 * <pre>
 *   identity, forced before the segment is visible       start, stored when the segment gets its first frame
 *    0  magic "PORO"        u32                            64  first sequence     u64
 *    4  format version      u32                            72  zero               52 bytes
 *    8  log id (random)     u64                           124  CRC-32C of 64..124, salted
 *   16  salt (random)       u64
 *   24  created, ms         i64                           128  frames
 *   32  segment number      u64
 *   40  segment length      u64
 *   48  zero                12 bytes
 *   60  CRC-32C of 0..60
 * </pre>
 *
 * <p>Both parts are in one 512-byte sector. A segment whose start is zero is prepared and unused. The identity and so
 * the salt were forced before, so that frames can be recognised even if the start is torn.
 */
final class SegmentDescriptor {
    /** The bytes P, O, R, O. */
    static final int MAGIC = 0x4F524F50;

    /** Of new segments. Segments of version 1 are read, and written only where a log of version 1 is copied. */
    static final int FORMAT_VERSION = 2;

    /** Of new segments of a replica, whose frames have positions in the log of a cluster. The newest that is read. */
    static final int REPLICA_VERSION = 3;

    static final int VERSION_OFFSET = FileHeader.VERSION_OFFSET;
    static final int LOG_ID_OFFSET = 8;
    static final int SALT_OFFSET = 16;
    static final int CREATED_OFFSET = 24;
    static final int NUMBER_OFFSET = 32;
    static final int LENGTH_OFFSET = 40;
    static final int IDENTITY_CRC_OFFSET = 60;
    static final int IDENTITY_LENGTH = 64;

    static final int START_OFFSET = IDENTITY_LENGTH;
    static final int FIRST_SEQUENCE_OFFSET = 64;
    static final int START_CRC_OFFSET = 124;

    static final int HEADER_LENGTH = FileHeader.LENGTH;

    /** The length of a new segment file is a multiple of this. */
    static final int LENGTH_UNIT = 4096;

    /** Bytes of a segment file, unless configured otherwise. */
    static final int DEFAULT_LENGTH = 64 << 20;

    /** Bytes of a segment file, at least. */
    static final int MIN_LENGTH = 16 << 10;

    /** Bytes of a segment file, at most. */
    static final int MAX_LENGTH = 1 << 30;

    /** Bytes of a segment that are not available to a record. */
    static final int OVERHEAD = overhead(FORMAT_VERSION);

    static final String TEMPORARY_SUFFIX = ".tmp";
    static final String QUARANTINE_SUFFIX = ".quarantine";
    private static final Pattern TEMPORARY_NAME = Pattern.compile("\\p{Nd}{10}\\.wal.*\\.tmp");

    private SegmentDescriptor() {}

    /** Bytes of a segment of this version that are not available to a record. */
    static int overhead(int version) {
        return HEADER_LENGTH + FrameDescriptor.maxHeaderLength(version) + FrameDescriptor.closeMarkLength(version);
    }

    /** The version of the records in a segment of a version. */
    static int recordVersion(int version) {
        return Math.min(version, FORMAT_VERSION);
    }

    /** The file name of a segment: its number, which counts the segments of a log from 1. */
    static String nameOf(long number) {
        return SegmentKind.LOG.nameOf(number);
    }

    /** The shortest length of a segment file that is at least {@code bytes}. */
    static int lengthFor(int bytes) {
        return (bytes + LENGTH_UNIT - 1) & -LENGTH_UNIT;
    }

    /** The length of a new segment that can hold any record of another: version 1 had more room for records. */
    static int lengthToHoldRecordsOf(SegmentHeader other) {
        boolean hadMoreRoom =
                other.version == FileHeader.FIRST_VERSION && other.length - OVERHEAD < Limits.MAX_RECORD_LENGTH;
        return hadMoreRoom ? other.length + LENGTH_UNIT : other.length;
    }

    static boolean isSegmentName(String name) {
        return SegmentKind.LOG.isName(name);
    }

    /** Whether this is a temporary file of a log, whatever digits its number has. */
    static boolean isTemporaryName(String name) {
        return name.equals(SnapshotDescriptor.TEMPORARY_NAME)
                || name.equals(StoreFile.TEMPORARY_NAME)
                || NamelessFile.isName(name)
                || TEMPORARY_NAME.matcher(name).matches();
    }

    static long numberOf(String name) {
        return SegmentKind.LOG.numberOf(name);
    }
}
