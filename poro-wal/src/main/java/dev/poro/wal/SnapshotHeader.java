package dev.poro.wal;

import static dev.poro.wal.SnapshotDescriptor.CLIENTS_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.CREATED_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.DIGEST_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.HEADER_CRC_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.KEYS_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.LAST_CHANGE_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.LOG_ID_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.MAGIC;
import static dev.poro.wal.SnapshotDescriptor.MEMORY_BUDGET_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.MEMORY_USED_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.SALT_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.SEQUENCE_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.TIMESTAMP_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.VERSION_OFFSET;
import static dev.poro.wal.SnapshotDescriptor.VERSION_WITH_CLIENTS;
import static dev.poro.wal.SnapshotDescriptor.WALL_CLOCK_OFFSET;

import dev.poro.events.RecordDescriptor;
import dev.poro.events.StateSummary;
import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The header of a snapshot file: its log and its state.
 *
 * @param version of the format: 1 to 3
 * @param logId of the log whose events it covers
 * @param salt of the checksums that follow
 * @param created when, in milliseconds since 1970
 * @param latestWallClock the latest wall clock of the frames up to its last event, in milliseconds since 1970
 * @param lastChange the sequence of the last change in the change log up to there; 0 if there is no change log
 */
record SnapshotHeader(
        int version, long logId, long salt, long created, StateSummary summary, long latestWallClock, long lastChange) {
    /** 128 bytes in a direct buffer. */
    ByteBuffer encode() {
        ByteBuffer header = FileHeader.create(MAGIC, version)
                .putLong(LOG_ID_OFFSET, logId)
                .putLong(SALT_OFFSET, salt)
                .putLong(CREATED_OFFSET, created)
                .putLong(SEQUENCE_OFFSET, summary.sequence())
                .putLong(TIMESTAMP_OFFSET, summary.timestamp())
                .putLong(KEYS_OFFSET, summary.keys())
                .putLong(DIGEST_OFFSET, summary.digest())
                .putLong(MEMORY_BUDGET_OFFSET, summary.memoryBudget())
                .putLong(MEMORY_USED_OFFSET, summary.memoryUsed())
                .putLong(WALL_CLOCK_OFFSET, latestWallClock - summary.timestamp())
                .putLong(LAST_CHANGE_OFFSET, lastChange)
                .putLong(CLIENTS_OFFSET, summary.clients());
        return header.putInt(HEADER_CRC_OFFSET, FileHeader.checksumOf(header, HEADER_CRC_OFFSET));
    }

    /**
     * Reads the header of a file.
     *
     * @throws LogDamagedException if it is damaged, or contradicts the file's name or length
     * @throws LogException if it is of a newer version: such a file is not damaged, and must be left alone
     */
    static SnapshotHeader read(StorageFile file, String name) throws IOException {
        ByteBuffer header =
                FileHeader.readKnownVersion(file, "snapshot", MAGIC, VERSION_WITH_CLIENTS, HEADER_CRC_OFFSET);
        int version = header.getInt(VERSION_OFFSET);
        StateSummary summary = new StateSummary(
                header.getLong(SEQUENCE_OFFSET),
                header.getLong(TIMESTAMP_OFFSET),
                header.getLong(KEYS_OFFSET),
                header.getLong(DIGEST_OFFSET),
                header.getLong(MEMORY_BUDGET_OFFSET),
                header.getLong(MEMORY_USED_OFFSET),
                header.getLong(CLIENTS_OFFSET));
        if (summary.sequence() < 1 || summary.sequence() != SnapshotDescriptor.sequenceOf(name)) {
            throw FileHeader.damaged(
                    file,
                    SEQUENCE_OFFSET,
                    "the file is named " + name + " but is the snapshot of sequence " + summary.sequence());
        }
        if (summary.keys() < 0 || summary.keys() > mostKeysIn(file)) {
            throw FileHeader.damaged(
                    file, KEYS_OFFSET, summary.keys() + " keys in a file of " + file.length() + " bytes");
        }
        if (version == VERSION_WITH_CLIENTS ? summary.clients() < 1 : summary.clients() != 0) {
            throw FileHeader.damaged(
                    file, CLIENTS_OFFSET, summary.clients() + " clients in a snapshot of format version " + version);
        }
        return new SnapshotHeader(
                version,
                header.getLong(LOG_ID_OFFSET),
                header.getLong(SALT_OFFSET),
                header.getLong(CREATED_OFFSET),
                summary,
                summary.timestamp() + header.getLong(WALL_CLOCK_OFFSET),
                header.getLong(LAST_CHANGE_OFFSET));
    }

    /** The number of entries that fit if keys and values are empty. */
    private static long mostKeysIn(StorageFile file) throws IOException {
        long bytes = file.length() - SnapshotDescriptor.HEADER_LENGTH - SnapshotDescriptor.FOOTER_LENGTH;
        return Math.max(0, bytes / (SnapshotDescriptor.ENTRY_SEQUENCE_LENGTH + RecordDescriptor.HEADER_LENGTH));
    }
}
