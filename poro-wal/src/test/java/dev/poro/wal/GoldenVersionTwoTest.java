package dev.poro.wal;

import static dev.poro.wal.GoldenLog.LOG_ID;
import static dev.poro.wal.GoldenLog.SALT;
import static dev.poro.wal.GoldenLog.SEGMENT;
import static dev.poro.wal.GoldenLog.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.EventType;
import dev.poro.events.ExpiryCondition;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlags;
import dev.poro.events.RecordFlyweight;
import dev.poro.events.StateSummary;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Version 2 of the format: a directory with each type of event, each kind of expiry and guard, marks, a frame with a
 * wall clock, a snapshot with an expiry, and STORE. It is never written again. Run with
 * {@code -Dporo.golden.write=DIRECTORY} to write one for a new version.
 */
@Tag("R1")
class GoldenVersionTwoTest {
    private static final String SNAPSHOT = SnapshotDescriptor.nameOf(3);
    private static final List<String> FILES = List.of(SEGMENT, SNAPSHOT, StoreFile.NAME);
    private static final long DIGEST = 0xD1D1_D1D1_D1D1_D1D1L;
    private static final byte[] KEY = {'k', 'e', 'y'};
    private static final byte[] VALUE = {'v', 'a', 'l', 'u', 'e'};

    private final SimulatedStorage storage = new SimulatedStorage();
    private final long record = RawMemory.allocate(1_024);
    private SegmentWriter writer;
    private long written;
    private long firstOfFrame;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void todaysWriterWritesTheGoldenDirectory(boolean mapped) throws IOException {
        write(mapped);
        GoldenLog.requireSame(storage, "golden-v2", FILES);
    }

    @Test
    void theGoldenDirectoryIsReadAsItWasWritten() throws IOException {
        SimulatedStorage golden = GoldenLog.load("golden-v2", FILES);
        List<String> read = new ArrayList<>();
        RecoveryReport report = TestLogs.examine(golden, new Printer(read));

        assertThat(report.verdict()).isEqualTo(RecoveryReport.Verdict.SOUND);
        assertThat(report.closedCleanly()).isTrue();
        assertThat(report.lastSequence()).isEqualTo(19);
        assertThat(report.durableSequence()).isEqualTo(19);
        assertThat(read)
                .containsExactly(
                        "frame 0 0",
                        "1 MEMORY_BUDGET 0",
                        "frame 10 10",
                        "2 SET 0",
                        "3 SET 2",
                        "mark DIGEST_MARK before 4",
                        "frame 20 5020",
                        "4 SET 1",
                        "5 SET 3",
                        "6 SET 14",
                        "7 SET 4",
                        "8 DELETE 0",
                        "9 DELETE 8",
                        "10 ADD 12",
                        "11 SPLICE 0",
                        "12 SPLICE 4",
                        "frame 30 30",
                        "13 EXPIRE_AT 0",
                        "14 EXPIRE_AT 14",
                        "15 EXPIRE_AT 3",
                        "16 BATCH 12",
                        "17 BATCH 0",
                        "18 EXPIRE_DUE 0",
                        "19 CLEAR 0",
                        "mark CLEAN_CLOSE before 20");
        assertThat(ScannedLog.of(golden).problems()).isEmpty();
    }

    @Test
    void theGoldenSnapshotIsReadAsItWasWritten() throws IOException {
        SimulatedStorage golden = GoldenLog.load("golden-v2", FILES);
        List<String> entries = new ArrayList<>();
        try (SnapshotReader reader = SnapshotReader.open(golden, SNAPSHOT, new SteppedWorkers())) {
            assertThat(reader.header().version()).isEqualTo(2);
            assertThat(reader.header().summary()).isEqualTo(summary());
            while (reader.next()) {
                RecordFlyweight entry = reader.record();
                entries.add(reader.sequence() + " " + entry.flags() + (entry.flags() == 0 ? "" : " " + entry.time()));
            }
        }
        assertThat(entries).containsExactly("2 0", "3 2 " + (TIME + 1_000));
    }

