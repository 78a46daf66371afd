package dev.poro.perf.bench;

import java.util.Arrays;

/**
 * Whether a rate that is measured window by window has become steady: the mean of the newest windows is within a few
 * percent of the mean of as many before them, and the compiler was idle meanwhile. Means, because single windows differ
 * wherever a store does something from time to time; and the compiler, because the rate of code that waits for it is
 * steady, too. Used by one thread.
 */
final class SteadyRate {
    /** Windows in each of the two groups that are compared. */
    static final int GROUP = 6;

    private static final double TOLERANCE = 0.03;
    private static final double COMPILING = 0.1;

    private final double[] rates = new double[2 * GROUP];
    private final double[] compiling = new double[2 * GROUP];
    private int windows;

    /**
     * Adds a window.
     *
     * @param perSecond the rate
     * @param compiled time that the compiler took for what it finished in this window, as a share of the window
     */
    void add(double perSecond, double compiled) {
        rates[windows % rates.length] = perSecond;
        compiling[windows % compiling.length] = compiled;
        windows++;
    }

    /** Whether the latest windows are steady. */
    boolean isReached() {
        if (windows < rates.length) {
            return false;
        }
        double newer = 0;
        double compiled = 0;
        for (int back = 1; back <= GROUP; back++) {
            newer += rates[(windows - back) % rates.length];
            compiled += compiling[(windows - back) % compiling.length];
        }
        double older = Arrays.stream(rates).sum() - newer;
        return Math.abs(newer - older) <= TOLERANCE * older && compiled <= COMPILING * GROUP;
    }
}
