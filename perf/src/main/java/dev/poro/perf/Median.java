package dev.poro.perf;

import java.util.List;

/** The median of figures. */
public final class Median {
    private Median() {}

    /** The one in the middle, or the mean of the two; of one figure or more, in any order. */
    public static double of(List<Double> figures) {
        List<Double> sorted = figures.stream().sorted().toList();
        return (sorted.get((sorted.size() - 1) / 2) + sorted.get(sorted.size() / 2)) / 2;
    }
}
