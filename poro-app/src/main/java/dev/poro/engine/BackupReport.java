package dev.poro.engine;

import java.util.List;

/**
 * What a backup of an open store holds, see {@link Poro#backup}.
 *
 * @param firstSequence the sequence of its first event
 * @param lastSequence the sequence of its last event
 * @param copiedBytes bytes that were copied
 * @param keptBytes bytes that an earlier, unfinished backup had copied and that were found intact
 * @param leftOut damaged parts that opening does not need, and that were not copied
 */
public record BackupReport(
        long firstSequence, long lastSequence, long copiedBytes, long keptBytes, List<LogDamage> leftOut) {
    static BackupReport of(dev.poro.wal.BackupReport made) {
        return new BackupReport(
                made.firstSequence(),
                made.lastSequence(),
                made.copiedBytes(),
                made.keptBytes(),
                made.leftOut().stream().map(LogDamage::of).toList());
    }
}
