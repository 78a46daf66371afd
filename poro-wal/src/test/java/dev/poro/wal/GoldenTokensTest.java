package dev.poro.wal;

import static dev.poro.wal.GoldenLog.LOG_ID;
import static dev.poro.wal.GoldenLog.SALT;
import static dev.poro.wal.GoldenLog.SEGMENT;
import static dev.poro.wal.GoldenLog.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.ExpiryCondition;
import dev.poro.events.Outcome;
import dev.poro.events.RawMemory;
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
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Records with tokens, of each type that may have one, and a snapshot with clients, as they were when this part of the
 * format was fixed. Run with {@code -Dporo.golden.write=DIRECTORY} to write them for a new version.
 */
@Tag("R1")
class GoldenTokensTest {
    private static final String SNAPSHOT = SnapshotDescriptor.nameOf(8);
    private static final List<String> FILES = List.of(SEGMENT, SNAPSHOT);
    private static final long CLIENT = 0xC1C2_C3C4_C5C6_C7C8L;
    private static final byte[] KEY = {'k', 'e', 'y'};
    private static final byte[] VALUE = {'v', 'a', 'l', 'u', 'e'};

    private final SimulatedStorage storage = new SimulatedStorage();
    private final long record = RawMemory.allocate(1_024);
    private SegmentWriter writer;
    private long written;

    @Test
    void todaysWriterWritesTheGoldenFiles() throws IOException {
        write();
        GoldenLog.requireSame(storage, "golden-tokens", FILES);
    }

    @Test
    void theGoldenFilesAreReadAsTheyWereWritten() throws IOException {
        SimulatedStorage golden = GoldenLog.load("golden-tokens", FILES);
        golden.remove(SNAPSHOT);
        List<String> read = new ArrayList<>();
        TestLogs.examine(golden, (sequence, timestamp, event) -> {
            boolean hasToken = RecordFlags.hasToken(event.flags());
            read.add(sequence + " " + event.type() + (hasToken ? " " + event.tokenNumber() : ""));
            assertThat(!hasToken || event.tokenClient() == CLIENT).isTrue();
        });
        assertThat(read)
                .containsExactly(
                        "1 MEMORY_BUDGET",
                        "2 SET 1",
                        "3 SET 2",
                        "4 DELETE 3",
                        "5 ADD 4",
                        "6 SPLICE 5",
                        "7 EXPIRE_AT 6",
                        "8 BATCH 7");
    }

    @Test
    void theGoldenSnapshotIsReadAsItWasWritten() throws IOException {
        SimulatedStorage golden = GoldenLog.load("golden-tokens", FILES);
        List<String> read = new ArrayList<>();
        try (SnapshotReader reader = SnapshotReader.open(golden, SNAPSHOT, new SteppedWorkers())) {
            assertThat(reader.header().version()).isEqualTo(3);
            assertThat(reader.header().summary()).isEqualTo(summary());
            while (reader.next()) {
                RecordFlyweight entry = reader.record();
                boolean isClient = RecordFlags.hasToken(entry.flags());
                read.add(reader.sequence() + " " + entry.type()
                        + (isClient
                                ? " " + entry.tokenClient() + " " + entry.tokenNumber() + " " + entry.clientOutcome()
                                        + " " + entry.clientNumber()
                                : ""));
            }
        }
        assertThat(read).containsExactly("8 SET", "6 CLIENT 5 1 REPLACED -7", "8 CLIENT " + CLIENT + " 7 ACCEPTED 8");
    }

    private void write() throws IOException {
        writer = GoldenLog.beginSegment(storage, 2, true);
        try {
            writer.beginFrame(TIME, TIME);
            writeEvents();
            writer.endFrame(1, 0, true);
            writer.force();
            writeSnapshot();
            GoldenLog.saveIfAsked(storage, "golden-tokens", FILES, writer.end());
        } finally {
            writer.close();
            RawMemory.free(record, 1_024);
        }
    }

    private void writeEvents() {
        writer.append(record, RecordEncoder.encodeMemoryBudget(record, 1 << 20));
        int all = RecordFlags.RELATIVE_EXPIRY | RecordFlags.IF_SEQUENCE | RecordFlags.TOKEN;
        add(RecordEncoder.encodeSet(record, RecordFlags.TOKEN, 0, 0, KEY, VALUE));
        add(RecordEncoder.encodeSet(record, all, 9, 2, KEY, VALUE));
        add(RecordEncoder.encodeDelete(record, RecordFlags.TOKEN | RecordFlags.IF_PRESENT, 0, KEY));
        add(RecordEncoder.encodeAdd(record, RecordFlags.TOKEN, 0, KEY, 7));
        add(RecordEncoder.encodeSplice(record, RecordFlags.TOKEN, 0, KEY, 1, 9, VALUE));
        add(RecordEncoder.encodeExpireAt(
                record, RecordFlags.TOKEN | RecordFlags.ABSOLUTE_EXPIRY, TIME, 0, KEY, ExpiryCondition.ALWAYS));
        int flags = RecordFlags.TOKEN | RecordFlags.IF_SEQUENCE;
        int begin = RecordEncoder.encodeBatchHeader(record, flags, 7, 8 + KEY.length);
        add(begin + RecordEncoder.encodeDelete(record + begin, KEY));
    }

    private void add(int recordLength) {
        written++;
        RecordEncoder.encodeToken(record, CLIENT, written);
        writer.append(record, recordLength);
    }

    private static StateSummary summary() {
        return new StateSummary(8, TIME, 1, 0xD1D1_D1D1_D1D1_D1D1L, 1 << 20, 168, 2);
    }

    private void writeSnapshot() throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(256).order(ByteOrder.LITTLE_ENDIAN);
        long begin = RawMemory.addressOf(block);
        long at = begin + SnapshotDescriptor.BLOCK_HEADER_LENGTH;
        RawMemory.writeLong(at, 8);
        at += Long.BYTES + RecordEncoder.encodeSet(at + Long.BYTES, KEY, VALUE);
        RawMemory.writeLong(at, 6);
        at += Long.BYTES + RecordEncoder.encodeClient(at + Long.BYTES, 5, 1, Outcome.REPLACED, -7);
        RawMemory.writeLong(at, 8);
        at += Long.BYTES + RecordEncoder.encodeClient(at + Long.BYTES, CLIENT, 7, Outcome.ACCEPTED, 8);
        SnapshotHeader header = new SnapshotHeader(
                3, LOG_ID, SALT + 1, TIME + 5, summary(), summary().timestamp(), 7);
        try (StorageFile file = storage.create(SNAPSHOT)) {
            SnapshotFileWriter snapshot = new SnapshotFileWriter(file, header);
            snapshot.writeBlock(block.limit((int) (at - begin)));
            snapshot.writeFooter();
        }
    }
}
