package dev.poro.wal;

import dev.poro.wal.storage.Storage;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The one clock of a log, in milliseconds since the epoch: it stamps frames, and tells readers what has expired. It
 * never goes back, never stands still for long, and does not trust every reading of the wall clock.
 *
 * <p>It follows the monotonic clock, and is steered to the wall clock:
 *
 * <ul>
 *   <li>behind the wall clock by less than a second, it runs at most twice as fast until it has caught up;
 *   <li>ahead of it, it runs half as fast until the wall clock has caught up, however long that takes;
 *   <li>behind it by more, the wall clock was set forward, or is wrong. Once all readings of a minute, or of the time
 *       in the settings, agree, it is followed at once. Readings that do not last have no effect;
 *   <li>while the machine is suspended, the monotonic clock stands. That time is made up for at once.
 * </ul>
 *
 * <p>It starts at the later of the wall clock and the last frame's time. So if the last frame's time is in the future,
 * this clock runs at half speed until the wall clock has caught up.
 *
 * <p>Thread-safe. After one thread has read a time, no thread reads an earlier one. Allocates nothing, unless the wall
 * clock has leapt.
 */
final class LogClock implements FrameClock {
    /** The clocks are compared at most once in this time. */
    private static final long RESOLUTION_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    /** How far the wall clock may be ahead without having been set. */
    private static final long MAX_DRIFT_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** The largest difference between two clocks that is calculated with. */
    private static final long MOST_NANOS = Long.MAX_VALUE / 4;

    private static final long NANOS_PER_MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    private final LongSupplier wallClock;
    private final LongSupplier monotonicNanos;
    private final LongSupplier suspendedNanos;
    /** How long the wall clock must be ahead before it is followed. */
    private final long stepHoldNanos;

    /** Published in the opposite order to that in which they are read. */
    private volatile long millis;

    private volatile long wallMillis;
    /** On the monotonic clock: when the clocks were compared last. */
    private volatile long nanos;

    /** Guarded by this, like all below: nanoseconds of the time that are not in {@link #millis} yet. */
    private long fraction;

    private boolean isAhead;
    /** On the monotonic clock: since when every reading of the wall clock has been ahead, if {@link #isAhead}. */
    private long aheadSince;
    /** How long the machine had been suspended at the last look. */
    private long suspended;

    /**
     * Starts now.
     *
     * @param wallClock milliseconds since the epoch; may jump
     * @param monotonicNanos nanoseconds since any moment; never jumps
     * @param suspendedNanos as {@link Storage#suspendedNanos}
     * @param stepHold how long the wall clock must be ahead before it is followed
     * @param lastMillis of the last frame; the clock never shows less
     */
    LogClock(
            LongSupplier wallClock,
            LongSupplier monotonicNanos,
            LongSupplier suspendedNanos,
            Duration stepHold,
            long lastMillis) {
        this.wallClock = wallClock;
        this.monotonicNanos = monotonicNanos;
        this.suspendedNanos = suspendedNanos;
        this.stepHoldNanos = nanosOf(stepHold);
        this.suspended = suspendedNanos.getAsLong();
        this.nanos = monotonicNanos.getAsLong();
        this.wallMillis = wallClock.getAsLong();
        this.millis = Math.max(lastMillis, wallMillis);
    }

    private static long nanosOf(Duration duration) {
        return duration.compareTo(Duration.ofNanos(MOST_NANOS)) < 0 ? duration.toNanos() : MOST_NANOS;
    }

    /** {@inheritDoc} Any thread. */
    @Override
    public long now() {
        if (monotonicNanos.getAsLong() - nanos >= RESOLUTION_NANOS) {
            compareClocks();
        }
        return millis;
    }

    private synchronized void compareClocks() {
        long now = monotonicNanos.getAsLong();
        long elapsed = now - nanos;
        if (elapsed < RESOLUTION_NANOS) {
            return; // another thread has just done it
        }
        long wall = wallClock.getAsLong();
        long slept = isLeap(wall, elapsed) ? suspendedSinceLastLook() : 0;
        advance(wall, now, elapsed, slept);
        wallMillis = wall;
        nanos = now;
    }

    /** Whether the wall clock has gone forward by much more than the time that has passed. */
    private boolean isLeap(long wall, long elapsed) {
        return nanosBetween(wallMillis, wall) - elapsed > MAX_DRIFT_NANOS;
    }

    private long suspendedSinceLastLook() {
        long before = suspended;
        suspended = suspendedNanos.getAsLong();
        return before == Storage.UNKNOWN || suspended == Storage.UNKNOWN
                ? 0
                : Math.max(0, Math.min(MOST_NANOS, suspended - before));
    }

    /** @param slept how long the machine was suspended, which the monotonic clock does not show */
    private void advance(long wall, long now, long elapsed, long slept) {
        long toWall = nanosBetween(millis, wall) - fraction;
        long madeUp = Math.max(0, Math.min(slept, toWall - elapsed));
        long behind = toWall - madeUp;
        if (behind - elapsed <= MAX_DRIFT_NANOS) {
            isAhead = false;
            advance(madeUp + Math.max(elapsed / 2, Math.min(behind, 2 * elapsed)));
            return;
        }
        if (!isAhead) {
            isAhead = true;
            aheadSince = now;
        }
        if (now - aheadSince < stepHoldNanos) {
            advance(madeUp + elapsed);
            return;
        }
        isAhead = false;
        fraction = 0;
        millis = wall;
    }

    /** From one time to another; bounded, so that later calculations cannot overflow. */
    private static long nanosBetween(long fromMillis, long toMillis) {
        long difference = toMillis - fromMillis;
        boolean overflows = ((toMillis ^ fromMillis) & (toMillis ^ difference)) < 0;
        long saturated = overflows ? Long.MAX_VALUE ^ (difference >> (Long.SIZE - 1)) : difference;
        return Math.max(-MOST_NANOS, Math.min(MOST_NANOS, TimeUnit.MILLISECONDS.toNanos(saturated)));
    }

    private void advance(long by) {
        long total = fraction + by;
        long whole = total / NANOS_PER_MILLI;
        long next = Math.min(millis, Long.MAX_VALUE - whole) + whole;
        fraction = total - whole * NANOS_PER_MILLI;
        millis = next;
    }

    /** {@inheritDoc} Any thread. */
    @Override
    public long wallMillis() {
        return wallMillis;
    }

    /** {@inheritDoc} Any thread. */
    @Override
    public long nanos() {
        return nanos;
    }

    /** How far this clock is ahead of the system's, in milliseconds; negative if it is behind. Any thread. */
    long offsetMillis() {
        return now() - wallMillis;
    }
}
