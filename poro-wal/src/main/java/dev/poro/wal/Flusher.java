package dev.poro.wal;

import dev.poro.events.FailStop;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/**
 * Forces the log in the background, on a thread of its own, under {@link SyncPolicy#EVERYSEC} and
 * {@link SyncPolicy#OS}: segments that the writer has left as soon as it has, and under {@code EVERYSEC} the one it
 * is in once a second. A failed force stops the store; it is not tried again, because the next one would report
 * success for pages that are lost.
 */
final class Flusher implements AutoCloseable {
    private static final long PERIOD_MILLIS = 1_000;
    private static final long MAX_LAG_MILLIS = 2_000;

    private final LogPosition position;
    private final Storage storage;
    private final FailStop failStop;
    private final boolean everySecond;
    private final Deque<LeftSegment> left = new ArrayDeque<>();
    private final Thread thread;

    private SegmentWriter active;
    private boolean wanted;
    private boolean closed;
    private Throwable failure;
    /** What was written before this time is forced. */
    private volatile long forcedAsOf;

    Flusher(SyncPolicy policy, SegmentWriter active, LogPosition position, Storage storage, FailStop failStop) {
        this.everySecond = policy == SyncPolicy.EVERYSEC;
        this.active = active;
        this.position = position;
        this.storage = storage;
        this.failStop = failStop;
        this.forcedAsOf = storage.currentTimeMillis();
        this.thread = Threads.startDaemon("poro-flush", this::run);
    }

    /** The writer has left its segment, which ends with {@code lastSequence}, for another. Journaling thread. */
    synchronized void leave(SegmentWriter segment, long lastSequence, SegmentWriter next) {
        left.add(new LeftSegment(segment, lastSequence));
        active = next;
        wanted = true;
        notifyAll();
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

    private synchronized void awaitForce() {
        long before = forcedAsOf;
        boolean interrupted = false;
        while (forcedAsOf == before && !failStop.isTripped() && !closed) {
            wanted = true;
            notifyAll();
            try {
                wait(PERIOD_MILLIS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (awaitWork()) {
                flush();
            }
        } catch (IOException | RuntimeException | Error e) {
            failStop.trip(e);
            synchronized (this) {
                failure = e;
                notifyAll();
            }
        }
    }

    /** Waits to be wanted or, under EVERYSEC, for a second to pass. Returns false when closed, with nothing to do. */
    private synchronized boolean awaitWork() {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PERIOD_MILLIS);
        while (!wanted && !closed) {
            long remaining = everySecond ? deadline - System.nanoTime() : Long.MAX_VALUE;
            if (remaining <= 0) {
                break;
            }
            try {
                TimeUnit.NANOSECONDS.timedWait(this, remaining);
            } catch (InterruptedException e) {
                // This thread is the log's own; nobody has a reason to interrupt it, and it has none to stop.
            }
        }
        wanted = false;
        return !closed || !left.isEmpty();
    }

    private void flush() throws IOException {
        long asOf = storage.currentTimeMillis();
        long written = position.written();
        // Whatever was written by now lies in a segment that was left or is active: both are looked at afterwards.
        SegmentWriter current = forceLeft();
        if (everySecond && position.durable() < written) {
            current.force();
            position.forced(written);
        }
        synchronized (this) {
            forcedAsOf = asOf;
            notifyAll();
        }
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
     * Forces every segment that was left, and ends the thread. The writer has stopped.
     *
     * @throws IOException if a force has failed, now or before
     */
    @Override
    public void close() throws IOException {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        Threads.joinUninterruptibly(thread);
        synchronized (this) {
            // What a failure leaves, and a segment that was full up before the mark of a clean close.
            while (!left.isEmpty()) {
                left.remove().segment().close();
            }
            if (failure != null) {
                throw new IOException("an earlier part of the log could not be forced: " + failure, failure);
            }
        }
    }

    private record LeftSegment(SegmentWriter segment, long lastSequence) {}
}
