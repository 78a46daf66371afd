package dev.poro.wal;

import static dev.poro.wal.GoldenLog.SEGMENT;
import static dev.poro.wal.GoldenLog.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.EventType;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlyweight;
import dev.poro.wal.simulated.SimulatedStorage;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Version 3 of the format, of the segments of replicas: frames with positions, with and without a wall clock, and marks
 * with and without a position. It is never written again. Run with {@code -Dporo.golden.write=DIRECTORY} to write
 * one for a new version.
 */
@Tag("R1")
class GoldenReplicaTest {
    private static final long CLUSTER = 0x00C1_0057_E12A_0001L;

    private final SimulatedStorage storage = new SimulatedStorage();
    private final long record = RawMemory.allocate(1_024);
    private SegmentWriter writer;
    private long written;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void todaysWriterWritesTheGoldenSegment(boolean mapped) throws IOException {
        write(mapped);
        GoldenLog.requireSame(storage, "golden-v3", List.of(SEGMENT));
    }

    @Test
    void theGoldenSegmentIsReadAsItWasWritten() throws IOException {
        SimulatedStorage golden = GoldenLog.load("golden-v3", List.of(SEGMENT));
        SegmentHeader header = Segments.read(golden).get(0).header();
        assertThat(header.version).isEqualTo(3);
        List<String> frames = new ArrayList<>();
        try (FrameReader reader = new FrameReader(golden.openReadOnly(SEGMENT), header)) {
            while (reader.next()) {
                ClusterPosition position = reader.clusterPosition();
                RecordFlyweight first = new RecordFlyweight().wrap(reader.recordsAddress());
                frames.add(String.join(
                        " ",
                        first.type().name(),
                        Long.toString(reader.firstSequence()),
                        Integer.toString(reader.recordCount()),
                        Long.toString(reader.timestamp() - TIME),
                        Long.toString(reader.wallClock() - TIME),
                        Boolean.toString(position.incarnation() == CLUSTER),
                        Long.toString(position.term()),
                        Long.toString(position.position())));
            }
            assertThat(reader.defect()).isNull();
        }
        assertThat(frames)
                .containsExactly(
                        "DIGEST_MARK 1 0 0 0 false -1 -1",
                        "MEMORY_BUDGET 1 1 0 0 true 0 0",
                        "SET 2 2 10 10 true 1 128",
                        "SET 4 1 20 5020 true 5000000000 6000000000",
                        "CLEAN_CLOSE 5 0 20 20 true 5000000000 6000000000");
        assertThat(ScannedLog.of(golden).problems()).isEmpty();
    }

    @Test
    void theGoldenLogGoesOn() throws IOException {
        SimulatedStorage golden = GoldenLog.load("golden-v3", List.of(SEGMENT));
        byte[] before = golden.bytes(SEGMENT);
        LogSettings settings = TestLog.strict(SyncPolicy.ALWAYS).replica(false, Duration.ZERO);
        try (TestLog log = TestLog.open(golden, settings)) {
            ClusterPosition last = log.log().clusterPosition();
            assertThat(last).isEqualTo(new ClusterPosition(CLUSTER, 5_000_000_000L, 6_000_000_000L));
            ClusterPosition next = new ClusterPosition(CLUSTER, last.term(), last.position() + 1);
            log.publishMessage(TIME + 30, next, 5, "after").handle();
            assertThat(log.acknowledged().get(0).sequence()).isEqualTo(5);
        }
        assertThat(Arrays.copyOf(golden.bytes(SEGMENT), before.length)).isEqualTo(before);
        assertThat(LogFiles.segments(golden)).containsExactly(SEGMENT);
    }

    private void write(boolean mapped) throws IOException {
        writer = GoldenLog.beginSegment(storage, 3, mapped);
        try {
            writeFrames();
            writer.force();
            GoldenLog.saveIfAsked(storage, "golden-v3", List.of(SEGMENT), writer.end());
        } finally {
            writer.close();
            RawMemory.free(record, 1_024);
        }
    }

    private void writeFrames() throws IOException {
        writer.beginFrame(TIME, TIME, false);
        mark(EventType.DIGEST_MARK);
        begin(0, 0, 0, 0);
        add(RecordEncoder.encodeMemoryBudget(record, 1 << 20));
        writer.endFrame(1, 0, true);
        begin(10, 10, 1, 128);
        add(RecordEncoder.encodeSet(record, new byte[] {'k'}, new byte[] {'v'}));
        add(RecordEncoder.encodeSet(record, new byte[] {'l'}, new byte[0]));
        writer.endFrame(2, 1, false);
        begin(20, 5_020, 5_000_000_000L, 6_000_000_000L);
        add(RecordEncoder.encodeSet(record, new byte[] {'k'}, new byte[] {'w'}));
        writer.endFrame(4, 3, true);
        begin(20, 20, 5_000_000_000L, 6_000_000_000L);
        mark(EventType.CLEAN_CLOSE);
    }

    private void mark(EventType type) throws IOException {
        writer.appendMark(record, RecordEncoder.encodeMark(record, type, written, 0xD1D1, 2));
        writer.endFrame(written + 1, written, true);
    }

    private void begin(long time, long wall, long term, long position) {
        writer.beginFrame(TIME + time, TIME + wall, true);
        writer.position(CLUSTER, term, position);
    }

    private void add(int recordLength) {
        writer.append(record, recordLength);
        written++;
    }
}
