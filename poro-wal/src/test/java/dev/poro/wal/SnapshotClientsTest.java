package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.poro.events.EventType;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The clients of a snapshot: after all entries, as many as its header says, and in version 3 only. */
@Tag("R1")
class SnapshotClientsTest {
    private static final String NAME = SnapshotDescriptor.nameOf(9);
    private static final byte[] KEY = {'k'};

    private final SimulatedStorage storage = new SimulatedStorage();

    /** E is an entry, C a client, T an entry with a token, D a delete. */
    @ParameterizedTest(name = "version {0}, {1} keys, {2} clients: {3}")
    @CsvSource({
        "3, 2, 2, EECC, ",
        "3, 0, 1, C, ",
        "2, 1, 0, E, ",
        "3, 1, 1, CE, entry of type CLIENT",
        "3, 2, 1, ECE, entry of type CLIENT",
        "3, 1, 1, ECE, entry of type SET",
        "3, 1, 2, EC, 1 clients",
        "3, 1, 1, ECC, 2 clients",
        "3, 2, 1, EC, entry of type CLIENT",
        "3, 1, 1, E, 0 clients",
        "3, 1, 1, TC, entry with record flags 0x10",
        "3, 1, 1, DC, entry of type DELETE",
        "2, 1, 0, EC, unknown event type 64",
        "2, 1, 1, EC, 1 clients in a snapshot of format version 2",
        "1, 1, 1, EC, 1 clients in a snapshot of format version 1",
        "3, 1, 0, E, 0 clients in a snapshot of format version 3",
        "3, 1, -1, EC, -1 clients"
    })
    void clientsComeAfterTheEntriesAsTheHeaderSays(int version, int keys, int clients, String records, String defect)
            throws IOException {
        write(version, keys, clients, records);
        if (defect == null) {
            assertThat(read()).isEqualTo(records);
        } else {
            assertThatExceptionOfType(LogDamagedException.class)
                    .isThrownBy(this::read)
                    .withMessageContaining(defect);
        }
    }

    @Test
    void aSnapshotOfALaterVersionIsLeftAlone() throws IOException {
        write(4, 1, 1, "EC");
        assertThatThrownBy(this::read)
                .isInstanceOf(LogException.class)
                .hasMessageContaining("format version 4, this Poro reads versions 1 to 3");
    }

    @Test
    void onlyAStateWithClientsIsWrittenInANewVersion() {
        assertThat(SnapshotDescriptor.versionOf(summary(1, 0))).isEqualTo(2);
        assertThat(SnapshotDescriptor.versionOf(summary(1, 1))).isEqualTo(3);
    }

    private static StateSummary summary(int keys, int clients) {
        return new StateSummary(9, 0, keys, 1, 1 << 20, 100, clients);
    }

    private void write(int version, int keys, int clients, String records) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(1_024).order(ByteOrder.LITTLE_ENDIAN);
        long begin = RawMemory.addressOf(block);
        long at = begin + SnapshotDescriptor.BLOCK_HEADER_LENGTH;
        for (int i = 0; i < records.length(); i++) {
            RawMemory.writeLong(at, i + 1);
            at += Long.BYTES;
            at += encode(at, records.charAt(i), i);
        }
        StateSummary summary = summary(keys, clients);
        try (StorageFile file = storage.create(NAME)) {
            SnapshotFileWriter writer =
                    new SnapshotFileWriter(file, new SnapshotHeader(version, 1, 2, 3, summary, 0, 0));
            writer.writeBlock(block.limit((int) (at - begin)));
            writer.writeFooter();
        }
    }

    private static int encode(long at, char record, int client) {
        switch (record) {
            case 'C':
                return RecordEncoder.encodeClient(at, client, 5, Outcome.ACCEPTED, 7);
            case 'D':
                return RecordEncoder.encodeDelete(at, KEY);
            case 'T':
                int length = RecordEncoder.encodeSet(at, RecordFlags.TOKEN, 0, 0, KEY, KEY);
                RecordEncoder.encodeToken(at, 1, 2);
                return length;
            default:
                return RecordEncoder.encodeSet(at, KEY, KEY);
        }
    }

    private String read() throws IOException {
        List<String> records = new ArrayList<>();
        try (SnapshotReader reader = SnapshotReader.open(storage, NAME, new SteppedWorkers())) {
            while (reader.next()) {
                RecordFlyweight record = reader.record();
                boolean isClient = record.type() == EventType.CLIENT;
                records.add(isClient ? "C" : "E");
                assertThat(reader.sequence()).isEqualTo(records.size());
                if (isClient) {
                    assertThat(record.tokenClient()).isEqualTo(records.size() - 1);
                    assertThat(record.tokenNumber()).isEqualTo(5);
                    assertThat(record.clientOutcome()).isEqualTo(Outcome.ACCEPTED);
                    assertThat(record.clientNumber()).isEqualTo(7);
                }
            }
        }
        return String.join("", records);
    }
}
