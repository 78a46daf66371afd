package dev.poro.engine;

import dev.poro.wal.ReadOnlyLog;
import dev.poro.wal.RecoveryReport;
import dev.poro.wal.RestoreReport;
import java.util.List;

/**
 * What opening a store found in its log, and what it did to it.
 *
 * @param snapshot the snapshot that was loaded; {@code null} if the log was replayed from its first event
 * @param lastSequence the sequence of the last event; 0 if there is none
 * @param closedCleanly whether the last event is the mark of a clean close
 * @param tail the bytes after the last event that were cut off, because nothing proves that they were fsynced; a copy
 *     is kept. {@code null} if there was none. A {@link ReadOnlyStore} ignores it and cuts nothing off
 * @param damagedSnapshots newer snapshots that could not be used
 * @param retention how much history the store keeps
 */
public record OpeningReport(
        SnapshotReport snapshot,
        long lastSequence,
        boolean closedCleanly,
        LogDamage tail,
        List<LogDamage> damagedSnapshots,
        Retention retention) {

    static OpeningReport of(RecoveryReport found) {
        return new OpeningReport(
                SnapshotReport.of(found.snapshot()),
                found.lastSequence(),
                found.closedCleanly(),
                found.verdict() == RecoveryReport.Verdict.UNFORCED_TAIL ? tailOf(found) : null,
                found.damagedSnapshots().stream().map(LogDamage::of).toList(),
                Retention.of(found.retention()));
    }

    /** Of a log that was read up to a point only. */
    static OpeningReport of(ReadOnlyLog.UpToPoint found) {
        RestoreReport report = found.report();
        return new OpeningReport(
                SnapshotReport.of(report.snapshot()),
                report.lastSequence(),
                false,
                null,
                report.damagedSnapshots().stream().map(LogDamage::of).toList(),
                Retention.of(found.retention()));
    }

    private static LogDamage tailOf(RecoveryReport found) {
        return new LogDamage(found.file(), found.offset(), found.droppedBytes(), found.description());
    }
}
