package dev.poro.cli;

import dev.poro.engine.Progress;
import java.util.function.Function;

/** A command of the prompt that takes long: shows how far it is, and ends at Ctrl-C. Used once. */
final class LongCommand implements Progress {
    private final ProgressBar bar;
    private final Interrupts interrupts;
    private volatile boolean cancelled;

    LongCommand(ProgressBar bar, Interrupts interrupts) {
        this.bar = bar;
        this.interrupts = interrupts;
    }

    /** What says that the user has broken the command off. */
    static final class CancelledException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        CancelledException() {
            super("cancelled");
        }
    }

    /** Does it, and fails with {@link CancelledException} at Ctrl-C. */
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
