package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.engine.tools.Backup;
import dev.poro.engine.tools.Restore;
import dev.poro.engine.tools.RestoredStoreReport;
import dev.poro.engine.tools.Verification;
import dev.poro.events.TestScale;
import dev.poro.wal.RecoveryReport;
import dev.poro.wal.RestorePoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Stores restored from real ones: a store must have been in that state, and goes on.
 *
 * @see RestoredStoreReport
 */
class RestoreTest {
    @TempDir
    private Path directory;

    private Path source;
    private Path target;
    /** By sequence. */
    private final Map<Long, Long> digests = new TreeMap<>();

    private long last;

    @BeforeEach
    void writeLog() {
        source = directory.resolve("poro.wal");
        target = directory.resolve("restored.wal");
        try (Poro poro = open(source)) {
            for (int i = 0; i < 90; i++) {
                poro.set("key-" + i % 40, i + "v".repeat(400));
                if (i % 7 == 0) {
                    poro.delete("key-" + i % 11);
                }
                digests.put(poro.sequence(), poro.digest());
                if (i == 30 || i == 60) {
                    poro.snapshot();
                }
            }
            last = poro.sequence();
        }
    }

    @Test
    @Tag("R25")
    void everyStateThatTheStoreWentThroughHasItsDigest() throws IOException {
        List<Long> sequences = List.copyOf(digests.keySet());
        for (int i = 0; i < sequences.size(); i += TestScale.choose(22, 1)) {
            long sequence = sequences.get(i);
            Path restoredTo = directory.resolve("restored-" + sequence);

            RestoredStoreReport restored =
                    Restore.run(source, restoredTo, RestorePoint.ofSequence(sequence), false, Progress.NONE);

            assertThat(restored.digest()).as("sequence %d", sequence).isEqualTo(digests.get(sequence));
            assertThat(Verification.run(restoredTo, Progress.NONE).log().verdict())
                    .isEqualTo(RecoveryReport.Verdict.SOUND);
            try (Poro poro = open(restoredTo)) {
                assertThat(poro.digest()).as("sequence %d", sequence).isEqualTo(digests.get(sequence));
                assertThat(poro.keys()).isEqualTo(restored.keys());
                poro.set("and", "on");
            }
            open(restoredTo).close();
        }
    }

    @Test
    void aBackupIsRestoredAsTheLogItself() {
        Path backup = directory.resolve("backup.wal");
        Backup.run(source, backup, Progress.NONE);

        RestoredStoreReport restored = Restore.run(backup, target, RestorePoint.ofSequence(last), false, Progress.NONE);

        assertThat(restored.digest()).isEqualTo(digests.get(last));
    }

    @Test
    void theHistoryOfAnOpenStoreIsRestored() {
        try (Poro poro = open(source)) {
            poro.set("later", "one");

            RestoredStoreReport restored =
                    Restore.run(source, target, RestorePoint.ofSequence(last), false, Progress.NONE);

            assertThat(restored.digest()).isEqualTo(digests.get(last)).isNotEqualTo(poro.digest());
        }
    }

    @Test
    void aDryRunSaysTheSameAndWritesNothing() throws IOException {
        Map<String, String> before = contents(directory);

        RestoredStoreReport planned = Restore.run(source, null, RestorePoint.ofSequence(50), true, Progress.NONE);
        Restore.run(source, target, RestorePoint.LATEST, true, Progress.NONE);

        assertThat(contents(directory)).isEqualTo(before);
        assertThat(Restore.run(source, target, RestorePoint.ofSequence(50), false, Progress.NONE))
                .isEqualTo(planned);
    }

    @Test
    void neverOverwritesWhatIsThere() throws IOException {
        Path full = Files.createDirectory(directory.resolve("full"));
        Files.writeString(full.resolve("letter"), "dear reader");
        Files.createDirectory(directory.resolve("left.unfinished"));
        Map<String, String> before = contents(directory);

        for (Path refused : new Path[] {
            full, source, source.resolve("inside"), directory.resolve("left"), directory.resolve("no/where")
        }) {
            for (boolean dryRun : new boolean[] {true, false}) {
                assertThatExceptionOfType(PoroException.class)
                        .as(refused.toString())
                        .isThrownBy(() -> Restore.run(source, refused, RestorePoint.LATEST, dryRun, Progress.NONE));
            }
        }

        assertThat(contents(directory)).isEqualTo(before);
        assertThat(directory.resolve("left")).doesNotExist();
    }

    @Test
    void whatCannotBeRestoredLeavesNothing() {
        for (RestorePoint point : new RestorePoint[] {RestorePoint.ofSequence(last + 2), RestorePoint.ofTime(1)}) {
            assertThatExceptionOfType(PoroException.class)
                    .isThrownBy(() -> Restore.run(source, target, point, false, Progress.NONE))
                    .withMessageContaining("Restorable is sequence 1 (")
                    .withMessageContaining("to " + last + " (");
        }
        assertThat(directory.toFile().list()).containsExactly("poro.wal");
    }

    private static Poro open(Path path) {
        return Poro.at(path)
                .sync(SyncPolicy.OS)
                .memory(1 << 20)
                .segmentLength(16 << 10)
                .retain(Retention.ALL)
                .open();
    }

    private static Map<String, String> contents(Path below) throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(below)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                contents.put(
                        below.relativize(file).toString(),
                        new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
            }
        }
        return contents;
    }
}
