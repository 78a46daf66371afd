package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.wal.simulated.SimulatedStorage;
import org.junit.jupiter.api.Test;

class ChangePinsTest {
    private static final int LENGTH = 1 << 20;
    private static final long KEPT = ChangePins.NANOS_PER_BYTE * LENGTH;

    private long now = Long.MAX_VALUE - KEPT / 2; // the clock runs over
    private final ChangePins pins = new ChangePins(() -> now);

    private static SegmentHeader file(long number) {
        return SegmentHeader.unused(SegmentKind.CHANGES, SegmentDescriptor.FORMAT_VERSION, number, 1, 2, 3, LENGTH);
    }

    private static ChangeReader reader() {
        return new ChangeReader(new SimulatedStorage(), () -> 0, () -> 0, 0, 0);
    }

    @Test
    void keepsTheFirstFileThatAReaderIsIn() {
        ChangeReader one = reader();
        ChangeReader other = reader();
        assertThat(pins.firstPinned()).isEqualTo(Long.MAX_VALUE);
        pins.pin(one, file(7));
        pins.pin(other, file(5));
        assertThat(pins.firstPinned()).isEqualTo(5);
        pins.pin(other, file(6));
        assertThat(pins.firstPinned()).isEqualTo(6);
        pins.unpin(other);
        assertThat(pins.firstPinned()).isEqualTo(7);
        pins.unpin(one);
        pins.unpin(one);
        assertThat(pins.firstPinned()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void keepsItForABoundedTime() {
        ChangeReader slow = reader();
        pins.pin(slow, file(5));
        now += KEPT;
        pins.pin(reader(), file(6));
        assertThat(pins.firstPinned()).isEqualTo(5);
        now++;
        assertThat(pins.firstPinned()).isEqualTo(6);
        now += KEPT;
        assertThat(pins.firstPinned()).isEqualTo(Long.MAX_VALUE);
        pins.pin(slow, file(6));
        assertThat(pins.firstPinned()).isEqualTo(6);
    }
}
