package dev.poro.wal;

import dev.poro.wal.storage.Storage;
import java.io.IOException;

/**
 * The status of an open log.
 *
 * @param firstSequence of the oldest event that is still in the log; 0 if there is none
 * @param lastSequence of the newest
 * @param durableSequence the highest sequence known to be forced
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
        Segments segments = Segments.readPresent(storage);
        return new LogStatus(
                segments.firstSequence(),
                position.written(),
                position.durable(),
                segments.size(),
                segments.bytes(),
                snapshots,
                retention);
    }
}
