package dev.poro.perf.bench;

import static dev.poro.perf.bench.Results.distinct;

import dev.poro.perf.Median;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Results as text: what they were measured on, then a table for every setting, with a row for every engine and a column
 * for every workload.
 */
final class ResultTable {
    private static final String POINT_OF_VIEW = EngineKind.PORO.title();
    private static final int NAME_WIDTH = 18;
    private static final int COLUMN_WIDTH = 17;
    private static final String NONE = "-";

    private final Results results;

    ResultTable(Results results) {
        this.results = results;
    }

    String render() {
        return String.join("; ", results.machine().values())
                + distinct(results.series(), Results.Series::setting).stream()
                        .map(this::table)
                        .collect(Collectors.joining("\n", "\n\n", ""));
    }

    private String table(Results.Setting setting) {
        List<Results.Series> series = results.of(setting);
        StringBuilder text = new StringBuilder(setting.title())
                .append("; operations a second (how many times as many Poro does)\n")
                .append(cell("", NAME_WIDTH));
        distinct(series, Results.Series::workload).forEach(workload -> text.append(cell(workload, COLUMN_WIDTH)));
        text.append('\n');
        appendRows(text, series, one -> throughput(series, one));
        text.append("latency: p50 / p99 / p99.9\n");
        appendRows(text, series, ResultTable::latency);
        if (series.stream().anyMatch(one -> plainOf(series, one).isPresent())) {
            text.append("so many times as many as with the plain put or get\n");
            appendRows(
                    text,
                    series,
                    one -> plainOf(series, one)
                            .map(plain -> String.format(Locale.ROOT, "%.2f", ratio(one, plain)))
                            .orElse(NONE));
        }
        if (series.stream().anyMatch(ResultTable::isUnsteady)) {
            text.append("~ the warm-up reached its bound before the rate was steady, in most rounds\n");
        }
        return text.toString();
    }

    /** A row for every engine, a cell for every workload. */
    private static void appendRows(
            StringBuilder text, List<Results.Series> series, Function<Results.Series, String> figure) {
        for (String engine : distinct(series, Results.Series::engine)) {
            text.append(cell(engine, NAME_WIDTH));
            for (String workload : distinct(series, Results.Series::workload)) {
                String content = find(series, engine, workload).map(figure).orElse(NONE);
                text.append(cell(content, COLUMN_WIDTH));
            }
            text.append('\n');
        }
    }

    private static String throughput(List<Results.Series> series, Results.Series one) {
        String figure = (isUnsteady(one) ? "~" : "") + count(one.median());
        if (one.engine().equals(POINT_OF_VIEW)) {
            return figure;
        }
        return figure
                + find(series, POINT_OF_VIEW, one.workload())
                        .map(own -> String.format(Locale.ROOT, " (%.2f)", ratio(own, one)))
                        .orElse("");
    }

    private static boolean isUnsteady(Results.Series one) {
        return 2 * one.unsteady() > one.operationsPerSecond().size();
    }

    /** The series of the same engine that does the same, one operation at a time and alone. */
    private static Optional<Results.Series> plainOf(List<Results.Series> series, Results.Series one) {
        return Arrays.stream(Workload.values())
                .filter(workload -> workload.title().equals(one.workload()) && workload.plain() != null)
                .findFirst()
                .flatMap(workload -> find(series, one.engine(), workload.plain().title()));
    }

    /** The median of the ratios of the rounds: what slows both in a round down does not count. */
    private static double ratio(Results.Series one, Results.Series other) {
        int rounds = Math.min(
                one.operationsPerSecond().size(), other.operationsPerSecond().size());
        return Median.of(IntStream.range(0, rounds)
                .mapToObj(round -> one.operationsPerSecond().get(round)
                        / other.operationsPerSecond().get(round))
                .toList());
    }

    private static String latency(Results.Series one) {
        return one.latencies().isEmpty()
                ? NONE
                : time(one.latency(50)) + "/" + time(one.latency(99)) + "/" + time(one.latency(99.9));
    }

    private static Optional<Results.Series> find(List<Results.Series> series, String engine, String workload) {
        return series.stream()
                .filter(one -> one.engine().equals(engine) && one.workload().equals(workload))
                .findFirst();
    }

    private static String cell(String text, int width) {
        return String.format(Locale.ROOT, "%-" + width + "s ", text);
    }

    private static String count(double perSecond) {
        if (perSecond >= 1e6) {
            return String.format(Locale.ROOT, "%.2f M", perSecond / 1e6);
        }
        return perSecond >= 1e3
                ? String.format(Locale.ROOT, "%.1f k", perSecond / 1e3)
                : String.format(Locale.ROOT, "%.0f", perSecond);
    }

    private static String time(long nanos) {
        if (nanos < 10_000) {
            return String.format(Locale.ROOT, "%.2fu", nanos / 1e3);
        }
        return nanos < 1_000_000
                ? String.format(Locale.ROOT, "%.0fu", nanos / 1e3)
                : String.format(Locale.ROOT, "%.1fm", nanos / 1e6);
    }
}
