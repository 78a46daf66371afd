package dev.poro.perf.stress;

import java.util.Locale;

/** Figures in readable units. */
final class Units {
    private Units() {}

    static String count(double count) {
        return String.format(Locale.ROOT, "%,.0f", count);
    }

    static String nanos(long nanos) {
        String[] units = {"ns", "µs", "ms", "s"};
        return scaled((double) nanos, 1000, units);
    }

    static String bytes(long bytes) {
        String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
        return scaled((double) bytes, 1024, units);
    }

    private static String scaled(double figure, int step, String[] units) {
        int unit = 0;
        double scaled = figure;
        while (scaled >= step && unit < units.length - 1) {
            scaled /= step;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 || scaled >= 10 ? "%.0f %s" : "%.1f %s", scaled, units[unit]);
    }
}
