package dev.poro.engine;

/** Hears how far a long operation on a log has come, such as an opening or a backup. */
@FunctionalInterface
public interface Progress {
    /** Ignores it. */
    Progress NONE = (bytesDone, bytesTotal, lastSequence) -> {};

    /** What is done to the log. Each step counts its bytes from 0. */
    enum Step {
        /** A snapshot becomes the contents of a store. */
        LOADING_SNAPSHOT,
        /** The events of the log are read, and applied if there is a store. */
        READING_LOG,
        /** Snapshots are read, to see whether they are intact. */
        CHECKING_SNAPSHOTS,
        /** The whole log is read, past its damage. */
        SEARCHING_DAMAGE,
        /** Files are copied. */
        COPYING,
        /** What was written is read and compared. */
        READING_BACK
    }

    /**
     * Called on the thread that does the work, a few times per segment. An exception ends the operation and comes out
     * of it.
     *
     * @param lastSequence of the last event that was read
     */
    void onProgress(long bytesDone, long bytesTotal, long lastSequence);

    /** Called on the same thread when a step begins; a step may begin several times. */
    default void onStep(Step step) {}
}
