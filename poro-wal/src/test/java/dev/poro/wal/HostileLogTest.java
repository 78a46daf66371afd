package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.management.ThreadMXBean;
import dev.poro.events.FailStop;
import dev.poro.events.RecordDescriptor;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Fields that no log writes, under checksums that are right: as if somebody had made the log to hurt. Opening refuses,
 * at a bounded cost, and changes nothing.
 */
@Tag("R2")
@Tag("R5")
class HostileLogTest {
    private static final String FIRST = "0000000001.wal";
    /** For all that one opening allocates, and the test's assertions, together. */
    private static final long MOST_HEAP = 1 << 20;
    /** For all buffers of one opening together: a few, none of which exceeds the file. */
    private static final long MOST_DIRECT = 8 * SegmentDescriptor.MIN_LENGTH;

    private static final int MOST_OPERATIONS = 60;

    private final SegmentBuilder segment =
            new SegmentBuilder(1, 1).start(1).frame(1, 0, "one").frame(2, 1, "two", "three");
    private final int hostile = segment.end();
    private final int record = hostile + FrameDescriptor.HEADER_LENGTH;
    private final int length = lengthOfFrameWith("four", "five");
    private final SimulatedStorage storage = new SimulatedStorage();

    private int lengthOfFrameWith(String... values) {
        segment.frame(4, 3, values);
        int added = segment.end() - hostile;
        // Proof that everything before was forced, so that nothing can be taken for an unforced tail.
        segment.frame(6, 5, "six");
        return added;
    }

    @ParameterizedTest
    @ValueSource(
            ints = {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, -8, 1, 4, 7, 8, 36, 39, 40, 44, 81, 1 << 30, 16 << 10})
    void aFrameLengthIsNotTrustedThoughItsHeaderIsRight(int frameLength) {
        segment.putInt(hostile, frameLength).sealHeader(hostile);
        assertRefused();
    }

    @Test
    void aFrameLengthOfZeroIsNoEndWhereFramesFollow() {
        segment.putInt(hostile, 0).sealHeader(hostile);
        assertRefused();
    }

    @ParameterizedTest
    @ValueSource(ints = {-8, -16, 8, 16, 64})
    void aFrameThatEndsBeforeOrBehindItsRecordsIsRefused(int more) {
        segment.putInt(hostile, length + more).seal(hostile, length + more);
        assertRefused();
    }

    @Test
    void aFrameJustBeyondTheEndOfTheSegmentIsRefused() {
        int beyond = SegmentDescriptor.MIN_LENGTH - hostile + FrameDescriptor.ALIGNMENT;
        segment.putInt(hostile, beyond).sealHeader(hostile);
        assertRefused();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 1, 3, 1_000, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void aRecordCountOtherThanThatOfTheRecordsIsRefused(int count) {
        segment.putInt(hostile + FrameDescriptor.RECORD_COUNT_OFFSET, count).seal(hostile, length);
        assertRefused();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 6, 127, -128})
    void anUnknownTypeIsRefused(int type) {
        segment.put(record + RecordDescriptor.TYPE_OFFSET, new byte[] {(byte) type})
                .seal(hostile, length);
        assertRefused();
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 3, 5, 13, 1 << 20, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void aValueLengthOtherThanTheValuesIsRefused(int valueLength) {
        segment.putInt(record + RecordDescriptor.VALUE_LENGTH_OFFSET, valueLength)
                .seal(hostile, length);
        assertRefused();
    }

    @ParameterizedTest
    @ValueSource(ints = {0xFFFF, 0x8000, 300})
    void aKeyLengthBeyondTheFrameIsRefused(int keyLength) {
        byte[] encoded = {(byte) keyLength, (byte) (keyLength >> 8)};
        segment.put(record + RecordDescriptor.KEY_LENGTH_OFFSET, encoded).seal(hostile, length);
        assertRefused();
    }

    @ParameterizedTest
    @Tag("R4")
    @ValueSource(longs = {0, 1, 3, 5, 6, -1, Long.MAX_VALUE, Long.MIN_VALUE})
    void aSequenceOtherThanTheNextIsRefused(long sequence) {
        segment.putLong(hostile + FrameDescriptor.FIRST_SEQUENCE_OFFSET, sequence)
                .seal(hostile, length);
        assertRefused();
    }

    @ParameterizedTest
    @ValueSource(longs = {4, 5, Long.MAX_VALUE})
    void aDurableSequenceThatIsNotBeforeTheFrameIsRefused(long durable) {
        segment.putLong(hostile + FrameDescriptor.DURABLE_SEQUENCE_OFFSET, durable)
                .seal(hostile, length);
        assertRefused();
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, 0, -1})
    void aTimestampThatGoesBackIsRefused(long timestamp) {
        segment.putLong(hostile + FrameDescriptor.TIMESTAMP_OFFSET, timestamp).seal(hostile, length);
        assertRefused();
    }

