package dev.poro.engine;

import java.util.List;

/**
 * What a backup of an open store holds, see {@link Poro#backup}.
 *
 * @param firstSequence of the events that it has one by one
 * @param lastSequence of the last event in it
 * @param copiedBytes bytes that were copied
 * @param keptBytes bytes that an earlier, unfinished backup had copied and that were found intact
 * @param leftOut damaged parts that opening does not need, and so the backup has not
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
