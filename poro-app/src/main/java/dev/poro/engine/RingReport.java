package dev.poro.engine;

/**
 * The event ring at one moment, see {@link Poro#ring}. The figures count from the opening of the store; the difference
 * of two reports is what happened in between.
 *
 * @param capacity the number of slots
 * @param claimed events that got a slot, including the store's own
 * @param applied events that have their outcome, and whose slots are free again
 * @param batches in which the journal took the events: a batch is one frame of the log (two, if a segment ends within
 *     it), and one fsync under {@link SyncPolicy#ALWAYS}
 */
public record RingReport(int capacity, long claimed, long applied, long batches) {
    /** The number of slots in use: events without an outcome yet. */
    public int used() {
        return (int) (claimed - applied);
    }
}
