package dev.poro.wal.simulated;

import dev.poro.wal.storage.Worker;
import dev.poro.wal.storage.WorkerFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Workers without threads: their tasks run when the test says so, or when somebody waits for them. With these, and a
 * {@link SimulatedStorage}, a log does the same thing each time. Not thread-safe.
 */
public final class SteppedWorkers implements WorkerFactory {
    /** What the JVM says where the system gives it no more threads. */
    public static final String NO_THREAD =
            "unable to create native thread: possibly out of memory or process/resource limits reached";

    private static final int PATIENCE = 100;

    private final List<SteppedWorker> workers = new ArrayList<>();
    private int startsUntilFailure = Integer.MAX_VALUE;

    /** The {@code nth} worker to be started from now on, counted from 1, gets no thread. */
    public void failStart(int nth) {
        startsUntilFailure = nth;
    }

    @Override
    public Worker start(String name, Task task, Consumer<Throwable> onEscape) {
        if (--startsUntilFailure == 0) {
            throw new OutOfMemoryError(NO_THREAD);
        }
        workers.removeIf(worker -> worker.stopped);
        SteppedWorker worker = new SteppedWorker(name, task, onEscape);
        workers.add(worker);
        return worker;
    }

    /** The number of workers, running or not. Those that were stopped make room for others. */
    public int count() {
        return workers.size();
    }

    /** Whether a worker is in the middle of its work, and waits for what is done now. */
    public boolean isRunning() {
        return workers.stream().anyMatch(worker -> worker.running);
    }

    /** Whether a worker was woken and has not run since. */
    public boolean isWoken(int worker) {
        return workers.get(worker).woken;
    }

    /** Nanoseconds after which a worker would run again, as its task said when it last ran. */
    public long pauseOf(int worker) {
        return workers.get(worker).pause;
    }

    /** Has a worker run once, woken or not, as it would when its pause had passed. */
    public void step(int worker) {
        workers.get(worker).runUnlessStopped();
    }

    /** Has those run that were woken. */
    public void stepWoken() {
        workers.stream().filter(worker -> worker.woken).forEach(SteppedWorker::runUnlessStopped);
    }

    private static final class SteppedWorker implements Worker {
        private final String name;
        private final Task task;
        private final Consumer<Throwable> onEscape;
        private long pause = Task.UNTIL_WOKEN;
        private boolean woken;
        private boolean running;
        private boolean stopped;

        SteppedWorker(String name, Task task, Consumer<Throwable> onEscape) {
            this.name = name;
            this.task = task;
            this.onEscape = onEscape;
        }

        @Override
        public void wake() {
            woken = true;
        }

        @Override
        public void await(BooleanSupplier condition) {
            for (int i = 0; !condition.getAsBoolean(); i++) {
                if (i == PATIENCE) {
                    throw new AssertionError("waits for " + name + " for ever");
                }
                runUnlessStopped();
            }
        }

        @Override
        public void stop() {
            if (woken) {
                runUnlessStopped();
            }
            stopped = true;
        }

        private void runUnlessStopped() {
            if (stopped || running) {
                return;
            }
            woken = false;
            running = true;
            try {
                pause = task.run();
            } catch (RuntimeException | Error e) {
                onEscape.accept(e);
            }
            running = false;
        }
    }
}
