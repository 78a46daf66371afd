package dev.poro.wal;

import java.util.List;

/**
 * The contents of a backup, and what was copied for it.
 *
 * @param firstSequence of the events in its segments
 * @param lastSequence of the last event
 * @param snapshots the number of snapshots
 * @param segments the number of segments
 * @param copiedFiles files that were copied
 * @param copiedBytes bytes of these
 * @param keptFiles files that an earlier, unfinished backup had copied and that were found intact
 * @param keptBytes bytes of these
 * @param leftOut what was left out: damaged parts that opening does not need, and a tail that opening would cut off
 */
public record BackupReport(
        long firstSequence,
        long lastSequence,
        int snapshots,
        int segments,
        int copiedFiles,
        long copiedBytes,
        int keptFiles,
        long keptBytes,
        List<LogProblem> leftOut) {}
