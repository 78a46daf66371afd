package dev.poro.engine.tools;

import dev.poro.wal.ScanReport;
import dev.poro.wal.SnapshotReport;

/**
 * What a salvage found and kept.
 *
 * @param source what is whole and what is not in the damaged log, as far as it was needed
 * @param snapshot whose contents the new log begins with, because events before it are missing; {@code null} if it
 *     begins with what is whole of the log
 * @param events written to the new log, or that would be, the marks not counted
 * @param lastSequence of the new log, which begins with 1
 * @param droppedMarks digest marks and marks of a clean close that were left out: they state facts of another history
 * @param disagreement the first mark above all loss that the replay does not reach, in words; {@code null} if there is
 *     none
 * @param assumedBudget the memory budget that was put at the beginning because the log's first one is lost; 0 if it is
 *     not
 * @param refusedSets sets without effect, because the memory budget did not admit them: then or, with what is lost, now
 * @param keys live at the end
 * @param digest at the end
 */
public record SalvageReport(
        ScanReport source,
        SnapshotReport snapshot,
        long events,
        long lastSequence,
        long droppedMarks,
        String disagreement,
        long assumedBudget,
        long refusedSets,
        long keys,
        long digest) {
    /**
     * Whether every event is there that was in the log, if only in its outcome in a snapshot, and the log does not
     * contradict itself.
     */
    public boolean isComplete() {
        return source.complete() && disagreement == null;
    }
}
