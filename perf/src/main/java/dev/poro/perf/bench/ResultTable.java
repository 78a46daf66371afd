package dev.poro.perf.bench;

import static dev.poro.perf.bench.Results.distinct;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Results as text: a table for every setting, a row for every engine, a column for every workload. */
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
        return distinct(results.series(), Results.Series::setting).stream()
                .map(this::table)
                .collect(Collectors.joining("\n"));
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
        if (one.engine().equals(POINT_OF_VIEW)) {
            return count(one.median());
        }
        return count(one.median())
                + find(series, POINT_OF_VIEW, one.workload())
                        .map(own -> String.format(Locale.ROOT, " (%.1f)", own.median() / one.median()))
                        .orElse("");
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
