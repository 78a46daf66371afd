package dev.poro.wal;

import java.io.IOException;

/**
 * How an open log stands.
 *
 * @param firstSequence of the oldest event that is still in the log; 0 if there is none
 * @param lastSequence of the newest
 * @param durableSequence the highest that is known to be forced
 * @param segments segment files, prepared ones included
 * @param segmentBytes bytes of these files
 */
public record LogStatus(
        long firstSequence,
        long lastSequence,
        long durableSequence,
        int segments,
        long segmentBytes,
        SnapshotStatus snapshots) {

    static LogStatus of(Storage storage, LogPosition position, SnapshotStatus snapshots) throws IOException {
        long first = 0;
        int segments = 0;
        long bytes = 0;
        for (String name : Recovery.segmentNames(storage)) {
            try (StorageFile file = storage.openReadOnly(name)) {
                bytes += file.length();
                segments++;
                SegmentHeader header = SegmentHeader.read(file, name);
                first = first == 0 && header.start == SegmentHeader.Start.STARTED ? header.firstSequence : first;
            } catch (StorageException e) {
                if (storage.list().contains(name)) {
                    throw e;
                }
                // The log goes on meanwhile, and has given this one up since it was listed.
            }
        }
        return new LogStatus(first, position.written(), position.durable(), segments, bytes, snapshots);
    }
}
