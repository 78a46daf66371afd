package dev.poro.wal;

/** Told now and then how far the reading of a log has come. */
@FunctionalInterface
public interface ReplayProgress {
    /** Nobody wants to know. */
    ReplayProgress NONE = (bytesRead, bytesTotal, lastSequence) -> {};

    /** What is done to a log. Each step counts its bytes from 0. */
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

    /** Called on the reading thread, a few times per segment. What it throws ends the reading. */
    void onProgress(long bytesRead, long bytesTotal, long lastSequence);

    /** Called on the reading thread when a step begins; the same one may begin several times. */
    default void onStep(Step step) {}

    /** What tells this one of a single step, whatever steps that consists of. */
    default ReplayProgress during(Step step) {
        onStep(step);
        return (bytesRead, bytesTotal, lastSequence) -> onProgress(bytesRead, bytesTotal, lastSequence);
    }
}
