package dev.poro.wal;

import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * The file {@code STORE} beside the segments: the settings of the store, and a lower bound of what was forced, so that
 * a missing last segment is noticed. Little-endian, 128 bytes.
 *
 * <pre>
 *     0  magic "POST"        u32
 *     4  format version      u32    2 if there is a branch or a backup, otherwise 1
 *     8  log id              u64
 *    16  forced sequence     u64    the log was forced up to here; 0 for unknown
 *    24  segment number      u64    of the last segment in use then, whose header was forced, too
 *    32  history, bytes      i64    at most; 2^63-1 for any number
 *    40  history, seconds    i64    at least; -1 if its age does not matter
 *    48  and nanoseconds     u32
 *    52  zero                u32
 *    56  end                 u64    of what was forced in that segment, an offset; 0 for unknown
 *    64  changes, bytes      i64    as the history, of the change log
 *    72  changes, seconds    i64
 *    80  and nanoseconds     u32
 *    84  has changes         u32    1 if there is a change log, otherwise 0
 *    88  flags               u32    bit 0: a backup that was not opened yet; bit 1: the original is a branch itself
 *    92  branch              u64    0 if the log has not branched off another one
 *   100  original            u64    the identity, or the branch, that it has branched off
 *   108  begin of the branch u64    the last sequence that both have
 *   116  end of changes      u64    of the change log when the log was forced: the number of its last file, and the
 *                                   offset in the lower half; 0 for unknown
 *   124  CRC-32C of 0..124   u32
 * </pre>
 *
 * <p>The bytes from 88 on were zero before there were branches ({@link Branch}). A Poro of that time would drop a
 * branch, and take positions of the original for its own: version 2 has it refuse the log.
 *
 * <p>The file gets its name once it is complete and forced, and after the log was forced up to the sequence in it.
 * Opening cuts off nothing that was forced, so the file may be older than the log but never ahead of it. Immutable.
 *
 * @param segment number of the last segment in use; 0 if there is none
 * @param end of what was forced in it: an offset, 0 for unknown
 * @param retention how much history the log keeps
 * @param changes how much of the change log is kept; {@link Retention#NONE} if there is none
 * @param branch whose changes these are
 * @param changesEnd where the change log ended after the forced sequence; 0 for unknown
 */
record StoreFile(
        long logId,
        long forcedSequence,
        long segment,
        long end,
        Retention retention,
        Retention changes,
        Branch branch,
        long changesEnd) {
    static final String NAME = "STORE";
    static final String TEMPORARY_NAME = NAME + SegmentDescriptor.TEMPORARY_SUFFIX;

    /** The bytes P, O, S, T. */
    private static final int MAGIC = 0x54534F50;

    private static final int FORMAT_VERSION = 1;
    private static final int VERSION_WITH_BRANCH = 2;
    static final int LOG_ID_OFFSET = 8;
    private static final int FORCED_SEQUENCE_OFFSET = 16;
    private static final int SEGMENT_OFFSET = 24;
    private static final int RETAINED_BYTES_OFFSET = 32;
    private static final int END_OFFSET = 56;
    private static final int CHANGES_BYTES_OFFSET = 64;
    private static final int HAS_CHANGES_OFFSET = 84;
    private static final int FLAGS_OFFSET = 88;
    private static final int BRANCH_OFFSET = 92;
    private static final int ORIGINAL_OFFSET = 100;
    private static final int BRANCH_BEGIN_OFFSET = 108;
    private static final int CHANGES_END_OFFSET = 116;
    private static final int CRC_OFFSET = 124;

    private static final int IS_BACKUP = 1;
    private static final int IS_ORIGINAL_BRANCH = 2;

    /** From the bytes of a retention to its age. */
    private static final int SECONDS = 8;

    private static final int NANOS = 16;
    private static final long NO_AGE = -1;

    /** Of a log that has not branched off, without a word on the end of its change log. */
    StoreFile(long logId, long forcedSequence, long segment, long end, Retention retention, Retention changes) {
        this(logId, forcedSequence, segment, end, retention, changes, Branch.NONE, 0);
    }

    /**
     * The result of reading the file.
     *
     * @param store {@code null} if there is no such file, or it is damaged
     * @param defect what is wrong with the file; {@code null} if nothing is
     */
    record Look(StoreFile store, LogDamagedException defect) {
        /** The file was not read, or does not exist. */
        static final Look NONE = new Look(null, null);

        /** The log was forced at least up to this sequence; 0 if unknown. */
        long forcedSequence() {
            return store == null ? 0 : store.forcedSequence;
        }

        /**
         * Whether what is at a place in the log was forced, be it an event or a mark: all segments before the one that
         * the file names were, and the beginning of that one.
         */
        boolean provesForced(long number, long offset) {
            return store != null
                    && (number < store.segment
                            || (number == store.segment
                                    && offset < Math.max(SegmentDescriptor.HEADER_LENGTH, store.end)));
        }

        /** The last segment in use that the log had, at least; 0 if unknown. */
        long segment() {
            return store == null ? 0 : store.segment;
        }

        /** How much history the log keeps: none if that was never set. */
        Retention retention() {
            return store == null ? Retention.NONE : store.retention;
        }

        /** How much of the change log is kept: none if that was never set. */
        Retention changes() {
            return store == null ? Retention.NONE : store.changes;
        }

        /** Whose changes these are. */
        Branch branch() {
            return store == null ? Branch.NONE : store.branch;
        }

        /** Where the change log ended after the forced sequence; 0 if unknown. */
        long changesEnd() {
            return store == null ? 0 : store.changesEnd;
        }
    }

    /**
     * Reads the file. Must be called before the segments are listed, so that the file is not ahead of them if a store
     * is writing.
     *
     * @throws LogException if it is of another version: such a file is not damaged, and must be left alone
     */
    static Look look(Storage storage) throws IOException {
        if (!storage.list().contains(NAME)) {
            return Look.NONE;
        }
        try (StorageFile file = storage.openReadOnly(NAME)) {
            return new Look(read(file), null);
        } catch (LogDamagedException e) {
            return new Look(null, e);
        }
    }

    private static StoreFile read(StorageFile file) throws IOException {
        ByteBuffer header = FileHeader.readKnownVersion(file, "store file", MAGIC, VERSION_WITH_BRANCH, CRC_OFFSET);
        try {
            return new StoreFile(
                    header.getLong(LOG_ID_OFFSET),
                    header.getLong(FORCED_SEQUENCE_OFFSET),
                    header.getLong(SEGMENT_OFFSET),
                    header.getLong(END_OFFSET),
                    retentionAt(header, RETAINED_BYTES_OFFSET),
                    header.getInt(HAS_CHANGES_OFFSET) == 0 ? Retention.NONE : retentionAt(header, CHANGES_BYTES_OFFSET),
                    branchIn(header),
                    header.getLong(CHANGES_END_OFFSET));
        } catch (ArithmeticException | IllegalArgumentException impossible) {
            throw FileHeader.damaged(file, RETAINED_BYTES_OFFSET, "an impossible size or age of history");
        }
    }

    private static Branch branchIn(ByteBuffer header) {
        int flags = header.getInt(FLAGS_OFFSET);
        return new Branch(
                header.getLong(BRANCH_OFFSET),
                header.getLong(ORIGINAL_OFFSET),
                (flags & IS_ORIGINAL_BRANCH) != 0,
                header.getLong(BRANCH_BEGIN_OFFSET),
                (flags & IS_BACKUP) != 0);
    }

    /** The bytes, and after them the age. */
    private static Retention retentionAt(ByteBuffer header, int offset) {
        long seconds = header.getLong(offset + SECONDS);
        Duration age = seconds == NO_AGE ? null : Duration.ofSeconds(seconds, header.getInt(offset + NANOS));
        return Retention.of(header.getLong(offset), age);
    }

    private static void putRetention(ByteBuffer header, int offset, Retention retention) {
        Duration age = retention.age();
        header.putLong(offset, retention.bytes())
                .putLong(offset + SECONDS, age == null ? NO_AGE : age.getSeconds())
                .putInt(offset + NANOS, age == null ? 0 : age.getNano());
    }

    /** As a record's own, whose first call takes long: each opening compares, however short the session is. */
    @Override
    public boolean equals(Object other) {
        return other instanceof StoreFile store
                && logId == store.logId
                && forcedSequence == store.forcedSequence
                && segment == store.segment
                && end == store.end
                && retention.equals(store.retention)
                && changes.equals(store.changes)
                && branch.equals(store.branch)
                && changesEnd == store.changesEnd;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(logId + 31 * forcedSequence);
    }

    /** Whether the file holds default values only, so that it need not exist. */
    boolean saysNothing() {
        return segment == 0
                && retention.equals(Retention.NONE)
                && changes.equals(Retention.NONE)
                && branch.equals(Branch.NONE);
    }

    /**
     * Writes the file, durably, in place of an earlier one.
     *
     * @throws IOException if that failed. The earlier file is unchanged, unless only forcing the directory failed
     */
    void write(Storage storage) throws IOException {
        replace(storage);
        storage.forceDirectory();
    }

    /**
     * {@link #write} that ignores failures to write, force or rename the file: the earlier file is still true.
     *
     * @throws IOException if the directory could not be forced
     */
    void writeIfPossible(Storage storage) throws IOException {
        try {
            replace(storage);
        } catch (IOException noRoom) {
            return;
        }
        storage.forceDirectory();
    }

    private void replace(Storage storage) throws IOException {
        deleteTemporary(storage);
        try {
            try (StorageFile file = storage.create(TEMPORARY_NAME)) {
                file.write(encode(), 0);
                file.force();
            }
            storage.replace(TEMPORARY_NAME, NAME);
        } catch (IOException | RuntimeException | Error e) {
            try {
                deleteTemporary(storage);
            } catch (IOException suppressed) {
                // The next try or the next opening deletes it.
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    private static void deleteTemporary(Storage storage) throws IOException {
        if (storage.list().contains(TEMPORARY_NAME)) {
            storage.delete(TEMPORARY_NAME);
        }
    }

    private ByteBuffer encode() {
        ByteBuffer header = FileHeader.create(MAGIC, branch.equals(Branch.NONE) ? FORMAT_VERSION : VERSION_WITH_BRANCH)
                .putLong(LOG_ID_OFFSET, logId)
                .putLong(FORCED_SEQUENCE_OFFSET, forcedSequence)
                .putLong(SEGMENT_OFFSET, segment)
                .putLong(END_OFFSET, end);
        putRetention(header, RETAINED_BYTES_OFFSET, retention);
        if (!changes.equals(Retention.NONE)) {
            putRetention(header, CHANGES_BYTES_OFFSET, changes);
            header.putInt(HAS_CHANGES_OFFSET, 1);
        }
        header.putInt(
                        FLAGS_OFFSET,
                        (branch.isBackup() ? IS_BACKUP : 0) | (branch.isOriginalBranch() ? IS_ORIGINAL_BRANCH : 0))
                .putLong(BRANCH_OFFSET, branch.id())
                .putLong(ORIGINAL_OFFSET, branch.original())
                .putLong(BRANCH_BEGIN_OFFSET, branch.begin())
                .putLong(CHANGES_END_OFFSET, changesEnd);
        return header.putInt(CRC_OFFSET, FileHeader.checksumOf(header, CRC_OFFSET));
    }
}
