package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.poro.command.CommandStore;
import dev.poro.engine.Poro;
import dev.poro.engine.StopMessages;
import dev.poro.engine.StoreFailedException;
import dev.poro.engine.SyncPolicy;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A session whose store stops under way, because somebody takes its log away. */
class FailedStoreTest {
    private static final int SEGMENT_LENGTH = 16 << 10;

    @TempDir
    private Path directory;

    @Test
    @Timeout(60)
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
        InputStream commands = endless(set.getBytes(StandardCharsets.US_ASCII));
        ByteArrayOutputStream replies = new ByteArrayOutputStream();

        int exitStatus = StreamSession.withoutPrompt(PromptTarget.of(CommandStore.of(store)), commands, replies)
                .run();

        assertThat(exitStatus).isEqualTo(ExitStatus.STORE_FAILED);
        List<String> lines = replies.toString(StandardCharsets.US_ASCII).lines().toList();
        String last = lines.get(lines.size() - 1);
        // Until a segment is missed, and until it is clear why none can be made.
        assertThat(lines.subList(0, lines.size() - 1))
                .allMatch(line -> line.equals("OK") || line.startsWith("(error) ERR " + log + ": the log takes no"));
        assertThat(last).startsWith("(error) ERR " + log + ": the store has stopped");
        StopMessages.requireComplete(last.substring("(error) ERR ".length()));
        assertThatThrownBy(store::close).isInstanceOf(StoreFailedException.class);
    }

    /** The same command again and again. */
    @SuppressWarnings("JdkObsolete") // what a SequenceInputStream takes
    private static InputStream endless(byte[] command) {
        return new SequenceInputStream(new Enumeration<>() {
            @Override
            public boolean hasMoreElements() {
                return true;
            }

            @Override
            public InputStream nextElement() {
                return new ByteArrayInputStream(command);
            }
        });
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
