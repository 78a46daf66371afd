package dev.poro.perf.bench;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** One workload on an open engine: warm-up, throughput, latencies, each begun by all threads together. */
final class Measurement {
    private static final int SIGNIFICANT_DIGITS = 3;

    private final Trial trial;
    private final Engine engine;
    private final Workload workload;
    private final CyclicBarrier together;

    Measurement(Trial trial, Engine engine, Workload workload) {
        this.trial = trial;
        this.engine = engine;
        this.workload = workload;
        this.together = new CyclicBarrier(trial.threads());
    }

    TrialResult.Figures run() throws InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newFixedThreadPool(trial.threads());
        try {
            List<Callable<ThreadFigures>> bodies = new ArrayList<>();
            for (int thread = 0; thread < trial.threads(); thread++) {
                int number = thread;
                bodies.add(() -> measure(number));
            }
            double perSecond = 0;
            Histogram latencies = new Histogram(SIGNIFICANT_DIGITS);
            for (Future<ThreadFigures> done : threads.invokeAll(bodies)) {
                perSecond += done.get().operationsPerSecond;
                latencies.add(done.get().latencies);
            }
            return new TrialResult.Figures(workload, perSecond, encode(latencies));
        } finally {
            threads.shutdownNow();
        }
    }

    private ThreadFigures measure(int thread) throws Exception {
        try (Engine.Session session = engine.newSession()) {
            Client client = workload.newClient(session, trial.shape(), thread, trial.threads());
            together.await();
            client.run(TimeUnit.MILLISECONDS.toNanos(trial.warmupMillis()));
            together.await();
            double perSecond = client.run(TimeUnit.MILLISECONDS.toNanos(trial.measuredMillis()));
            together.await();
            Histogram latencies = new Histogram(SIGNIFICANT_DIGITS);
            client.sample(TimeUnit.MILLISECONDS.toNanos(trial.measuredMillis()) / 3, latencies);
            return new ThreadFigures(perSecond, latencies);
        } catch (Exception | Error e) {
            // The others would wait for this thread for ever.
            together.reset();
            throw e;
        }
    }

    private static String encode(Histogram latencies) {
        ByteBuffer buffer = ByteBuffer.allocate(latencies.getNeededByteBufferCapacity());
        int length = latencies.encodeIntoCompressedByteBuffer(buffer);
        byte[] bytes = new byte[length];
        buffer.flip().get(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }

    private record ThreadFigures(double operationsPerSecond, Histogram latencies) {}
}
