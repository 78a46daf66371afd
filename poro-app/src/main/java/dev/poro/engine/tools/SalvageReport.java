package dev.poro.engine.tools;

import dev.poro.wal.ScanReport;
import dev.poro.wal.SnapshotReport;

/**
 * What a salvage found and kept.
 *
 * @param source the intact and the damaged parts of the log, as far as they were needed
 * @param snapshot the snapshot whose contents the new log begins with, because events before it are missing;
 *     {@code null} if the new log begins with the old one's intact frames
 * @param events the events written to the new log, or that would be written; their sequences begin with 1
 * @param unmetEvents events left out because guards that name sequences of the old log were not met, in the old log or
 *     only without the events that are lost; or because a token says that they were done before, or are out of turn.
 *     The new log has no tokens
 * @param droppedMarks digest marks and marks of a clean close that were left out, because they describe the old history
 * @param disagreement a description of the first mark before all loss that the replay contradicts; {@code null} if
 *     there is none
 * @param assumedBudget the memory budget that was put at the beginning because the log's first one is lost; 0 if it is
 *     not
 * @param refused changes that did not fit into the memory budget, in the old log or only in the new one
 * @param keys the number of live keys at the end
 * @param digest the digest at the end
 */
public record SalvageReport(
        ScanReport source,
        SnapshotReport snapshot,
        long events,
        long unmetEvents,
        long droppedMarks,
        String disagreement,
        long assumedBudget,
        long refused,
        long keys,
        long digest) {
    /** Whether no event of the log is lost (a snapshot may cover it), and no mark contradicts the replay. */
    public boolean isComplete() {
        return source.complete() && disagreement == null;
    }
}
