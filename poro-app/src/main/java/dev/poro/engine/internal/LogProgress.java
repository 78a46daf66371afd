package dev.poro.engine.internal;

import dev.poro.engine.Progress;
import dev.poro.wal.ReplayProgress;

/** Passes the progress of the log on to a listener. */
public record LogProgress(Progress listener) implements ReplayProgress {
    @Override
    public void onProgress(long bytesRead, long bytesTotal, long lastSequence) {
        listener.onProgress(bytesRead, bytesTotal, lastSequence);
    }

    @Override
    public void onStep(Step step) {
        listener.onStep(Progress.Step.valueOf(step.name()));
    }
}
