package dev.poro.statemachine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.RawMemory;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The digest is part of the log's format: these values must never change. */
class EntryDigestTest {
    @Test
    void hasItsGoldenValues() {
        assertThat(digest("", "")).isEqualTo(0x48218226ff3cd4bfL);
        assertThat(digest("k", "")).isEqualTo(0xd4739faeae87c962L);
        assertThat(digest("", "k")).isEqualTo(0xa561aabeb041a471L);
        assertThat(digest("key", "value")).isEqualTo(0xff472564e4e48e95L);
        assertThat(digest("0123456789abcdef", "0123456789abcdef")).isEqualTo(0xb527a404be04baddL);
        assertThat(digest("key", "x".repeat(100_000))).isEqualTo(0xa14de34db05d5695L);
    }

    @Test
    void isWhatItsSpecificationSaysOfAnyLengths() {
        Random random = new Random(1);
        for (int round = 0; round < 500; round++) {
            byte[] key = new byte[random.nextInt(100)];
            byte[] value = new byte[random.nextInt(1 << random.nextInt(16))];
            random.nextBytes(key);
            random.nextBytes(value);
            assertThat(digest(key, value)).isEqualTo(NaiveStateMachine.digest(key, value));
        }
    }

    private static long digest(String key, String value) {
        return digest(key.getBytes(UTF_8), value.getBytes(UTF_8));
    }

    private static long digest(byte[] key, byte[] value) {
        int length = key.length + value.length + 1;
        long payload = RawMemory.allocate(length);
        try {
            RawMemory.copy(key, 0, payload, key.length);
            RawMemory.copy(value, 0, payload + key.length, value.length);
            return EntryDigest.of(payload, key.length, value.length);
        } finally {
            RawMemory.free(payload, length);
        }
    }
}
