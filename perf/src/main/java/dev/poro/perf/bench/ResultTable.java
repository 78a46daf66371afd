package dev.poro.perf.bench;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Results as text: a table for every setting, a row for every engine, a column for every workload. */
final class ResultTable {
    private static final String POINT_OF_VIEW = EngineKind.PORO.title();
    private static final int NAME_WIDTH = 18;
    private static final int COLUMN_WIDTH = 17;

    private final Results results;

    ResultTable(Results results) {
        this.results = results;
    }

    String render() {
        Set<Results.Setting> settings = results.series().stream()
                .map(Results.Series::setting)
                .collect(Collectors.toCollection(LinkedHashSet::new));
        return settings.stream().map(this::table).collect(Collectors.joining("\n"));
    }

    private String table(Results.Setting setting) {
        List<Results.Series> series = results.series().stream()
                .filter(one -> one.setting().equals(setting))
                .toList();
        Set<String> workloads =
                series.stream().map(Results.Series::workload).collect(Collectors.toCollection(LinkedHashSet::new));
        Set<String> engines =
                series.stream().map(Results.Series::engine).collect(Collectors.toCollection(LinkedHashSet::new));
        StringBuilder text = new StringBuilder(setting.title())
                .append("; operations a second (how many times as many Poro does)\n")
                .append(cell("", NAME_WIDTH));
        workloads.forEach(workload -> text.append(cell(workload, COLUMN_WIDTH)));
        text.append('\n');
        for (String engine : engines) {
            text.append(cell(engine, NAME_WIDTH));
            for (String workload : workloads) {
                text.append(cell(throughput(series, engine, workload), COLUMN_WIDTH));
            }
            text.append('\n');
        }
        text.append("latency: p50 / p99 / p99.9\n");
        for (String engine : engines) {
            text.append(cell(engine, NAME_WIDTH));
            for (String workload : workloads) {
                text.append(cell(latency(series, engine, workload), COLUMN_WIDTH));
            }
            text.append('\n');
        }
        return text.toString();
    }

    private static String throughput(List<Results.Series> series, String engine, String workload) {
        return find(series, engine, workload)
                .map(one -> count(one.median()) + ratio(series, one))
                .orElse("-");
    }

    private static String ratio(List<Results.Series> series, Results.Series peer) {
        if (peer.engine().equals(POINT_OF_VIEW)) {
            return "";
        }
        return find(series, POINT_OF_VIEW, peer.workload())
                .map(own -> " (%.1f)".formatted(own.median() / peer.median()))
                .orElse("");
    }

    private static String latency(List<Results.Series> series, String engine, String workload) {
        return find(series, engine, workload)
                .filter(one -> !one.latencies().isEmpty())
                .map(one -> time(one.latency(50)) + "/" + time(one.latency(99)) + "/" + time(one.latency(99.9)))
                .orElse("-");
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
            return "%.2f M".formatted(perSecond / 1e6);
        }
        return perSecond >= 1e3 ? "%.1f k".formatted(perSecond / 1e3) : "%.0f".formatted(perSecond);
    }

    private static String time(long nanos) {
        if (nanos < 10_000) {
            return "%.2fu".formatted(nanos / 1e3);
        }
        return nanos < 1_000_000 ? "%.0fu".formatted(nanos / 1e3) : "%.1fm".formatted(nanos / 1e6);
    }
}
