package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.FailStop;
import dev.poro.wal.simulated.SimulatedFault;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.storage.Worker;
import dev.poro.wal.storage.WorkerFactory;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The flusher's own steps, one by one.
 *
 * @see LogPosition
 */
class FlusherTest {
    private static final String FORCE = "force 0000000001.wal";

    private final SimulatedStorage storage = new SimulatedStorage();
    private final FailStop failStop = new FailStop();
    private final LogPosition position = new LogPosition(0, 0);
    private final AtomicInteger errorsOfTheClock = new AtomicInteger();
    private WorkerFactory.Task task;
    private Flusher flusher;

    @BeforeEach
    void start() throws IOException {
        LogSettings settings = TestLog.settings(SyncPolicy.EVERYSEC);
        SegmentWriter segment = new SegmentFactory(storage, new DurableNames(storage), settings, 99).create(1);
        flusher = new Flusher(SyncPolicy.EVERYSEC, segment, position, this::nanoTime, this::start, failStop);
        storage.clearOperations();
    }

    /** So that an event waits no longer than a second for the force, and for the force. */
    @ParameterizedTest
    @CsvSource({"0, 1000", "400, 600", "999, 1", "3000, 1"})
    @Tag("R17")
    @Tag("R37")
    void thePeriodIsCountedFromTheBeginningOfAForceToTheNext(long forceMillis, long pauseMillis) {
        storage.advanceClock(1_000);
        position.written(1, 100, 0);
        storage.inject(SimulatedFault.stall(operation -> operation.toString().equals(FORCE), 1, forceMillis));

        long pause = task.run();

        assertThat(position.durable()).isEqualTo(1);
        assertThat(TimeUnit.NANOSECONDS.toMillis(pause)).isEqualTo(pauseMillis);
    }

    @Test
    @Tag("R32")
    void anOutOfMemoryErrorBesideAForceIsSurvived() throws IOException {
        position.written(1, 100, 0);
        errorsOfTheClock.set(1);

        long pause = task.run();

        assertThat(failStop.isTripped()).isFalse();
        assertThat(pause).isLessThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(10));
        task.run();
        assertThat(position.durable()).isEqualTo(1);
        flusher.close();
    }

    /** What the system said of it, there was no memory to tell. */
    @Test
    @Tag("R18")
    @Tag("R32")
    void aForceThatAnErrorBrokeOffIsNotTriedAgain() {
        position.written(1, 100, 0);
        AtomicInteger forces = new AtomicInteger();
        storage.beforeEach(operation -> {
            if (operation.equals(FORCE) && forces.incrementAndGet() == 1) {
                throw new OutOfMemoryError();
            }
        });

        task.run();
        task.run();

        assertThat(failStop.cause()).isInstanceOf(OutOfMemoryError.class);
        assertThat(forces).hasValue(1);
        assertThat(position.durable()).isZero();
        assertThat(flusher.awaitForced(1)).isFalse();
    }

    private long nanoTime() {
        if (errorsOfTheClock.getAndDecrement() > 0) {
            throw new OutOfMemoryError();
        }
        return storage.nanoTime();
    }

    private Worker start(String name, WorkerFactory.Task flush, Consumer<Throwable> onEscape) {
        task = flush;
        return new Worker() {
            @Override
            public void wake() {}

            @Override
            public void await(BooleanSupplier condition) {
                assertThat(condition.getAsBoolean()).isTrue();
            }

            @Override
            public void stop() {}
        };
    }
}
