package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.RawMemory;
import dev.poro.events.RecordEncoder;
import dev.poro.events.StateSummary;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import dev.poro.wal.storage.StorageFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Version 1 of the format of snapshots, as it was when it was fixed: two blocks, and an entry that lies in both.
 *
 * @see SnapshotDescriptor
 * @see SnapshotHeader
 */
@Tag("R1")
class GoldenSnapshotTest {
    private static final String GOLDEN = "golden-v1.snapshot";
    private static final String NAME = SnapshotDescriptor.nameOf(42);
    private static final StateSummary SUMMARY =
            new StateSummary(42, 1_767_225_600_000L, 2, 0xD1D1_D1D1_D1D1_D1D1L, 1 << 20, 104);

    private final SimulatedStorage storage = new SimulatedStorage();

    @Test
    void theGoldenSnapshotIsReadAsItWasWritten() throws IOException {
        storage.put(NAME, golden());
        List<Event> entries = new ArrayList<>();
        try (SnapshotReader reader = SnapshotReader.open(storage, NAME, new SteppedWorkers())) {
            assertThat(reader.header().summary()).isEqualTo(SUMMARY);
            assertThat(reader.header().logId()).isEqualTo(0x0123_4567_89AB_CDEFL);
            while (reader.next()) {
                entries.add(Event.of(reader.sequence(), 0, reader.record()));
            }
        }
        assertThat(entries).containsExactly(Event.set(7, 0, "key", "value"), Event.set(41, 0, "", ""));
    }

    @Test
    void todaysWriterWritesTheGoldenSnapshot() throws IOException {
        assertThat(write()).isEqualTo(golden());
    }

    private byte[] write() throws IOException {
        ByteBuffer entries = ByteBuffer.allocateDirect(256).order(ByteOrder.LITTLE_ENDIAN);
        long address = RawMemory.addressOf(entries);
        int first = Long.BYTES + RecordEncoder.encodeSet(address + Long.BYTES, bytes("key"), bytes("value"));
        RawMemory.writeLong(address, 7);
        int end = first + Long.BYTES + RecordEncoder.encodeSet(address + first + Long.BYTES, bytes(""), bytes(""));
        RawMemory.writeLong(address + first, 41);
        SnapshotHeader header = new SnapshotHeader(
                1,
                0x0123_4567_89AB_CDEFL,
                0x5A17_5A17_0BAD_CAFEL,
                SUMMARY.timestamp() + 5,
                SUMMARY,
                SUMMARY.timestamp(),
                0);
        try (StorageFile file = storage.create(NAME)) {
            SnapshotFileWriter writer = new SnapshotFileWriter(file, header);
            writer.writeBlock(block(entries, 0, 20));
            writer.writeBlock(block(entries, 20, end));
            writer.writeFooter();
        }
        byte[] written = storage.bytes(NAME);
        String target = System.getProperty("poro.golden.write.snapshot");
        if (target != null) {
            Files.write(Path.of(target), written);
        }
        return written;
    }

    private static ByteBuffer block(ByteBuffer entries, int from, int to) {
        ByteBuffer block = ByteBuffer.allocateDirect(256).order(ByteOrder.LITTLE_ENDIAN);
        block.position(SnapshotDescriptor.BLOCK_HEADER_LENGTH);
        block.put(entries.duplicate().limit(to).position(from));
        return block.flip();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] golden() throws IOException {
        try (InputStream resource = GoldenSnapshotTest.class.getResourceAsStream(GOLDEN)) {
            return resource.readAllBytes();
        }
    }
}
