package dev.poro.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.poro.engine.Poro;
import dev.poro.engine.PoroBuilder;
import dev.poro.engine.Progress;
import dev.poro.engine.ReadOnlyStore;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadOnlyContentsTest {
    @TempDir
    private Path directory;

    private ReadOnlyStore contents;
    private RecordedSession session;

    @BeforeEach
    void lookAtAStore() {
        Path log = directory.resolve("poro.wal");
        try (Poro poro = Poro.at(log).memory(8 << 20).open()) {
            poro.set("k", "v");
        }
        contents = ReadOnlyStore.open(log, Progress.NONE);
        session = new RecordedSession(CommandStore.of(contents));
    }

    @AfterEach
    void close() {
        contents.close();
    }

    @Test
    void showsWhatIsThere() throws IOException {
        assertThat(session.run(StoreCommands.GET, "GET", "k")).containsExactly("value 'v'");
        assertThat(session.run(StoreCommands.GET, "GET", "other")).containsExactly("value absent");
        assertThat(session.store().info()).contains("\nread-only         as of sequence 2;");
        assertThat(session.store().maxValueLength()).isEqualTo(PoroBuilder.DEFAULT_MAX_VALUE_LENGTH);
    }

    @Test
    @Tag("R36")
    void cannotBeWrittenTo() throws IOException {
        CommandStore store = session.store();
        byte[] bytes = {'k'};

        assertThat(store.isReadOnly()).isTrue();
        assertThat(session.run(StoreCommands.DEL, "DEL", "k"))
                .first()
                .asString()
                .startsWith("error DEL is refused");
        assertThatThrownBy(() -> store.set(bytes, bytes)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> store.delete(bytes)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(store::snapshot).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> store.backup(directory.resolve("copy"), Progress.NONE))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThat(session.run(StoreCommands.GET, "GET", "k")).containsExactly("value 'v'");
    }
}
