package dev.poro.wal;

import static dev.poro.wal.GoldenLog.SEGMENT;
import static dev.poro.wal.GoldenLog.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.EventType;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordEncoder;
import dev.poro.wal.simulated.SimulatedStorage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * R1: a segment of each format version stays here for ever. {@code golden-v1.wal} was written by version 1 and is
 * never written again; it ends where its zeros begin. Run with {@code -Dporo.golden.write=DIRECTORY} to write one for a
 * new version.
 *
 * @see Checksum
 */
@Tag("R1")
class GoldenFormatTest {
    private static final String GOLDEN = "golden-v1.wal";

    private final SimulatedStorage storage = new SimulatedStorage();

    @Test
    void theGoldenSegmentIsReadAsItWasWritten() throws IOException {
        storage.put(SEGMENT, golden());

        List<Event> events = new ArrayList<>();
        RecoveryReport report = TestLogs.examine(storage, TestLog.collectorOf(events));

        assertThat(events).isEqualTo(expected());
        assertThat(report.verdict()).isEqualTo(RecoveryReport.Verdict.SOUND);
        assertThat(report.closedCleanly()).isTrue();
        assertThat(report.durableSequence()).isEqualTo(7);
        assertThat(report.segments()).hasSize(1);
        assertThat(report.segments().get(0).frames()).isEqualTo(4);
        assertThat(report.segments().get(0).usedBytes()).isEqualTo(golden().length);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void todaysWriterWritesTheGoldenSegment(boolean mapped) throws IOException {
        byte[] written = write(mapped);
        byte[] trimmed = Arrays.copyOf(written, golden().length);

        assertThat(trimmed).isEqualTo(golden());
        assertThat(Arrays.copyOfRange(written, trimmed.length, written.length)).containsOnly((byte) 0);
    }

    @Test
    void theGoldenLogGoesOn() throws IOException {
        storage.put(SEGMENT, golden());
        try (TestLog log = TestLog.open(storage, TestLog.strict(SyncPolicy.ALWAYS))) {
            log.append("after", "eight");
            assertThat(log.acknowledged().get(0).sequence()).isEqualTo(9);
            assertThat(log.acknowledged().get(0).timestamp()).isEqualTo(TIME + 30);
        }
        assertThat(Arrays.copyOf(storage.bytes(SEGMENT), golden().length)).isEqualTo(golden());
    }

    private static List<Event> expected() {
        ByteBuffer nothing = ByteBuffer.allocate(0);
        return List.of(
                new Event(1, TIME, EventType.MEMORY_BUDGET, nothing, ByteBuffer.wrap(new byte[] {0, 0, 16, 0, 0, 0, 0, 0
                })),
                Event.set(2, TIME + 10, "key", "value"),
                Event.set(3, TIME + 10, "", ""),
                new Event(4, TIME + 10, EventType.SET, ByteBuffer.wrap(allBytes()), ByteBuffer.wrap(allBytes())),
                new Event(5, TIME + 10, EventType.DELETE, Event.bytes("key"), nothing),
                new Event(6, TIME + 20, EventType.DIGEST_MARK, nothing, mark(5)),
                Event.set(7, TIME + 20, "k", "v"),
                new Event(8, TIME + 30, EventType.CLEAN_CLOSE, nothing, mark(7)));
    }

    private static ByteBuffer mark(int sequence) {
        byte[] mark = new byte[24];
        mark[0] = (byte) sequence;
        Arrays.fill(mark, 8, 16, (byte) 0xD1);
        mark[16] = 2;
        return ByteBuffer.wrap(mark);
    }

    private static byte[] allBytes() {
        byte[] all = new byte[256];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) i;
        }
        return all;
    }

    /** A frame of one record, of several of every type, and one with the mark of a clean close. */
    private byte[] write(boolean mapped) throws IOException {
        long record = RawMemory.allocate(1_024);
        try (SegmentWriter writer = GoldenLog.beginSegment(storage, 1, mapped)) {
            writer.beginFrame(TIME, 0);
            writer.append(record, RecordEncoder.encodeMemoryBudget(record, 1 << 20));
            writer.endFrame(1, 0, true);
            writer.beginFrame(TIME + 10, 0);
            writer.append(record, RecordEncoder.encodeSet(record, bytes("key"), bytes("value")));
            writer.append(record, RecordEncoder.encodeSet(record, bytes(""), bytes("")));
            writer.append(record, RecordEncoder.encodeSet(record, allBytes(), allBytes()));
            writer.append(record, RecordEncoder.encodeDelete(record, bytes("key")));
            writer.endFrame(2, 1, true);
            writer.beginFrame(TIME + 20, 0);
            writer.append(
                    record, RecordEncoder.encodeMark(record, EventType.DIGEST_MARK, 5, 0xD1D1_D1D1_D1D1_D1D1L, 2));
            writer.append(record, RecordEncoder.encodeSet(record, bytes("k"), bytes("v")));
            writer.endFrame(6, 5, true);
            writer.beginFrame(TIME + 30, 0);
            writer.append(
                    record, RecordEncoder.encodeMark(record, EventType.CLEAN_CLOSE, 7, 0xD1D1_D1D1_D1D1_D1D1L, 2));
            writer.endFrame(8, 7, true);
            writer.force();
            GoldenLog.saveIfAsked(storage, "golden-v1", List.of(SEGMENT), writer.end());
        } finally {
            RawMemory.free(record, 1_024);
        }
        return storage.bytes(SEGMENT);
    }

    private static byte[] bytes(String text) {
        return Event.bytes(text).array();
    }

    private static byte[] golden() throws IOException {
        try (InputStream resource = GoldenFormatTest.class.getResourceAsStream(GOLDEN)) {
            return resource.readAllBytes();
        }
    }
}
