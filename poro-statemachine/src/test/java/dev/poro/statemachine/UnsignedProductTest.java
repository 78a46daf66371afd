package dev.poro.statemachine;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** On a JDK that has the method, this is a test of the handle; on an older one, of what takes its place. */
class UnsignedProductTest {
    private static final long[] EDGES = {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 32, 0xFFFFFFFFL};

    @Test
    void isTheUpperHalfOfTheProduct() {
        for (long a : EDGES) {
            for (long b : EDGES) {
                assertThat(UnsignedProduct.high(a, b)).isEqualTo(expected(a, b));
            }
        }
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 10_000; i++) {
            long a = random.nextLong();
            long b = random.nextLong();
            assertThat(UnsignedProduct.high(a, b)).as("%d and %d", a, b).isEqualTo(expected(a, b));
        }
    }

    private static long expected(long a, long b) {
        BigInteger product =
                new BigInteger(Long.toUnsignedString(a)).multiply(new BigInteger(Long.toUnsignedString(b)));
        return product.shiftRight(Long.SIZE).longValue();
    }
}
