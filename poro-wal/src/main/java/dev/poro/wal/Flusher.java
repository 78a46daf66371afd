package dev.poro.wal;

import dev.poro.events.FailStop;
import dev.poro.wal.storage.Worker;
import dev.poro.wal.storage.WorkerFactory;
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
    private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long SHORT_PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long SHORTEST_PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final int MAX_LOOKS_IN_VAIN = 100;
    private static final long MAX_LAG_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long NEVER = -1;

    private final LogPosition position;
    private final LongSupplier nanoTime;
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
    /** Whether a force is under way, or was broken off. */
    private boolean isForcing;

    /** @param nanoTime nanoseconds of a clock that nobody sets */
    Flusher(
            SyncPolicy policy,
            SegmentWriter active,
            LogPosition position,
            LongSupplier nanoTime,
            WorkerFactory workers,
            FailStop failStop) {
        this.everySecond = policy == SyncPolicy.EVERYSEC;
        this.active = active;
        this.position = position;
        this.nanoTime = nanoTime;
        this.failStop = failStop;
        this.forcedAsOf = nanoTime.getAsLong();
        this.worker = workers.start("poro-flush", this::flushUnlessFailed, failStop::trip);
        // Neither waits. What they need is linked by this, and not when there may be no memory for it.
        awaitFlushAfter(NEVER);
        awaitForced(position.durable()); // also wakes the worker: its first period begins now
    }

    /** The writer has left its segment, which ends with {@code lastSequence}, for another. Journaling thread. */
    void leave(SegmentWriter segment, long lastSequence, SegmentWriter next) {
        LeftSegment leaving = new LeftSegment(segment, lastSequence);
        synchronized (this) {
            left.add(leaving);
            active = next;
        }
        worker.wake();
    }

    /**
     * Holds the writer back while more than two seconds' worth of events are not forced. Journaling thread.
     *
     * @param dirtySince the time of the first frame that was written when all before it was forced
     */
    void awaitLagBelowLimit(long now, long dirtySince) {
        if (everySecond && Math.min(now - dirtySince, now - forcedAsOf) > MAX_LAG_NANOS) {
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
        awaitFlushAfter(before);
        if (flushes.get() == before && !closed) {
            failStop.trip(new LogException("the thread that forces the log has died"));
        }
    }

    private void awaitFlushAfter(long before) {
        worker.await(() -> flushes.get() != before || failStop.isTripped() || closed);
    }

    /** Notes a failure before anything else: that needs neither memory nor stack, and no force is tried after it. */
    private long flushUnlessFailed() {
        if (failure == null) {
            try {
                return flush();
            } catch (IOException | RuntimeException | Error e) {
                if (e instanceof OutOfMemoryError && !isForcing) {
                    return SHORT_PERIOD_NANOS; // leaves nothing in doubt
                }
                failure = e;
            }
        }
        failStop.trip(failure);
        return WorkerFactory.Task.UNTIL_WOKEN;
    }

    /** Returns the nanoseconds until the next look. */
    private long flush() throws IOException {
        long now = nanoTime.getAsLong();
        long written = position.written();
        // Whatever was written by now lies in a segment that was left or is active: both are looked at afterwards.
        boolean hasLeft = hasLeft();
        SegmentWriter current = forceLeft();
        boolean isForced = position.durable() >= written;
        boolean isDue = everySecond && (!hasLeft || now - forcedAsOf >= PERIOD_NANOS);
        if (!isForced && !closed && (isDue || isWantedNow(written))) {
            isForcing = true;
            current.forceFrames();
            isForcing = false;
            current.requireIntact();
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
            return SHORT_PERIOD_NANOS;
        }
        // From the beginning of this force to that of the next, however long it took.
        return everySecond
                ? Math.max(SHORTEST_PERIOD_NANOS, forcedAsOf + PERIOD_NANOS - nanoTime.getAsLong())
                : PERIOD_NANOS;
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
            isForcing = true;
            oldest.segment().unmapAndForce();
            isForcing = false;
            oldest.segment().requireIntact();
            isForcing = true; // as good as: half closed, it cannot be forced again
            oldest.segment().close();
            isForcing = false;
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
        boolean isFirst = !closed;
        closed = true;
        worker.wake();
        worker.stop();
        if (isFirst && failure == null) {
            forceLeft(); // what the worker had no memory for
        }
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
