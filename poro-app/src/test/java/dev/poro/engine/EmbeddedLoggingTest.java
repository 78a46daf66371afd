package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.lmax.disruptor.Sequence;
import dev.poro.events.EventRing;
import dev.poro.statemachine.StateMachine;
import dev.poro.wal.WriteAheadLog;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.openhft.chronicle.bytes.BytesStore;
import net.openhft.chronicle.core.UnsafeMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a program that embeds a store finds in its log and on its terminal: what the store says, and nothing of the
 * libraries under it, which would ask for JVM options.
 */
class EmbeddedLoggingTest {
    /** What the JVM of JDK 24 and later says of a class that uses {@code sun.misc.Unsafe}; no logger can help it. */
    private static final String JVM_WARNING = "WARNING: (.*sun\\.misc\\.Unsafe.*|Please consider reporting this to .*)";

    @TempDir
    Path directory;

    @Test
    void hasTheLinesOfTheStoreAndNoOthers() throws Exception {
        List<String> errors =
                run("-Dorg.slf4j.simpleLogger.defaultLogLevel=trace", "-Dorg.slf4j.simpleLogger.log.dev.poro=trace");

        assertThat(errors).hasSize(3);
        assertThat(errors.get(0))
                .startsWith("[poro-monitor] INFO dev.poro.engine.Poro - " + log() + ": opened in ")
                .contains(" ms at sequence 0, keys: 0, snapshot: none, events replayed: 0, sync policy: everysec, ");
        assertThat(errors.get(1))
                .startsWith("[poro-monitor] INFO dev.poro.engine.Poro - " + log() + ": snapshot ")
                .contains(".snapshot written, keys: 1, ");
        assertThat(errors.get(2))
                .isEqualTo("[poro-monitor] INFO dev.poro.engine.Poro - " + log() + ": closed at sequence 2");
    }

    @Test
    void hasNothingWhileAllIsWellIfItAsksForWarnings() throws Exception {
        assertThat(run("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.log.dev.poro=warn"))
                .isEmpty();
    }

    @Test
    void mayHaveALoggingLibraryThatCannotBeStarted() throws Exception {
        run("-Dslf4j.provider=" + UnusableLogging.class.getName());
    }

    private Path log() {
        return directory.resolve("poro.wal");
    }

    /** Runs the program, which must do what it should. Returns the lines on its standard error, but for the JVM's. */
    private List<String> run(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", classPath(), EmbeddingMain.class.getName()));
        command.addAll(List.of(log().toString(), directory.resolve("backup.wal").toString()));
        Path output = directory.resolve("output");
        Path errors = directory.resolve("errors");
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().remove("JDK_JAVA_OPTIONS");
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        Process process = builder.redirectOutput(output.toFile())
                .redirectError(errors.toFile())
                .start();

        assertThat(process.waitFor()).as(() -> textOf(errors)).isZero();
        assertThat(Files.readAllLines(output)).containsExactly("value");
        return Files.readAllLines(errors).stream()
                .filter(line -> !line.matches(JVM_WARNING))
                .toList();
    }

    private static String classPath() {
        return Stream.of(
                        EmbeddingMain.class,
                        Poro.class,
                        StateMachine.class,
                        WriteAheadLog.class,
                        EventRing.class,
                        Sequence.class,
                        BytesStore.class,
                        UnsafeMemory.class,
                        Logger.class,
                        LoggerFactory.getILoggerFactory().getClass())
                .map(EmbeddedLoggingTest::placeOf)
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static String placeOf(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String textOf(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
