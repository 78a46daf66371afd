package dev.poro.engine;

import dev.poro.wal.LogStatus;
import dev.poro.wal.SnapshotStatus;

/**
 * The log of an open store at one moment, see {@link Poro#log}.
 *
 * @param firstSequence the sequence of the oldest event that is still in the log; 0 if there is none
 * @param lastSequence the sequence of the newest event
 * @param durableSequence the highest sequence known to be fsynced
 * @param segments the number of segment files, including prepared ones
 * @param segmentBytes bytes of these files
 * @param retention how much history is kept
 * @param newestSnapshot {@code null} if there is none
 * @param isSnapshotInProgress whether one is being written
 * @param bytesSinceSnapshot bytes of log that the newest snapshot does not cover
 * @param snapshotDueBeyond the next one is taken when {@code bytesSinceSnapshot} exceeds this; {@link Long#MAX_VALUE}
 *     if only {@link Poro#snapshot} takes snapshots
 * @param snapshotProblem why the last snapshot failed; {@code null} if it did not
 */
public record LogReport(
        long firstSequence,
        long lastSequence,
        long durableSequence,
        int segments,
        long segmentBytes,
        Retention retention,
        SnapshotReport newestSnapshot,
        boolean isSnapshotInProgress,
        long bytesSinceSnapshot,
        long snapshotDueBeyond,
        String snapshotProblem) {

    static LogReport of(LogStatus log) {
        SnapshotStatus snapshots = log.snapshots();
        return new LogReport(
                log.firstSequence(),
                log.lastSequence(),
                log.durableSequence(),
                log.segments(),
                log.segmentBytes(),
                Retention.of(log.retention()),
                SnapshotReport.of(snapshots.newest()),
                snapshots.isUnderWay(),
                snapshots.logLength(),
                snapshots.dueBeyond(),
                snapshots.problem());
    }
}
