package dev.poro.perf.stress;

import java.io.PrintStream;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** A new row each second; on a terminal one row that changes. Not thread-safe. */
final class LiveTable {
    private final PrintStream out;
    private final boolean terminal;

    LiveTable(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    void printHead() {
        print("", "", "", "mean", "ring", "waited", "", "ahead", "");
        out.println();
        print("time", "events/s", "reads/s", "batch", "used", "p50", "p99", "p50", "p99");
        out.println();
    }

    void print(Meter.Interval interval) {
        if (terminal) {
            out.print("\r");
        }
        Histogram waited = interval.latencies().get(Latencies.Kind.WAITED);
        Histogram ahead = interval.latencies().get(Latencies.Kind.AHEAD);
        print(
                String.format(Locale.ROOT, "%.0f s", interval.endNanos() / 1e9),
                Units.count(interval.perSecond(interval.events())),
                Units.count(interval.perSecond(interval.reads())),
                String.format(Locale.ROOT, "%.1f", interval.meanBatch()),
                String.format(Locale.ROOT, "%.0f %%", 100 * interval.ringUsed()),
                percentile(waited, 50),
                percentile(waited, 99),
                percentile(ahead, 50),
                percentile(ahead, 99));
        if (!terminal) {
            out.println();
        }
        out.flush();
    }

    /** Leaves the row as it is. */
    void end() {
        if (terminal) {
            out.println();
        }
    }

    private void print(Object... columns) {
        out.printf(Locale.ROOT, "%7s %12s %12s %8s %6s %8s %8s %8s %8s", columns);
    }

    static String percentile(Histogram histogram, double percentile) {
        return histogram.getTotalCount() == 0 ? "-" : Units.nanos(histogram.getValueAtPercentile(percentile));
    }
}
