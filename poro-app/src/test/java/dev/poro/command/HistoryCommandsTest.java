package dev.poro.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.Poro;
import dev.poro.engine.Retention;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a change log and, by replay, without one, the answers are the same. */
class HistoryCommandsTest {
    private static final String NO_POINT = "error '%s' is neither a sequence such as 42 or 42-0 nor a time such as"
            + " 2026-11-22T14:45:00Z or 2026-11-22T15:45:00+01:00";

    @TempDir
    Path directory;

    @Test
    void tellWhatAKeyWas() throws IOException {
        for (Retention changes : List.of(Retention.ALL, Retention.NONE)) {
            try (Poro poro = Poro.at(directory.resolve(changes.toString()))
                    .changes(changes)
                    .memory(16 << 20)
                    .open()) {
                tellWhatAKeyWas(new RecordedSession(CommandStore.of(poro)), poro);
            }
        }
    }

    private static void tellWhatAKeyWas(RecordedSession session, Poro poro) throws IOException {
        poro.set("k", "1");
        long first = poro.sequence();
        poro.set("other", "x");
        poro.set("k", "2");
        poro.delete("k".getBytes(StandardCharsets.UTF_8));
        assertThat(session.run(HistoryCommands.GETAT, "GETAT", "k", Long.toString(first)))
                .containsExactly("value '1'");
        assertThat(session.run(HistoryCommands.GETAT, "GETAT", "k", first + 1 + "-0"))
                .containsExactly("value '1'");
        assertThat(session.run(HistoryCommands.GETAT, "GETAT", "k", Long.toString(first + 2)))
                .containsExactly("value '2'");
        assertThat(session.run(HistoryCommands.GETAT, "GETAT", "k", Long.toString(first + 3)))
                .containsExactly("value absent");
        assertThat(session.run(HistoryCommands.GETAT, "GETAT", "other", "2100-01-01T00:00:00+01:00"))
                .containsExactly("value 'x'");
        List<String> history = session.run(HistoryCommands.HISTORY, "HISTORY", "k");
        assertThat(history)
                .startsWith(
                        "array 3",
                        "array 2",
                        "value '" + (first + 3) + "-0'",
                        "array 4",
                        "value 'op'",
                        "value 'del'",
                        "value 'time'")
                .containsSequence("value 'op'", "value 'set'", "value 'value'", "value '2'", "value 'time'");
        assertThat(session.run(HistoryCommands.HISTORY, "HISTORY", "k", "COUNT", "1"))
                .startsWith("array 1")
                .hasSize(8);
        assertThat(session.run(HistoryCommands.HISTORY, "HISTORY", "never")).containsExactly("array 0");
        assertThat(session.run(HistoryCommands.GETAT, "GETAT", "k", "soon"))
                .containsExactly(NO_POINT.formatted("soon"));
        assertThat(session.run(HistoryCommands.GETAT, "GETAT", "k", "1969-01-01T00:00:00Z"))
                .containsExactly(NO_POINT.formatted("1969-01-01T00:00:00Z"));
        assertThat(session.run(HistoryCommands.GETAT, "GETAT", "k", "1000"))
                .containsExactly("error sequence 1000: the store has 0 to " + poro.sequence());
        assertThat(session.run(HistoryCommands.HISTORY, "HISTORY", "k", "COUNT", "0"))
                .first()
                .asString()
                .startsWith("error value is out of range");
    }
}
