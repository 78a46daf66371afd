package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.wal.simulated.SimulatedFault;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whoever forces the log, that it takes long is noticed; once it is over, and before. */
class ForceTimerTest {
    private final SimulatedStorage storage = new SimulatedStorage();

    @ParameterizedTest
    @EnumSource(SyncPolicy.class)
    void countsForcesThatTakeMoreThanASecond(SyncPolicy policy) throws IOException {
        ForceTimer forces;
        try (TestLog log = TestLog.open(storage, TestLog.settings(policy), new SteppedWorkers())) {
            forces = log.log().forces();
            storage.inject(
                    SimulatedFault.stall(operation -> operation.toString().startsWith("force 0"), 1, 2_345));
            log.append("key", "value");
        }
        assertThat(forces.slowForces()).isEqualTo(1);
        assertThat(forces.lastSlowNanos()).isEqualTo(TimeUnit.MILLISECONDS.toNanos(2_345));
        assertThat(forces.nanosUnderWay()).isZero();
    }

    @Test
    void aForceThatFailsHasEndedToo() throws IOException {
        TestLog log = TestLog.open(storage, TestLog.settings(SyncPolicy.ALWAYS), new SteppedWorkers());
        storage.fail(operation -> operation.startsWith("force 0"), 1, SimulatedStorage.IO_ERROR);
        log.append("key", "value");
        storage.advanceClock(5_000);

        assertThat(log.failStop().isTripped()).isTrue();
        assertThat(log.log().forces().nanosUnderWay()).isZero();
        assertThat(log.log().forces().slowForces()).isZero();
        log.close();
    }

    @Test
    void tellsHowLongAForceHasTakenSoFar() throws IOException {
        try (TestLog log = TestLog.open(storage, TestLog.settings(SyncPolicy.ALWAYS), new SteppedWorkers())) {
            ForceTimer forces = log.log().forces();
            long[] soFar = {-1};
            storage.beforeEach(operation -> {
                if (operation.startsWith("force 0") && soFar[0] < 0) {
                    storage.advanceClock(700);
                    soFar[0] = forces.nanosUnderWay();
                }
            });
            log.append("key", "value");
            assertThat(soFar[0]).isEqualTo(TimeUnit.MILLISECONDS.toNanos(700));
            assertThat(forces.slowForces()).isZero();
        }
    }
}
