package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.wal.simulated.SteppedWorkers;
import dev.poro.wal.storage.FileSystemStorage;
import dev.poro.wal.storage.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever a log makes, only its user can read.
 *
 * @see UnfinishedDirectory
 */
@Tag("R38")
class PrivateFilesTest {
    private static final String FILE = "rw-------";
    private static final String DIRECTORY = "rwx------";
    private static final String OPEN_TO_ALL = "rwxr-xr-x";

    @TempDir
    Path parent;

    private Path log;

    /** Two segments, a snapshot, a tail that was cut off, all in directories that were not there. */
    @BeforeEach
    void write() throws IOException {
        log = parent.resolve("made/for/log");
        try (TestLog open =
                TestLog.open(log, TestLog.settings(SyncPolicy.ALWAYS)).startSnapshots()) {
            open.appendMany(25, 1_000);
            open.log().takeSnapshot();
            open.append("last", "1");
        }
        Path last = log.resolve("0000000002.wal");
        byte[] bytes = Files.readAllBytes(last);
        bytes[TestLogs.endOf(new FileSystemStorage(log), "0000000002.wal") + 64] = 1;
        Files.write(last, bytes);
        TestLog.open(log, TestLog.settings(SyncPolicy.ALWAYS)).closeCleanly();
    }

    @Test
    void filesAndDirectoriesThatAreMade() throws IOException {
        assertThat(namesIn(log))
                .contains("LOCK", ".LOCK", "STORE", "0000000001.wal")
                .anyMatch(name -> name.endsWith(".snapshot"))
                .anyMatch(name -> name.endsWith(".quarantine"));
        requirePrivate(parent.resolve("made"));
    }

    @Test
    void aBackup() throws IOException {
        backUp(parent.resolve("backup"));
        requirePrivate(parent.resolve("backup"));
    }

    @Test
    void aSalvagedLog() throws IOException {
        try (RewrittenLog salvaged = RewrittenLog.create(log, parent.resolve("salvaged"), 1 << 20, Retention.NONE)) {
            assertThat(salvaged).isNotNull();
            requirePrivate(parent.resolve("salvaged.unfinished"));
        }
    }

    @Test
    void aDirectoryThatIsThereKeepsItsMode() throws IOException {
        Path own = Files.createDirectory(parent.resolve("own"));
        Files.setPosixFilePermissions(own, PosixFilePermissions.fromString(OPEN_TO_ALL));
        backUp(own);
        assertThat(modeOf(own)).isEqualTo(OPEN_TO_ALL);

        TestLog.open(own, TestLog.settings(SyncPolicy.ALWAYS)).close();
        assertThat(modeOf(own)).isEqualTo(OPEN_TO_ALL);
        assertThat(modeOf(own.resolve("LOCK"))).isEqualTo(FILE);
    }

    @Test
    void aLinkIsNotTakenForABackupThatWasBrokenOff() throws IOException {
        Path elsewhere = Files.createDirectory(parent.resolve("elsewhere"));
        Files.createSymbolicLink(parent.resolve("backup.unfinished"), elsewhere);
        assertThatExceptionOfType(LogException.class)
                .isThrownBy(() -> backUp(parent.resolve("backup")))
                .withMessageContaining("backup.unfinished is no directory, or a link to one");
        assertThat(namesIn(elsewhere)).isEmpty();
    }

    @Test
    void aBackupWhoseDirectoryWasReplacedIsNotPublished() throws IOException {
        try (UnfinishedDirectory place = UnfinishedDirectory.ofBackup(log, parent.resolve("backup"))) {
            Path unfinished = parent.resolve("backup.unfinished");
            Files.move(unfinished, parent.resolve("moved"));
            Files.createDirectory(unfinished);
            assertThatExceptionOfType(StorageException.class)
                    .isThrownBy(place::publish)
                    .withMessageContaining("the lock file was removed");
        }
        assertThat(parent.resolve("backup")).doesNotExist();
    }

    private void backUp(Path target) throws IOException {
        try (UnfinishedDirectory place = UnfinishedDirectory.ofBackup(log, target)) {
            new LogBackup(new FileSystemStorage(log), place, new SteppedWorkers(), ReplayProgress.NONE)
                    .run(LogVisitor.NONE);
        }
    }

    private static void requirePrivate(Path top) throws IOException {
        try (Stream<Path> made = Files.walk(top)) {
            for (Path path : made.toList()) {
                assertThat(modeOf(path)).as(path.toString()).isEqualTo(Files.isDirectory(path) ? DIRECTORY : FILE);
            }
        }
    }

    private static String modeOf(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private static List<String> namesIn(Path directory) {
        return List.of(directory.toFile().list());
    }
}
