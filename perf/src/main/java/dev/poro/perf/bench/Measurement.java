package dev.poro.perf.bench;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.Histogram;

/**
 * One workload on an open engine: warm-up until the rate of all threads together is steady, throughput, latencies, each
 * begun by all threads together.
 */
final class Measurement {
    private static final int SIGNIFICANT_DIGITS = 3;
    private static final long MAX_WINDOW_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Trial trial;
    private final Engine engine;
    private final Workload workload;

    /** Ended by the first thread that fails, so that no other one waits for it. */
    private final Phaser together;

    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final long windowNanos;

    /** Of the threads, in the window that has just ended. */
    private final double[] rates;

    private final SteadyRate steady = new SteadyRate();
    private final CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
    private long compiledMillis;
    private long warmupNanos;
    private volatile boolean isWarm;
    private volatile boolean isDone;

    Measurement(Trial trial, Engine engine, Workload workload) {
        this.trial = trial;
        this.engine = engine;
        this.workload = workload;
        this.together = new Phaser(trial.threads()) {
            @Override
            protected boolean onAdvance(int phase, int parties) {
                if (phase > 0 && !isWarm) {
                    endWindow();
                }
                return false;
            }
        };
        this.rates = new double[trial.threads()];
        long atMost = TimeUnit.MILLISECONDS.toNanos(trial.warmupMillis());
        this.windowNanos = Math.min(MAX_WINDOW_NANOS, Math.max(1, atMost / (2 * SteadyRate.GROUP)));
    }

    TrialResult.Figures run() throws InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            Future<Void> writer = workload.hasWriter() ? threads.submit(this::write) : null;
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
            isDone = true;
            if (writer != null) {
                writer.get();
            }
            return new TrialResult.Figures(workload, perSecond, steady.isReached(), encode(latencies));
        } finally {
            isDone = true;
            threads.shutdownNow();
        }
    }

    private ThreadFigures measure(int thread) {
        try (Engine.Session session = engine.newSession()) {
            Client client = workload.newClient(session, trial.shape(), thread, trial.threads());
            awaitOthers();
            while (!isWarm) {
                rates[thread] = client.run(windowNanos);
                awaitOthers();
            }
            double perSecond = client.run(TimeUnit.MILLISECONDS.toNanos(trial.measuredMillis()));
            awaitOthers();
            Histogram latencies = new Histogram(SIGNIFICANT_DIGITS);
            client.sample(TimeUnit.MILLISECONDS.toNanos(trial.measuredMillis()) / 3, latencies);
            return new ThreadFigures(perSecond, latencies);
        } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
            together.forceTermination();
            throw e;
        }
    }

    private void awaitOthers() {
        if (together.arriveAndAwaitAdvance() < 0) {
            throw new IllegalStateException("another thread has failed", failure.get());
        }
    }

    /** Called by one thread while the others wait for it. */
    private void endWindow() {
        long before = compiledMillis;
        compiledMillis = compiler.getTotalCompilationTime();
        double compiled = TimeUnit.MILLISECONDS.toNanos(compiledMillis - before) / (double) windowNanos;
        steady.add(Arrays.stream(rates).sum(), compiled);
        warmupNanos += windowNanos;
        isWarm = steady.isReached() || warmupNanos >= TimeUnit.MILLISECONDS.toNanos(trial.warmupMillis());
    }

    /** The thread beside those that are measured. */
    private Void write() {
        try (Engine.Session session = engine.newSession()) {
            Client client = Workload.PUT.newClient(session, trial.shape(), trial.threads(), trial.threads() + 1);
            while (!isDone) {
                client.run(windowNanos);
            }
            return null;
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
