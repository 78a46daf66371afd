package dev.poro.perf.bench;

import static dev.poro.perf.bench.Results.distinct;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;

/** Results as pictures (PNG). */
final class Plots {
    private static final int WIDTH = 1100;
    private static final int HEIGHT = 480;
    private static final int DOTS_PER_INCH = 120;

    private final Results results;
    private final Path directory;

    Plots(Results results, Path directory) {
        this.results = results;
        this.directory = directory;
    }

    /** Writes all that the results have figures for and returns the files. */
    List<Path> write() throws IOException {
        List<Path> written = new ArrayList<>();
        for (Results.Setting setting : distinct(results.series(), Results.Series::setting)) {
            List<Results.Series> series = results.of(setting);
            written.add(throughput(setting, series));
            for (String workload : distinct(series, Results.Series::workload)) {
                List<Results.Series> curves = series.stream()
                        .filter(one -> one.workload().equals(workload)
                                && !one.latencies().isEmpty())
                        .toList();
                if (!curves.isEmpty()) {
                    written.add(latencies(setting, workload, curves));
                }
            }
        }
        written.addAll(againstKeys());
        return written;
    }

    private Path throughput(Results.Setting setting, List<Results.Series> series) throws IOException {
        CategoryChart chart = new CategoryChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(setting.title())
                .yAxisTitle("million operations a second")
                .build();
        style(chart.getStyler());
        List<String> workloads = List.copyOf(distinct(series, Results.Series::workload));
        for (String engine : distinct(series, Results.Series::engine)) {
            List<Double> bars = new ArrayList<>();
            for (String workload : workloads) {
                bars.add(series.stream()
                        .filter(one ->
                                one.engine().equals(engine) && one.workload().equals(workload))
                        .map(one -> one.median() / 1e6)
                        .findFirst()
                        .orElse(0.0));
            }
            chart.addSeries(engine, workloads, bars);
        }
        return save(chart, "throughput " + fileName(setting));
    }

    private Path latencies(Results.Setting setting, String workload, List<Results.Series> curves) throws IOException {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(workload + ": " + setting.title())
                .xAxisTitle("one operation in ... takes longer")
                .yAxisTitle("microseconds")
                .build();
        style(chart.getStyler());
        chart.getStyler().setXAxisLogarithmic(true).setYAxisLogarithmic(true);
        for (Results.Series one : curves) {
            List<Double> oneIn = new ArrayList<>();
            List<Double> micros = new ArrayList<>();
            for (Results.Percentile point : one.latencies()) {
                if (point.percentile() < 100) {
                    oneIn.add(100 / (100 - point.percentile()));
                    micros.add(Math.max(1, point.nanos()) / 1e3);
                }
            }
            chart.addSeries(one.engine(), oneIn, micros);
        }
        return save(chart, "latency " + workload + " " + fileName(setting));
    }

    /** One picture for each workload, lengths, durability and number of threads that were run with several numbers. */
    private List<Path> againstKeys() throws IOException {
        List<Path> written = new ArrayList<>();
        Set<String> families = distinct(results.series(), Plots::family);
        for (String family : families) {
            List<Results.Series> series = results.series().stream()
                    .filter(one -> family(one).equals(family))
                    .toList();
            if (distinct(series, one -> one.setting().shape().keys()).size() < 2) {
                continue;
            }
            XYChart chart = new XYChartBuilder()
                    .width(WIDTH)
                    .height(HEIGHT)
                    .title(family)
                    .xAxisTitle("keys")
                    .yAxisTitle("million operations a second")
                    .build();
            style(chart.getStyler());
            chart.getStyler().setXAxisLogarithmic(true);
            for (String engine : distinct(series, Results.Series::engine)) {
                List<Results.Series> points = series.stream()
                        .filter(one -> one.engine().equals(engine))
                        .toList();
                chart.addSeries(
                        engine,
                        points.stream()
                                .map(one -> (double) one.setting().shape().keys())
                                .toList(),
                        points.stream().map(one -> one.median() / 1e6).toList());
            }
            written.add(save(chart, "keys " + family));
        }
        return written;
    }

    private static String family(Results.Series one) {
        Results.Setting setting = one.setting();
        return String.format(
                Locale.ROOT, "%s, %s bytes, %s", one.workload(), setting.shape().lengths(), setting.conditions());
    }

    private static void style(Styler styler) {
        styler.setLegendPosition(Styler.LegendPosition.OutsideE);
        styler.setChartBackgroundColor(java.awt.Color.WHITE);
    }

    private static String fileName(Results.Setting setting) {
        return String.format(
                Locale.ROOT,
                "%s %s %d %s",
                setting.shape().keyCount(),
                setting.shape().lengths(),
                setting.threads(),
                setting.durability());
    }

    private Path save(org.knowm.xchart.internal.chartpart.Chart<?, ?> chart, String name) throws IOException {
        Path file = directory.resolve(name.replaceAll("[^A-Za-z0-9]+", "-") + ".png");
        BitmapEncoder.saveBitmapWithDPI(chart, file.toString(), BitmapEncoder.BitmapFormat.PNG, DOTS_PER_INCH);
        return file;
    }
}
