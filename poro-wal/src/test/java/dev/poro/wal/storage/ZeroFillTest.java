package dev.poro.wal.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.wal.simulated.SimulatedStorage;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class ZeroFillTest {
    private static final String NAME = "file";
    private static final int LENGTH = (1 << 20) + 12_345;

    private final SimulatedStorage storage = new SimulatedStorage();

    /** Around the ends of words, blocks and chunks, and where the file begins and ends. */
    @Test
    void findsTheEndOfTheLastByteThatIsNotZero() throws IOException {
        for (int around : new int[] {0, 8, 4_096, 8_192, 20_000, 1 << 20, (1 << 20) + 4_096, LENGTH}) {
            for (int at = Math.max(0, around - 9); at < Math.min(LENGTH, around + 9); at++) {
                byte[] bytes = new byte[LENGTH];
                bytes[at] = (byte) 0x80;
                storage.put(NAME, bytes);
                assertThat(endOfNonZero(0, LENGTH)).isEqualTo(at + 1);
                assertThat(endOfNonZero(0, Integer.MAX_VALUE)).isEqualTo(at + 1);
                assertThat(endOfNonZero(at, LENGTH)).isEqualTo(at + 1);
                assertThat(endOfNonZero(Math.min(LENGTH, at + 1), LENGTH)).isEqualTo(at + 1);
                assertThat(endOfNonZero(0, at)).isZero();
            }
        }
    }

    @Test
    void findsNoneInZerosAndBehindTheEnd() throws IOException {
        storage.put(NAME, new byte[LENGTH]);

        assertThat(endOfNonZero(0, LENGTH)).isZero();
        assertThat(endOfNonZero(7, LENGTH)).isEqualTo(7);
        assertThat(endOfNonZero(LENGTH, LENGTH)).isEqualTo(LENGTH);
        assertThat(endOfNonZero(LENGTH + 5, LENGTH + 10)).isEqualTo(LENGTH + 5);
    }

    private int endOfNonZero(int from, int most) throws IOException {
        try (StorageFile file = storage.openReadOnly(NAME)) {
            return ZeroFill.endOfNonZero(file, from, most);
        }
    }
}
