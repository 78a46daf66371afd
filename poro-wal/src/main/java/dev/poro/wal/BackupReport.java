package dev.poro.wal;

import java.util.List;

/**
 * What a backup holds, and how it came about.
 *
 * @param firstSequence of the events that it has one by one
 * @param lastSequence of the last event that it has
 * @param snapshots how many it has
 * @param segments how many it has
 * @param copiedFiles files that were copied
 * @param copiedBytes bytes of these
 * @param keptFiles files that an earlier, unfinished backup had copied and that were found whole
 * @param keptBytes bytes of these
 * @param leftOut what was left out: damage that opening does without, and a tail that opening would cut off
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
