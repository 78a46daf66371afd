package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.wal.simulated.SimulatedStorage;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A power cut takes the second frame of a log, or a part of it, which was never forced. Whatever values lie behind, by
 * chance or by intent, they prove nothing: opening cuts the tail off.
 */
@Tag("R7")
@Tag("R31")
class FalseProofTest {
    private static final String NAME = SegmentDescriptor.nameOf(1);
    private static final int VALUE = 40 + 8 + 4;

    private final SimulatedStorage storage = new SimulatedStorage();
    private final SegmentBuilder segment = new SegmentBuilder().start(1).frame(1, 0, "first");
    private final int lost = segment.end();

    @Test
    void aHeaderOfALaterFrameIsOne() throws IOException {
        segment.frame(2, 0, "lost").frame(3, 2, "later");
        lose();
        assertThat(verdict()).isEqualTo(RecoveryReport.Verdict.DAMAGED);
    }

    @Test
    void aHeaderInAValueOfAnIntactFrameIsNone() throws IOException {
        segment.frame(2, 0, "lost");
        int from = segment.end();
        segment.frame(3, 0, "v".repeat(200));
        plant(from, 4, 3);
        segment.seal(from, segment.end() - from);
        lose();

        assertThat(verdict()).isEqualTo(RecoveryReport.Verdict.UNFORCED_TAIL);
    }

    /** The header of the frame that was lost in part is there and, by its records, right. */
    @Test
    void aHeaderInAValueOfTheFrameItselfIsNone() throws IOException {
        segment.frame(2, 0, "v".repeat(200));
        plant(lost, 3, 2);
        byte[] bytes = segment.bytes();
        assertThat(verdictOf(bytes)).isEqualTo(RecoveryReport.Verdict.UNFORCED_TAIL);
    }

    /** Its length is a lie, as its records show: what lies in it are frames. */
    @Test
    void aHeaderBehindOneThatLiesIsOne() throws IOException {
        segment.frame(2, 0, "lost").frame(3, 2, "later").frame(4, 3, "last");
        segment.putInt(lost, segment.end() - lost).sealHeader(lost);
        assertThat(verdict()).isEqualTo(RecoveryReport.Verdict.DAMAGED);
    }

    @ParameterizedTest
    @ValueSource(longs = {1_000, 1L << 40, Long.MAX_VALUE})
    void aHeaderOfASequenceThatThereIsNoRoomForIsNone(long sequence) throws IOException {
        segment.frame(2, 0, "v".repeat(200));
        plant(lost, sequence, sequence - 1);
        lose();
        assertThat(verdict()).isEqualTo(RecoveryReport.Verdict.UNFORCED_TAIL);
    }

    @Test
    void aHeaderOfAnEarlierTimeIsNone() throws IOException {
        segment.frame(2, 0, "v".repeat(200));
        int at = plant(lost, 3, 2);
        segment.putLong(at + FrameDescriptor.TIMESTAMP_OFFSET, SegmentBuilder.CREATED)
                .sealHeader(at);
        lose();
        assertThat(verdict()).isEqualTo(RecoveryReport.Verdict.UNFORCED_TAIL);
    }

    /** One in 2^32 of noise has the right checksum. Here all of it has: what else is asked must be as rare. */
    @Test
    void noiseWithTheRightChecksumIsNone() throws IOException {
        Random random = SimulatedStorage.randomOf(17);
        byte[] noise = new byte[FrameDescriptor.HEADER_LENGTH];
        for (int round = 0; round < 100; round++) {
            SegmentBuilder noisy = new SegmentBuilder().start(1).frame(1, 0, "first");
            for (int at = noisy.end() + 8; at + 40 <= SegmentDescriptor.MIN_LENGTH; at += 40) {
                random.nextBytes(noise);
                noisy.put(at, noise).sealHeader(at);
            }
            assertThat(verdictOf(noisy.bytes())).as("round %d", round).isEqualTo(RecoveryReport.Verdict.UNFORCED_TAIL);
        }
    }

    /** Behind damage, noise must not hide the frames that follow it, either. */
    @Test
    @Tag("R11")
    void noiseWithTheRightChecksumHidesNothingFromAScan() throws IOException {
        segment.frame(2, 0, "v".repeat(200));
        int at = plant(lost, 1_000, 3);
        segment.frame(3, 2, "third").frame(4, 3, "fourth");
        lose();
        assertThat(at).isGreaterThan(lost);
        storage.put(NAME, segment.bytes());

        assertThat(ScannedLog.of(storage).sequences()).containsExactly(1L, 3L, 4L);
    }

    /** A header of this segment within the value of a frame's first record. */
    private int plant(int frame, long first, long durable) {
        int at = FrameDescriptor.align(frame + VALUE + 16);
        segment.header(at, 48, 1, first, durable);
        segment.putLong(at + FrameDescriptor.TIMESTAMP_OFFSET, SegmentBuilder.CREATED + 1_000)
                .sealHeader(at);
        return at;
    }

    private void lose() {
        segment.putLong(lost, 0).putLong(lost + 8, 0).putLong(lost + 16, 0).putLong(lost + 24, 0);
        segment.putLong(lost + 32, 0);
    }

    private RecoveryReport.Verdict verdict() throws IOException {
        return verdictOf(segment.bytes());
    }

    private RecoveryReport.Verdict verdictOf(byte[] bytes) throws IOException {
        storage.put(NAME, Arrays.copyOf(bytes, bytes.length));
        return TestLogs.examine(storage).verdict();
    }
}
