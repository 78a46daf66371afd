package dev.poro.wal;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Where the reading of a log begins.
 *
 * @param names of the segment files to read, in the order of their numbers
 * @param firstSequence of the first record that is wanted, which the log must reach back to; 0 for whichever is there
 * @param snapshot what stands for the records before that one; {@code null} if nothing does
 * @param damagedSnapshots newer ones that are not whole, and why
 * @param damagedNames the names of their files
 * @param forcedSequence the log had been forced up to here when the newest snapshot got its name, whole or not
 */
record LogStart(
        List<String> names,
        long firstSequence,
        SnapshotReport snapshot,
        List<LogProblem> damagedSnapshots,
        List<String> damagedNames,
        long forcedSequence) {
    /** With the very first event. */
    static LogStart withFirst(List<String> names) {
        return new LogStart(names, 1, null, List.of(), List.of(), 0);
    }

    /** With whatever is first in these segments. */
    static LogStart anywhere(List<String> names) {
        return new LogStart(names, 0, null, List.of(), List.of(), 0);
    }

    /** With the records that the snapshot stands for, as far as they are still there, and then the others. */
    LogStart withHistory() {
        return snapshot == null
                ? this
                : new LogStart(names, 0, snapshot, damagedSnapshots, damagedNames, forcedSequence);
    }

    /** Why nothing stands for what came before a log that does not begin with its first segment. */
    String whyIncomplete() {
        if (damagedSnapshots.isEmpty()) {
            return "no snapshot reaches up to it";
        }
        return damagedSnapshots.stream()
                .map(damaged -> damaged.file() + ": " + damaged.cause())
                .collect(Collectors.joining("; ", "no snapshot that is whole reaches up to it (", ")"));
    }

    /** Reads these segments only. */
    LogStart withNames(List<String> others) {
        return new LogStart(others, firstSequence, snapshot, damagedSnapshots, damagedNames, forcedSequence);
    }
}
