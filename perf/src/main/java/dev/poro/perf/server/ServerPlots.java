package dev.poro.perf.server;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.style.Styler;

/** Results as pictures (PNG): for every tool, requests a second and processor time a request. */
final class ServerPlots {
    private static final int WIDTH = 1100;
    private static final int HEIGHT = 480;
    private static final int DOTS_PER_INCH = 120;

    private final ServerResults results;
    private final Path directory;

    ServerPlots(ServerResults results, Path directory) {
        this.results = results;
        this.directory = directory;
    }

    /** Writes all that the results have figures for and returns how many plots that were. */
    int write() throws IOException {
        List<String> tools =
                results.rows().stream().map(ServerResults.Row::tool).distinct().toList();
        for (String tool : tools) {
            String name = tool.replace(' ', '-');
            draw(tool, "million requests a second", one -> one.requestsPerSecond() / 1e6, "throughput-" + name);
            draw(tool, "processor time of the server a request, µs", Measured::processorMicros, "processor-" + name);
        }
        return 2 * tools.size();
    }

    private void draw(String tool, String axis, ToDoubleFunction<Measured> figure, String name) throws IOException {
        CategoryChart chart = new CategoryChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(tool + ", " + results.connections() + " connections")
                .yAxisTitle(axis)
                .build();
        List<ServerResults.Row> rows =
                results.rows().stream().filter(row -> row.tool().equals(tool)).toList();
        List<String> titles = rows.stream().map(ServerResults.Row::title).toList();
        for (ServerKind kind : ServerKind.values()) {
            chart.addSeries(kind.title(), titles, results.medians(kind.title(), rows, figure));
        }
        chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        Path file = directory.resolve(name + ".png");
        BitmapEncoder.saveBitmapWithDPI(chart, file.toString(), BitmapEncoder.BitmapFormat.PNG, DOTS_PER_INCH);
    }
}
