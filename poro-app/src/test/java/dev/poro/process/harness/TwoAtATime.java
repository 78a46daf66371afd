package dev.poro.process.harness;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Runs what mostly waits for other processes in two lanes. */
public final class TwoAtATime {
    private static final int COUNT = 2;

    private TwoAtATime() {}

    /** The time that each of so many tasks may take if all of them are to take so much. */
    public static Duration share(Duration budget, int tasks) {
        return budget.dividedBy((tasks + COUNT - 1) / COUNT);
    }

    /** Runs all tasks and returns what they return. The first failure, with the others, is thrown at the end. */
    public static <T> List<T> run(List<? extends Callable<T>> tasks) throws Exception {
        ExecutorService lanes = Executors.newFixedThreadPool(COUNT);
        try {
            List<T> results = new ArrayList<>();
            Throwable failure = null;
            for (Future<T> task : lanes.invokeAll(tasks)) {
                try {
                    results.add(task.get());
                } catch (ExecutionException e) {
                    if (failure == null) {
                        failure = e.getCause();
                    } else {
                        failure.addSuppressed(e.getCause());
                    }
                }
            }
            if (failure instanceof Error error) {
                throw error;
            }
            if (failure != null) {
                throw (Exception) failure;
            }
            return results;
        } finally {
            lanes.shutdown();
        }
    }
}
