package dev.poro.wal;

/** Receives the progress of reading a log. */
@FunctionalInterface
public interface ReplayProgress {
    /** Ignores the progress. */
    ReplayProgress NONE = (bytesRead, bytesTotal, lastSequence) -> {};

    /** A step of the work. Each step counts its bytes from 0. */
    enum Step {
        /** A snapshot is loaded into a store. */
        LOADING_SNAPSHOT,
        /** The events of the log are read and, if there is a store, applied. */
        READING_LOG,
        /** Snapshots are read to check that they are intact. */
        CHECKING_SNAPSHOTS,
        /** The entire log is read, past any damage. */
        SEARCHING_DAMAGE,
        /** Files are copied. */
        COPYING,
        /** What was written is read and compared. */
        READING_BACK
    }

    /** Called on the reading thread, a few times per segment. An exception ends the reading. */
    void onProgress(long bytesRead, long bytesTotal, long lastSequence);

    /** Called on the reading thread when a step begins; the same one may begin several times. */
    default void onStep(Step step) {}

    /** A progress that reports the work as a single step of this one. */
    default ReplayProgress during(Step step) {
        onStep(step);
        return (bytesRead, bytesTotal, lastSequence) -> onProgress(bytesRead, bytesTotal, lastSequence);
    }
}
