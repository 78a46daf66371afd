package dev.poro.perf.bench;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The results of a run of {@link Bench}, as they are written as JSON.
 *
 * @param begun date and time
 * @param command the options of the run
 * @param machine processor, memory, system, JVM
 * @param versions of the engines, by title
 * @param rounds how often each figure is measured
 */
record Results(
        String begun,
        String command,
        Map<String, String> machine,
        Map<String, String> versions,
        int rounds,
        List<Series> series) {
    Results {
        series = List.copyOf(series);
    }

    /** The conditions, which the rows of one table share. */
    record Setting(Shape shape, Durability durability, int threads) {
        String title() {
            return String.format(
                    Locale.ROOT, "%s keys of %s bytes, %s", shape.keyCount(), shape.lengths(), conditions());
        }

        /** All but the shape. */
        String conditions() {
            return String.format(Locale.ROOT, "%d %s, %s", threads, threads == 1 ? "thread" : "threads", durability);
        }
    }

    /**
     * One engine with one workload.
     *
     * @param workload the title; {@code load} is the first filling, without warm-up and without waiting for each
     * @param operationsPerSecond of every round, in order
     * @param median of these
     * @param unsteady in how many of these rounds the warm-up ended before the rate was steady
     * @param latencies nanoseconds of all rounds together, by percentile; empty for the load
     */
    record Series(
            String engine,
            Setting setting,
            String workload,
            List<Double> operationsPerSecond,
            double median,
            int unsteady,
            List<Percentile> latencies) {
        Series {
            operationsPerSecond = List.copyOf(operationsPerSecond);
            latencies = List.copyOf(latencies);
        }

        /** Nanoseconds at a percentile; 0 if there are none. */
        long latency(double percentile) {
            return latencies.stream()
                    .filter(found -> found.percentile() >= percentile)
                    .findFirst()
                    .map(Percentile::nanos)
                    .orElse(0L);
        }
    }

    /** A latency that this percentage of the operations did not exceed. */
    record Percentile(double percentile, long nanos) {}

    /** The rows of one setting, in order. */
    List<Series> of(Setting setting) {
        return series.stream().filter(one -> one.setting().equals(setting)).toList();
    }

    /** The different values of a property, in order. */
    static <T> Set<T> distinct(List<Series> series, Function<Series, T> property) {
        return series.stream().map(property).collect(Collectors.toCollection(LinkedHashSet::new));
    }
}
