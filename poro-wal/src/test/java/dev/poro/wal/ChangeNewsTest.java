package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.ChangeKind;
import dev.poro.events.ChangeSink;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who waits for changes is told when one has become visible: it is written, and its event is forced. */
class ChangeNewsTest {
    private final SteppedWorkers workers = new SteppedWorkers();
    private final AtomicInteger told = new AtomicInteger();
    private SimulatedStorage storage;

    @BeforeEach
    void makeDisk() {
        storage = new SimulatedStorage(5);
    }

    @AfterEach
    void releaseDisk() {
        storage.release();
    }

    private TestLog open(SyncPolicy policy) throws IOException {
        return TestLog.open(storage, TestLog.settings(policy).keepChanges(Retention.ALL), workers);
    }

    private void write(TestLog log, long sequence) {
        ChangeSink sink = log.log().changes().sink();
        sink.onChange(sequence, 1, 0, ChangeKind.DELETE, 0, ChangeSink.NO_EXPIRY, 0, 0, 0);
        sink.onBatchEnd();
    }

    private void force(TestLog log, long sequence) {
        while (log.log().durableSequence() < sequence) {
            log.log().requestForce();
            workers.stepWoken();
        }
    }

    @Test
    void whatIsForcedFirstIsNewsWhenItIsWritten() throws IOException {
        TestLog log = open(SyncPolicy.OS);
        log.append("a", "1");
        force(log, 1);
        log.log().changes().tellOnce(told::incrementAndGet);
        write(log, 1);
        assertThat(told).hasValue(1);
        log.abandon();
    }

    @Test
    void whatIsWrittenFirstIsNewsWhenItIsForced() throws IOException {
        TestLog log = open(SyncPolicy.EVERYSEC);
        log.append("a", "1");
        log.log().changes().tellOnce(told::incrementAndGet);
        write(log, 1);
        assertThat(told).hasValue(0);
        force(log, 1);
        assertThat(told).hasValue(1);
        log.abandon();
    }
}
