package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.poro.wal.simulated.SimulatedStorage;
import java.nio.ByteBuffer;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole frames in a wrong order are no torn tail: opening refuses them and names both sides. */
@Tag("R4")
class FrameSequenceTest {
    private final SimulatedStorage storage = new SimulatedStorage();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 4, 1_000})
    void aGapOrADuplicateInASegmentIsRefused(long sequence) {
        putSegment(
                1,
                new SegmentBuilder(1, 1)
                        .start(1)
                        .frame(1, 0, "one")
                        .frame(2, 0, "two")
                        .frame(sequence, 0, "three"));
        assertRefused("frame of sequence " + sequence + " where 3 follows", RecoveryMode.TAIL);
    }

    @ParameterizedTest
    @EnumSource(RecoveryMode.class)
    void aSegmentThatRepeatsTheOneBeforeItIsRefused(RecoveryMode mode) {
        putSegment(1, new SegmentBuilder(1, 1).start(1).frame(1, 0, "one").frame(2, 0, "two"));
        putSegment(2, new SegmentBuilder(2, 2).start(2).frame(2, 0, "two again"));
        assertRefused("starts at sequence 2, which the one before, ending at 2, holds already", mode);
    }

    @ParameterizedTest
    @EnumSource(RecoveryMode.class)
    void aMissingSegmentIsRefusedThoughNothingProvesItsFramesForced(RecoveryMode mode) {
        putSegment(1, new SegmentBuilder(1, 1).start(1).frame(1, 0, "one"));
        putSegment(3, new SegmentBuilder(3, 3).start(3).frame(3, 0, "three"));
        assertRefused("segment 2, which comes before, is missing", mode);
    }

    private void putSegment(long number, SegmentBuilder segment) {
        storage.put(SegmentDescriptor.nameOf(number), segment.bytes());
    }

    private void assertRefused(String defect, RecoveryMode mode) {
        Map<String, ByteBuffer> before = storage.contents();
        assertThatThrownBy(() -> TestLog.open(storage, new LogSettings(SyncPolicy.OS, mode, TestLog.SEGMENT_LENGTH)))
                .isInstanceOf(LogDamagedException.class)
                .hasMessageContaining(defect);
        assertThat(storage.contents()).isEqualTo(before);
    }
}