    @ParameterizedTest
    @CsvSource({
        "40, -1",
        "40, 0",
        "40, 16383",
        "40, 4294967296",
        "40, 9223372036854775807",
        "32, 0",
        "32, 2",
        "32, -1",
        "32, 9223372036854775807",
        "4, 4",
        "4, 0"
    })
    void anIdentityThatNoLogHasIsRefused(int offset, long value) {
        if (offset == SegmentDescriptor.VERSION_OFFSET) {
            segment.putInt(offset, (int) value);
        } else {
            segment.putLong(offset, value);
        }
        segment.sealIdentity();
        assertRefused();
    }

    @ParameterizedTest
    @ValueSource(longs = {2, Long.MAX_VALUE})
    void aFirstSequenceOtherThanOneIsRefused(long first) {
        segment.start(first);
        assertRefused();
    }

    @Test
    void everyLengthFromNothingToBeyondTheSegmentIsRefused() {
        for (int frameLength = 8; frameLength <= SegmentDescriptor.MIN_LENGTH + 64; frameLength += 8) {
            if (frameLength != length) {
                segment.putInt(hostile, frameLength).sealHeader(hostile);
                assertRefused();
            }
        }
    }

    private void assertRefused() {
        storage.put(FIRST, segment.bytes());
        Map<String, ByteBuffer> before = storage.contents();
        storage.clearOperations();
        for (RecoveryMode mode : RecoveryMode.values()) {
            withinBounds(() -> assertThatExceptionOfType(LogDamagedException.class)
                    .isThrownBy(() -> open(mode))
                    .satisfies(refused -> assertThat(refused.getMessage())
                            .contains(FIRST, "offset " + refused.offset(), "Nothing was changed")));
        }
        assertThat(storage.contents()).isEqualTo(before);
        assertThat(storage.pending()).isEmpty();
        assertThat(storage.operationCount()).isLessThan(2 * MOST_OPERATIONS);
    }

    private void open(RecoveryMode mode) throws IOException {
        LogSettings settings = new LogSettings(SyncPolicy.ALWAYS, mode, TestLog.SEGMENT_LENGTH);
        WriteAheadLog.open(
                () -> {},
                storage,
                new SteppedWorkers(),
                settings,
                new ReplayedState(
                        (sequence, timestamp, read) -> assertThat(sequence).isLessThanOrEqualTo(5)),
                ReplayProgress.NONE,
                new FailStop());
    }

    private static void withinBounds(Runnable action) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        BufferPoolMXBean direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .findFirst()
                .orElseThrow();
        long thread = Thread.currentThread().getId();
        long directBefore = direct.getMemoryUsed();
        long before = threads.getThreadAllocatedBytes(thread);
        action.run();
        assertThat(threads.getThreadAllocatedBytes(thread) - before).as("heap").isLessThan(MOST_HEAP);
        assertThat(direct.getMemoryUsed() - directBefore).as("direct").isLessThan(MOST_DIRECT);
    }
}
