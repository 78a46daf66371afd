package dev.poro.wal;

import dev.poro.events.FailStop;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Forces the log in the background under {@link SyncPolicy#EVERYSEC} and {@link SyncPolicy#OS}: segments that the
 * writer has left as soon as it has, and under {@code EVERYSEC} the one it is in once a second.
 *
 * <p>The segment that the writer is in is forced no more often than that: afterwards each of its pages has to become
 * writable again, one by one, when it is next stored to (measured: a full writer does a quarter until it comes to the
 * next segment). Who wants to have something forced waits for that next segment, but no longer than a second, and not
 * at all if nobody writes.
 *
 * <p>A failed force stops the store; it is not tried again, because the next one would report
 * success for pages that are lost. Once a second it also looks whether that segment is still there.
 */
final class Flusher implements AutoCloseable {
    private static final long PERIOD_MILLIS = 1_000;
    private static final long SHORT_PERIOD_MILLIS = 10;
    private static final int MAX_LOOKS_IN_VAIN = 100;
    private static final long MAX_LAG_MILLIS = 2_000;

    private final LogPosition position;
    private final LongSupplier clock;
    private final FailStop failStop;
    private final boolean everySecond;
    private final Deque<LeftSegment> left = new ArrayDeque<>();
    private final Worker worker;

    private SegmentWriter active;
    private volatile boolean closed;
    private volatile Throwable failure;
    /** What was written before this time is forced. Written by the worker, before {@link #flushes}. */
    private volatile long forcedAsOf;

    private final AtomicLong flushes = new AtomicLong();
    /** What somebody waits for to be forced, whatever the policy. */
    private final AtomicLong wanted = new AtomicLong();
    /** The worker's own: what was written at the last look, and how often it has found something wanted. */
    private long writtenAtLook;

    private int looksInVain;

    Flusher(
            SyncPolicy policy,
            SegmentWriter active,
            LogPosition position,
            LongSupplier clock,
            Workers workers,
            FailStop failStop) {
        this.everySecond = policy == SyncPolicy.EVERYSEC;
        this.active = active;
        this.position = position;
        this.clock = clock;
        this.failStop = failStop;
        this.forcedAsOf = clock.getAsLong();
        this.worker = workers.start("poro-flush", this::flushUnlessFailed);
        worker.wake(); // its first period begins now
    }

    /** The writer has left its segment, which ends with {@code lastSequence}, for another. Journaling thread. */
    void leave(SegmentWriter segment, long lastSequence, SegmentWriter next) {
        synchronized (this) {
            left.add(new LeftSegment(segment, lastSequence));
            active = next;
        }
        worker.wake();
    }

    /**
     * Holds the writer back while more than two seconds' worth of events are not forced, or while nobody can tell
     * because the clock was set back. Journaling thread.
     *
     * @param dirtySince the time of the first frame that was written when all before it was forced
     */
    void awaitLagBelowLimit(long now, long dirtySince) {
        if (everySecond && Math.abs(now - Math.max(dirtySince, forcedAsOf)) > MAX_LAG_MILLIS) {
            awaitForce();
        }
    }

    /** Has everything up to a sequence forced and waits for it; {@code false} if it will not be. Any thread. */
    boolean awaitForced(long sequence) {
        wanted.accumulateAndGet(sequence, Math::max);
        worker.wake();
        worker.await(() -> position.durable() >= sequence || failStop.isTripped() || closed);
        return position.durable() >= sequence;
    }

    private void awaitForce() {
        long before = flushes.get();
        worker.wake();
        worker.await(() -> flushes.get() != before || failStop.isTripped() || closed);
    }

    private long flushUnlessFailed() {
        if (failure == null) {
            try {
                return TimeUnit.MILLISECONDS.toNanos(flush());
            } catch (IOException | RuntimeException | Error e) {
                failStop.trip(e);
                failure = e;
            }
        }
        return Workers.Task.UNTIL_WOKEN;
    }

    /** Returns the milliseconds until the next look. */
    private long flush() throws IOException {
        long now = clock.getAsLong();
        long written = position.written();
        // Whatever was written by now lies in a segment that was left or is active: both are looked at afterwards.
        boolean hasLeft = hasLeft();
        SegmentWriter current = forceLeft();
        boolean isForced = position.durable() >= written;
        boolean isDue = everySecond && (!hasLeft || Math.abs(now - forcedAsOf) >= PERIOD_MILLIS);
        if (!isForced && !closed && (isDue || isWantedNow(written))) {
            current.force();
            position.forced(written);
            isForced = true;
        } else {
            current.requireIntact();
        }
        if (isForced) {
            forcedAsOf = now;
        }
        writtenAtLook = written;
        flushes.incrementAndGet();
        if (position.durable() < wanted.get()) {
            return SHORT_PERIOD_MILLIS;
        }
        return everySecond ? Math.max(1, PERIOD_MILLIS - Math.abs(now - forcedAsOf)) : PERIOD_MILLIS;
    }

    private synchronized boolean hasLeft() {
        return !left.isEmpty();
    }

    /** Whether to force the segment that the writer is in because somebody waits for it. */
    private boolean isWantedNow(long written) {
        if (position.durable() >= wanted.get()) {
            looksInVain = 0;
            return false;
        }
        return written == writtenAtLook || ++looksInVain > MAX_LOOKS_IN_VAIN;
    }

    /** Forces and closes the segments that were left; returns the one that was active when none remained. */
    private SegmentWriter forceLeft() throws IOException {
        while (true) {
            LeftSegment oldest;
            synchronized (this) {
                oldest = left.peek();
                if (oldest == null) {
                    return active;
                }
            }
            oldest.segment().forceAndClose();
            position.forced(oldest.lastSequence());
            synchronized (this) {
                left.remove();
            }
        }
    }

    /**
     * Forces every segment that was left, and ends the work. The writer has stopped.
     *
     * @throws IOException if a force has failed, now or before
     */
    @Override
    public void close() throws IOException {
        closed = true;
        worker.wake();
        worker.stop();
        // What a failure leaves, and a segment that was full up before the mark of a clean close.
        while (!left.isEmpty()) {
            left.remove().segment().close();
        }
        if (failure != null) {
            throw new IOException("an earlier part of the log could not be forced: " + failure.getMessage(), failure);
        }
    }

    private record LeftSegment(SegmentWriter segment, long lastSequence) {}
}
