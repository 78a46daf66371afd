package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.fail;

import dev.poro.engine.tools.Salvage;
import dev.poro.engine.tools.SalvageReport;
import dev.poro.engine.tools.Verification;
import dev.poro.engine.tools.VerificationReport;
import dev.poro.events.EventType;
import dev.poro.events.TestScale;
import dev.poro.wal.LogProblem;
import dev.poro.wal.RecoveryReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever is damaged, a salvaged log opens, verifies as sound, and has every event that is whole.
 *
 * @see SalvageReport
 * @see dev.poro.wal.SalvageStart
 */
@Tag("R11")
class SalvageTest {
    private static final int SEGMENT_LENGTH = 16 << 10;
    private static final long BUDGET = 1 << 20;
    /** Of the frames of a log, one event each: the budget, then sets of equal length. */
    private static final int FIRST_SET = 184;

    private static final int SET_LENGTH = 64;

    @TempDir
    private Path directory;

    private Path source;
    private Path target;

    @BeforeEach
    void writeLog() {
        source = directory.resolve("poro.wal");
        target = directory.resolve("new.wal");
        try (Poro poro = open(source)) {
            for (int i = 10; i < 50; i++) {
                poro.set("key-" + i, "value " + i);
            }
            poro.delete("key-10");
        }
    }

    @Test
    void aSoundLogIsCopiedWholeWithAMarkOfItsOwn() {
        SalvageReport report = salvage();

        assertThat(report.isComplete()).isTrue();
        assertThat(report.droppedMarks()).isPositive();
        assertThat(report.assumedBudget()).isZero();
        try (Poro before = open(source);
                Poro after = open(target)) {
            assertThat(after.digest()).isEqualTo(before.digest()).isEqualTo(report.digest());
            assertThat(after.keys()).isEqualTo(39);
        }
    }

    @Test
    void allButTheDamagedEventsAreThere() throws IOException {
        damage(FIRST_SET + 50, 1);
        damage(FIRST_SET + 5 * SET_LENGTH + 50, 1);

        SalvageReport report = salvage();

        assertThat(report.isComplete()).isFalse();
        assertThat(report.source().missingEvents()).isEqualTo(2);
        assertThat(report.source().problems())
                .extracting(LogProblem::firstSequence)
                .containsExactly(2L, 7L);
        try (Poro after = open(target)) {
            assertThat(after.get("key-15")).isNull();
            assertThat(after.get("key-16")).isEqualTo("value 16");
            assertThat(after.keys()).isEqualTo(38);
        }
    }

    @Test
    void whereTheFirstBudgetIsLostOneIsAssumedAndSaid() throws IOException {
        damage(130, 1);

        SalvageReport report = Salvage.run(source, target, false, 2 * BUDGET, Progress.NONE);

        assertThat(report.assumedBudget()).isEqualTo(2 * BUDGET);
        assertThat(report.refused()).isZero();
        assertThat(report.isComplete()).isFalse();
        VerificationReport verified = assertSound(target);
        assertThat(verified.keys()).isEqualTo(39);
        assertThat(verified.memory().budget()).isEqualTo(2 * BUDGET);
        assertThat(verified.recordsByType()).containsEntry(EventType.MEMORY_BUDGET, 1L);
    }

    @Test
    void laterBudgetsStay() throws IOException {
        try (Poro poro =
                Poro.at(source).memory(3 * BUDGET).segmentLength(SEGMENT_LENGTH).open()) {
            poro.set("last", "one");
        }
        damage(FIRST_SET + 50, 1);

        salvage();

        assertThat(assertSound(target).memory().budget()).isEqualTo(3 * BUDGET);
    }

    @Test
    void aMissingSegmentIsClosedUp() throws IOException {
        try (Poro poro = open(source)) {
            for (int i = 0; i < 40; i++) {
                poro.set("long-" + i, "v".repeat(1_000));
            }
        }
        Files.delete(source.resolve("0000000002.wal"));

        SalvageReport report = salvage();

        assertThat(report.source().missingEvents()).isGreaterThan(5);
        assertThat(report.source().problems())
                .extracting(LogProblem::cause)
                .containsExactly("segment 2, which comes before, is missing");
        assertThat(assertSound(target).events()).isEqualTo(report.events());
    }

