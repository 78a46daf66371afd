package dev.poro.wal.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.wal.TestLogs;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class WorkerThreadTest {
    /** Whoever starts it has it by the time that it is woken, so that its task can use it. */
    @Test
    void runsNothingBeforeItIsWoken() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        Worker worker = WorkerFactory.THREADS.start(
                "worker",
                () -> {
                    runs.incrementAndGet();
                    return WorkerFactory.Task.UNTIL_WOKEN;
                },
                WorkerThreadTest::fail);
        Thread.sleep(50);
        assertThat(runs).hasValue(0);

        worker.wake();

        TestLogs.await(() -> runs.get() == 1);
        worker.stop();
        assertThat(runs).hasValue(1);
    }

    @Test
    void runsAgainAfterItsPause() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        Worker worker = WorkerFactory.THREADS.start(
                "worker", () -> runs.incrementAndGet() < 3 ? 1 : Long.MAX_VALUE, WorkerThreadTest::fail);
        worker.wake();
        TestLogs.await(() -> runs.get() == 3);
        worker.stop();
    }

    @Test
    @Tag("R32")
    void tellsWhatEscapesAndLivesOn() {
        AtomicInteger runs = new AtomicInteger();
        List<Throwable> told = new CopyOnWriteArrayList<>();
        Error noMemory = new OutOfMemoryError();
        Error noStack = new StackOverflowError();
        Worker worker = WorkerFactory.THREADS.start(
                "worker",
                () -> {
                    throw runs.incrementAndGet() == 1 ? noMemory : noStack;
                },
                told::add);
        worker.wake();
        worker.await(() -> told.contains(noMemory));
        worker.wake();
        worker.await(() -> told.contains(noStack));
        worker.stop();
        assertThat(told).containsExactly(noMemory, noStack);
    }

    @Test
    @Tag("R32")
    void nobodyWaitsForOneThatHasDied() {
        Worker worker = WorkerFactory.THREADS.start(
                "worker",
                () -> {
                    throw new StackOverflowError();
                },
                escaped -> {
                    throw new StackOverflowError();
                });
        worker.wake();
        worker.await(() -> false);
        worker.stop();
    }

    /** Of those from which nothing may escape. */
    private static void fail(Throwable escaped) {
        throw new AssertionError(escaped);
    }
}
