package dev.poro.wal;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Where the reading of a log begins.
 *
 * @param segments to read
 * @param firstSequence of the first record that is wanted, which the log must reach back to; 0 for whichever is there
 * @param snapshot what stands for the records before that one; {@code null} if nothing does
 * @param damagedSnapshots newer ones that are not whole, and why
 * @param damagedNames the names of their files
 * @param snapshotSequence the log had been forced up to here when the newest snapshot got its name, whole or not
 * @param store what the directory says of the log
 */
record ReadPlan(
        Segments segments,
        long firstSequence,
        SnapshotReport snapshot,
        List<LogProblem> damagedSnapshots,
        List<String> damagedNames,
        long snapshotSequence,
        StoreFile.Look store) {
    /** With the very first event. */
    static ReadPlan withFirst(Segments segments, StoreFile.Look store) {
        return new ReadPlan(segments, 1, null, List.of(), List.of(), 0, store);
    }

    /** With whatever is first in these segments. */
    static ReadPlan anywhere(Segments segments) {
        return new ReadPlan(segments, 0, null, List.of(), List.of(), 0, StoreFile.Look.NONE);
    }

    /** With the records that the snapshot stands for, as far as they are still there, and then the others. */
    ReadPlan withHistory() {
        return snapshot == null
                ? this
                : new ReadPlan(segments, 0, snapshot, damagedSnapshots, damagedNames, snapshotSequence, store);
    }

    /** The log had been forced up to here. */
    long forcedSequence() {
        return Math.max(snapshotSequence, store.forcedSequence());
    }

    /** The name of the file that shows it. */
    String forcedWitness() {
        return store.forcedSequence() >= snapshotSequence
                ? StoreFile.NAME
                : SnapshotDescriptor.nameOf(snapshotSequence);
    }

    /** Why nothing stands for what came before a log that does not begin with its first segment. */
    String whyIncomplete() {
        if (damagedSnapshots.isEmpty()) {
            return "no snapshot reaches up to it";
        }
        return damagedSnapshots.stream()
                .map(damaged -> damaged.file() + ": " + damaged.cause())
                .collect(Collectors.joining("; ", "no intact snapshot reaches up to it (", ")"));
    }

    /** Reads these segments only, which are not the whole log. */
    ReadPlan withSegments(Segments others) {
        return new ReadPlan(
                others, firstSequence, snapshot, damagedSnapshots, damagedNames, snapshotSequence, StoreFile.Look.NONE);
    }
}