    @Test
    void valuesOfEveryLengthFitIntoTheNewSegments() throws IOException {
        Path large = directory.resolve("large.wal");
        try (Poro poro = Poro.at(large).memory(64 << 20).segmentLength(2 << 20).open()) {
            poro.set("largest", "v".repeat(1 << 20));
            poro.set("another", "w".repeat(1 << 20));
            poro.setAsync(StoreContract.bytes("a"), new byte[600_000]);
            poro.setAsync(StoreContract.bytes("b"), new byte[600_000]);
        }

        assertThat(Salvage.run(large, target, false, 0, Progress.NONE).isComplete())
                .isTrue();
        assertThat(assertSound(target).keys()).isEqualTo(4);
    }

    @Test
    void aValueOfASnapshotMayBeLongerThanAnyEventOfTheLog() throws IOException {
        Path grown = directory.resolve("grown.wal");
        try (Poro poro = Poro.at(grown)
                .memory(64 << 20)
                .segmentLength(SEGMENT_LENGTH)
                .retain(Retention.NONE)
                .open()) {
            for (int i = 0; i < 40; i++) {
                poro.append("grown", "a".repeat(1_000));
            }
            poro.expireAt("grown", Instant.ofEpochMilli(4_000_000_000_123L));
            poro.snapshot();
            poro.set("after", "it");
        }
        Files.deleteIfExists(grown.resolve("0000000001.wal"));

        SalvageReport report = Salvage.run(grown, target, false, 0, Progress.NONE);

        assertThat(report.snapshot()).isNotNull();
        assertSound(target);
        try (ReadOnlyStore store = ReadOnlyStore.open(target, Progress.NONE)) {
            assertThat(store.get(StoreContract.bytes("grown"))).hasSize(40_000);
            assertThat(store.entry(StoreContract.bytes("grown")).expiry())
                    .contains(Instant.ofEpochMilli(4_000_000_000_123L));
        }
    }

    @Test
    void aDryRunSaysTheSameAndWritesNothing() throws IOException {
        damage(FIRST_SET + 50, 1);
        Map<String, String> before = contents(directory);

        SalvageReport planned = Salvage.run(source, null, true, 0, Progress.NONE);

        assertThat(contents(directory)).isEqualTo(before);
        assertThat(salvage()).isEqualTo(planned);
    }

    @Test
    void theSourceIsNotTouched() throws IOException {
        damage(FIRST_SET + 50, 1);
        Map<String, String> before = contents(source);

        salvage();

        assertThat(contents(source)).isEqualTo(before);
    }

    @Test
    void oneSegmentFileCanBeSalvagedAlone() throws IOException {
        damage(FIRST_SET + 50, 1);

        assertThat(Salvage.run(source.resolve("0000000001.wal"), target, false, 0, Progress.NONE)
                        .source()
                        .missingEvents())
                .isEqualTo(1);
        assertSound(target);
    }

    @Test
    void anEmptyDirectoryIsTakenAndAnyOtherRefused() throws IOException {
        Files.createDirectory(target);
        salvage();
        Path inside = source.resolve("new");
        Path full = directory.resolve("full");
        Files.createDirectory(full);
        Files.createFile(full.resolve("letter"));
        Path left = directory.resolve("left");
        Files.createDirectory(directory.resolve("left.unfinished"));

        for (Path refused : new Path[] {target, source, inside, full, left, directory.resolve("no/where")}) {
            for (boolean dryRun : new boolean[] {true, false}) {
                assertThatExceptionOfType(PoroException.class)
                        .as(refused.toString())
                        .isThrownBy(() -> Salvage.run(source, refused, dryRun, 0, Progress.NONE));
            }
        }
        assertThat(full.toFile().list()).containsExactly("letter");
        assertThat(left).doesNotExist();
        assertThat(inside).doesNotExist();
    }

