package dev.poro.perf.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ZipfianTest {
    private static final int COUNT = 1000;

    /** Drawn by the definition: the share of rank r is r^-0.99 of the sum over all ranks. */
    @Test
    void ranksAreAsFrequentAsTheDistributionSays() {
        Zipfian zipfian = new Zipfian(COUNT);
        SplittableRandom random = new SplittableRandom(1);
        int draws = 1_000_000;
        int[] drawn = new int[COUNT];
        for (int i = 0; i < draws; i++) {
            drawn[(int) zipfian.rank(random.nextDouble())]++;
        }
        double sum = 0;
        for (int rank = 1; rank <= COUNT; rank++) {
            sum += Math.pow(rank, -0.99);
        }
        assertThat(drawn[0] / (double) draws).isEqualTo(1 / sum, within(0.005));
        assertThat(drawn[1] / (double) draws).isEqualTo(Math.pow(2, -0.99) / sum, within(0.005));
        double firstHundred = 0;
        double expected = 0;
        for (int rank = 0; rank < 100; rank++) {
            firstHundred += drawn[rank] / (double) draws;
            expected += Math.pow(rank + 1, -0.99) / sum;
        }
        assertThat(firstHundred).isEqualTo(expected, within(0.03));
    }

    @Test
    void indexesLieInTheRange() {
        SplittableRandom random = new SplittableRandom(1);
        for (int count : new int[] {1, 2, 3, 1000}) {
            Zipfian zipfian = new Zipfian(count);
            for (int i = 0; i < 10_000; i++) {
                assertThat(zipfian.next(random)).isBetween(0, count - 1);
            }
        }
    }
}
