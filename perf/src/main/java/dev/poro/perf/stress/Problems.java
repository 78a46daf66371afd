package dev.poro.perf.stress;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The problems that were found: the first few in words, and the number of all. Not thread-safe. */
final class Problems {
    private static final int KEPT = 10;

    private final List<String> first = new ArrayList<>();
    private long count;

    void add(String format, Object... values) {
        if (first.size() < KEPT) {
            first.add(String.format(Locale.ROOT, format, values));
        }
        count++;
    }

    void addAll(Problems others) {
        others.first.stream().limit(KEPT - first.size()).forEach(first::add);
        count += others.count;
    }

    boolean none() {
        return count == 0;
    }

    long count() {
        return count;
    }

    /** The first of them. */
    List<String> first() {
        return List.copyOf(first);
    }
}
