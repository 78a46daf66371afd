package dev.poro.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.poro.engine.Poro;
import dev.poro.engine.Progress;
import dev.poro.engine.StoreClosedException;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenStoreTest {
    private static final int MEMORY = 8 << 20;

    @TempDir
    private Path directory;

    private Poro poro;
    private RecordedSession session;

    @BeforeEach
    void openStore() {
        poro = Poro.at(directory.resolve("poro.wal"))
                .memory(MEMORY)
                .maxValueLength(1000)
                .open();
        session = new RecordedSession(CommandStore.of(poro));
    }

    @AfterEach
    void closeStore() {
        poro.close();
    }

    @Test
    @Tag("R26")
    void hasWhatCommandsChangeBeforeTheyReply() throws IOException {
        assertThat(session.run(StoreCommands.SET, "SET", "k", "v")).containsExactly("ok");
        assertThat(poro.get("k")).isEqualTo("v");
        assertThat(session.run(StoreCommands.GET, "GET", "k")).containsExactly("value 'v'");
        assertThat(session.run(StoreCommands.DEL, "DEL", "k")).containsExactly("integer 1");
        assertThat(poro.get("k")).isNull();
        assertThat(session.run(StoreCommands.DEL, "DEL", "k")).containsExactly("integer 0");
    }

    @Test
    void writesSnapshotsAndBackups() throws IOException {
        session.run(StoreCommands.SET, "SET", "k", "v");
        Path copy = directory.resolve("copy.wal");

        assertThat(session.run(StoreCommands.SNAPSHOT, "SNAPSHOT")).containsExactly("integer " + poro.sequence());
        assertThat(session.store().backup(copy, Progress.NONE)).isEqualTo(poro.sequence());

        try (Poro backup = Poro.at(copy).memory(MEMORY).open()) {
            assertThat(backup.get("k")).isEqualTo("v");
        }
    }

    @Test
    void isThereToWriteTo() {
        assertThat(session.store().isReadOnly()).isFalse();
        assertThat(session.store().maxValueLength()).isEqualTo(1000);
        assertThat(session.store().info()).contains("\nsequence ").doesNotContain("read-only");
    }

    @Test
    void repliesNothingOnceItIsClosed() {
        poro.close();

        assertThatThrownBy(() -> session.run(StoreCommands.SET, "SET", "k", "v"))
                .isInstanceOf(StoreClosedException.class);
        assertThat(session.recorded().take()).isEmpty();
    }
}
