package dev.poro.wal;

import java.util.List;

/**
 * The contents of a backup.
 *
 * @param logId of the log and its backup
 * @param firstSequence of the events in its segments
 * @param lastSequence of the last event
 * @param snapshots the number of snapshots
 * @param files the snapshots, and then the segments, in order
 */
record BackupPlan(long logId, long firstSequence, long lastSequence, int snapshots, List<File> files) {
    long bytes() {
        return files.stream().mapToLong(File::bytes).sum();
    }

    /**
     * A file of a backup.
     *
     * @param name of the file, the same as in the log
     * @param bytes to copy from the start of the file: of a segment, up to its last frame
     */
    record File(String name, long bytes) {}
}
