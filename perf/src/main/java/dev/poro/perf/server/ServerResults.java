package dev.poro.perf.server;

import dev.poro.perf.Median;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * The results of a run of {@link ServerBench}, as they are written as JSON.
 *
 * @param begun date and time
 * @param command the options of the run
 * @param machine processor, memory, system, JVM
 * @param versions of the servers
 */
record ServerResults(
        String begun,
        String command,
        Map<String, String> machine,
        Map<String, String> versions,
        int connections,
        int keys,
        List<Series> series) {
    /**
     * All rounds of one load.
     *
     * @param policy when the log is forced
     */
    record Series(String server, String tool, String policy, Load load, List<Measured> rounds) {
        double median(ToDoubleFunction<Measured> figure) {
            return Median.of(rounds.stream().mapToDouble(figure).boxed().toList());
        }
    }

    /** What is in a row, or a group of bars: everything but the server. */
    record Row(String tool, String policy, Load load) {
        String title() {
            return load.title() + (policy.equals(ServerBench.EVERYSEC) ? "" : ", " + policy);
        }
    }

    void add(ServerKind server, Row row, Measured measured) {
        find(server.title(), row)
                .orElseGet(() -> {
                    Series added = new Series(server.title(), row.tool(), row.policy(), row.load(), new ArrayList<>());
                    series.add(added);
                    return added;
                })
                .rounds()
                .add(measured);
    }

    Optional<Series> find(String server, Row row) {
        return series.stream()
                .filter(one -> one.server().equals(server)
                        && one.tool().equals(row.tool())
                        && one.policy().equals(row.policy())
                        && one.load().equals(row.load()))
                .findFirst();
    }

    List<Row> rows() {
        return series.stream()
                .map(one -> new Row(one.tool(), one.policy(), one.load()))
                .distinct()
                .toList();
    }

    /** As text: a table for every tool. */
    String render() {
        StringBuilder text = new StringBuilder();
        versions.forEach((server, version) -> add(text, "%s: %s%n", server, version));
        add(text, "%s%n", String.join("; ", machine.values()));
        add(
                text,
                "%d connections, %,d keys of 16 bytes, values of %d; medians of %d rounds%n",
                connections,
                keys,
                SocketClient.VALUE_LENGTH,
                series.stream().mapToInt(one -> one.rounds().size()).max().orElse(0));
        for (String tool : rows().stream().map(Row::tool).distinct().toList()) {
            add(
                    text,
                    "%n%-20s%-8s%14s%8s%12s%8s%10s%10s%10s%n",
                    tool,
                    "",
                    "requests/s",
                    "ratio",
                    "CPU us/req",
                    "ratio",
                    "p50 us",
                    "p99 us",
                    "p99.9 us");
            rows().stream().filter(row -> row.tool().equals(tool)).forEach(row -> addRow(text, row));
        }
        return text.toString();
    }

    private void addRow(StringBuilder text, Row row) {
        Optional<Series> redis = find(ServerKind.REDIS.title(), row);
        for (ServerKind kind : ServerKind.values()) {
            find(kind.title(), row)
                    .ifPresent(one -> add(
                            text,
                            "%-20s%-8s%14s%8s%12.2f%8s%10s%10s%10s%n",
                            row.title(),
                            one.server(),
                            String.format(Locale.ROOT, "%,.0f", one.median(Measured::requestsPerSecond)),
                            ratio(one, redis, Measured::requestsPerSecond),
                            one.median(Measured::processorMicros),
                            ratio(one, redis, Measured::processorMicros),
                            latency(one, Measured::p50),
                            latency(one, Measured::p99),
                            latency(one, Measured::p999)));
        }
    }

    private static String ratio(Series one, Optional<Series> redis, ToDoubleFunction<Measured> figure) {
        return one.server().equals(ServerKind.REDIS.title()) || redis.isEmpty()
                ? ""
                : String.format(
                        Locale.ROOT, "%.2f", one.median(figure) / redis.get().median(figure));
    }

    private static String latency(Series one, ToDoubleFunction<Measured> figure) {
        double micros = one.median(figure);
        return micros == 0 ? "" : String.format(Locale.ROOT, "%,.0f", micros);
    }

    private static void add(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values));
    }

    /** The medians of a server, row by row, for a plot; 0 for one that was not measured. */
    List<Double> medians(String server, List<Row> rows, ToDoubleFunction<Measured> figure) {
        return rows.stream()
                .map(row -> find(server, row).map(one -> one.median(figure)).orElse(0.0))
                .toList();
    }
}
