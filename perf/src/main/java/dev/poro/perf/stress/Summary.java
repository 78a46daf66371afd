package dev.poro.perf.stress;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** Prints the results of a run: figures, latencies, proofs. */
final class Summary {
    private static final double[] PERCENTILES = {50, 90, 99, 99.9, 100};

    private final PrintStream out;

    Summary(PrintStream out) {
        this.out = out;
    }

    void printFigures(Meter.Interval total, long logBytes) {
        out.println();
        row(
                "events",
                "%,d in %.1f s: %,.0f/s, in batches of %.1f; ring %.0f %% used",
                total.events(),
                total.nanos() / 1e9,
                total.perSecond(total.events()),
                total.meanBatch(),
                100 * total.ringUsed());
        row("reads", "%,d: %,.0f/s", total.reads(), total.perSecond(total.reads()));
        row("log", "%s", Units.bytes(logBytes));
    }

    void printLatencies(Meter.Interval total) {
        out.println();
        out.printf(
                Locale.ROOT,
                "%-9s %8s %8s %8s %8s %8s %12s%n",
                "latency",
                "p50",
                "p90",
                "p99",
                "p99.9",
                "max",
                "timed");
        total.latencies().forEach((kind, histogram) -> {
            if (histogram.getTotalCount() > 0) {
                printLatency(kind, histogram);
            }
        });
    }

    private void printLatency(Latencies.Kind kind, Histogram histogram) {
        out.printf(Locale.ROOT, "%-9s", kind.name().toLowerCase(Locale.ROOT));
        for (double percentile : PERCENTILES) {
            out.printf(Locale.ROOT, " %8s", LiveTable.percentile(histogram, percentile));
        }
        out.printf(Locale.ROOT, " %,12d%n", histogram.getTotalCount());
    }

    void printProofs(List<Proof.Claim> claims) {
        out.println();
        for (Proof.Claim claim : claims) {
            if (claim.holds()) {
                row(claim.name(), "proved: %s", claim.evidence());
                continue;
            }
            Problems problems = claim.problems();
            row(claim.name(), "NOT PROVED: %,d %s", problems.count(), problems.count() == 1 ? "problem" : "problems");
            problems.first().forEach(problem -> row("", "  %s", problem));
            if (problems.count() > problems.first().size()) {
                row("", "  and %,d more", problems.count() - problems.first().size());
            }
        }
        out.flush();
    }

    private void row(String name, String format, Object... values) {
        out.printf(Locale.ROOT, "%-9s ", name);
        out.printf(Locale.ROOT, format, values);
        out.println();
    }
}
