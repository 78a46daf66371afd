package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.events.ChangeKind;
import dev.poro.events.ChangeSink;
import dev.poro.events.FailStop;
import dev.poro.events.RawMemory;
import dev.poro.events.TestScale;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import dev.poro.wal.storage.FileSystemStorage;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is handed to a change log is what its readers find, and nothing else, whatever happens to its files.
 *
 * @see ChangeLog
 * @see ChangeReader
 * @see ChangeDescriptor
 * @see ChangeSearch
 * @see ChangeIndex
 * @see KeptChange
 */
class ChangeWriterTest {
    private static final long LOG_ID = 7;
    private static final int SEGMENT_LENGTH = 16 << 10;

    private final SimulatedStorage storage = new SimulatedStorage();
    private final FailStop failStop = new FailStop();
    private final List<Change> written = new ArrayList<>();
    private final Random random = new Random(1);
    private ChangeLog log;
    private long sequence;

    private record Change(
            long sequence,
            int index,
            ChangeKind kind,
            long previous,
            long expiry,
            long timestamp,
            long wallClock,
            String key,
            String value) {}

    @AfterEach
    void close() throws IOException {
        if (log != null) {
            log.close();
        }
        storage.release();
    }

    private void open(SimulatedStorage disk, long covered) throws IOException {
        open(disk, covered, lastUpTo(covered));
    }

    private long lastUpTo(long covered) {
        return written.stream()
                .mapToLong(Change::sequence)
                .filter(each -> each <= covered)
                .max()
                .orElse(0);
    }

    private void open(SimulatedStorage disk, long covered, long lastChange) throws IOException {
        LogSettings settings = new LogSettings(SyncPolicy.ALWAYS, RecoveryMode.TAIL, SEGMENT_LENGTH);
        log = ChangeLog.open(
                disk, new DurableNames(disk), settings, LOG_ID, covered, lastChange, new SteppedWorkers(), failStop);
        written.removeIf(change -> change.sequence > covered);
        sequence = covered;
    }

    private void writeSome(int events) {
        for (int i = 0; i < events; i++) {
            sequence++;
            long timestamp = 1_000_000 + sequence / 3;
            long wallClock = timestamp + (sequence / 10 % 2) * 5_000;
            for (int index = 0; index < random.nextInt(3); index++) {
                int dice = random.nextInt(20);
                ChangeKind kind = dice == 0
                        ? ChangeKind.CLEARED
                        : dice < 4 ? ChangeKind.DELETE : dice < 6 ? ChangeKind.EXPIRED : ChangeKind.SET;
                write(
                        index,
                        kind,
                        timestamp,
                        wallClock,
                        kind == ChangeKind.CLEARED ? "" : "key " + random.nextInt(50),
                        kind == ChangeKind.SET ? "v".repeat(random.nextInt(300)) + sequence : "");
            }
            if (random.nextBoolean()) {
                log.sink().onBatchEnd();
            }
        }
        log.sink().onBatchEnd();
    }

    private void write(int index, ChangeKind kind, long timestamp, long wallClock, String key, String value) {
        long expiry = kind == ChangeKind.SET && value.length() % 2 == 0 ? timestamp + 9 : ChangeSink.NO_EXPIRY;
        byte[] payload = (key + value).getBytes(StandardCharsets.US_ASCII);
        long address = RawMemory.allocate(payload.length + 1);
        RawMemory.copy(payload, 0, address, payload.length);
        log.sink().latestWallClock(wallClock);
        log.sink()
                .onChange(
                        sequence, timestamp, index, kind, sequence / 2, expiry, address, key.length(), value.length());
        RawMemory.free(address, payload.length + 1);
        written.add(new Change(sequence, index, kind, sequence / 2, expiry, timestamp, wallClock, key, value));
    }

    private static List<Change> read(ChangeReader reader) throws IOException {
        List<Change> found = new ArrayList<>();
        try (reader) {
            while (reader.next()) {
                found.add(new Change(
                        reader.sequence(),
                        reader.index(),
                        reader.kind(),
                        reader.previous(),
                        reader.expiry(),
                        reader.timestamp(),
                        reader.latestWallClock(),
                        new String(reader.key(), StandardCharsets.US_ASCII),
                        new String(reader.value(), StandardCharsets.US_ASCII)));
            }
        }
        return found;
    }

    private static void assertSame(String what, List<Change> found, List<Change> expected) {
        for (int i = 0; i < Math.min(found.size(), expected.size()); i++) {
            assertThat(found.get(i)).as("%s, change %d", what, i).isEqualTo(expected.get(i));
        }
        assertThat(found.size()).as("%s, how many", what).isEqualTo(expected.size());
    }

