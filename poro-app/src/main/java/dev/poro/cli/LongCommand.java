package dev.poro.cli;

import dev.poro.engine.Progress;
import java.util.function.Function;

/** A long-running command of the prompt: shows its progress, and ends at Ctrl-C. Used once. */
final class LongCommand implements Progress {
    private final ProgressBar bar;
    private final Interrupts interrupts;
    private volatile boolean cancelled;

    LongCommand(ProgressBar bar, Interrupts interrupts) {
        this.bar = bar;
        this.interrupts = interrupts;
    }

    /** Thrown when the user has interrupted the command. */
    static final class CancelledException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        CancelledException() {
            super("cancelled");
        }
    }

    /** Runs the command; throws {@link CancelledException} at Ctrl-C. */
    <T> T run(Function<Progress, T> command) {
        interrupts.listen(() -> cancelled = true);
        try {
            return command.apply(this);
        } finally {
            interrupts.ignore();
            bar.wipe();
        }
    }

    @Override
    public void onStep(Step step) {
        bar.onStep(step);
    }

    @Override
    public void onProgress(long bytesRead, long bytesTotal, long lastSequence) {
        if (cancelled) {
            throw new CancelledException();
        }
        bar.onProgress(bytesRead, bytesTotal, lastSequence);
    }
}
