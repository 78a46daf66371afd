package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.wal.simulated.SimulatedStorage;
import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@link SyncPolicy#EVERYSEC}: what a force that takes long covers, and what not. */
@Tag("R17")
@Timeout(60)
class EverySecondTest {
    private final SimulatedStorage storage = new SimulatedStorage();
    private final AtomicInteger forcesBegun = new AtomicInteger();
    private final Semaphore forcesAdmitted = new Semaphore(0);
    private TestLog log;

    /** Each force waits to be admitted. */
    @BeforeEach
    void openLog() throws IOException {
        log = TestLog.open(storage, SyncPolicy.EVERYSEC);
        storage.beforeEach(operation -> {
            if (operation.equals("force 0000000001.wal")) {
                forcesBegun.incrementAndGet();
                forcesAdmitted.acquireUninterruptibly();
            }
        });
    }

    @AfterEach
    void closeLog() throws IOException {
        forcesAdmitted.release(100);
        log.close();
    }

    @Test
    void whatIsWrittenDuringAForceIsNotForcedByIt() {
        log.append("a", "1");
        awaitForce(1);
        log.append("b", "written while the force is under way");

        forcesAdmitted.release();
        awaitForce(2);

        assertThat(log.log().durableSequence()).isEqualTo(1);
    }

    @Test
    void theLagIsCountedFromTheBeginningOfTheLastForce() throws Exception {
        log.append("a", "1");
        awaitForce(1);
        storage.advanceClock(100);
        log.append("b", "written while the force is under way");
        storage.advanceClock(1_800);
        forcesAdmitted.release();
        awaitForce(2);

        storage.advanceClock(250);
        Thread writer = new Thread(() -> log.append("c", "when b is unforced for more than two seconds"));
        writer.start();
        TestLogs.await(() -> writer.getState() == Thread.State.TIMED_WAITING);
        assertThat(log.log().lastSequence()).isEqualTo(2);

        forcesAdmitted.release(100);
        writer.join();
        assertThat(log.log().lastSequence()).isEqualTo(3);
    }

    private void awaitForce(int nth) {
        TestLogs.await(() -> forcesBegun.get() == nth);
    }
}
