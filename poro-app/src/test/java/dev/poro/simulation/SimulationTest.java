package dev.poro.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.TestScale;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Many simulations, each of another seed. A failure is made as small as it gets and then printed with its seed;
 * {@code -Dporo.simulation.seed=N} runs that one alone.
 */
class SimulationTest {
    private static final int THREADS = 2;
    /** Enough for every {@link SimulationCoverage} to be met. */
    private static final int DEFAULT_SEEDS = 600;

    private static final long FIRST_SEED = Long.getLong("poro.simulation.seed", 1);
    private static final long SEEDS = Long.getLong(
            "poro.simulation.seeds",
            System.getProperty("poro.simulation.seed") == null ? TestScale.choose(DEFAULT_SEEDS, 1_000_000) : 1);
    /** What the simulated stores leave outside the heap to the collector does not make it run. */
    private static final int SEEDS_A_COLLECTION = 5_000;

    private static final Duration BUDGET = Duration.ofMinutes(15);

    @Test
    @Tag("R7")
    @Tag("R9")
    @Tag("R10")
    @Tag("R12")
    @Tag("R16")
    @Tag("R17")
    @Tag("R18")
    @Tag("R21")
    @Tag("R25")
    @Tag("R28")
    @Tag("R31")
    @Tag("R37")
    void losesNothingThatWasPromisedWhateverHappens() throws InterruptedException {
        AtomicLong next = new AtomicLong(FIRST_SEED);
        AtomicReference<SimulationPlan> failing = new AtomicReference<>();
        long begin = System.nanoTime();
        long deadline = TestScale.deadlineAfter(BUDGET);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            Thread thread = new Thread(() -> {
                long seed = next.getAndIncrement();
                while (seed < FIRST_SEED + SEEDS && failing.get() == null && System.nanoTime() < deadline) {
                    SimulationPlan plan = SimulationPlan.of(seed);
                    if (SimulationShrinker.failureOf(plan) != null) {
                        failing.compareAndSet(null, plan);
                    }
                    if (seed % SEEDS_A_COLLECTION == 0) {
                        System.gc();
                    }
                    seed = next.getAndIncrement();
                }
            });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        if (failing.get() != null) {
            throw new AssertionError(SimulationShrinker.describe(failing.get()));
        }
        long done = next.get() - THREADS - FIRST_SEED;
        double seconds = (System.nanoTime() - begin) / 1e9;
        TestScale.report(
                "simulation",
                "%,d seeds without a failure, %,.0f seeds/s on %d threads; %s",
                done,
                done / seconds,
                THREADS,
                SimulationCoverage.counts());
        if (done >= DEFAULT_SEEDS) {
            assertThat(SimulationCoverage.values())
                    .filteredOn(SimulationCoverage::isExpected)
                    .allMatch(situation -> situation.count() > 0);
        }
    }

    @Test
    void aSeedRepeatsExactly() {
        for (long seed = 1; seed <= 50; seed++) {
            SimulationPlan plan = SimulationPlan.of(seed);
            assertThat(SimulationPlan.of(seed)).isEqualTo(plan);
            assertThat(operationsOf(plan)).as("seed %d", seed).isEqualTo(operationsOf(plan));
        }
    }

    private static List<String> operationsOf(SimulationPlan plan) {
        try (Simulation simulation = new Simulation(plan)) {
            simulation.run();
            return simulation.operations();
        }
    }
}
