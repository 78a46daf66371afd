package dev.poro.wal;

import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageException;
import java.io.IOException;

/**
 * How an open log stands.
 *
 * @param firstSequence of the oldest event that is still in the log; 0 if there is none
 * @param lastSequence of the newest
 * @param durableSequence the highest that is known to be forced
 * @param segments segment files, prepared ones included
 * @param segmentBytes bytes of these files
 * @param retention how much is kept of the history that opening does not need
 */
public record LogStatus(
        long firstSequence,
        long lastSequence,
        long durableSequence,
        int segments,
        long segmentBytes,
        SnapshotStatus snapshots,
        Retention retention) {

    static LogStatus of(Storage storage, LogPosition position, SnapshotStatus snapshots, Retention retention)
            throws IOException {
        long first = 0;
        int segments = 0;
        long bytes = 0;
        for (String name : LogFiles.segments(storage)) {
            try {
                Segments.Segment segment = Segments.Segment.read(storage, name);
                bytes += segment.length();
                segments++;
                first = first == 0 ? segment.firstSequence() : first;
            } catch (StorageException e) {
                if (storage.list().contains(name)) {
                    throw e;
                }
                // The log goes on meanwhile, and has given this one up since it was listed.
            }
        }
        return new LogStatus(first, position.written(), position.durable(), segments, bytes, snapshots, retention);
    }
}
