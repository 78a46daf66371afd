package dev.poro.perf.bench;

import java.util.random.RandomGenerator;

/**
 * Zipfian indexes as YCSB draws them: the r-th most frequent of n has probability proportional to 1 / r^0.99, and the
 * frequent ones are scattered over the whole range. The method is that of J. Gray et al., Quickly Generating
 * Billion-Record Synthetic Databases, SIGMOD 1994, section 5.2. Thread-safe.
 */
final class Zipfian {
    private static final double THETA = 0.99;
    private static final long SCATTER = 0x9E3779B97F4A7C15L;

    private final int count;
    private final double zeta;
    private final double eta;

    /** @param count indexes are from 0 to below this */
    Zipfian(int count) {
        this.count = count;
        this.zeta = zeta(count);
        this.eta = (1 - Math.pow(2.0 / count, 1 - THETA)) / (1 - zeta(2) / zeta);
    }

    private static double zeta(int count) {
        double sum = 0;
        for (int rank = 1; rank <= count; rank++) {
            sum += 1 / Math.pow(rank, THETA);
        }
        return sum;
    }

    /** The next index. */
    int next(RandomGenerator random) {
        long mixed = rank(random.nextDouble()) * SCATTER;
        mixed = (mixed ^ (mixed >>> 29)) * SCATTER;
        return (int) (((mixed >>> 33) * count) >>> 31);
    }

    /** The rank, from 0 for the most frequent, at {@code uniform} of the distribution. */
    long rank(double uniform) {
        double scaled = uniform * zeta;
        if (scaled < 1) {
            return 0;
        }
        if (scaled < 1 + Math.pow(0.5, THETA)) {
            return Math.min(1, count - 1L);
        }
        double alpha = 1 / (1 - THETA);
        return Math.min(count - 1L, (long) (count * Math.pow(eta * uniform - eta + 1, alpha)));
    }
}