    private List<Change> readAll() throws IOException {
        return read(log.newReader(() -> Long.MAX_VALUE, log.base() + 1, 0));
    }

    @Test
    void isReadAsItWasWritten() throws IOException {
        open(storage, 0);
        ChangeReader follower = log.newReader(() -> Long.MAX_VALUE, 1, 0);
        for (int i = 0; i < 20; i++) {
            writeSome(30);
            int seen = 0;
            while (follower.next()) {
                seen++;
            }
            assertThat(seen).isPositive();
            assertSame("all", readAll(), written);
        }
        follower.close();
        assertThat(storage.names()).hasSizeGreaterThan(5);
        for (int i = 0; i < 50; i++) {
            Change from = written.get(random.nextInt(written.size()));
            List<Change> rest = written.subList(written.indexOf(from), written.size());
            assertThat(read(log.newReader(() -> Long.MAX_VALUE, from.sequence, from.index)))
                    .isEqualTo(rest);
            assertThat(read(log.newReader(() -> from.sequence, 1, 0)))
                    .isEqualTo(written.stream()
                            .filter(change -> change.sequence <= from.sequence)
                            .toList());
        }
        // Another process, which does not know where the end is.
        assertThat(read(new ChangeReader(storage, () -> ChangeReader.UNKNOWN_END, () -> Long.MAX_VALUE, 1, 0)))
                .isEqualTo(written);
    }

    @Test
    void aChangeMayBeLongerThanAFile() throws IOException {
        open(storage, 0);
        writeSome(10);
        sequence++;
        write(0, ChangeKind.SET, 2_000_000, 2_000_000, "long", "x".repeat(5 * SEGMENT_LENGTH));
        writeSome(10);
        assertSame("all", readAll(), written);
    }

    @Test
    void evenTheFirstChangeMayBeLongerThanAFile() throws IOException {
        open(storage, 0);
        sequence++;
        write(0, ChangeKind.SET, 2_000_000, 2_000_000, "long", "x".repeat(2 * SEGMENT_LENGTH));
        writeSome(10);
        assertSame("all", readAll(), written);
        log.force();
        log.close();
        open(storage, sequence);
        assertThat(log.base()).isZero();
        assertSame("all", readAll(), written);
    }

    @Test
    void isCutBackToASnapshotAndMadeAgain() throws IOException {
        open(storage, 0);
        for (int i = 0; i < 10; i++) {
            writeSome(random.nextInt(100));
            long covered = sequence;
            log.force();
            writeSome(random.nextInt(100));
            log.close();
            open(storage, covered);
            assertSame("all", readAll(), written);
        }
    }

    @Test
    void survivesAPowerCutUpToWhatWasForced() throws IOException {
        for (int i = 1; i <= TestScale.choose(20, 500); i++) {
            try (SimulatedDiskOf disk = new SimulatedDiskOf(new SimulatedStorage(i))) {
                written.clear();
                open(disk.storage, 0);
                writeSome(random.nextInt(150));
                log.force();
                long covered = sequence;
                writeSome(random.nextInt(100));
                SimulatedStorage after = disk.storage.powerCut(i);
                disk.storage.crashAt(0);
                try (SimulatedDiskOf disk2 = new SimulatedDiskOf(after)) {
                    open(disk2.storage, covered);
                    assertSame("power cut " + i, readAll(), written);
                    log.close();
                    log = null;
                }
            }
        }
    }

    /** Released at the end. */
    private record SimulatedDiskOf(SimulatedStorage storage) implements AutoCloseable {
        @Override
        public void close() {
            storage.release();
        }
    }

    @Test
    void damageIsNoticedAndNeverSkipped() throws IOException {
        open(storage, 0);
        writeSome(120);
        List<String> names = new ArrayList<>(storage.names());
        int noticed = 0;
        int tries = TestScale.choose(300, 20_000);
        for (int i = 0; i < tries; i++) {
            SimulatedStorage copy = storage.copy();
            String name = names.get(random.nextInt(names.size()));
            long bits = 8L * copy.bytes(name).length;
            if (random.nextInt(4) == 0) {
                byte[] bytes = copy.bytes(name);
                int at = random.nextInt(bytes.length) / 512 * 512;
                Arrays.fill(bytes, at, at + 512, (byte) 0);
                copy.put(name, bytes);
            } else {
                copy.flipBit(name, random.nextLong(bits));
            }
            long to = sequence;
            List<Change> found = new ArrayList<>();
            try {
                ChangeReader reader = new ChangeReader(copy, () -> ChangeReader.UNKNOWN_END, () -> to, 1, 0);
                found.addAll(read(reader));
            } catch (LogDamagedException damaged) {
                noticed++;
                assertThat(damaged.file()).contains(".changes");
            }
            // What was read is right as far as it goes; the last frames may be missing.
            assertSame("damaged", found, written.subList(0, found.size()));
            copy.release();
        }
        assertThat(noticed).isGreaterThan(tries / 10);
    }

