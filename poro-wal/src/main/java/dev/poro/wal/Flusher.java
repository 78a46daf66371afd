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
 * Forces the log in the background under {@link SyncPolicy#EVERYSEC} and {@link SyncPolicy#OS}: a full segment as soon
 * as the writer has left it, and under {@code EVERYSEC} the active segment once a second.
 *
 * <p>The active segment is not forced more often: after a force, the first store to each of its pages is a page fault
 * (measured: a busy writer runs at a quarter of its speed until it reaches the next segment). A caller that needs
 * something forced waits until the writer leaves the segment, but at most a second, and not at all if nothing is
 * written.
 *
 * <p>A failed force stops the store. It is not tried again, because the next one would report success for pages that
 * are lost. Once a second the flusher also checks that the active segment still exists.
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
    /** Told when more is forced. */
    private volatile Runnable listener = () -> {};

    private volatile boolean closed;
    private volatile Throwable failure;
    /** Everything written before this time is forced. Written by the worker, before {@link #flushes}. */
    private volatile long forcedAsOf;

    private final AtomicLong flushes = new AtomicLong();
    /** The highest sequence that a caller waits for, under any policy. */
    private final AtomicLong wanted = new AtomicLong();
    /** Used by the worker alone: what was written at the last look, and how many looks found something wanted. */
    private long writtenAtLook;

    private int looksInVain;
    /** Whether a force is in progress or has not completed. */
    private boolean isForcing;

    /** @param nanoTime nanoseconds of a monotonic clock */
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
        // Neither call waits. They link the classes that they need now, because later there may be no memory for it.
        awaitFlushAfter(NEVER);
        awaitForced(position.durable()); // also wakes the worker: its first period begins now
    }

    /** The writer has left its segment for another, where nothing is written yet. Journaling thread. */
    void leave(SegmentWriter segment, SegmentWriter next) {
        LeftSegment leaving = new LeftSegment(segment, position.written(), position.length());
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

    /** Forces everything up to a sequence and waits; {@code false} if the log is closed or has failed. Any thread. */
    boolean awaitForced(long sequence) {
        wanted.accumulateAndGet(sequence, Math::max);
        worker.wake();
        worker.await(() -> position.durable() >= sequence || failStop.isTripped() || closed);
        return position.durable() >= sequence;
    }

    /** Has everything up to a sequence forced soon, as a caller of {@link #awaitForced} does. Any thread. */
    void request(long sequence) {
        wanted.accumulateAndGet(sequence, Math::max);
        worker.wake();
    }

    /** From now on tells someone whenever more is forced. */
    void onForced(Runnable told) {
        listener = told;
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

    /** Records a failure first, which needs neither memory nor stack, so that no force is tried after it. */
    private long flushUnlessFailed() {
        if (failure == null) {
            try {
                return flush();
            } catch (IOException | RuntimeException | Error e) {
                if (e instanceof OutOfMemoryError && !isForcing) {
                    return SHORT_PERIOD_NANOS; // no force was affected
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
        long length = position.length();
        // All that is written by now is in a segment that was left or is active: both are read after this.
        boolean hasLeft = hasLeft();
        SegmentWriter current = forceLeft();
        boolean isForced = position.isForced(length);
        boolean isDue = everySecond && (!hasLeft || now - forcedAsOf >= PERIOD_NANOS);
        if (!isForced && !closed && (isDue || isWantedNow(written))) {
            isForcing = true;
            current.forceFrames();
            isForcing = false;
            current.requireIntact();
            position.forced(written, length);
            listener.run();
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
        // Counted from the beginning of this force, however long it took.
        return everySecond
                ? Math.max(SHORTEST_PERIOD_NANOS, forcedAsOf + PERIOD_NANOS - nanoTime.getAsLong())
                : PERIOD_NANOS;
    }

    private synchronized boolean hasLeft() {
        return !left.isEmpty();
    }

    /** Whether to force the active segment now because a caller waits for it. */
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
            isForcing = true; // a failed close counts as a failed force: the segment cannot be forced again
            oldest.segment().close();
            isForcing = false;
            position.forced(oldest.lastSequence(), oldest.length());
            listener.run();
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
            forceLeft(); // segments that the worker could not force for lack of memory
        }
        // Segments left after a failure, and one that was left just before the mark of a clean close.
        while (!left.isEmpty()) {
            left.remove().segment().close();
        }
        if (failure != null) {
            throw new IOException("an earlier part of the log could not be forced: " + failure.getMessage(), failure);
        }
    }

    /** @param length of the log up to its end */
    private record LeftSegment(SegmentWriter segment, long lastSequence, long length) {}
}
