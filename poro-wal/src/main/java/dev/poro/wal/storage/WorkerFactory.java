package dev.poro.wal.storage;

import java.util.function.Consumer;

/**
 * Runs the log's background work. A store uses threads ({@link #THREADS}); a simulation runs each task step by step.
 */
public interface WorkerFactory {
    /** A daemon thread for each worker. */
    WorkerFactory THREADS = WorkerThread::start;

    /**
     * Starts a worker, which runs its task whenever it is woken. It does not run before that, because the task may need
     * the worker that this returns.
     *
     * @param name of the thread
     * @param onEscape receives any exception of the task or of the worker itself; the worker lives on and runs the task
     *     when it is woken next. Must not allocate
     * @throws OutOfMemoryError if the system cannot create a thread
     */
    Worker start(String name, Task task, Consumer<Throwable> onEscape);

    /** The task of a worker. */
    @FunctionalInterface
    interface Task {
        /** Returned by {@link #run} if it need not run before it is woken. */
        long UNTIL_WOKEN = Long.MAX_VALUE;

        /**
         * Does what is to be done. Runs of one task never overlap.
         *
         * @return nanoseconds after which to run again even if the worker is not woken
         */
        long run();
    }
}