    @Test
    @Tag("R21")
    void aLogThatIsOpenIsNotSalvagedAndOneThatIsSalvagedIsNotOpened() {
        try (Poro poro = open(source)) {
            assertThatExceptionOfType(StoreLockedException.class).isThrownBy(this::salvage);
            poro.set("a", "b");
        }
        assertThat(target).doesNotExist();

        Progress opener = (bytesRead, bytesTotal, lastSequence) -> open(source).close();
        writeManyFrames();
        assertThatExceptionOfType(StoreLockedException.class)
                .isThrownBy(() -> Salvage.run(source, target, false, 0, opener));
        assertThat(target).doesNotExist();
        salvage();
        open(source).close();
    }

    @Test
    void aFileThatIsNoSegmentIsRefused() throws IOException {
        Path letter = directory.resolve("letter");
        Files.writeString(letter, "dear reader, ".repeat(100));

        assertThatExceptionOfType(PoroException.class)
                .isThrownBy(() -> Salvage.run(letter, directory.resolve("x/y"), true, 0, Progress.NONE))
                .withMessageContaining("no segment of a log can be recognised");
    }

    @Test
    @Tag("R25")
    void aMarkThatTheReplayDoesNotReachIsSaidAndLeftOut() throws IOException {
        Path stranger = directory.resolve("stranger.wal");
        DivergingLog.write(source, stranger);

        SalvageReport report = Salvage.run(stranger, target, false, 0, Progress.NONE);

        assertThat(report.isComplete()).isFalse();
        assertThat(report.source().problems()).isEmpty();
        assertThat(report.disagreement()).contains("CLEAN_CLOSE after sequence 2");
        assertSound(target);
    }

    /** Byte by byte over the part in use: one bit each, so that every byte counts once. */
    @Test
    @Tag("R3")
    void aBitFlippedInAnyByteCostsAtMostOneEvent() throws IOException {
        Path segment = source.resolve("0000000001.wal");
        byte[] whole = Files.readAllBytes(segment);
        long events = salvage().source().events();
        int used = (int) assertSound(source).log().segments().get(0).usedBytes();
        int step = TestScale.choose(61, 1);
        int count = 0;
        for (int at = 0; at < used; at += step) {
            damage(at, 1 << at % 8);
            deleteAll(target);
            try {
                SalvageReport report = salvage();
                assertThat(report.source().events()).as("byte %d", at).isBetween(events - 1, events);
                assertThat(assertSound(target).digest()).as("byte %d", at).isEqualTo(report.digest());
            } catch (PoroException e) {
                fail("byte " + at, e);
            }
            Files.write(segment, whole);
            count++;
        }
        TestScale.report("salvaged-bytes", "%,d bytes damaged one at a time and the log salvaged", count);
    }

    /** More than reading takes between two reports of its progress. */
    private void writeManyFrames() {
        try (Poro poro = open(source)) {
            for (int i = 0; i < 5_000; i++) {
                poro.delete("none");
            }
        }
    }

    private Poro open(Path path) {
        return Poro.at(path)
                .sync(SyncPolicy.OS)
                .memory(BUDGET)
                .segmentLength(SEGMENT_LENGTH)
                .threading(Threading.CALLER)
                .open();
    }

    private SalvageReport salvage() {
        return Salvage.run(source, target, false, 0, Progress.NONE);
    }

    private static VerificationReport assertSound(Path log) {
        VerificationReport verified = Verification.run(log, Progress.NONE);
        assertThat(verified.log().verdict()).isEqualTo(RecoveryReport.Verdict.SOUND);
        assertThat(verified.log().closedCleanly()).isTrue();
        assertThat(verified.digestsChecked()).isTrue();
        return verified;
    }

    private void damage(int offset, int mask) throws IOException {
        Path segment = source.resolve("0000000001.wal");
        byte[] bytes = Files.readAllBytes(segment);
        bytes[offset] ^= (byte) mask;
        Files.write(segment, bytes);
    }

    private static Map<String, String> contents(Path directory) throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                contents.put(
                        file.toString(),
                        Arrays.hashCode(Files.readAllBytes(file)) + " " + Files.getLastModifiedTime(file));
            }
        }
        return contents;
    }

    private static void deleteAll(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
