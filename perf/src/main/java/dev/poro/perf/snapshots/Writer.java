package dev.poro.perf.snapshots;

import dev.poro.engine.Poro;
import dev.poro.perf.Keys;
import dev.poro.perf.bench.Shape;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;

/** Overwrites random keys, one after the other, as fast as it can, and times each. A thread of its own. */
public final class Writer implements AutoCloseable {
    private static final int DIGITS = 3;

    private final Poro poro;
    private final Shape shape;
    private final SingleWriterRecorder recorder = new SingleWriterRecorder(TimeUnit.MINUTES.toNanos(1), DIGITS);
    private final Thread thread = new Thread(this::write, "writer");
    private Histogram recycled;
    private long since;
    private volatile boolean stopped;
    private volatile RuntimeException failure;

    /** Begins at once. */
    public Writer(Poro poro, Shape shape) {
        this.poro = poro;
        this.shape = shape;
        thread.start();
    }

    private void write() {
        Keys keys = new Keys(shape.keys(), shape.keyLength());
        byte[] value = new byte[shape.valueLength()];
        try {
            for (long number = 1; !stopped; number++) {
                Keys.putId(value, number);
                long start = System.nanoTime();
                poro.set(keys.random(), value);
                recorder.recordValue(System.nanoTime() - start);
            }
        } catch (RuntimeException e) {
            failure = e;
        }
    }

    /** Forgets what was timed so far. */
    public void begin() {
        recycled = recorder.getIntervalHistogram(recycled);
        since = System.nanoTime();
    }

    /**
     * Adds what was timed since {@link #begin}.
     *
     * @return how many nanoseconds that was
     */
    public long addTo(Histogram sum) {
        long nanos = System.nanoTime() - since;
        recycled = recorder.getIntervalHistogram(recycled);
        sum.add(recycled);
        if (failure != null) {
            throw failure;
        }
        return nanos;
    }

    @Override
    public void close() {
        stopped = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