    @Test
    void filesOfAnotherLogAreSetAside() throws IOException {
        open(storage, 0);
        writeSome(10);
        log.force();
        log.close();
        LogSettings settings = new LogSettings(SyncPolicy.OS, RecoveryMode.TAIL, SEGMENT_LENGTH);
        log = ChangeLog.open(
                storage,
                new DurableNames(storage),
                settings,
                LOG_ID + 1,
                sequence,
                lastUpTo(sequence),
                new SteppedWorkers(),
                failStop);
        assertThat(log.base()).isEqualTo(sequence);
        assertThat(storage.names()).anyMatch(name -> name.equals("0000000001.changes.quarantine"));
        assertThatExceptionOfType(ChangesReleasedException.class)
                .isThrownBy(() -> log.newReader(() -> Long.MAX_VALUE, 1, 0));
    }

    @Test
    void filesThatLackAForcedChangeAreSetAside() throws IOException {
        open(storage, 0);
        writeSome(30);
        log.force();
        log.close();
        String name = "0000000001.changes";
        byte[] bytes = storage.bytes(name);
        int end = bytes.length - 1;
        while (bytes[end] == 0) {
            end--;
        }
        bytes[end]++;
        storage.put(name, bytes);
        open(storage, sequence);
        assertThat(log.base()).isEqualTo(sequence);
        assertThat(storage.names()).contains(name + ".quarantine");
    }

    @Test
    void endsWhereTheDiskIsFull() throws IOException {
        open(storage, 0);
        writeSome(30);
        storage.capacity(storage.used());
        for (int i = 0; i < 20; i++) {
            writeSome(20);
        }
        assertThat(log.whyBehind()).isNotNull();
        assertThatExceptionOfType(LogException.class)
                .isThrownBy(() -> log.force())
                .withMessageContaining("open the store again");
        assertThat(failStop.isTripped()).isFalse();
        List<Change> kept = readAll();
        assertThat(kept).isEqualTo(written.subList(0, kept.size()));
        storage.capacity(Long.MAX_VALUE);
        log.close();
        open(storage, 0);
        writeSome(50);
        assertSame("all", readAll(), written);
    }

