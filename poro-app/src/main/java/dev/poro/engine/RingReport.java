package dev.poro.engine;

/**
 * The event ring at one moment, see {@link Poro#ring}. The figures count from the opening of the store; the difference
 * of two reports tells what happened in between.
 *
 * @param capacity slots
 * @param claimed events that got a slot, the store's own included
 * @param applied events that have their outcome, and whose slots are free again
 * @param batches in which the journal took the events: one is a frame of the log (two, where a segment
 *     ends in its midst), and one force under {@link SyncPolicy#ALWAYS}
 */
public record RingReport(int capacity, long claimed, long applied, long batches) {
    /** Slots in use: events on their way. */
    public int used() {
        return (int) (claimed - applied);
    }
}
