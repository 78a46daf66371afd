package dev.poro.perf;

import dev.poro.engine.Expiry;
import dev.poro.engine.ExpiryReport;
import dev.poro.engine.Poro;
import dev.poro.engine.SetIf;
import dev.poro.perf.bench.Shape;
import dev.poro.perf.snapshots.Writer;
import java.awt.Color;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;

/**
 * A million keys that expire evenly over a minute, beside a writer at full speed that overwrites others: how long after
 * their time the last of them are removed, and what a set takes meanwhile and before.
 *
 * <p>{@code java -cp perf/target/benchmarks.jar dev.poro.perf.ExpiringKeys [DIRECTORY [KEYS [SECONDS]]]} prints the
 * figures and writes two plots and {@code results.txt} to the directory.
 */
public final class ExpiringKeys {
    private static final Shape OTHERS = new Shape(100_000, 16, 16);
    private static final Duration LEAD = Duration.ofSeconds(10);
    private static final long WARM_UP_MILLIS = 15_000;
    private static final long BEFORE_MILLIS = 30_000;
    private static final long SAMPLE_MILLIS = 20;
    private static final int DIGITS = 3;
    private static final int STEPS_PER_HALF = 5;

    private final int keys;
    private final Duration length;
    private final Histogram before = new Histogram(DIGITS);
    private final Histogram during = new Histogram(DIGITS);
    private final List<Double> seconds = new ArrayList<>();
    private final List<Double> due = new ArrayList<>();
    private final List<Double> present = new ArrayList<>();
    private long beforeNanos;
    private long duringNanos;
    private long longestLagMillis;

    private ExpiringKeys(int keys, Duration length) {
        this.keys = keys;
        this.length = length;
    }

    /** Runs once. */
    public static void main(String[] args) throws IOException, InterruptedException {
        Path directory = Files.createDirectories(Path.of(args.length > 0 ? args[0] : "."));
        int keys = args.length > 1 ? Integer.parseInt(args[1]) : 1_000_000;
        Duration length = Duration.ofSeconds(args.length > 2 ? Integer.parseInt(args[2]) : 60);
        ExpiringKeys run = new ExpiringKeys(keys, length);
        run.measure();
        Files.writeString(directory.resolve("results.txt"), run.summary());
        run.plotKeys(directory.resolve("keys.png"));
        run.plotLatencies(directory.resolve("latency.png"));
        System.out.print(run.summary());
    }

    private void measure() throws InterruptedException {
        try (TemporaryLog log = new TemporaryLog();
                Poro poro = Poro.at(log.path()).memory(4L << 30).open();
                Writer writer = new Writer(poro, OTHERS)) {
            Thread.sleep(WARM_UP_MILLIS);
            writer.begin();
            Thread.sleep(BEFORE_MILLIS);
            beforeNanos = writer.addTo(before);
            Instant start = poro.logTime().plus(LEAD);
            fill(poro, start);
            Check.equal("keys that expire", keys, poro.expiry().keys());
            waitUntil(poro, start);
            writer.begin();
            sample(poro, start);
            duringNanos = writer.addTo(during);
            Check.equal("keys", OTHERS.keys(), poro.keys());
        }
    }

    private void fill(Poro poro, Instant start) {
        byte[] key = new byte[OTHERS.keyLength() + 1];
        byte[] value = new byte[OTHERS.valueLength()];
        for (int i = 0; i < keys; i++) {
            ByteBuffer.wrap(key).putInt(i);
            Instant expiry = start.plusMillis(length.toMillis() * i / keys);
            poro.set(key, value, Expiry.at(expiry), SetIf.ALWAYS);
        }
        if (poro.logTime().isAfter(start)) {
            throw new IllegalStateException("setting the keys took longer than " + LEAD.toSeconds() + " s");
        }
    }

    private static void waitUntil(Poro poro, Instant time) throws InterruptedException {
        while (poro.logTime().isBefore(time)) {
            Thread.sleep(1);
        }
    }

    /** Until the last is gone. */
    private void sample(Poro poro, Instant start) throws InterruptedException {
        while (true) {
            ExpiryReport report = poro.expiry();
            long elapsed = Duration.between(start, poro.logTime()).toMillis();
            seconds.add(elapsed / 1e3);
            due.add(keys - Math.min((double) keys, (double) keys * elapsed / length.toMillis()));
            present.add((double) report.keys());
            if (report.keys() == 0) {
                return;
            }
            longestLagMillis = Math.max(
                    longestLagMillis,
                    Duration.between(report.next(), poro.logTime()).toMillis());
            Thread.sleep(SAMPLE_MILLIS);
        }
    }

    private String summary() {
        return String.format(
                Locale.ROOT,
                "%,d keys that expire within %d s, beside a writer that overwrites %s at full speed%n"
                        + "removed at the latest %,d ms after their time (looked every %d ms)%n"
                        + "%s%n%s%n"
                        + "p99.9 of a set meanwhile: %.2f times that before%n",
                keys,
                length.toSeconds(),
                OTHERS,
                longestLagMillis,
                SAMPLE_MILLIS,
                line("before", before, beforeNanos),
                line("meanwhile", during, duringNanos),
                (double) during.getValueAtPercentile(99.9) / before.getValueAtPercentile(99.9));
    }

    private static String line(String when, Histogram latencies, long nanos) {
        return String.format(
                Locale.ROOT,
                "%-10s %.2f M sets/s, p50 %.2f us, p99 %.2f us, p99.9 %.2f us, p99.99 %.1f us",
                when,
                latencies.getTotalCount() * 1e3 / nanos,
                latencies.getValueAtPercentile(50) / 1e3,
                latencies.getValueAtPercentile(99) / 1e3,
                latencies.getValueAtPercentile(99.9) / 1e3,
                latencies.getValueAtPercentile(99.99) / 1e3);
    }

    private void plotKeys(Path file) throws IOException {
        XYChart chart = chart("Keys that expire, beside a writer at full speed", "seconds", "keys");
        chart.addSeries("not yet due", seconds, due);
        chart.addSeries("not yet removed", seconds, present);
        save(chart, file);
    }

    private void plotLatencies(Path file) throws IOException {
        XYChart chart = chart("set, " + OTHERS, "one set in ... takes longer", "microseconds");
        chart.getStyler().setXAxisLogarithmic(true).setYAxisLogarithmic(true);
        addCurve(chart, "before", before);
        addCurve(chart, "while keys expire", during);
        save(chart, file);
    }

    private static void addCurve(XYChart chart, String name, Histogram latencies) {
        List<Double> oneIn = new ArrayList<>();
        List<Double> micros = new ArrayList<>();
        latencies.percentiles(STEPS_PER_HALF).forEach(point -> {
            if (point.getPercentileLevelIteratedTo() < 100) {
                oneIn.add(100 / (100 - point.getPercentileLevelIteratedTo()));
                micros.add(Math.max(1, point.getValueIteratedTo()) / 1e3);
            }
        });
        chart.addSeries(name, oneIn, micros);
    }

    private static XYChart chart(String title, String xAxis, String yAxis) {
        XYChart chart = new XYChartBuilder()
                .width(1100)
                .height(480)
                .title(title)
                .xAxisTitle(xAxis)
                .yAxisTitle(yAxis)
                .build();
        chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setMarkerSize(0);
        return chart;
    }

    private static void save(XYChart chart, Path file) throws IOException {
        BitmapEncoder.saveBitmapWithDPI(chart, file.toString(), BitmapEncoder.BitmapFormat.PNG, 120);
    }
}
