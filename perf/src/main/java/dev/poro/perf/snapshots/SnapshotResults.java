package dev.poro.perf.snapshots;

import dev.poro.perf.Median;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The results of a run of {@link Snapshots}, as they are written as JSON.
 *
 * @param begun date and time
 * @param command the options of the run
 * @param machine processor, memory, system, JVM
 */
record SnapshotResults(
        String begun,
        String command,
        Map<String, String> machine,
        String shape,
        UnderWrites.Figures underWrites,
        List<Restart> restarts) {
    /** Milliseconds of every round, from the start of the process until its store was open. */
    record Restart(String shape, List<Double> fromLog, List<Double> fromSnapshot) {
        double medianFromLog() {
            return Median.of(fromLog);
        }

        double medianFromSnapshot() {
            return Median.of(fromSnapshot);
        }
    }

    /** As text. */
    String render() {
        StringBuilder text = new StringBuilder();
        UnderWrites.Writes idle = underWrites.idle();
        UnderWrites.Writes during = underWrites.during();
        add(text, "%s, one writer at full speed%n", shape);
        add(text, "%-28s%14s%14s%10s%n", "", "between", "during", "ratio");
        addRow(text, "sets a second", idle.setsPerSecond(), during.setsPerSecond(), "%,.0f");
        for (double percentile : new double[] {50, 99, 99.9}) {
            addRow(
                    text,
                    String.format(Locale.ROOT, "latency p%s, us", percentile == 99.9 ? "99.9" : (int) percentile),
                    idle.latency(percentile) / 1e3,
                    during.latency(percentile) / 1e3,
                    "%,.2f");
        }
        add(text, "extra memory during a snapshot: %.1f MiB%n", underWrites.extraMemory() / (double) (1 << 20));
        addTaken(text, "snapshot alone", underWrites.alone());
        underWrites.taken().forEach(taken -> addTaken(text, "snapshot beside the writer", taken));
        for (Restart restart : restarts) {
            add(
                    text,
                    "restart of %s: %,.0f ms from a snapshot, %,.0f ms from the log%n",
                    restart.shape(),
                    restart.medianFromSnapshot(),
                    restart.medianFromLog());
        }
        return text.toString();
    }

    private static void addRow(StringBuilder text, String what, double idle, double during, String format) {
        add(
                text,
                "%-28s%14s%14s%10.2f%n",
                what,
                String.format(Locale.ROOT, format, idle),
                String.format(Locale.ROOT, format, during),
                during / idle);
    }

    private static void addTaken(StringBuilder text, String what, UnderWrites.Taken taken) {
        add(
                text,
                "%-28s%,.2f s, %,.0f MB/s, %,.2f M entries/s%n",
                what,
                taken.nanos() / 1e9,
                taken.megabytesPerSecond(),
                taken.keysPerSecond() / 1e6);
    }

    private static void add(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values));
    }
}
