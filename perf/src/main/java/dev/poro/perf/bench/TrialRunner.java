package dev.poro.perf.bench;

import java.io.IOException;
import java.util.function.Consumer;

/** Runs trials. */
@FunctionalInterface
interface TrialRunner {
    /**
     * Runs one trial.
     *
     * @param progress receives the progress of the trial
     * @throws IOException with the end of its output, if it fails
     * @throws InterruptedException if Ctrl-C has ended it
     */
    TrialResult run(Trial trial, Consumer<String> progress) throws IOException, InterruptedException;
}
