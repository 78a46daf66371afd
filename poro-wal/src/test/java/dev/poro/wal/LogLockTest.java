package dev.poro.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** R21: one process and one store per log, and nothing left behind that stands in anybody's way. */
@Tag("R21")
@Timeout(60)
class LogLockTest {
    private static final LogSettings SETTINGS = TestLog.settings(SyncPolicy.OS);

    @TempDir
    private Path parent;

    private Path directory;

    @BeforeEach
    void createDirectory() throws IOException {
        directory = Files.createDirectory(parent.resolve("poro.wal"));
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

    @Test
    void aLockFileThatWasLeftBehindDoesNotMatter() throws IOException {
        Files.writeString(directory.resolve("LOCK"), "1\n");
        try (TestLog log = TestLog.open(directory, SETTINGS)) {
            log.append("a", "1");
        }
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
