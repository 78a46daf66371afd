package dev.poro.perf.snapshots;

import dev.poro.engine.Poro;
import dev.poro.engine.SnapshotReport;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/** Takes snapshots while a writer runs at full speed, and compares its speed with that between the snapshots. */
final class UnderWrites {
    private static final int DIGITS = 3;
    private static final int STEPS_PER_HALF = 5;

    private final Poro poro;
    private final Job job;
    private final Histogram idle = new Histogram(DIGITS);
    private final Histogram during = new Histogram(DIGITS);
    private final List<Taken> taken = new ArrayList<>();
    private long idleNanos;
    private long duringNanos;
    private long extraMemory;

    UnderWrites(Poro poro, Job job) {
        this.poro = poro;
        this.job = job;
    }

    /**
     * One snapshot.
     *
     * @param nanos from the call until it was durable
     */
    record Taken(long nanos, long keys, long bytes) {
        double megabytesPerSecond() {
            return bytes * 1e3 / nanos;
        }

        double keysPerSecond() {
            return keys * 1e9 / nanos;
        }
    }

    /** A latency that this percentage of the sets did not exceed. */
    record Percentile(double percentile, long nanos) {}

    /** The writer at one time. */
    record Writes(double setsPerSecond, List<Percentile> latencies) {
        static Writes of(Histogram times, long nanos) {
            List<Percentile> latencies = new ArrayList<>();
            for (HistogramIterationValue value : times.percentiles(STEPS_PER_HALF)) {
                latencies.add(new Percentile(value.getPercentileLevelIteratedTo(), value.getValueIteratedTo()));
            }
            return new Writes(times.getTotalCount() * 1e9 / nanos, latencies);
        }

        long latency(double percentile) {
            return latencies.stream()
                    .filter(found -> found.percentile() >= percentile)
                    .findFirst()
                    .map(Percentile::nanos)
                    .orElse(0L);
        }
    }

    /**
     * What was found.
     *
     * @param alone a snapshot that was taken while nothing else happened
     * @param taken those that were taken while the writer went on
     * @param idle the writer between snapshots
     * @param during the writer during snapshots
     * @param extraMemory the peak of anonymous memory above that before the first snapshot, in bytes
     */
    record Figures(Taken alone, List<Taken> taken, Writes idle, Writes during, long extraMemory) {}

    Figures measure() throws InterruptedException {
        try (ResidentMemory memory = new ResidentMemory();
                Writer writer = new Writer(poro, job.shape())) {
            Thread.sleep(job.idleMillis());
            // Memory that the first snapshot keeps would not count for the others.
            long before = memory.takeHighest();
            for (int round = 0; round < job.rounds(); round++) {
                measureOnce(writer);
            }
            extraMemory = Math.max(0, memory.takeHighest() - before);
        }
        return new Figures(take(), taken, Writes.of(idle, idleNanos), Writes.of(during, duringNanos), extraMemory);
    }

    private void measureOnce(Writer writer) throws InterruptedException {
        writer.begin();
        Thread.sleep(job.idleMillis());
        idleNanos += writer.addTo(idle);
        writer.begin();
        taken.add(take());
        duringNanos += writer.addTo(during);
    }

    private Taken take() {
        long start = System.nanoTime();
        long sequence = poro.snapshot();
        long nanos = System.nanoTime() - start;
        SnapshotReport report = poro.log().newestSnapshot();
        if (report.sequence() != sequence || report.keys() != job.shape().keys()) {
            throw new IllegalStateException(report + " in the place of the snapshot of " + sequence);
        }
        return new Taken(nanos, report.keys(), report.fileBytes());
    }
}
