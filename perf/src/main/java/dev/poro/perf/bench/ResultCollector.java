package dev.poro.perf.bench;

import dev.poro.perf.Median;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/** Puts the results of the rounds together. */
final class ResultCollector {
    static final String LOAD = "load";
    private static final int SIGNIFICANT_DIGITS = 3;
    private static final double[] PERCENTILES = {
        0, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99, 99.995, 99.999, 99.9999, 100
    };

    private final Map<Key, Rounds> found = new LinkedHashMap<>();

    void add(Trial trial, TrialResult result) {
        roundsOf(trial, LOAD).perSecond.add(result.loadedPerSecond());
        for (TrialResult.Figures figures : result.figures()) {
            Rounds rounds = roundsOf(trial, figures.workload().title());
            rounds.perSecond.add(figures.operationsPerSecond());
            rounds.unsteady += figures.steady() ? 0 : 1;
            rounds.latencies.add(decode(figures.latencies()));
        }
    }

    /** Forgets an engine that has failed. */
    void remove(EngineKind engine) {
        found.keySet().removeIf(key -> key.engine == engine);
    }

    private Rounds roundsOf(Trial trial, String workload) {
        return found.computeIfAbsent(new Key(trial.engine(), trial.setting(), workload), first -> new Rounds());
    }

    private static Histogram decode(String latencies) {
        try {
            return Histogram.decodeFromCompressedByteBuffer(
                    ByteBuffer.wrap(Base64.getDecoder().decode(latencies)), 0);
        } catch (DataFormatException e) {
            throw new IllegalStateException("a trial has answered with what is no histogram", e);
        }
    }

    List<Results.Series> series() {
        List<Results.Series> series = new ArrayList<>();
        found.forEach((key, rounds) -> {
            series.add(new Results.Series(
                    key.engine.title(),
                    key.setting,
                    key.workload,
                    rounds.perSecond,
                    Median.of(rounds.perSecond),
                    rounds.unsteady,
                    percentiles(rounds.latencies)));
        });
        return series;
    }

    private static List<Results.Percentile> percentiles(Histogram latencies) {
        List<Results.Percentile> percentiles = new ArrayList<>();
        if (latencies.getTotalCount() > 0) {
            for (double percentile : PERCENTILES) {
                percentiles.add(new Results.Percentile(percentile, latencies.getValueAtPercentile(percentile)));
            }
        }
        return percentiles;
    }

    private record Key(EngineKind engine, Results.Setting setting, String workload) {}

    private static final class Rounds {
        private final List<Double> perSecond = new ArrayList<>();
        private int unsteady;
        private final Histogram latencies = new Histogram(SIGNIFICANT_DIGITS);
    }
}
