package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.poro.engine.Poro;
import dev.poro.engine.StopMessages;
import dev.poro.engine.StoreFailedException;
import dev.poro.engine.SyncPolicy;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A session whose store stops under way, because somebody takes its log away. */
class FailedStoreTest {
    private static final int SEGMENT_LENGTH = 16 << 10;

    @TempDir
    private Path directory;

    @Test
    @Tag("R18")
    void endsWithItsOwnExitStatusAndTheCommandThatFailed() throws IOException {
        Path log = directory.resolve("poro.wal");
        Poro store = Poro.at(log)
                .sync(SyncPolicy.ALWAYS)
                .memory(8 << 20)
                .segmentLength(SEGMENT_LENGTH)
                .open();
        delete(log);
        // More than one segment holds: the next one cannot be made.
        String set = "SET key " + "v".repeat(SEGMENT_LENGTH / 4) + "\n";
        InputStream commands = new ByteArrayInputStream(set.repeat(100).getBytes(StandardCharsets.US_ASCII));
        ByteArrayOutputStream replies = new ByteArrayOutputStream();

        int exitStatus = StreamSession.withoutPrompt(store, commands, replies).run();

        assertThat(exitStatus).isEqualTo(ExitStatus.STORE_FAILED);
        List<String> lines = replies.toString(StandardCharsets.US_ASCII).lines().toList();
        assertThat(lines).hasSizeLessThan(10);
        String last = lines.get(lines.size() - 1);
        assertThat(last).startsWith("(error) ERR " + log + ": the store has stopped");
        StopMessages.requireComplete(last.substring("(error) ERR ".length()));
        assertThatThrownBy(store::close).isInstanceOf(StoreFailedException.class);
    }

    private static void delete(Path log) throws IOException {
        try (Stream<Path> files = Files.list(log)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(log);
    }
}
