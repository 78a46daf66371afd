package dev.poro.perf.snapshots;

import dev.poro.engine.SyncPolicy;
import dev.poro.perf.bench.Shape;

/**
 * The task of one JVM.
 *
 * @param directory of the store
 * @param idleMillis how long the writer is measured before each snapshot
 * @param rounds how many snapshots are taken while it writes
 */
record Job(Kind kind, String directory, Shape shape, SyncPolicy sync, long idleMillis, int rounds) {
    /** What is done. */
    enum Kind {
        /** Fills a store. */
        FILL,
        /** Opens it, and says how long that took. */
        OPEN,
        /** Takes a snapshot of it. */
        SNAPSHOT,
        /** Takes snapshots while a writer goes on. */
        UNDER_WRITES
    }

    /** The same of another kind. */
    Job as(Kind other) {
        return new Job(other, directory, shape, sync, idleMillis, rounds);
    }

    /**
     * The result.
     *
     * @param openMillis how long the call took that opens the store
     * @param digest of the contents at the end
     * @param fromSnapshot whether the store was opened from one
     * @param underWrites only of that kind
     */
    record Result(double openMillis, long digest, boolean fromSnapshot, UnderWrites.Figures underWrites) {}
}
