package dev.poro.wal;

import dev.poro.events.StateSummary;

/**
 * A snapshot on the disk.
 *
 * @param file the file's name within the directory
 * @param summary of the state that it holds
 * @param latestWallClock the latest wall clock of the frames up to its last event, in milliseconds since 1970
 * @param lastChange the sequence of the last change in the change log up to there; 0 if there is no change log
 * @param created when, in milliseconds since 1970
 * @param fileBytes bytes of the file
 */
public record SnapshotReport(
        String file, StateSummary summary, long latestWallClock, long lastChange, long created, long fileBytes) {
    static SnapshotReport of(SnapshotHeader header, long fileBytes) {
        String file = SnapshotDescriptor.nameOf(header.summary().sequence());
        return new SnapshotReport(
                file, header.summary(), header.latestWallClock(), header.lastChange(), header.created(), fileBytes);
    }
}
