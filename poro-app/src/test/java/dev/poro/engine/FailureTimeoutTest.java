package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.events.FailStop;
import dev.poro.wal.WriteAheadLog;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.storage.WorkerFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A store that stops while the thread that runs the handlers is stuck or dead: the others do not wait for ever.
 *
 * @see StoreErrors
 */
@Timeout(60)
class FailureTimeoutTest {
    private final SimulatedStorage storage = new SimulatedStorage();
    private final AtomicReference<FailStop> failStop = new AtomicReference<>();
    private final CountDownLatch stuck = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);

    @ParameterizedTest
    @EnumSource(Threading.class)
    @Tag("R18")
    void whoWaitsForAStuckHandlerIsToldThatTheStoreHasStopped(Threading threading) throws InterruptedException {
        Poro poro = open(threading);
        poro.set("key", "value");
        storage.beforeEach(this::stallForce);
        AtomicReference<RuntimeException> toldStuck = new AtomicReference<>();
        Thread leader = new Thread(() -> toldStuck.set(failureOfSet(poro)));
        leader.start();
        stuck.await();

        failStop.get().trip(new IllegalStateException("something else has failed"));

        for (int i = 0; i < 4; i++) {
            assertThat(failureOfSet(poro))
                    .isInstanceOfSatisfying(StoreFailedException.class, StopMessages::requireComplete)
                    .hasMessageContaining("something else");
        }
        assertThat(poro.get("key")).isEqualTo("value");
        released.countDown();
        leader.join();
        assertThat(toldStuck.get()).isInstanceOf(StoreFailedException.class);
        assertThatExceptionOfType(StoreFailedException.class).isThrownBy(poro::close);
        assertThat(storage.openFiles()).isEmpty();
    }

    /** That it is closed would not say that acknowledged changes may be lost. */
    @ParameterizedTest
    @EnumSource(Threading.class)
    @Tag("R18")
    void whoComesWhenAStoreThatHasFailedIsClosedIsToldThatItHasFailed(Threading threading) {
        Poro poro = open(threading);
        byte[] key = {'k'};
        failStop.get().trip(new IllegalStateException("something has failed"));
        assertThatExceptionOfType(StoreFailedException.class).isThrownBy(poro::close);

        List<ThrowingCallable> calls = List.of(
                () -> poro.get(key),
                () -> poro.get(key, new byte[1], 0),
                () -> poro.set(key, key),
                () -> poro.delete(key),
                () -> poro.setAsync(key, key),
                () -> poro.deleteAsync(key),
                poro::snapshot,
                () -> poro.backup(Path.of("nowhere")),
                poro::memory);
        for (ThrowingCallable call : calls) {
            assertThatExceptionOfType(StoreFailedException.class)
                    .isThrownBy(call)
                    .withMessageContaining("something has failed");
        }
    }

    @ParameterizedTest
    @EnumSource(Threading.class)
    @Tag("R33")
    void whoFindsTheRingFullSleeps(Threading threading) throws InterruptedException {
        Poro poro = open(threading);
        storage.beforeEach(this::stallForce);
        Thread leader = new Thread(() -> poro.set("key", "value"));
        leader.start();
        stuck.await();
        Thread publisher = new Thread(() -> {
            for (int i = 0; i < 4; i++) {
                poro.setAsync(new byte[] {'k', (byte) i}, new byte[1]);
            }
        });
        publisher.start();

        while (publisher.getState() != Thread.State.TIMED_WAITING) {
            Thread.sleep(1);
        }
        released.countDown();
        leader.join();
        publisher.join();
        poro.close();
    }

    private Poro open(Threading threading) {
        return Poro.at(Path.of("simulated"))
                .sync(SyncPolicy.ALWAYS)
                .threading(threading)
                .ringCapacity(2)
                .memory(1 << 20)
                .segmentLength(16 << 10)
                .log((settings, replay, progress, stop) -> {
                    failStop.set(stop);
                    return WriteAheadLog.open(
                            () -> {}, storage, WorkerFactory.THREADS, settings, replay, progress, stop);
                })
                .open();
    }

    private void stallForce(String operation) {
        if (operation.startsWith("force 0")) {
            stuck.countDown();
            try {
                released.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static RuntimeException failureOfSet(Poro poro) {
        try {
            poro.set("key", "other");
            return null;
        } catch (RuntimeException failure) {
            return failure;
        }
    }
}
