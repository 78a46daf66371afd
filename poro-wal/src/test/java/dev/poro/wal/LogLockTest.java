package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.poro.events.Outcome;
import dev.poro.wal.simulated.SimulatedFileSystem;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.storage.FileSystemStorage;
import dev.poro.wal.storage.Storage;
import dev.poro.wal.storage.StorageException;
import dev.poro.wal.storage.StorageFile;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * R21: one process and one store per log, and nothing left behind that stands in anybody's way.
 *
 * @see LockFile
 */
@Tag("R21")
@Timeout(60)
class LogLockTest {
    private static final LogSettings SETTINGS = TestLog.settings(SyncPolicy.OS);

    private static final Pattern CLASS_PATH_ENTRIES = Pattern.compile(Pattern.quote(File.pathSeparator));
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    @TempDir
    private Path parent;

    private Path directory;

    @BeforeEach
    void createDirectory() throws IOException {
        directory = Files.createDirectory(parent.resolve("poro.wal"));
    }

    @Test
    void onAnyFileSystemALockIsGivenToOneOfAProcess() throws IOException {
        SimulatedFileSystem files = new SimulatedFileSystem(new SimulatedStorage(), new Random(1), () -> {});
        Path log = files.getPath(SimulatedFileSystem.LOG);
        LogLock lock = LogLock.acquire(log);
        assertThatExceptionOfType(LogLockedException.class).isThrownBy(() -> LogLock.acquire(log));
        lock.close();
        LogLock.acquire(log).close();
    }

    @Test
    void theSecondOpenerOfThisProcessIsRefusedAndDoesNoHarm() throws IOException {
        try (TestLog log = TestLog.open(directory, SETTINGS)) {
            for (int i = 0; i < 2; i++) {
                assertThatExceptionOfType(LogLockedException.class)
                        .isThrownBy(() -> TestLog.open(directory, SETTINGS))
                        .withMessageContaining(directory.toRealPath().toString())
                        .withMessageContaining("already open in this process")
                        .withMessageContaining(
                                String.valueOf(ProcessHandle.current().pid()));
            }
            log.append("a", "1");
            assertThat(holdInOtherProcess().readLine()).startsWith("LogLockedException");
        }
        try (TestLog log = TestLog.open(directory, SETTINGS)) {
            assertThat(log.replayed()).hasSize(1);
        }
    }

    @Test
    void theSameDirectoryUnderAnotherNameIsTheSameLog() throws IOException {
        Path link = Files.createSymbolicLink(parent.resolve("link"), directory);
        try (TestLog log = TestLog.open(link, SETTINGS)) {
            log.append("a", "1");
            for (Path name :
                    new Path[] {directory, parent.resolve("x/../poro.wal/.").normalize(), link}) {
                assertThatExceptionOfType(LogLockedException.class).isThrownBy(() -> TestLog.open(name, SETTINGS));
            }
        }
    }

    @Test
    void twoLogsDoNotStandInEachOthersWay() throws IOException {
        try (TestLog one = TestLog.open(directory, SETTINGS);
                TestLog two = TestLog.open(parent.resolve("other"), SETTINGS)) {
            one.append("a", "1");
            two.append("b", "2");
        }
    }

    /** A power cut may have left the length of the pid without its bytes. */
    @ParameterizedTest
    @ValueSource(strings = {"1\n", "1", "", "\0\0\0\0\0\0"})
    void aLockFileThatWasLeftBehindDoesNotMatter(String contents) throws IOException {
        Files.writeString(directory.resolve("LOCK"), contents);
        try (TestLog log = TestLog.open(directory, SETTINGS)) {
            log.append("a", "1");
        }
    }

    @Test
    @Tag("R38")
    void aLinkNamedLockIsNotFollowed() throws IOException {
        Path letter = Files.writeString(parent.resolve("letter"), "dear");
        Files.createSymbolicLink(directory.resolve("LOCK"), letter);

        assertThatExceptionOfType(LogException.class)
                .isThrownBy(() -> TestLog.open(directory, SETTINGS))
                .withMessageContaining("LOCK is a symbolic link");

        assertThat(letter).hasContent("dear");
        assertThat(directory.toFile().list()).containsExactlyInAnyOrder("LOCK", ".LOCK");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dear", "1234567890123456789012345678901234567890"})
    @Tag("R38")
    void aFileNamedLockThatHoldsSomethingElseIsNotEmptied(String contents) throws IOException {
        Path letter = Files.writeString(parent.resolve("letter"), contents);
        Files.createLink(directory.resolve("LOCK"), letter);

        assertThatExceptionOfType(LogException.class)
                .isThrownBy(() -> TestLog.open(directory, SETTINGS))
                .withMessageContaining("it holds something else");

        assertThat(letter).hasContent(contents);
    }

    @Test
    @Tag("R38")
    void aStoreWhoseLockWasRemovedStopsAndNobodyElseGetsIn() throws IOException {
        TestLog log = TestLog.open(directory, TestLog.settings(SyncPolicy.ALWAYS));
        log.append("a", "1");
        Files.delete(directory.resolve("LOCK"));

        assertThat(holdInOtherProcess().readLine())
                .startsWith("LogLockedException")
                .contains("pid");
        assertThat(directory.resolve("LOCK")).doesNotExist();

        TestLogs.await(() -> log.append("b", "2") == Outcome.FAILED);
        assertThat(log.failStop().cause())
                .hasMessageContaining("LOCK: the lock file was removed, so another process may open the log");
        log.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"LOCK", ".LOCK"})
    @Tag("R38")
    void anotherFileInTheLocksPlaceIsNoticedWithTheSegment(String name) throws IOException {
        try (LogLock lock = LogLock.acquire(directory)) {
            Storage storage = new FileSystemStorage(directory, lock);
            try (StorageFile file = storage.create("0000000001.wal")) {
                file.requireIntact(0);
                Files.move(directory.resolve(name), parent.resolve("moved"));
                Files.writeString(directory.resolve(name), "");
                assertThatExceptionOfType(StorageException.class)
                        .isThrownBy(() -> file.requireIntact(0))
                        .withMessageContaining(name + ": the lock file was replaced by another one");
            }
        }
    }

