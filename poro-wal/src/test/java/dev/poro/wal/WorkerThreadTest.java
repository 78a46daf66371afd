package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WorkerThreadTest {
    /** Whoever starts it has it by the time that it is woken, so that its task can use it. */
    @Test
    void runsNothingBeforeItIsWoken() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        Worker worker = Workers.THREADS.start("worker", () -> {
            runs.incrementAndGet();
            return Workers.Task.UNTIL_WOKEN;
        });
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
        Worker worker = Workers.THREADS.start("worker", () -> runs.incrementAndGet() < 3 ? 1 : Long.MAX_VALUE);
        worker.wake();
        TestLogs.await(() -> runs.get() == 3);
        worker.stop();
    }
}
