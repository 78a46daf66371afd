package dev.poro.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.wal.LockedOpening;
import dev.poro.wal.WriteAheadLog;
import dev.poro.wal.simulated.SimulatedOperation;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@link CallerRunner} where each batch is forced. */
@Timeout(60)
class CallerRunnerTest {
    private static final long STALL_MILLIS = 3_000;
    private static final byte[] VALUE = {1};

    private final SimulatedStorage storage = new SimulatedStorage();
    private volatile long forceMillis;
    private Poro poro;

    @BeforeEach
    void open() {
        storage.observe(operation -> {
            if (operation.kind() == SimulatedOperation.Kind.FORCE && forceMillis > 0) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(forceMillis));
            }
        });
        poro = Poro.at(Path.of("simulated"))
                .sync(SyncPolicy.ALWAYS)
                .threading(Threading.CALLER)
                .segmentLength(64 << 10)
                .smallMemory(1 << 20)
                .log((settings, visitor, progress, failStop) -> {
                    LockedOpening opening = lock -> WriteAheadLog.open(
                            lock, storage, new SteppedWorkers(), settings, visitor, progress, failStop);
                    return opening.open(() -> {});
                })
                .open();
    }

    @AfterEach
    void close() {
        poro.close();
        storage.release();
    }

    /** One force takes long; the thread that slept in the meantime does not come back. */
    @Test
    void aDeviceThatWasSlowOnceKeepsNobodyWaitingLater() throws InterruptedException {
        forceMillis = STALL_MILLIS;
        Thread first = new Thread(() -> poro.set("a".getBytes(UTF_8), VALUE));
        first.start();
        TimeUnit.MILLISECONDS.sleep(STALL_MILLIS / 10);
        Thread second = new Thread(() -> poro.set("b".getBytes(UTF_8), VALUE));
        second.start();
        TimeUnit.MILLISECONDS.sleep(STALL_MILLIS / 10);
        forceMillis = 0;
        first.join();
        second.join();

        long begun = System.nanoTime();
        poro.set("c".getBytes(UTF_8), VALUE);

        assertThat(System.nanoTime() - begun).isLessThan(TimeUnit.MILLISECONDS.toNanos(STALL_MILLIS / 25));
    }
}
