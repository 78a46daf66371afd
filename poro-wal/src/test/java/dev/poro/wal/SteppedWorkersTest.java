package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;

class SteppedWorkersTest {
    private final SteppedWorkers workers = new SteppedWorkers();
    private int runs;

    private long work() {
        runs++;
        return Workers.Task.UNTIL_WOKEN;
    }

    @Test
    void aWorkerRunsWhenItIsToldTo() {
        Worker worker = workers.start("worker", this::work);
        worker.wake();
        assertThat(runs).isZero();
        workers.stepWoken();
        assertThat(runs).isEqualTo(1);
        worker.await(() -> runs == 3);
        assertThat(runs).isEqualTo(3);
    }

    @Test
    void theNthWorkerGetsNoThread() {
        workers.failStart(2);
        workers.start("one", this::work);
        assertThatExceptionOfType(OutOfMemoryError.class)
                .isThrownBy(() -> workers.start("two", this::work))
                .withMessage(SteppedWorkers.NO_THREAD);
        workers.start("three", this::work);
        assertThat(workers.count()).isEqualTo(2);
    }
}
