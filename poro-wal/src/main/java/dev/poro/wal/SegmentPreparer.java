package dev.poro.wal;

import dev.poro.events.FailStop;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * Has the next segment ready before it is needed, on a thread of its own.
 *
 * <p>A full disk is not the end: {@link #take} answers that there is no segment, and the thread tries again until
 * there is space. Any other failure stops the store.
 */
final class SegmentPreparer implements AutoCloseable {
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private enum State {
        IDLE,
        REQUESTED,
        READY,
        NO_SPACE,
        CLOSED
    }

    private final SegmentFactory factory;
    private final FailStop failStop;
    private final Thread thread;

    private State state = State.IDLE;
    private long nextNumber;
    private SegmentWriter ready;
    private volatile String noSpace;

    SegmentPreparer(SegmentFactory factory, long nextNumber, FailStop failStop) {
        this.factory = factory;
        this.nextNumber = nextNumber;
        this.failStop = failStop;
        this.thread = Threads.startDaemon("poro-prepare", this::run);
    }

    /** Asks for the next segment if it is not asked for yet. Does not wait. */
    synchronized void request() {
        if (state == State.IDLE) {
            state = State.REQUESTED;
            notifyAll();
        }
    }

    /**
     * The next segment, waiting for it if it is being made; {@code null} if the disk is full or the preparer is
     * closed or has failed. Never gives up because of an interrupt.
     */
    synchronized SegmentWriter take() {
        request();
        boolean interrupted = false;
        while (state == State.REQUESTED) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (state != State.READY) {
            return null;
        }
        SegmentWriter taken = ready;
        ready = null;
        state = State.IDLE;
        return taken;
    }

    /** Why there was no segment at the last try, or {@code null}. */
    String noSpace() {
        return noSpace;
    }

    private void run() {
        try {
            while (awaitWork()) {
                prepare();
            }
        } catch (IOException | RuntimeException | Error e) {
            failStop.trip(e);
            finish(State.CLOSED);
        }
    }

    /** Waits for a request, or for the time to try again. Returns false when closed. */
    private synchronized boolean awaitWork() {
        while (state == State.IDLE || state == State.READY) {
            waitFor(0);
        }
        if (state == State.NO_SPACE) {
            waitFor(RETRY_NANOS);
        }
        return state != State.CLOSED;
    }

    private void waitFor(long nanos) {
        try {
            TimeUnit.NANOSECONDS.timedWait(this, nanos == 0 ? Long.MAX_VALUE : nanos);
        } catch (InterruptedException e) {
            // This thread is the log's own; nobody has a reason to interrupt it, and it has none to stop.
        }
    }

    private void prepare() throws IOException {
        SegmentWriter segment;
        try {
            segment = factory.create(nextNumber);
        } catch (IOException e) {
            if (!NoSpace.isReportedBy(e)) {
                throw e;
            }
            noSpace = e.getMessage();
            finish(State.NO_SPACE);
            return;
        }
        noSpace = null;
        nextNumber++;
        handOver(segment);
    }

    private synchronized void handOver(SegmentWriter segment) throws IOException {
        if (state == State.CLOSED) {
            segment.close();
            return;
        }
        ready = segment;
        finish(State.READY);
    }

    private synchronized void finish(State reached) {
        if (state != State.CLOSED) {
            state = reached;
        }
        notifyAll();
    }

    /** Ends the thread. A segment that is ready stays on disk, unused. */
    @Override
    public void close() throws IOException {
        SegmentWriter unused;
        synchronized (this) {
            state = State.CLOSED;
            unused = ready;
            ready = null;
            notifyAll();
        }
        Threads.joinUninterruptibly(thread);
        if (unused != null) {
            unused.close();
        }
    }
}
