package dev.poro.perf.stress;

import dev.poro.engine.Poro;
import dev.poro.engine.RingReport;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.HdrHistogram.Histogram;

/** What the producers and the ring do, by intervals and from beginning to end. Used by one thread. */
final class Meter {
    private final Poro poro;
    private final List<Producer> producers;
    private final Map<Latencies.Kind, Histogram> latencies = Latencies.newSums();
    private final long startNanos = System.nanoTime();
    private final RingReport startRing;

    private long lastNanos = startNanos;
    private long lastEvents;
    private long lastReads;
    private RingReport lastRing;
    private double usedSum;
    private int usedSamples;
    private double usedSumBefore;
    private int usedSamplesBefore;

    Meter(Poro poro, List<Producer> producers) {
        this.poro = poro;
        this.producers = producers;
        this.startRing = poro.ring();
        this.lastRing = startRing;
    }

    /**
     * What happened in some time.
     *
     * @param endNanos from the beginning of the run to the end of the interval
     * @param nanos that the interval lasted
     * @param applied events, the store's own included
     * @param ringUsed the mean share of the ring's slots in use
     */
    record Interval(
            long endNanos,
            long nanos,
            long events,
            long reads,
            long applied,
            long batches,
            double ringUsed,
            Map<Latencies.Kind, Histogram> latencies) {
        double perSecond(long count) {
            return count * 1e9 / Math.max(1, nanos);
        }

        /** Events that share a frame of the log. */
        double meanBatch() {
            return (double) applied / Math.max(1, batches);
        }
    }

    /** Looks at the ring: its fill changes too fast to be looked at once an interval. */
    void sample() {
        RingReport ring = poro.ring();
        usedSum += (double) ring.used() / ring.capacity();
        usedSamples++;
    }

    /** What happened since the last call. */
    Interval next() {
        Map<Latencies.Kind, Histogram> recent = Latencies.newSums();
        producers.forEach(producer -> producer.latencies().drainInto(recent));
        recent.forEach((kind, histogram) -> latencies.get(kind).add(histogram));
        long now = System.nanoTime();
        long events = sumOf(Producer::published);
        long reads = sumOf(Producer::reads);
        RingReport ring = poro.ring();
        Interval interval = new Interval(
                now - startNanos,
                now - lastNanos,
                events - lastEvents,
                reads - lastReads,
                ring.applied() - lastRing.applied(),
                ring.batches() - lastRing.batches(),
                usedSum / Math.max(1, usedSamples),
                recent);
        lastNanos = now;
        lastEvents = events;
        lastReads = reads;
        lastRing = ring;
        usedSumBefore += usedSum;
        usedSamplesBefore += usedSamples;
        usedSum = 0;
        usedSamples = 0;
        return interval;
    }

    /** What happened from the beginning up to the last interval's end. */
    Interval total() {
        long nanos = lastNanos - startNanos;
        return new Interval(
                nanos,
                nanos,
                lastEvents,
                lastReads,
                lastRing.applied() - startRing.applied(),
                lastRing.batches() - startRing.batches(),
                usedSumBefore / Math.max(1, usedSamplesBefore),
                latencies);
    }

    /** Operations that have ended. */
    long operations() {
        return sumOf(Producer::published) + sumOf(Producer::reads);
    }

    private long sumOf(ToLongFunction<Producer> figure) {
        return producers.stream().mapToLong(figure).sum();
    }
}
