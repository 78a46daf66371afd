package dev.poro.wal;

import dev.poro.events.FailStop;
import dev.poro.wal.storage.Worker;
import dev.poro.wal.storage.WorkerFactory;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Prepares the next segment in the background, before it is needed.
 *
 * <p>A failure is harmless: no event depends on a segment that does not exist yet ({@link SegmentFactory#create}).
 * {@link #take} then returns {@code null}, {@link #problem} says why, and the worker tries again until it succeeds,
 * with growing pauses. All kinds of failure are treated alike: Java reports most of them only as text in the system's
 * language.
 */
final class SegmentPreparer implements AutoCloseable {
    /** Before the first new try; after each further failure twice as long, up to {@link #LONGEST_PAUSE_NANOS}. */
    static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private enum State {
        IDLE,
        REQUESTED,
        READY,
        FAILED,
        CLOSED
    }

    private final SegmentFactory factory;
    private final Worker worker;
    /** Created in advance, so that no class is linked while a failure is handled. */
    private final BooleanSupplier isAnswered;

    /** Used by the worker alone. */
    private long pauseNanos = FIRST_PAUSE_NANOS;

    private State state = State.IDLE;
    private long nextNumber;
    private boolean isForFastWriter;
    private SegmentWriter ready;
    private volatile Throwable problem;

    SegmentPreparer(SegmentFactory factory, long nextNumber, WorkerFactory workers, FailStop failStop) {
        this.factory = factory;
        this.nextNumber = nextNumber;
        this.isAnswered = () -> !isIn(State.REQUESTED) || failStop.isTripped();
        this.worker = workers.start("poro-prepare", this::prepareIfWanted, failStop::trip);
    }

    /** {@link #request(boolean)} for a writer that takes its time. */
    void request() {
        request(false);
    }

    /**
     * Asks for the next segment if it is not asked for yet. Does not wait.
     *
     * @param isForFastWriter as in {@link SegmentFactory#create(long, boolean)}
     */
    void request(boolean isForFastWriter) {
        synchronized (this) {
            if (state != State.IDLE) {
                return;
            }
            state = State.REQUESTED;
            this.isForFastWriter = isForFastWriter;
        }
        worker.wake();
    }

    /**
     * Returns the next segment, and waits for it if it is being made. Returns {@code null} if the last try failed, the
     * preparer is closed or the store has stopped. Ignores interrupts.
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

    /** Why the last try failed, or {@code null}. Any thread. */
    Throwable problem() {
        return problem;
    }

    private synchronized boolean isForFastWriter() {
        return isForFastWriter;
    }

    private synchronized boolean isIn(State asked) {
        return state == asked;
    }

    private long prepareIfWanted() {
        if (!isIn(State.REQUESTED) && !isIn(State.FAILED)) {
            return WorkerFactory.Task.UNTIL_WOKEN;
        }
        try {
            handOver(factory.create(nextNumber, isForFastWriter()));
        } catch (IOException | RuntimeException | VirtualMachineError e) {
            problem = e;
            fail();
            return pauseAfterFailure();
        }
        pauseNanos = FIRST_PAUSE_NANOS;
        return WorkerFactory.Task.UNTIL_WOKEN;
    }

    private long pauseAfterFailure() {
        long pause = pauseNanos;
        pauseNanos = Math.min(LONGEST_PAUSE_NANOS, 2 * pause);
        return pause;
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
