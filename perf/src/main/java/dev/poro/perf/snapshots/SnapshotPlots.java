package dev.poro.perf.snapshots;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.Styler;

/** Results as pictures (PNG). */
final class SnapshotPlots {
    private static final int WIDTH = 1100;
    private static final int HEIGHT = 480;
    private static final int DOTS_PER_INCH = 120;

    private final SnapshotResults results;
    private final Path directory;

    SnapshotPlots(SnapshotResults results, Path directory) {
        this.results = results;
        this.directory = directory;
    }

    /** Writes all that the results have figures for and returns how many plots that were. */
    int write() throws IOException {
        latencies();
        if (results.restarts().isEmpty()) {
            return 1;
        }
        restarts();
        return 2;
    }

    private void latencies() throws IOException {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title("set, " + results.shape() + ", one writer at full speed")
                .xAxisTitle("one set in ... takes longer")
                .yAxisTitle("microseconds")
                .build();
        chart.getStyler().setXAxisLogarithmic(true).setYAxisLogarithmic(true);
        addCurve(chart, "between snapshots", results.underWrites().idle());
        addCurve(chart, "during a snapshot", results.underWrites().during());
        save(chart, "latency");
    }

    private static void addCurve(XYChart chart, String name, UnderWrites.Writes writes) {
        List<Double> oneIn = new ArrayList<>();
        List<Double> micros = new ArrayList<>();
        for (UnderWrites.Percentile point : writes.latencies()) {
            if (point.percentile() < 100) {
                oneIn.add(100 / (100 - point.percentile()));
                micros.add(Math.max(1, point.nanos()) / 1e3);
            }
        }
        chart.addSeries(name, oneIn, micros);
    }

    private void restarts() throws IOException {
        CategoryChart chart = new CategoryChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title("From the start of the process until the store is open")
                .yAxisTitle("seconds")
                .build();
        List<String> shapes =
                results.restarts().stream().map(SnapshotResults.Restart::shape).toList();
        chart.addSeries(
                "from a snapshot",
                shapes,
                results.restarts().stream()
                        .map(restart -> restart.medianFromSnapshot() / 1e3)
                        .toList());
        chart.addSeries(
                "from the log",
                shapes,
                results.restarts().stream()
                        .map(restart -> restart.medianFromLog() / 1e3)
                        .toList());
        save(chart, "restart");
    }

    private void save(Chart<?, ?> chart, String name) throws IOException {
        chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        Path file = directory.resolve(name + ".png");
        BitmapEncoder.saveBitmapWithDPI(chart, file.toString(), BitmapEncoder.BitmapFormat.PNG, DOTS_PER_INCH);
    }
}
