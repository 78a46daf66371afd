package dev.poro.wal;

import dev.poro.events.FailStop;
import dev.poro.wal.storage.Worker;
import dev.poro.wal.storage.WorkerFactory;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Has the next segment ready before it is needed, in the background.
 *
 * <p>A failure leaves nothing in doubt, whatever it is: nothing rests on a segment that is not there yet
 * ({@link SegmentFactory#create}). So it is not the end: {@link #take} answers that there is no segment,
 * {@link #problem} says why, and the worker tries again until there is one. It never asks what kind of failure it was,
 * which Java tells in the words of the system's language only.
 */
final class SegmentPreparer implements AutoCloseable {
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private enum State {
        IDLE,
        REQUESTED,
        READY,
        FAILED,
        CLOSED
    }

    private final SegmentFactory factory;
    private final Worker worker;
    /** Made before it is needed: on the way of a failure nothing is linked. */
    private final BooleanSupplier isAnswered;

    private State state = State.IDLE;
    private long nextNumber;
    private SegmentWriter ready;
    private volatile Throwable problem;

    SegmentPreparer(SegmentFactory factory, long nextNumber, WorkerFactory workers, FailStop failStop) {
        this.factory = factory;
        this.nextNumber = nextNumber;
        this.isAnswered = () -> !isIn(State.REQUESTED) || failStop.isTripped();
        this.worker = workers.start("poro-prepare", this::prepareIfWanted, failStop::trip);
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
     * The next segment, waiting for it if it is being made; {@code null} if the last try has failed, the preparer is
     * closed or the store has stopped. Never gives up because of an interrupt.
     */
    SegmentWriter take() {
        request();
        worker.await(isAnswered);
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

    /** What there was no segment for at the last try, or {@code null}. */
    Throwable problem() {
        return problem;
    }

    private synchronized boolean isIn(State asked) {
        return state == asked;
    }

    private long prepareIfWanted() {
        if (!isIn(State.REQUESTED) && !isIn(State.FAILED)) {
            return WorkerFactory.Task.UNTIL_WOKEN;
        }
        try {
            handOver(factory.create(nextNumber));
        } catch (IOException | RuntimeException | VirtualMachineError e) {
            problem = e;
            fail();
            return RETRY_NANOS;
        }
        return WorkerFactory.Task.UNTIL_WOKEN;
    }

    private void handOver(SegmentWriter segment) throws IOException {
        boolean isLate;
        synchronized (this) {
            isLate = state == State.CLOSED;
            if (!isLate) {
                nextNumber++;
                problem = null;
                ready = segment;
                state = State.READY;
            }
        }
        if (isLate) {
            factory.discard(segment);
        }
    }

    private synchronized void fail() {
        if (state != State.CLOSED) {
            state = State.FAILED;
        }
    }

    /** Ends the work. A segment that is ready and was not taken is deleted. Idempotent. */
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
            factory.discard(unused);
        }
    }
}
