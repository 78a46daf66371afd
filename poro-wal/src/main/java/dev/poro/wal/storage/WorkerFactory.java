package dev.poro.wal.storage;

import java.util.function.Consumer;

/**
 * Runs what the log does in the background. A store has threads for it ({@link #THREADS}); a simulation runs it step by
 * step, when it likes.
 */
public interface WorkerFactory {
    /** A daemon thread for each worker. */
    WorkerFactory THREADS = WorkerThread::start;

    /**
     * Starts a worker, which runs its task whenever it is woken, and not before that: the task may need the worker that
     * this returns.
     *
     * @param name of the thread
     * @param onEscape told of whatever the task lets escape, or the worker itself meets; the worker lives on and runs
     *     the task when it is woken next. Needs no memory
     * @throws OutOfMemoryError if the system has no thread to give
     */
    Worker start(String name, Task task, Consumer<Throwable> onEscape);

    /** What a worker does, again and again. */
    @FunctionalInterface
    interface Task {
        /** What {@link #run} returns if it need not run before it is woken. */
        long UNTIL_WOKEN = Long.MAX_VALUE;

        /**
         * Does what there is to do. Never runs beside itself.
         *
         * @return nanoseconds after which to run again even if nobody wakes the worker
         */
        long run();
    }
}
