package dev.poro.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicBoolean;
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

    /** If it stored what it had read, it would now and then undo what the other thread has written meanwhile. */
    @Test
    void addsZeroWithoutUndoingWhatAnotherThreadWrites() throws InterruptedException {
        long address = RawMemory.allocate(8);
        AtomicBoolean isDone = new AtomicBoolean();
        Thread adding = new Thread(() -> {
            while (!isDone.get()) {
                RawMemory.addZero(address);
            }
        });
        try {
            RawMemory.writeLong(address, 0);
            adding.start();
            int undone = 0;
            for (long value = 1; value < 300_000; value++) {
                RawMemory.writeLong(address, value);
                undone += RawMemory.readLongVolatile(address) == value ? 0 : 1;
            }
            assertThat(undone).isZero();
        } finally {
            isDone.set(true);
            adding.join();
            RawMemory.free(address, 8);
        }
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
