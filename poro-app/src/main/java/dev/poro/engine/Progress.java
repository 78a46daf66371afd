package dev.poro.engine;

/** A listener for the progress of a long operation on a log, such as an opening or a backup. */
@FunctionalInterface
public interface Progress {
    /** Ignores the progress. */
    Progress NONE = (bytesDone, bytesTotal, lastSequence) -> {};

    /** A step of the operation. Each step counts its bytes from 0. */
    enum Step {
        /** A snapshot is loaded into a store. */
        LOADING_SNAPSHOT,
        /** The events of the log are read, and applied if there is a store. */
        READING_LOG,
        /** Snapshots are read to check that they are intact. */
        CHECKING_SNAPSHOTS,
        /** The whole log is read, past any damage. */
        SEARCHING_DAMAGE,
        /** Files are copied. */
        COPYING,
        /** The written files are read and compared. */
        READING_BACK
    }

    /**
     * Called on the thread that does the work, a few times per segment. An exception ends the operation and is
     * rethrown.
     *
     * @param bytesDone bytes processed in this step
     * @param bytesTotal bytes of this step in all
     * @param lastSequence the sequence of the last event that was read
     */
    void onProgress(long bytesDone, long bytesTotal, long lastSequence);

    /** Called on the same thread when a step begins; a step may begin several times. */
    default void onStep(Step step) {}
}
