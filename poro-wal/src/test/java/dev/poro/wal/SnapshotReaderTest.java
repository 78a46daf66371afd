package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.fail;

import dev.poro.events.Limits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The reader of snapshots finds every damage, and trusts no length before its checksum. */
class SnapshotReaderTest {
    private final SimulatedStorage storage = new SimulatedStorage();
    private TestLog log;
    private String name;
    private byte[] whole;

    @BeforeEach
    void takeSnapshot() throws IOException {
        log = TestLog.open(storage, TestLog.settings(SyncPolicy.ALWAYS), new SteppedWorkers())
                .startSnapshots();
        log.appendMany(3, 30);
        name = log.log().takeSnapshot().file();
        log.close();
        whole = storage.bytes(name);
    }

    @Test
    void readsWhatWasWritten() throws IOException {
        assertThat(read()).containsExactly("1 key-1", "2 key-2", "3 key-3");
    }

    @Test
    @Tag("R3")
    void findsEveryFlippedBit() throws IOException {
        for (long bit = 0; bit < whole.length * 8L; bit++) {
            storage.put(name, whole);
            storage.flipBit(name, bit);
            requireDamaged("bit " + bit);
        }
    }

    @Test
    void findsEveryCut() throws IOException {
        for (int length = 0; length < whole.length; length++) {
            storage.put(name, Arrays.copyOf(whole, length));
            requireDamaged("cut at " + length);
        }
        storage.put(name, Arrays.copyOf(whole, whole.length + 1));
        requireDamaged("a byte more");
    }

    @Test
    void refusesTheSnapshotOfAnotherSequence() {
        storage.remove(name);
        name = SnapshotDescriptor.nameOf(2);
        storage.put(name, whole);
        requireDamaged("another name");
    }

    @Test
    @Tag("R1")
    void refusesANewerVersionByItsName() {
        ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).putInt(SnapshotDescriptor.VERSION_OFFSET, 9);
        storage.put(name, whole);
        assertThatExceptionOfType(LogDamagedException.class)
                .isThrownBy(this::read)
                .withMessageContaining("format version 9");
    }

    /** The checksums are right, as those of whoever wrote it in bad faith. */
    @Test
    @Tag("R5")
    void allocatesNothingOnTheWordOfALength() {
        for (int length : List.of(-1, 0, Limits.MAX_VALUE_LENGTH + 1, Integer.MAX_VALUE, Integer.MIN_VALUE)) {
            forge(SnapshotDescriptor.HEADER_LENGTH + SnapshotDescriptor.BLOCK_HEADER_LENGTH + 12, length);
            requireDamaged("value length " + length);
        }
        for (int length : List.of(-1, SnapshotDescriptor.MAX_BODY_LENGTH + 1, Integer.MAX_VALUE, Integer.MIN_VALUE)) {
            forge(SnapshotDescriptor.HEADER_LENGTH, length);
            requireDamaged("block length " + length);
        }
    }

    @Test
    @Tag("R12")
    void doesNotTakeAReadErrorForDamage() {
        storage.fail(operation -> operation.startsWith("read " + name), 2, SimulatedStorage.IO_ERROR);
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(this::read)
                .withMessageContaining(SimulatedStorage.IO_ERROR);
    }

    /** Entries that are longer than a block, and some that begin in one and end in another. */
    @Test
    void putsEntriesTogetherFromTheirBlocks() throws IOException {
        SimulatedStorage large = new SimulatedStorage();
        LogSettings settings = new LogSettings(SyncPolicy.ALWAYS, RecoveryMode.TAIL, 4 << 20);
        TestLog writing = TestLog.open(large, settings, new SteppedWorkers()).startSnapshots();
        for (int i = 0; i < 12; i++) {
            writing.append("key-" + i, ("" + i).repeat(i % 3 == 0 ? 900_000 : 77_777));
        }
        SnapshotReport snapshot = writing.log().takeSnapshot();
        writing.close();

        TestLog reopened = TestLog.open(large, settings, new SteppedWorkers());
        assertThat(reopened.recovery().snapshot()).isEqualTo(snapshot);
        assertThat(reopened.state().contents()).isEqualTo(writing.state().contents());
        reopened.close();
    }

    private List<String> read() throws IOException {
        List<String> entries = new ArrayList<>();
        try (SnapshotReader reader = SnapshotReader.open(storage, name)) {
            while (reader.next()) {
                entries.add(reader.sequence() + " "
                        + new String(reader.record().key(), java.nio.charset.StandardCharsets.UTF_8));
            }
        }
        return entries;
    }

    private void requireDamaged(String damage) {
        try {
            read();
        } catch (LogDamagedException found) {
            assertThat(found.file()).as(damage).contains(name);
            return;
        } catch (IOException e) {
            throw new AssertionError(damage, e);
        }
        fail(damage + " is not found");
    }

    private void forge(int offset, int length) {
        ByteBuffer forged = ByteBuffer.allocateDirect(whole.length).order(ByteOrder.LITTLE_ENDIAN);
        forged.put(whole).clear();
        forged.putInt(offset, length);
        int block = SnapshotDescriptor.HEADER_LENGTH;
        int body = block + SnapshotDescriptor.BLOCK_HEADER_LENGTH;
        int end = whole.length - SnapshotDescriptor.FOOTER_LENGTH;
        Checksum checksum = new Checksum(forged.getLong(SnapshotDescriptor.SALT_OFFSET));
        forged.putInt(block + SnapshotDescriptor.BODY_CRC_OFFSET, checksum.of(forged, body, end));
        forged.putInt(
                block + SnapshotDescriptor.BLOCK_CRC_OFFSET,
                checksum.of(forged, block, block + SnapshotDescriptor.BLOCK_CRC_OFFSET));
        byte[] bytes = new byte[whole.length];
        forged.get(bytes);
        storage.put(name, bytes);
    }
}
