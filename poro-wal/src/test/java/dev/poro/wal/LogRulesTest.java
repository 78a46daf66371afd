package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.RecordDescriptor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The rules of a log at their limits. What the readers make of a broken one: {@link FrameSequenceTest}, {@link
 * LogDamageTest}, {@link DamageScanTest}.
 */
@Tag("R4")
@Tag("R5")
class LogRulesTest {
    private static final int AT = 8;
    private static final int LENGTH = FrameDescriptor.HEADER_LENGTH + 16;
    private static final int ROOM = 4096;

    private final ByteBuffer header = ByteBuffer.allocate(AT + FrameDescriptor.HEADER_LENGTH)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(AT + FrameDescriptor.LENGTH_OFFSET, LENGTH)
            .putInt(AT + FrameDescriptor.RECORD_COUNT_OFFSET, 1)
            .putLong(AT + FrameDescriptor.FIRST_SEQUENCE_OFFSET, 5)
            .putLong(AT + FrameDescriptor.DURABLE_SEQUENCE_OFFSET, 4);

    @Test
    void segmentsHaveTheirIdentityInCommon() {
        SegmentHeader segment = SegmentHeader.unused(SegmentKind.LOG, 2, 1, 7, 3, 0, ROOM);
        assertThat(LogRules.defectOfLogId(segment, 7)).isNull();
        assertThat(LogRules.defectOfLogId(segment, 8)).isEqualTo("the segment belongs to another log");
    }

    @Test
    void segmentsAreNumberedWithoutAGap() {
        assertThat(LogRules.defectOfNumber(4, 3)).isNull();
        assertThat(LogRules.defectOfNumber(3, 3))
                .as("that is for the caller to judge")
                .isNull();
        assertThat(LogRules.defectOfNumber(5, 3)).isEqualTo("segment 4, which comes before, is missing");
        assertThat(LogRules.defectOfNumber(7, 3)).isEqualTo("segments 4 to 6, which come before, are missing");
    }

    @Test
    void onlyPaddingFollowsTheLastRecord() {
        assertThat(LogRules.defectOfRecord(100, 100, 0, 2)).isNull();
        assertThat(LogRules.defectOfRecord(100, 107, 0, 2)).isNull();
        assertThat(LogRules.defectOfRecord(100, 108, 0, 2)).isEqualTo("bytes after the last record of the frame");
    }

    @Test
    void aHeaderIsLikelyIfItsFrameFits() {
        assertThat(isLikely(ROOM)).isTrue();
        assertThat(isLikely(LENGTH)).isTrue();
        assertThat(isLikely(LENGTH - 1)).isFalse();
    }

    @Test
    void aLengthIsAMultipleOfEightAndMoreThanAHeader() {
        assertThat(isLikelyWith(FrameDescriptor.LENGTH_OFFSET, LENGTH + 4)).isFalse();
        assertThat(isLikelyWith(FrameDescriptor.LENGTH_OFFSET, FrameDescriptor.HEADER_LENGTH))
                .isFalse();
        assertThat(isLikelyWith(FrameDescriptor.LENGTH_OFFSET, -8)).isFalse();
    }

    @Test
    void aFrameHasNoMoreRecordsThanItHasRoomFor() {
        int most = LENGTH / RecordDescriptor.HEADER_LENGTH;
        assertThat(isLikelyWith(FrameDescriptor.RECORD_COUNT_OFFSET, most)).isTrue();
        assertThat(isLikelyWith(FrameDescriptor.RECORD_COUNT_OFFSET, most + 1)).isFalse();
        assertThat(isLikelyWith(FrameDescriptor.RECORD_COUNT_OFFSET, 0)).isFalse();
    }

    @Test
    void whatWasForcedComesBeforeTheFrame() {
        header.putLong(AT + FrameDescriptor.DURABLE_SEQUENCE_OFFSET, 5);
        assertThat(isLikely(ROOM)).isFalse();
        header.putLong(AT + FrameDescriptor.DURABLE_SEQUENCE_OFFSET, -1);
        assertThat(isLikely(ROOM)).isFalse();
        header.putLong(AT + FrameDescriptor.DURABLE_SEQUENCE_OFFSET, 0);
        assertThat(isLikely(ROOM)).isTrue();
    }

    private boolean isLikelyWith(int fieldOffset, int value) {
        header.putInt(AT + fieldOffset, value);
        return isLikely(ROOM);
    }

    private boolean isLikely(int room) {
        return LogRules.isLikelyFrameHeader(header, AT, room, 2);
    }
}
