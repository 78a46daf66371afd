package dev.poro.wal.storage;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** A worker that is a thread. */
final class WorkerThread implements Worker {
    /** How often a waiting thread checks its condition unnotified: other threads may make it true, too. */
    private static final long RECHECK_MILLIS = 1_000;

    private final WorkerFactory.Task task;
    private final Consumer<Throwable> onEscape;
    private final Thread thread;
    private boolean woken;
    private boolean stopped;

    private WorkerThread(String name, WorkerFactory.Task task, Consumer<Throwable> onEscape) {
        this.task = task;
        this.onEscape = onEscape;
        this.thread = new Thread(this::runUntilStopped, name);
        thread.setDaemon(true);
    }

    static Worker start(String name, WorkerFactory.Task task, Consumer<Throwable> onEscape) {
        WorkerThread worker = new WorkerThread(name, task, onEscape);
        worker.thread.start();
        return worker;
    }

    @Override
    public synchronized void wake() {
        woken = true;
        notifyAll();
    }

    @Override
    public synchronized void await(BooleanSupplier condition) {
        boolean interrupted = false;
        while (!condition.getAsBoolean() && thread.isAlive()) {
            try {
                wait(RECHECK_MILLIS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        restoreInterrupt(interrupted);
    }

    @Override
    public void stop() {
        synchronized (this) {
            stopped = true;
            notifyAll();
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        restoreInterrupt(interrupted);
    }

    private static void restoreInterrupt(boolean interrupted) {
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void runUntilStopped() {
        long pause = WorkerFactory.Task.UNTIL_WOKEN;
        while (true) {
            try {
                if (!awaitWork(pause)) {
                    return;
                }
                pause = task.run();
            } catch (RuntimeException | Error e) {
                onEscape.accept(e);
                pause = WorkerFactory.Task.UNTIL_WOKEN;
            }
            synchronized (this) {
                notifyAll();
            }
        }
    }

    /** Waits to be woken, or for the pause to pass. Returns false if stopped and not woken. */
    private synchronized boolean awaitWork(long pause) {
        long start = System.nanoTime();
        while (!woken && !stopped) {
            long remaining = pause - (System.nanoTime() - start);
            if (remaining <= 0) {
                return true;
            }
            try {
                TimeUnit.NANOSECONDS.timedWait(this, remaining);
            } catch (InterruptedException e) {
                // This thread is the log's own: no interrupt is meant for it.
            }
        }
        boolean hasWork = woken;
        woken = false;
        return hasWork;
    }
}
