package dev.poro.perf.stress;

import java.util.EnumMap;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;

/** The latencies that one producer sees, in nanoseconds. Recorded by the producer, drained by one other thread. */
final class Latencies {
    /** Two digits are as exact as a latency is repeatable, and keep a thousand histograms small. */
    static final int DIGITS = 2;

    /** What is timed. */
    enum Kind {
        /** From the call to its return, of an operation that waits for its outcome. */
        WAITED,
        /** From publication to the outcome, of an event that was published ahead. */
        AHEAD,
        /** From the call to its return, of a get. */
        READ
    }

    private final Map<Kind, SingleWriterRecorder> recorders = new EnumMap<>(Kind.class);

    Latencies() {
        for (Kind kind : Kind.values()) {
            recorders.put(kind, new SingleWriterRecorder(DIGITS));
        }
    }

    /** Takes what is timed of a kind. */
    SingleWriterRecorder recorder(Kind kind) {
        return recorders.get(kind);
    }

    /** Adds what was recorded since the last call. */
    void drainInto(Map<Kind, Histogram> sums) {
        recorders.forEach((kind, recorder) -> sums.get(kind).add(recorder.getIntervalHistogram()));
    }

    /** Empty histograms to drain into. */
    static Map<Kind, Histogram> newSums() {
        Map<Kind, Histogram> sums = new EnumMap<>(Kind.class);
        for (Kind kind : Kind.values()) {
            sums.put(kind, new Histogram(DIGITS));
        }
        return sums;
    }
}
