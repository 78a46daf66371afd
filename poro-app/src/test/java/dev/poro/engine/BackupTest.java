package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.engine.tools.Backup;
import dev.poro.engine.tools.Repair;
import dev.poro.engine.tools.Restore;
import dev.poro.engine.tools.Verification;
import dev.poro.engine.tools.VerifiedBackupReport;
import dev.poro.events.TestScale;
import dev.poro.wal.RestorePoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Backups of real stores, open and closed.
 *
 * @see BackupReport
 * @see dev.poro.engine.internal.BackupRun
 * @see dev.poro.engine.internal.LogProgress
 * @see VerifiedBackupReport
 */
class BackupTest {
    private static final int KEYS = 20;
    private static final int BACKUPS = TestScale.choose(2, 20);

    @TempDir
    private Path directory;

    private Path log;
    private Path target;

    @BeforeEach
    void writeLog() {
        log = directory.resolve("poro.wal");
        target = directory.resolve("backup.wal");
        try (Poro poro = open(log)) {
            for (int i = 0; i < 60; i++) {
                poro.set("key-" + i, "v".repeat(500));
            }
            poro.snapshot();
            poro.set("last", "one");
        }
    }

    @Test
    void ofAClosedStoreHoldsWhatTheStoreHolds() throws IOException {
        Map<String, String> before = contents(log);

        VerifiedBackupReport made = backUp();

        assertThat(contents(log)).isEqualTo(before);
        try (Poro original = open(log);
                Poro copy = open(target)) {
            assertThat(copy.digest()).isEqualTo(original.digest()).isEqualTo(made.digest());
            assertThat(copy.keys()).isEqualTo(61).isEqualTo(made.keys());
            assertThat(copy.opening().lastSequence()).isEqualTo(made.backup().lastSequence());
            assertThat(copy.opening().snapshot()).isNotNull();
        }
    }

    /** Every key must hold what it held when the last set that is in the backup had been done. */
    @ParameterizedTest
    @EnumSource(SyncPolicy.class)
    @Tag("R28")
    void ofARunningStoreHoldsAStateThatItWentThrough(SyncPolicy policy) throws Exception {
        Path running = directory.resolve("running.wal");
        AtomicLong acknowledged = new AtomicLong(-1);
        AtomicBoolean stop = new AtomicBoolean();
        try (Poro poro = Poro.at(running)
                .sync(policy)
                .memory(1 << 20)
                .segmentLength(64 << 10)
                .eventsPerMark(Long.MAX_VALUE) // every event is a set
                .open()) {
            Thread writer = new Thread(() -> {
                for (long i = 0; !stop.get(); i++) {
                    poro.set("key-" + i % KEYS, String.valueOf(i));
                    acknowledged.set(i);
                }
            });
            writer.start();
            for (int i = 0; i < BACKUPS; i++) {
                while (acknowledged.get() < (i + 1) * 3L * KEYS) {
                    Thread.sleep(1);
                }
                long before = acknowledged.get();
                Path place = directory.resolve("backup-" + i);
                BackupReport report = poro.backup(place);
                requireStateOf(place, before, report);
                poro.snapshot();
            }
            stop.set(true);
            writer.join();
        }
    }

    private static void requireStateOf(Path backup, long acknowledgedBefore, BackupReport report) {
        try (Poro poro = Poro.at(backup).segmentLength(64 << 10).open()) {
            assertThat(poro.opening().lastSequence()).isEqualTo(report.lastSequence());
            // The first event is the memory budget.
            long last = report.lastSequence() - 2;
            assertThat(last).isGreaterThanOrEqualTo(acknowledgedBefore);
            for (long i = last; i > last - KEYS; i--) {
                assertThat(poro.get("key-" + i % KEYS)).isEqualTo(String.valueOf(i));
            }
        }
    }

    @Test
    void goesOnWithWhatWasBrokenOff() throws IOException {
        backUp();
        Path unfinished = directory.resolve("backup.wal.unfinished");
        Files.move(target, unfinished);
        Files.delete(unfinished.resolve("0000000002.wal"));
        Files.createFile(unfinished.resolve("0000000002.wal.tmp"));

        dev.poro.wal.BackupReport report = backUp().backup();

        assertThat(report.copiedFiles()).isEqualTo(1);
        assertThat(report.keptFiles()).isPositive();
        assertThat(unfinished).doesNotExist();
        assertThat(target.resolve("0000000002.wal.tmp")).doesNotExist();
        assertThat(Verification.run(target, Progress.NONE).keys()).isEqualTo(61);
    }

