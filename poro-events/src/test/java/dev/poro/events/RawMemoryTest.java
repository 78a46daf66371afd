package dev.poro.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.ByteOrder;
import net.openhft.chronicle.core.UnsafeMemory;
import org.junit.jupiter.api.Test;

class RawMemoryTest {
    @Test
    void doesNotLoadOnAMachineOfTheOtherByteOrder() {
        assertThat(RawMemory.memoryOf(ByteOrder.LITTLE_ENDIAN)).isSameAs(UnsafeMemory.INSTANCE);
        assertThatIllegalStateException()
                .isThrownBy(() -> RawMemory.memoryOf(ByteOrder.BIG_ENDIAN))
                .withMessage("Poro needs a little-endian machine; this one is BIG_ENDIAN");
    }

    @Test
    void storesIntegersInTheOrderOfTheFormats() {
        long address = RawMemory.allocate(8);
        try {
            RawMemory.writeLong(address, 0x0807060504030201L);

            for (int i = 0; i < 8; i++) {
                assertThat(RawMemory.readByte(address + i)).isEqualTo((byte) (i + 1));
            }
        } finally {
            RawMemory.free(address, 8);
        }
    }
}
