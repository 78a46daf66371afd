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
        assertThat(digest("", "")).isEqualTo(0x5e3a11861cb869acL);
        assertThat(digest("k", "")).isEqualTo(0x303577719e3f53bL);
        assertThat(digest("", "k")).isEqualTo(0xb59c916164a67f3L);
        assertThat(digest("key", "value")).isEqualTo(0x9ac7342cb6111b45L);
        assertThat(digest("0123456789abcdef", "0123456789abcdef")).isEqualTo(0xcf44a25381ee96cfL);
        assertThat(digest("key", "x".repeat(100_000))).isEqualTo(0x618efed5467cf910L);
    }

    @Test
    void isWhatItsSpecificationSaysOfAnyLengths() {
        Random random = new Random(1);
        for (int round = 0; round < 500; round++) {
            byte[] key = new byte[random.nextInt(100)];
            byte[] value = new byte[random.nextInt(1 << random.nextInt(16))];
            random.nextBytes(key);
            random.nextBytes(value);
            long specified = NaiveStateMachine.digest(key, value);
            assertThat(digest(key, value)).isEqualTo(specified);
            assertThat(StateMachine.digestOf(key, value)).isEqualTo(specified);
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
