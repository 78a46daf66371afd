package dev.poro.wal;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Where reading a log begins.
 *
 * @param segments to read
 * @param firstSequence of the first wanted record, which the log must reach back to; 0 for wherever it begins
 * @param snapshot covers the records before that one; {@code null} if none does
 * @param damagedSnapshots newer snapshots that are damaged, and why
 * @param damagedNames the names of their files
 * @param snapshotSequence of the newest snapshot, intact or not: the log was forced up to it before it got its name
 * @param store the file STORE of the directory
 */
record ReadPlan(
        Segments segments,
        long firstSequence,
        SnapshotReport snapshot,
        List<LogProblem> damagedSnapshots,
        List<String> damagedNames,
        long snapshotSequence,
        StoreFile.Look store) {
    /** Begins with the first event. */
    static ReadPlan withFirst(Segments segments, StoreFile.Look store) {
        return new ReadPlan(segments, 1, null, List.of(), List.of(), 0, store);
    }

    /** Begins with the first event in these segments, whichever that is. */
    static ReadPlan anywhere(Segments segments) {
        return new ReadPlan(segments, 0, null, List.of(), List.of(), 0, StoreFile.Look.NONE);
    }

    /** Begins with the records that the snapshot covers, as far as they are still in the log. */
    ReadPlan withHistory() {
        return snapshot == null
                ? this
                : new ReadPlan(segments, 0, snapshot, damagedSnapshots, damagedNames, snapshotSequence, store);
    }

    /** The log was forced up to this sequence, as STORE or a snapshot proves. */
    long forcedSequence() {
        return Math.max(snapshotSequence, store.forcedSequence());
    }

    /**
     * The name of the file that proves that what cannot be read had been forced; {@code null} if none does.
     *
     * @param number of the segment that cannot be read from {@code offset} on
     * @param sequence of the first event that cannot be read, or that follows the mark that cannot be read
     */
    String witness(long number, long offset, long sequence) {
        if (sequence <= forcedSequence()) {
            return forcedWitness();
        }
        return store.provesForced(number, offset) ? StoreFile.NAME : null;
    }

    /** The name of the file that proves {@link #forcedSequence}. */
    String forcedWitness() {
        return store.forcedSequence() >= snapshotSequence
                ? StoreFile.NAME
                : SnapshotDescriptor.nameOf(snapshotSequence);
    }

    /** Why no snapshot covers what came before a log that does not begin with its first segment. */
    String whyIncomplete() {
        if (damagedSnapshots.isEmpty()) {
            return "no snapshot reaches up to it";
        }
        return damagedSnapshots.stream()
                .map(damaged -> damaged.file() + ": " + damaged.cause())
                .collect(Collectors.joining("; ", "no intact snapshot reaches up to it (", ")"));
    }

    /** Reads these segments only, which are a part of the log. */
    ReadPlan withSegments(Segments others) {
        return new ReadPlan(
                others, firstSequence, snapshot, damagedSnapshots, damagedNames, snapshotSequence, StoreFile.Look.NONE);
    }
}