    @Test
    void theGoldenLogGoesOn() throws IOException {
        SimulatedStorage golden = GoldenLog.load("golden-v2", FILES);
        byte[] before = golden.bytes(SEGMENT);
        try (TestLog log = TestLog.open(golden, TestLog.strict(SyncPolicy.ALWAYS))) {
            log.append("after", "nineteen");
            assertThat(log.acknowledged().get(0).sequence()).isEqualTo(20);
        }
        assertThat(Arrays.copyOf(golden.bytes(SEGMENT), before.length)).isEqualTo(before);
        assertThat(LogFiles.segments(golden)).containsExactly(SEGMENT);
    }

    private record Printer(List<String> lines) implements LogVisitor {
        @Override
        public void onFrame(int version, long timestamp, long wallClock) {
            if (lines.isEmpty() || !lines.contains(frame(timestamp, wallClock))) {
                lines.add(frame(timestamp, wallClock));
            }
        }

        private static String frame(long timestamp, long wallClock) {
            return "frame " + (timestamp - TIME) + " " + (wallClock - TIME);
        }

        @Override
        public void onRecord(long sequence, long timestamp, RecordFlyweight record) {
            lines.add(sequence + " " + record.type() + " " + record.flags());
        }

        @Override
        public void onMark(long nextSequence, long timestamp, RecordFlyweight mark) {
            assertThat(mark.markSequence()).isEqualTo(nextSequence - 1);
            assertThat(mark.markDigest()).isEqualTo(DIGEST);
            lines.add("mark " + mark.type() + " before " + nextSequence);
        }
    }

    private void write(boolean mapped) throws IOException {
        writer = GoldenLog.beginSegment(storage, 2, mapped);
        try {
            writeEvents();
            writer.force();
            writeSnapshot();
            new StoreFile(LOG_ID, 19, 1, writer.end(), Retention.NONE, Retention.NONE).write(storage);
            GoldenLog.saveIfAsked(storage, "golden-v2", FILES, writer.end());
        } finally {
            writer.close();
            RawMemory.free(record, 1_024);
        }
    }

    private void writeEvents() throws IOException {
        frame(0, 0, true, RecordEncoder.encodeMemoryBudget(record, 1 << 20));
        begin(10, 10);
        add(RecordEncoder.encodeSet(record, KEY, VALUE));
        add(RecordEncoder.encodeSet(record, RecordFlags.ABSOLUTE_EXPIRY, TIME + 1_000, 0, new byte[0], new byte[0]));
        end(true);
        mark(10, EventType.DIGEST_MARK);
        begin(20, 5_020);
        add(RecordEncoder.encodeSet(record, RecordFlags.KEEP_EXPIRY, 0, 0, KEY, VALUE));
        add(RecordEncoder.encodeSet(record, RecordFlags.RELATIVE_EXPIRY, 1, 0, KEY, VALUE));
        add(RecordEncoder.encodeSet(
                record, RecordFlags.ABSOLUTE_EXPIRY | RecordFlags.IF_SEQUENCE, TIME, 5, KEY, VALUE));
        add(RecordEncoder.encodeSet(record, RecordFlags.IF_ABSENT, 0, 0, KEY, VALUE));
        add(RecordEncoder.encodeDelete(record, KEY));
        add(RecordEncoder.encodeDelete(record, RecordFlags.IF_PRESENT, 0, KEY));
        add(RecordEncoder.encodeAdd(record, RecordFlags.IF_SEQUENCE, 0, KEY, -7));
        add(RecordEncoder.encodeSplice(record, 0, 0, KEY, 3, 1 << 20, VALUE));
        add(RecordEncoder.encodeSplice(
                record, RecordFlags.IF_ABSENT, 0, KEY, RecordDescriptor.SPLICE_AT_END, 1, new byte[0]));
        end(false);
        begin(30, 1_030);
        add(RecordEncoder.encodeExpireAt(record, 0, 0, 0, KEY, ExpiryCondition.ALWAYS));
        add(RecordEncoder.encodeExpireAt(
                record, RecordFlags.ABSOLUTE_EXPIRY | RecordFlags.IF_SEQUENCE, 0, 8, KEY, ExpiryCondition.IF_LATER));
        add(RecordEncoder.encodeExpireAt(record, RecordFlags.RELATIVE_EXPIRY, 60_000, 0, KEY, ExpiryCondition.IF_NONE));
        add(batch(RecordFlags.IF_SEQUENCE, 15));
        add(batch(0, 0));
        add(RecordEncoder.encodeExpireDue(record, 1_000));
        add(RecordEncoder.encodeClear(record));
        end(true);
        mark(30, EventType.CLEAN_CLOSE);
    }

