package dev.poro.events;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Memory for messages, which is given up as a whole.
 *
 * @see CommittedMessage
 */
class MessageMemoryTest {
    private final MessageMemory memory = new MessageMemory();

    private static long filled(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        long address = RawMemory.allocate(length);
        RawMemory.copy(bytes, 0, address, length);
        return address;
    }

    @Test
    void whatIsCopiedStaysUntilItIsGivenUp() {
        long first = filled(1_000, 1);
        long second = filled(2_000, 2);
        long copyOfFirst = memory.tryCopy(first, 1_000);
        long copyOfSecond = memory.tryCopy(second, 2_000);
        assertThat(RawMemory.equal(first, copyOfFirst, 1_000)).isTrue();
        assertThat(RawMemory.equal(second, copyOfSecond, 2_000)).isTrue();
        memory.clear();
        assertThat(memory.tryCopy(second, 2_000)).isEqualTo(copyOfFirst);
        RawMemory.free(first, 1_000);
        RawMemory.free(second, 2_000);
    }

    @Test
    void anyMessageFitsWhenNothingIsThere() {
        int length = 5 << 20;
        long message = filled(length, 3);
        assertThat(memory.tryCopy(message, 1)).isNotEqualTo(MessageMemory.FULL);
        assertThat(memory.tryCopy(message, length)).isEqualTo(MessageMemory.FULL);
        memory.clear();
        long copy = memory.tryCopy(message, length);
        assertThat(RawMemory.equal(message, copy, length)).isTrue();
        assertThat(memory.tryCopy(message, 1)).isEqualTo(MessageMemory.FULL);
        memory.clear();
        assertThat(memory.tryCopy(message, 1)).isNotEqualTo(MessageMemory.FULL);
        RawMemory.free(message, length);
    }
}
