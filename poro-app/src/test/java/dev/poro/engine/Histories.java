package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.TestScale;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/**
 * Random histories, one a seed. What they meet is counted: histories that do not meet everything show too little.
 *
 * <p>{@code -Dporo.test.seed=N} runs one history alone.
 *
 * @param <M> what there is to meet
 */
public final class Histories<M extends Enum<M>> {
    private static final long SEED = Long.getLong("poro.test.seed", 0);

    private final String name;
    private final Class<M> all;
    private final Map<M, Integer> met;

    /** @param name of the report: {@link TestScale#report} */
    public Histories(String name, Class<M> all) {
        this.name = name;
        this.all = all;
        this.met = new EnumMap<>(all);
    }

    /** One history. */
    @FunctionalInterface
    public interface History {
        /** Runs it. */
        void run(long seed) throws Exception;
    }

    /** Counts what a history met. */
    public void meet(M what) {
        met.merge(what, 1, Integer::sum);
    }

    /**
     * Runs so many, or as many as there is time for.
     *
     * @param budget of time
     * @return whether it ran them, and not one alone
     */
    public boolean run(int histories, Duration budget, History history) {
        if (SEED > 0) {
            runOne(SEED, history);
            return false;
        }
        long deadline = TestScale.deadlineAfter(budget);
        int done = 0;
        while (done < histories && System.nanoTime() < deadline) {
            runOne(++done, history);
        }
        TestScale.report(name, "%,d histories without a failure; %s", done, met);
        assertThat(met.keySet()).containsExactly(all.getEnumConstants());
        return true;
    }

    private static void runOne(long seed, History history) {
        try {
            history.run(seed);
        } catch (Exception | AssertionError e) {
            throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
        }
    }
}
