package dev.poro.wal.simulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.wal.storage.Worker;
import dev.poro.wal.storage.WorkerFactory;
import org.junit.jupiter.api.Test;

class SteppedWorkersTest {
    private final SteppedWorkers workers = new SteppedWorkers();
    private int runs;

    private Worker start(String name) {
        return workers.start(name, this::work, this::escaped);
    }

    private void escaped(Throwable cause) {
        throw new AssertionError(cause);
    }

    private long work() {
        runs++;
        return WorkerFactory.Task.UNTIL_WOKEN;
    }

    @Test
    void aWorkerRunsWhenItIsToldTo() {
        Worker worker = start("worker");
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
        start("one");
        assertThatExceptionOfType(OutOfMemoryError.class)
                .isThrownBy(() -> start("two"))
                .withMessage(SteppedWorkers.NO_THREAD);
        start("three");
        assertThat(workers.count()).isEqualTo(2);
    }
}
