package dev.poro.wal;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The clock for the timestamps of frames, in milliseconds since the epoch. It never goes back, never stands still for
 * long, and does not trust every reading of the wall clock.
 *
 * <p>It follows the monotonic clock, and is steered to the wall clock:
 *
 * <ul>
 *   <li>behind the wall clock by less than a second, it runs at most twice as fast until it has caught up;
 *   <li>ahead of it, it runs half as fast until the wall clock has caught up, however long that takes;
 *   <li>behind it by more, the wall clock was set forward, or is wrong. Once all readings of a minute agree, it is
 *       followed at once. Readings that do not last have no effect.
 * </ul>
 *
 * <p>It starts at the later of the wall clock and the last frame's time. So if the last frame's time is in the future,
 * this clock runs at half speed until the wall clock has caught up.
 *
 * <p>Not thread-safe.
 */
final class LogClock implements FrameClock {
    /** The clocks are read at most once in this time. */
    private static final long RESOLUTION_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    /** How far the wall clock may be ahead without having been set. */
    private static final long MAX_DRIFT_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** How long the wall clock must be ahead before it is followed. */
    private static final long STEP_HOLD_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** The largest difference between two clocks that is calculated with. */
    private static final long MOST_NANOS = Long.MAX_VALUE / 4;

    private static final long NANOS_PER_MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    private final LongSupplier wallMillis;
    private final LongSupplier monotonicNanos;

    private long nanos;
    private long millis;
    /** Nanoseconds of the time that are not in {@link #millis} yet. */
    private long fraction;

    private boolean isAhead;
    /** On the monotonic clock: since when every reading of the wall clock has been ahead, if {@link #isAhead}. */
    private long aheadSince;

    /**
     * Starts now.
     *
     * @param wallMillis milliseconds since the epoch; may jump
     * @param monotonicNanos nanoseconds since any moment; never jumps
     * @param lastMillis of the last frame; the clock never shows less
     */
    LogClock(LongSupplier wallMillis, LongSupplier monotonicNanos, long lastMillis) {
        this.wallMillis = wallMillis;
        this.monotonicNanos = monotonicNanos;
        this.nanos = monotonicNanos.getAsLong();
        this.millis = Math.max(lastMillis, wallMillis.getAsLong());
    }

    /** Looks at the clocks. */
    @Override
    public void tick() {
        long now = monotonicNanos.getAsLong();
        long elapsed = now - nanos;
        if (elapsed >= RESOLUTION_NANOS) {
            advance(advanceFor(elapsed, wallMillis.getAsLong(), now));
            nanos = now;
        }
    }

    private long advanceFor(long elapsed, long wall, long now) {
        long toWall = nanosBetween(wall) - fraction;
        if (toWall - elapsed <= MAX_DRIFT_NANOS) {
            isAhead = false;
            return Math.max(elapsed / 2, Math.min(toWall, 2 * elapsed));
        }
        if (!isAhead) {
            isAhead = true;
            aheadSince = now;
        }
        if (now - aheadSince < STEP_HOLD_NANOS) {
            return elapsed;
        }
        isAhead = false;
        millis = wall;
        fraction = 0;
        return 0;
    }

    /** From this clock's time to a reading of the wall clock; bounded, so that later calculations cannot overflow. */
    private long nanosBetween(long wall) {
        long difference = wall - millis;
        boolean overflows = ((wall ^ millis) & (wall ^ difference)) < 0;
        long saturated = overflows ? Long.MAX_VALUE ^ (difference >> (Long.SIZE - 1)) : difference;
        return Math.max(-MOST_NANOS, Math.min(MOST_NANOS, TimeUnit.MILLISECONDS.toNanos(saturated)));
    }

    private void advance(long by) {
        fraction += by;
        long whole = fraction / NANOS_PER_MILLI;
        fraction -= whole * NANOS_PER_MILLI;
        millis = Math.min(millis, Long.MAX_VALUE - whole) + whole;
    }

    /** Milliseconds since the epoch, as of the last {@link #tick}. */
    @Override
    public long millis() {
        return millis;
    }

    /** The monotonic clock, within a millisecond of the last {@link #tick}. */
    @Override
    public long nanos() {
        return nanos;
    }
}
