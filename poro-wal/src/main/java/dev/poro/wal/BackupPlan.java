package dev.poro.wal;

import java.util.List;

/**
 * What a backup of a log consists of.
 *
 * @param logId of the log and its backup
 * @param firstSequence of the events in its segments
 * @param lastSequence of the last event
 * @param snapshots how many there are
 * @param files the snapshots, and then the segments, in order
 */
record BackupPlan(long logId, long firstSequence, long lastSequence, int snapshots, List<File> files) {
    long bytes() {
        return files.stream().mapToLong(File::bytes).sum();
    }

    /**
     * A file of a backup.
     *
     * @param name of the file, which is that in the log
     * @param bytes of the file in the log, from its start, that are in the backup: of a segment, without what follows
     *     its last frame
     */
    record File(String name, long bytes) {}
}
