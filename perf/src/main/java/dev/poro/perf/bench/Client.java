package dev.poro.perf.bench;

import dev.poro.perf.Keys;
import org.HdrHistogram.Histogram;

/**
 * One thread that uses an engine: the operations of a {@link Workload}, and the two ways to run them. Values begin with
 * what identifies their key, so that every read is checked.
 */
abstract class Client {
    /** Operations between two looks at the clock. */
    private static final int BLOCK = 64;

    final Engine.Session session;
    final Shape shape;
    final Keys keys;
    final byte[] value;
    private final byte[] target;

    Client(Engine.Session session, Shape shape, int thread) {
        this.session = session;
        this.shape = shape;
        this.keys = new Keys(shape.keys(), shape.keyLength(), thread);
        this.value = new byte[shape.valueLength()];
        this.target = new byte[shape.valueLength()];
    }

    /** One operation, or some at once. */
    abstract void step();

    /** How many operations a step is. */
    int operationsPerStep() {
        return 1;
    }

    /** Whether {@link #replenish} must come before the next {@link #step}. */
    boolean isExhausted() {
        return false;
    }

    /** Makes more steps possible; its time is not counted. */
    void replenish() {}

    /** Waits for what was begun. */
    void drain() {}

    /** Goes on for about that long and returns the operations a second. */
    final double run(long nanos) {
        long operations = 0;
        long paused = 0;
        long start = System.nanoTime();
        long now = start;
        do {
            for (int i = 0; i < BLOCK; i++) {
                if (isExhausted()) {
                    long before = System.nanoTime();
                    replenish();
                    paused += System.nanoTime() - before;
                }
                step();
            }
            operations += (long) BLOCK * operationsPerStep();
            now = System.nanoTime();
        } while (now - start < nanos);
        drain();
        now = System.nanoTime();
        replenish();
        return operations * 1e9 / (now - start - paused);
    }

    /** Goes on for about that long and records how many nanoseconds each step takes. */
    final void sample(long nanos, Histogram latencies) {
        long start = System.nanoTime();
        long end = start;
        do {
            if (isExhausted()) {
                replenish();
            }
            long begin = System.nanoTime();
            step();
            end = System.nanoTime();
            latencies.recordValue(end - begin);
        } while (end - start < nanos);
        drain();
        replenish();
    }

    /** The next value for a key. */
    final byte[] valueOf(byte[] key) {
        Keys.putId(value, Keys.idOf(key));
        value[value.length - 1]++;
        return value;
    }

    final void read(byte[] key) {
        requireValueOf(key, session.get(key, target), target);
    }

    /** Throws unless a value has its length and begins with what identifies the key. */
    static void requireValueOf(byte[] key, int length, byte[] value) {
        if (length != value.length || Keys.idOf(value) != Keys.idOf(key)) {
            throw new IllegalStateException("a value of " + length + " bytes that begins with "
                    + Long.toHexString(Keys.idOf(value)) + " under the key of " + Long.toHexString(Keys.idOf(key)));
        }
    }
}