    @Test
    void aFailedForceStopsTheStore() throws IOException {
        open(storage, 0);
        writeSome(30);
        storage.failAlways(operation -> operation.startsWith("force") && operation.contains(".changes"), "no");
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> log.force());
        assertThat(failStop.isTripped()).isTrue();
        storage.heal();
    }

    @Test
    void theOldestFilesAreReleased() throws IOException {
        open(storage, 0);
        writeSome(600);
        long middle = sequence / 2;
        int files = storage.names().size();
        log.release(new DurableNames(storage), middle);
        assertThat(storage.names()).hasSizeLessThan(files);
        assertThat(log.base()).isBetween(1L, middle);
        long base = log.base();
        assertThat(readAll())
                .isEqualTo(written.stream()
                        .filter(change -> change.sequence > base)
                        .toList());
        log.force();
        long covered = sequence;
        log.close();
        open(storage, covered);
        assertThat(log.base()).isEqualTo(base);
    }

    @Test
    void theChangesOfAKeyAreFoundNewestFirst() throws IOException {
        open(storage, 0);
        ChangeSearch search = log.search();
        for (int i = 0; i < 8; i++) {
            writeSome(100);
            for (int j = 0; j < 20; j++) {
                String key = "key " + random.nextInt(60);
                long upTo = 1 + random.nextLong(sequence);
                List<Change> expected = new ArrayList<>(written.stream()
                        .filter(change -> change.sequence <= upTo
                                && (change.kind == ChangeKind.CLEARED || change.key.equals(key)))
                        .toList());
                Collections.reverse(expected);
                List<KeptChange> found = new ArrayList<>();
                search.newestFirst(key.getBytes(StandardCharsets.US_ASCII), upTo, found::add);
                assertThat(found.stream().map(change -> change.sequence() * 10 + change.index()))
                        .isEqualTo(expected.stream()
                                .map(change -> change.sequence * 10 + change.index)
                                .toList());
                assertThat(found.stream().map(change -> new String(change.value(), StandardCharsets.US_ASCII)))
                        .isEqualTo(expected.stream().map(Change::value).toList());
                Change last = written.stream()
                        .filter(change -> change.sequence <= upTo)
                        .reduce((a, b) -> b)
                        .orElse(null);
                KeptChange foundLast = search.lastUpTo(upTo);
                assertThat(foundLast == null ? 0 : foundLast.sequence()).isEqualTo(last == null ? 0 : last.sequence);
            }
        }
    }

    /** Between the header of a new file and the end of its first frame, readers look into it. */
    @Test
    void findsTheChangesOfAFileThatWasLookedIntoTooEarly() throws IOException {
        open(storage, 0);
        while (startedFiles() < 2) {
            sequence++;
            write(0, ChangeKind.SET, 1_000, 1_000, "key " + sequence, "v".repeat(200));
        }
        byte[] key = ("key " + sequence).getBytes(StandardCharsets.US_ASCII);
        assertThat(found(key)).isEmpty();
        ChangeReader early = log.newReader(() -> Long.MAX_VALUE, sequence + 1, 0);
        assertThat(early.next()).isFalse();
        log.sink().onBatchEnd();

        assertThat(found(key)).containsExactly(sequence);
        sequence++;
        write(0, ChangeKind.SET, 1_000, 1_000, "key", "value");
        log.sink().onBatchEnd();
        assertThat(early.next()).isTrue();
        early.close();
        assertSame("all", readAll(), written);
    }

    private List<Long> found(byte[] key) throws IOException {
        List<Long> found = new ArrayList<>();
        log.search().newestFirst(key, Long.MAX_VALUE, change -> found.add(change.sequence()));
        return found;
    }

    private long startedFiles() throws IOException {
        return Segments.read(storage, LogFiles.changeFiles(storage)).list().stream()
                .filter(file -> file.firstSequence() > 0)
                .count();
    }

    @Test
    void namesTheFileThatWasCutShort(@TempDir Path directory) throws IOException {
        FileSystemStorage disk = new FileSystemStorage(directory);
        LogSettings settings = new LogSettings(SyncPolicy.OS, RecoveryMode.TAIL, SEGMENT_LENGTH);
        log = ChangeLog.open(disk, new DurableNames(disk), settings, LOG_ID, 0, 0, new SteppedWorkers(), failStop);
        InternalError fault = new InternalError("a fault occurred in an unsafe memory access operation");
        assertThat(log.explain(fault)).isSameAs(fault);
        try (FileChannel file = FileChannel.open(directory.resolve("0000000001.changes"), StandardOpenOption.WRITE)) {
            file.truncate(4096);
        }
        assertThat(log.explain(fault))
                .hasMessageContaining("0000000001.changes")
                .hasMessageContaining("cut short");
    }

    @Test
    void aReaderKeepsTheFileThatItReadsForABoundedTime() throws IOException {
        open(storage, 0);
        writeSome(600);
        int files = LogFiles.changeFiles(storage).size();
        assertThat(files).isGreaterThan(4);
        DurableNames names = new DurableNames(storage);
        try (ChangeReader reader = log.newReader(() -> Long.MAX_VALUE, 1, 0)) {
            assertThat(reader.next()).isTrue();
            log.release(names, sequence);
            assertThat(LogFiles.changeFiles(storage)).hasSize(files);
            assertThat(log.isReleaseDue()).isFalse();
            while (reader.sequence() < sequence / 2) {
                assertThat(reader.next()).isTrue();
            }
            assertThat(log.isReleaseDue()).isTrue();
            log.release(names, sequence);
            assertThat(LogFiles.changeFiles(storage)).hasSizeBetween(2, files - 1);
            assertThat(log.isReleaseDue()).isFalse();
            storage.advanceClock(1 + ChangePins.NANOS_PER_BYTE * SEGMENT_LENGTH / 1_000_000);
            assertThat(log.isReleaseDue()).isTrue();
            log.release(names, sequence);
            assertThat(LogFiles.changeFiles(storage)).hasSizeLessThanOrEqualTo(2);
            assertThat(log.isReleaseDue()).isFalse();
        }
    }

    /** Otherwise they would stay open for as long as no snapshot can be taken. */
    @Test
    void fullFilesAreForcedAndClosedWithoutASnapshot() throws IOException {
        open(storage, 0);
        writeSome(1_000);
        assertThat(LogFiles.changeFiles(storage)).hasSizeGreaterThan(8);
        assertThat(storage.openFiles()).hasSizeGreaterThan(8);
        log.forceFullFiles();
        assertThat(storage.openFiles()).hasSizeLessThanOrEqualTo(2);
        SimulatedStorage after = storage.powerCut(storage.pending(), new BitSet());
        assertThat(after.bytes("0000000003.changes")).isEqualTo(storage.bytes("0000000003.changes"));
        after.release();
    }
}
