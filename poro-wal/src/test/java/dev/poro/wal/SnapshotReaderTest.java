package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.fail;

import dev.poro.events.Limits;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlags;
import dev.poro.events.StateSummary;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import dev.poro.wal.storage.StorageFile;
import dev.poro.wal.storage.WorkerFactory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The reader of snapshots finds every damage, and trusts no length before its checksum.
 *
 * @see SnapshotBlockReader
 * @see SnapshotReadAhead
 */
class SnapshotReaderTest {
    private static final LogSettings LARGE = new LogSettings(SyncPolicy.ALWAYS, RecoveryMode.TAIL, 4 << 20);
    private static final int LARGE_ENTRIES = 24;

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
        TestLog writing = takeLargeSnapshot();
        TestLog reopened = TestLog.open(storage, LARGE, new SteppedWorkers());
        assertThat(reopened.recovery().snapshot().file()).isEqualTo(name);
        assertThat(reopened.state().contents()).isEqualTo(writing.state().contents());
        reopened.close();
    }

    @Test
    void showsHowFarItIs() throws IOException {
        takeLargeSnapshot();
        List<Long> shown = new ArrayList<>();
        ReplayedState state = new ReplayedState();
        new SnapshotLoader(storage, state, (read, total, last) -> shown.add(100 * read / total), new SteppedWorkers())
                .load();
        assertThat(shown).isSorted().hasSizeGreaterThan(1).allMatch(percent -> percent <= 100);
    }

    /** Since version 2 an entry may have an expiry, and nothing else that a SET may have. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 12, 14, 16, 128})
    @Tag("R1")
    void anEntryHasNoFlagButThatOfAnAbsoluteExpiry(int flags) throws IOException {
        for (int version = 1; version <= 2; version++) {
            write(version, flags);
            if (flags == 0 || (version == 2 && flags == RecordFlags.ABSOLUTE_EXPIRY)) {
                assertThat(read()).containsExactly("1 key");
            } else {
                requireDamaged("version " + version + ", flags " + flags);
            }
        }
    }

    private void write(int version, int flags) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(128).order(ByteOrder.LITTLE_ENDIAN);
        long address = RawMemory.addressOf(block) + SnapshotDescriptor.BLOCK_HEADER_LENGTH;
        RawMemory.writeLong(address, 1);
        byte[] key = "key".getBytes(StandardCharsets.UTF_8);
        int length = RecordEncoder.encodeSet(address + Long.BYTES, flags & 15, 7, 7, key, key);
        RawMemory.writeByte(address + Long.BYTES + RecordDescriptor.FLAGS_OFFSET, (byte) flags);
        StateSummary summary = new StateSummary(3, 0, 1, 1, 1 << 20, 100);
        storage.remove(name);
        try (StorageFile file = storage.create(name)) {
            SnapshotFileWriter writer =
                    new SnapshotFileWriter(file, new SnapshotHeader(version, 1, 2, 3, summary, summary.timestamp(), 0));
            writer.writeBlock(block.limit(SnapshotDescriptor.BLOCK_HEADER_LENGTH + Long.BYTES + length));
            writer.writeFooter();
        }
    }

    /** There are more blocks than are read ahead. */
    @Test
    void readsAheadOnAThread() throws IOException {
        takeLargeSnapshot();
        try (SnapshotReader reader = SnapshotReader.open(storage, name, WorkerFactory.THREADS)) {
            for (int entry = 0; entry < LARGE_ENTRIES; entry++) {
                assertThat(reader.next()).isTrue();
            }
            assertThat(reader.next()).isFalse();
        }
        assertThat(storage.openFiles()).isEmpty();
    }

    @Test
    void handsOnWhatLiesBeforeTheDamage() throws IOException {
        takeLargeSnapshot();
        storage.flipBit(name, 8L * (storage.bytes(name).length - 1_000));
        try (SnapshotReader reader = SnapshotReader.open(storage, name, WorkerFactory.THREADS)) {
            for (int entry = 0; entry < LARGE_ENTRIES - 1; entry++) {
                assertThat(reader.next()).isTrue();
            }
            assertThatExceptionOfType(LogDamagedException.class).isThrownBy(reader::next);
        }
    }

    @Test
    void endsWhileMoreIsReadAhead() throws IOException {
        takeLargeSnapshot();
        SnapshotReader reader = SnapshotReader.open(storage, name, WorkerFactory.THREADS);
        assertThat(reader.next()).isTrue();
        reader.close();
        assertThat(storage.openFiles()).isEmpty();
    }

    private TestLog takeLargeSnapshot() throws IOException {
        for (String file : storage.names()) {
            storage.remove(file);
        }
        TestLog writing = TestLog.open(storage, LARGE, new SteppedWorkers()).startSnapshots();
        for (int i = 0; i < LARGE_ENTRIES; i++) {
            writing.append("key-" + i, ("" + i).repeat(i % 3 == 0 ? 900_000 : 77_777));
        }
        name = writing.log().takeSnapshot().file();
        writing.close();
        return writing;
    }

    private List<String> read() throws IOException {
        List<String> entries = new ArrayList<>();
        try (SnapshotReader reader = SnapshotReader.open(storage, name, new SteppedWorkers())) {
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
