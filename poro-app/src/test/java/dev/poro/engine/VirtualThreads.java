package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.IntConsumer;

/** Virtual threads, for tests that are compiled for a Java that has none yet. */
final class VirtualThreads {
    private VirtualThreads() {}

    /** Skips the calling test where there are none. */
    static void require() {
        assumeTrue(Runtime.version().feature() >= 21, "this Java has no virtual threads");
    }

    /** Runs a task in so many virtual threads at once, and waits for all of them. */
    static void run(int count, IntConsumer task) throws Exception {
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int number = i;
            threads.add(start(() -> {
                try {
                    task.accept(number);
                } catch (Throwable failure) {
                    failures.add(failure);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
    }

    private static Thread start(Runnable task) throws IllegalAccessException, NoSuchMethodException {
        try {
            return (Thread)
                    Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, task);
        } catch (InvocationTargetException e) {
            throw new IllegalStateException(e.getCause());
        }
    }
}
