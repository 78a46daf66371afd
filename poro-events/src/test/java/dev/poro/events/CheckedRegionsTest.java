package dev.poro.events;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Addresses here are but numbers: nothing is touched. */
class CheckedRegionsTest {
    private static final long BEGIN = 1 << 20;

    private final CheckedRegions regions = new CheckedRegions();

    @Test
    void admitsWhatLiesInsideARegion() {
        regions.add(BEGIN, 100);

        admits(BEGIN, 100);
        admits(BEGIN + 99, 1);
        admits(BEGIN + 100, 0);
        refuses(BEGIN - 1, 1);
        refuses(BEGIN, 101);
        refuses(BEGIN + 99, 2);
        refuses(BEGIN + 100, 1);
        refuses(BEGIN, -1);
    }

    @Test
    void refusesARegionAsSoonAsItIsRemoved() {
        regions.add(BEGIN, 100);
        admits(BEGIN, 8);

        regions.remove(BEGIN);

        refuses(BEGIN, 8);
    }

    @Test
    void findsNeighboursInOnePage() {
        regions.add(BEGIN, 100);
        regions.add(BEGIN + 200, 100);
        admits(BEGIN + 200, 100);
        admits(BEGIN, 100);
        admits(BEGIN + 200, 100);
        refuses(BEGIN + 100, 1);
        refuses(BEGIN, 300);
    }

    @Test
    void aNewRegionTakesThePlaceOfThoseThatItOverlaps() {
        regions.add(BEGIN, 100);
        admits(BEGIN, 100);
        regions.add(BEGIN, 50);
        refuses(BEGIN, 100);

        regions.add(BEGIN + 40, 100);
        refuses(BEGIN, 8);
        admits(BEGIN + 40, 100);

        regions.add(BEGIN, 200);
        admits(BEGIN, 200);
        regions.add(BEGIN, 200);
        admits(BEGIN, 200);
    }

    /** What was found before answers as a search does: any access, after any change. */
    @Test
    void agreesWithASimpleList() {
        Random random = new Random(1);
        boolean[] covered = new boolean[64];
        for (int round = 0; round < 20_000; round++) {
            int part = random.nextInt(64);
            if (random.nextInt(8) > 0) {
                long address = partAddress(part) + random.nextInt(3_000);
                if (covered[part]) {
                    admits(address, 8);
                } else {
                    refuses(address, 8);
                }
            } else if (covered[part]) {
                regions.remove(partAddress(part));
                covered[part] = false;
            } else {
                regions.add(partAddress(part), 3_008);
                covered[part] = true;
            }
        }
    }

    /** Not at the boundaries of pages, and many in the same slot. */
    private static long partAddress(int part) {
        return BEGIN + (part % 8) * 3_500L + (part / 8) * (1L << 20);
    }

    private void admits(long address, long length) {
        assertThatCode(() -> regions.require(address, length)).doesNotThrowAnyException();
    }

    private void refuses(long address, long length) {
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> regions.require(address, length))
                .withMessageContaining("outside every region");
    }
}