    @Test
    @Tag("R39")
    void manyAttemptsOfAnotherClassLoaderKeepOneDescriptor() throws Exception {
        assumeTrue(Files.isDirectory(DESCRIPTORS));
        List<URL> classPath = new ArrayList<>();
        for (String entry : CLASS_PATH_ENTRIES
                .splitAsStream(System.getProperty("java.class.path"))
                .toList()) {
            classPath.add(Path.of(entry).toUri().toURL());
        }
        try (LogLock held = LogLock.acquire(directory);
                URLClassLoader other =
                        new URLClassLoader(classPath.toArray(new URL[0]), ClassLoader.getPlatformClassLoader())) {
            Method acquire = other.loadClass(LogLock.class.getName()).getDeclaredMethod("acquire", Path.class);
            acquire.setAccessible(true);
            int before = descriptorsOfTheLock();
            for (int i = 0; i < 5; i++) {
                assertThatThrownBy(() -> acquire.invoke(null, directory)).hasStackTraceContaining("already open");
            }
            assertThat(descriptorsOfTheLock()).isEqualTo(before + 1);
            assertThat(holdInOtherProcess().readLine()).startsWith("LogLockedException");
            assertThat(held).isNotNull();
        }
    }

    private int descriptorsOfTheLock() throws IOException {
        int count = 0;
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(DESCRIPTORS)) {
            for (Path descriptor : descriptors) {
                if (Files.isSymbolicLink(descriptor)
                        && Files.readSymbolicLink(descriptor).startsWith(directory.toRealPath())) {
                    count++;
                }
            }
        }
        return count;
    }

    @Test
    void aFailedOpeningGivesTheLockBack() throws IOException {
        Files.write(directory.resolve("0000000001.wal"), new byte[4_096]);
        for (int i = 0; i < 2; i++) {
            assertThatExceptionOfType(LogDamagedException.class).isThrownBy(() -> TestLog.open(directory, SETTINGS));
        }
        LogLock.acquire(directory).close();
    }

    @Test
    void closingTwiceDoesNotGiveAwaySomeoneElsesLock() throws IOException {
        LogLock first = LogLock.acquire(directory);
        first.close();
        try (LogLock second = LogLock.acquire(directory)) {
            first.close();
            assertThatExceptionOfType(LogLockedException.class).isThrownBy(() -> LogLock.acquire(directory));
            assertThat(second).isNotNull();
        }
    }

    @Test
    void aProcessThatHoldsTheLogIsNamedAndWhenItIsKilledTheLogIsFree() throws Exception {
        Process holder = startOtherProcess();
        try (BufferedReader output = holder.inputReader()) {
            assertThat(output.readLine()).isEqualTo("held");

            assertThatExceptionOfType(LogLockedException.class)
                    .isThrownBy(() -> TestLog.open(directory, SETTINGS))
                    .withMessageContaining("open in another process (pid " + holder.pid() + ")")
                    .withMessageContaining(directory.toRealPath().toString());
        } finally {
            holder.destroyForcibly();
            assertThat(holder.waitFor(20, TimeUnit.SECONDS)).isTrue();
        }

        TestLog.open(directory, SETTINGS).close();
    }

    @Test
    void aDirectoryOfOtherThingsIsNotTakenForALog() throws IOException {
        Files.writeString(directory.resolve("letter.txt"), "dear");
        assertThatExceptionOfType(LogException.class)
                .isThrownBy(() -> TestLog.open(directory, SETTINGS))
                .withMessageContaining("not empty and not a Poro log");
        assertThat(directory.toFile().list()).containsExactly("letter.txt");
    }

    private BufferedReader holdInOtherProcess() throws IOException {
        return startOtherProcess().inputReader(StandardCharsets.UTF_8);
    }

    private Process startOtherProcess() throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return new ProcessBuilder(
                        java,
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        classPath,
                        LockHolder.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** Another process: takes the lock, says so, and waits to be killed. */
    static final class LockHolder {
        private LockHolder() {}

        /** @param arguments the log's directory */
        public static void main(String[] arguments) throws Exception {
            try (LogLock lock = LogLock.acquire(Path.of(arguments[0]))) {
                System.out.println(lock != null ? "held" : "");
                Thread.sleep(TimeUnit.MINUTES.toMillis(1));
            } catch (LogLockedException e) {
                System.out.println("LogLockedException " + e.getMessage());
            }
        }
    }
}
