package dev.poro.wal;

import dev.poro.events.FailStop;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * Has the next segment ready before it is needed, in the background.
 *
 * <p>A full disk is not the end: {@link #take} answers that there is no segment, and the worker tries again until
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
    private final Worker worker;

    private State state = State.IDLE;
    private long nextNumber;
    private SegmentWriter ready;
    private volatile String noSpace;

    SegmentPreparer(SegmentFactory factory, long nextNumber, Workers workers, FailStop failStop) {
        this.factory = factory;
        this.nextNumber = nextNumber;
        this.failStop = failStop;
        this.worker = workers.start("poro-prepare", this::prepareIfWanted);
    }

    /** Asks for the next segment if it is not asked for yet. Does not wait. */
    void request() {
        synchronized (this) {
            if (state != State.IDLE) {
                return;
            }
            state = State.REQUESTED;
        }
        worker.wake();
    }

    /**
     * The next segment, waiting for it if it is being made; {@code null} if the disk is full or the preparer is
     * closed or has failed. Never gives up because of an interrupt.
     */
    SegmentWriter take() {
        request();
        worker.await(() -> !isIn(State.REQUESTED));
        synchronized (this) {
            if (state != State.READY) {
                return null;
            }
            SegmentWriter taken = ready;
            ready = null;
            state = State.IDLE;
            return taken;
        }
    }

    /** Why there was no segment at the last try, or {@code null}. */
    String noSpace() {
        return noSpace;
    }

    private synchronized boolean isIn(State asked) {
        return state == asked;
    }

    private long prepareIfWanted() {
        if (isIn(State.REQUESTED) || isIn(State.NO_SPACE)) {
            try {
                prepare();
            } catch (IOException | RuntimeException | Error e) {
                failStop.trip(e);
                reach(State.CLOSED);
            }
        }
        return isIn(State.NO_SPACE) ? RETRY_NANOS : Workers.Task.UNTIL_WOKEN;
    }

    private void prepare() throws IOException {
        SegmentWriter segment;
        try {
            segment = factory.create(nextNumber);
            segment.touchPages();
        } catch (IOException e) {
            if (!NoSpace.isReportedBy(e)) {
                throw e;
            }
            noSpace = e.getMessage();
            reach(State.NO_SPACE);
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
        state = State.READY;
    }

    private synchronized void reach(State next) {
        if (state != State.CLOSED) {
            state = next;
        }
    }

    /** Ends the work. A segment that is ready stays on disk, unused. */
    @Override
    public void close() throws IOException {
        SegmentWriter unused;
        synchronized (this) {
            state = State.CLOSED;
            unused = ready;
            ready = null;
        }
        worker.stop();
        if (unused != null) {
            unused.close();
        }
    }
}
