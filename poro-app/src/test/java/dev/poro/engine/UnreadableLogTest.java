package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.engine.tools.LogEvents;
import dev.poro.engine.tools.Repair;
import dev.poro.engine.tools.Salvage;
import dev.poro.engine.tools.Verification;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowingConsumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A log that cannot be read: whatever is done with it, the message says how far it came, where, why, what to do.
 *
 * @see LogEvents
 * @see Repair
 */
@Tag("R12")
class UnreadableLogTest {
    @TempDir
    private Path directory;

    private Path log;

    @BeforeEach
    void makeALogWhoseSecondSegmentIsADirectory() throws IOException {
        log = directory.resolve("log");
        try (Poro poro = open(log)) {
            poro.set("key", "value");
        }
        // Opens as a file does, and every read of it fails.
        Files.createDirectory(log.resolve("0000000002.wal"));
    }

    private static Poro open(Path log) {
        return Poro.at(log)
                .memory(PoroBuilder.MIN_MEMORY)
                .segmentLength(16 << 10)
                .open();
    }

    static Stream<Named<ThrowingConsumer<Path>>> activities() {
        return Stream.of(
                Named.of("opening", log -> open(log).close()),
                Named.of("repairing", log -> Repair.run(log, false, Progress.NONE)),
                Named.of("reading", log -> Verification.run(log, Progress.NONE)),
                Named.of("reading", log -> LogEvents.run(log, (sequence, time, event) -> {}, Progress.NONE)),
                Named.of("salvaging", log -> Salvage.run(log, log.resolveSibling("new"), false, 0, Progress.NONE)));
    }

    @ParameterizedTest
    @MethodSource("activities")
    void everyActivityExplainsWhyItStops(ThrowingConsumer<Path> activity) {
        assertThatExceptionOfType(PoroException.class)
                .isThrownBy(() -> activity.accept(log))
                .withMessageStartingWith(log + ": ")
                .withMessageContaining(log.resolve("0000000002.wal") + ": cannot read at offset 0: " + systemsWords())
                .satisfies(StopMessages::requireComplete);
        assertThat(directory.toFile().list()).containsExactly("log");
    }

    /** What the system says of reading a directory, in its language. */
    private String systemsWords() {
        try (FileChannel channel = FileChannel.open(directory)) {
            channel.read(ByteBuffer.allocate(1));
        } catch (IOException expected) {
            return expected.getMessage();
        }
        throw new AssertionError("a directory was read");
    }

    @Test
    void theSequenceIsTheLastThatWasRead() {
        Path path = directory.resolve("other");
        open(path).close();

        assertThatExceptionOfType(PoroException.class)
                .isThrownBy(() -> Poro.at(path)
                        .memory(PoroBuilder.MIN_MEMORY)
                        .log((settings, replay, progress, failStop) -> {
                            LogEvents.run(path, replay, Progress.NONE);
                            throw new IOException(path.resolve("LOCK") + ": cannot close: Input/output error");
                        })
                        .open())
                .satisfies(
                        stop -> assertThat(StopMessages.requireComplete(stop)).isEqualTo(1));
    }
}