    @Test
    void whatIsUnfinishedIsNoStore() throws IOException {
        backUp();
        Path unfinished = directory.resolve("backup.wal.unfinished");
        Files.move(target, unfinished);
        Map<String, String> before = contents(unfinished);

        assertThatExceptionOfType(PoroException.class)
                .isThrownBy(() -> open(unfinished))
                .withMessageContaining("did not finish");
        assertThatExceptionOfType(PoroException.class)
                .isThrownBy(() -> Repair.run(unfinished, false, Progress.NONE))
                .withMessageContaining("did not finish");
        assertThatExceptionOfType(PoroException.class)
                .isThrownBy(() -> Backup.run(unfinished, directory.resolve("x"), Progress.NONE))
                .withMessageContaining("did not finish");
        assertThat(contents(unfinished)).isEqualTo(before);
    }

    @Test
    @Tag("R15")
    void makesNothingWithANameThatNoStoreOpens() {
        Path wrong = directory.resolve("x.unfinished");

        assertThatExceptionOfType(PoroException.class)
                .isThrownBy(() -> Backup.run(log, wrong, Progress.NONE))
                .withMessageContaining("Name another directory");
        assertThatExceptionOfType(PoroException.class)
                .isThrownBy(() -> Restore.run(log, wrong, RestorePoint.LATEST, false, Progress.NONE))
                .withMessageContaining("Name another directory");
        assertThatExceptionOfType(PoroException.class)
                .isThrownBy(() -> open(wrong))
                .withMessageContaining("Name another directory");
        assertThat(wrong).doesNotExist();
        assertThat(directory.resolve("x.unfinished.unfinished")).doesNotExist();
    }

    @Test
    void neverOverwritesWhatIsThere() throws IOException {
        Path full = Files.createDirectory(directory.resolve("full"));
        Files.writeString(full.resolve("letter"), "dear reader");
        Path file = Files.writeString(directory.resolve("file"), "no directory");
        Path ofSalvage = Files.createDirectory(directory.resolve("salvaged.unfinished"));
        Files.createFile(ofSalvage.resolve("0000000001.wal"));
        open(directory.resolve("other.wal")).close();
        Path ofOther = directory.resolve("of-other.unfinished");
        Backup.run(directory.resolve("other.wal"), directory.resolve("of-other"), Progress.NONE);
        Files.move(directory.resolve("of-other"), ofOther);
        Map<String, String> before = contents(directory);

        for (Path refused : new Path[] {
            full,
            file,
            log,
            log.resolve("inside"),
            directory.resolve("salvaged"),
            directory.resolve("of-other"),
            directory.resolve("no/where")
        }) {
            assertThatExceptionOfType(PoroException.class)
                    .as(refused.toString())
                    .isThrownBy(() -> Backup.run(log, refused, Progress.NONE));
        }

        assertThat(contents(directory)).isEqualTo(before);
    }

    @Test
    void withoutALogThereIsNoBackup() throws IOException {
        Path empty = Files.createDirectory(directory.resolve("empty"));
        for (Path refused : new Path[] {empty, directory.resolve("nowhere"), log.resolve("0000000001.wal")}) {
            assertThatExceptionOfType(PoroException.class)
                    .as(refused.toString())
                    .isThrownBy(() -> Backup.run(refused, target, Progress.NONE));
        }
        assertThat(directory.toFile().list()).containsExactlyInAnyOrder("poro.wal", "empty");
    }

    @Test
    void aDamagedLogIsNotBackedUp() throws IOException {
        Path segment = log.resolve("0000000003.wal");
        byte[] bytes = Files.readAllBytes(segment);
        bytes[200] ^= 1;
        Files.write(segment, bytes);

        assertThatExceptionOfType(StoreDamagedException.class)
                .isThrownBy(this::backUp)
                .withMessageContaining("0000000003.wal");
        assertThat(target).doesNotExist();
    }

    @Test
    @Tag("R21")
    void twoAtOnceDoNotMeetInOneDirectory() {
        Progress second = (bytesRead, bytesTotal, lastSequence) ->
                assertThatExceptionOfType(StoreLockedException.class).isThrownBy(this::backUp);

        Backup.run(log, target, second);

        assertThat(Verification.run(target, Progress.NONE).keys()).isEqualTo(61);
    }

    @Test
    void aStoreThatIsClosedMakesNone() {
        Poro poro = open(log);
        poro.close();
        assertThatExceptionOfType(StoreClosedException.class).isThrownBy(() -> poro.backup(target));
        assertThat(target).doesNotExist();
    }

    private VerifiedBackupReport backUp() {
        return Backup.run(log, target, Progress.NONE);
    }

    private static Poro open(Path path) {
        return Poro.at(path)
                .sync(SyncPolicy.OS)
                .memory(1 << 20)
                .segmentLength(16 << 10)
                .open();
    }

    /** Every file below a directory; of locks, which tell who was last, only that they are there. */
    private static Map<String, String> contents(Path below) throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(below)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                boolean isLock = file.getFileName().toString().endsWith("LOCK");
                contents.put(
                        below.relativize(file).toString(),
                        isLock ? "" : new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
            }
        }
        return contents;
    }
}
