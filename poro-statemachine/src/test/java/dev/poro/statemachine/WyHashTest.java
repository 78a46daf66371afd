package dev.poro.statemachine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.RawMemory;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The hash is part of the log's format, by way of the digest. */
class WyHashTest {
    @Test
    void passesTheTestVectorsOfItsAuthor() {
        assertThat(hash("", 0)).isEqualTo(0x42bc986dc5eec4d3L);
        assertThat(hash("a", 1)).isEqualTo(0x84508dc903c31551L);
        assertThat(hash("abc", 2)).isEqualTo(0x0bc54887cfc9ecb1L);
        assertThat(hash("message digest", 3)).isEqualTo(0x6e2ff3298208a67cL);
        assertThat(hash("abcdefghijklmnopqrstuvwxyz", 4)).isEqualTo(0x9a64e42e897195b9L);
        assertThat(hash("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 5))
                .isEqualTo(0x9199383239c32554L);
        assertThat(hash("1234567890".repeat(8), 6)).isEqualTo(0x7c1ccf6bba30f5a5L);
    }

    @Test
    void isWhatItsDefinitionSaysOfEveryLengthInMemoryAndInArrays() {
        Random random = new Random(1);
        for (int length = 0; length < 300; length++) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            long seed = random.nextLong();
            long expected = ReferenceWyHash.of(bytes, seed);

            assertThat(WyHash.of(bytes, seed))
                    .as("%d bytes in an array", length)
                    .isEqualTo(expected);
            assertThat(inMemory(bytes, seed)).as("%d bytes in memory", length).isEqualTo(expected);
        }
    }

    private static long hash(String text, long seed) {
        return WyHash.of(text.getBytes(UTF_8), seed);
    }

    private static long inMemory(byte[] bytes, long seed) {
        long address = RawMemory.allocate(bytes.length + 1);
        try {
            RawMemory.copy(bytes, 0, address, bytes.length);
            return WyHash.of(address, bytes.length, seed);
        } finally {
            RawMemory.free(address, bytes.length + 1);
        }
    }
}