    /** REQUIRE, CLEAR, and two changes. */
    private int batch(int flags, long sequence) {
        long parts = RawMemory.allocate(256);
        int length = RecordEncoder.encodeRequire(parts, RecordFlags.IF_PRESENT, 0, KEY);
        length += RecordEncoder.encodeRequire(parts + length, RecordFlags.IF_SEQUENCE, 3, VALUE);
        length += RecordEncoder.encodeClear(parts + length);
        length += RecordEncoder.encodeSet(parts + length, RecordFlags.RELATIVE_EXPIRY, 9, 0, KEY, VALUE);
        length += RecordEncoder.encodeAdd(parts + length, 0, 0, VALUE, Long.MIN_VALUE);
        int begin = RecordEncoder.encodeBatchHeader(record, flags, sequence, length);
        RawMemory.copy(parts, record + begin, length);
        RawMemory.free(parts, 256);
        return begin + length;
    }

    private void frame(long time, long wall, boolean forced, int recordLength) throws IOException {
        begin(time, wall);
        add(recordLength);
        end(forced);
    }

    private void mark(long time, EventType type) throws IOException {
        writer.beginFrame(TIME + time, TIME + time);
        writer.appendMark(record, RecordEncoder.encodeMark(record, type, written, DIGEST, 2));
        writer.endFrame(written + 1, written, true);
    }

    private void begin(long time, long wall) {
        firstOfFrame = written + 1;
        writer.beginFrame(TIME + time, TIME + wall);
    }

    private void add(int recordLength) {
        writer.append(record, recordLength);
        written++;
    }

    private void end(boolean forced) throws IOException {
        writer.endFrame(firstOfFrame, forced ? firstOfFrame - 1 : 0, forced);
    }

    private static StateSummary summary() {
        return new StateSummary(3, TIME + 10, 2, DIGEST, 1 << 20, 128);
    }

    private void writeSnapshot() throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(256).order(ByteOrder.LITTLE_ENDIAN);
        long address = RawMemory.addressOf(block);
        int at = SnapshotDescriptor.BLOCK_HEADER_LENGTH;
        RawMemory.writeLong(address + at, 2);
        at += Long.BYTES + RecordEncoder.encodeSet(address + at + Long.BYTES, KEY, VALUE);
        RawMemory.writeLong(address + at, 3);
        at += Long.BYTES
                + RecordEncoder.encodeSet(
                        address + at + Long.BYTES,
                        RecordFlags.ABSOLUTE_EXPIRY,
                        TIME + 1_000,
                        0,
                        new byte[0],
                        new byte[0]);
        SnapshotHeader header = new SnapshotHeader(
                2, LOG_ID, SALT + 1, TIME + 5, summary(), summary().timestamp(), 0);
        try (StorageFile file = storage.create(SNAPSHOT)) {
            SnapshotFileWriter snapshot = new SnapshotFileWriter(file, header);
            snapshot.writeBlock(block.limit(at));
            snapshot.writeFooter();
        }
    }
}
