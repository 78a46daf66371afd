package dev.poro.perf.bench;

import java.util.List;

/**
 * What a {@link Trial} measured. Every key was then found as it was written; where the engine keeps its data, also
 * after it was opened again.
 *
 * @param loadedPerSecond keys a second while the keys were put into the empty store, by one thread, before any warm-up
 */
record TrialResult(double loadedPerSecond, List<Figures> figures) {
    TrialResult {
        figures = List.copyOf(figures);
    }

    /**
     * Of one workload.
     *
     * @param operationsPerSecond of all threads together
     * @param steady whether the rate became steady before it was measured; if not, the warm-up had reached its bound
     * @param latencies an HdrHistogram of nanoseconds, compressed, in Base64
     */
    record Figures(Workload workload, double operationsPerSecond, boolean steady, String latencies) {}
}
