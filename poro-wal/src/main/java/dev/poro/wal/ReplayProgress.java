package dev.poro.wal;

/** Told now and then how far the reading of a log has come. */
@FunctionalInterface
public interface ReplayProgress {
    /** Nobody wants to know. */
    ReplayProgress NONE = (bytesRead, bytesTotal, lastSequence) -> {};

    /** Called on the reading thread, a few times per segment. */
    void onProgress(long bytesRead, long bytesTotal, long lastSequence);
}
