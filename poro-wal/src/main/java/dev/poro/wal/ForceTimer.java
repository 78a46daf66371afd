package dev.poro.wal;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How long forces of the log take, so that a slow disk can be noticed. One thread forces at a time; any thread asks.
 * Neither costs memory.
 */
public final class ForceTimer {
    /** A force that takes longer is slow. */
    public static final long SLOW_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final LongSupplier nanoTime;
    private volatile long began;
    private volatile boolean isUnderWay;
    private volatile long slowForces;
    private volatile long lastSlowNanos;

    /** @param nanoTime nanoseconds of a monotonic clock */
    ForceTimer(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** A force begins. */
    void begin() {
        began = nanoTime.getAsLong();
        isUnderWay = true;
    }

    /** It has ended, well or not. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // One thread forces at a time.
    void end() {
        long took = nanoTime.getAsLong() - began;
        isUnderWay = false;
        if (took > SLOW_NANOS) {
            lastSlowNanos = took;
            slowForces++;
        }
    }

    /** Nanoseconds that the force under way has taken so far; 0 if there is none. */
    public long nanosUnderWay() {
        return isUnderWay ? nanoTime.getAsLong() - began : 0;
    }

    /** How many forces took longer than {@link #SLOW_NANOS}. */
    public long slowForces() {
        return slowForces;
    }

    /** Nanoseconds that the last of the slow forces took; 0 if none was. */
    public long lastSlowNanos() {
        return lastSlowNanos;
    }
}
