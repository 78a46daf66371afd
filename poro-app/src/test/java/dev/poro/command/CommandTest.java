package dev.poro.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class CommandTest extends StoreTest {
    private static final Command<Session> ECHO = Command.of(
            "ECHO", "word", "Show word.", (session, words) -> session.replies().value(words.get(1)));

    @Test
    void tellsAllAboutItself() {
        Command<Session> renamed = ECHO.alias("SAY").alias("REPEAT");

        assertThat(renamed.name()).isEqualTo("ECHO");
        assertThat(renamed.names()).containsExactly("ECHO", "SAY", "REPEAT");
        assertThat(renamed.arguments()).hasToString("word");
        assertThat(renamed.summary()).isEqualTo("Show word.");
        assertThat(renamed.usage()).isEqualTo("ECHO word");
        assertThat(StoreCommands.INFO.usage()).isEqualTo("INFO");
        assertThat(ECHO.names()).containsExactly("ECHO");
    }

    @Test
    void namesTheMissingArgument() {
        assertThat(errorOf(StringCommands.GETSET, "set"))
                .isEqualTo("wrong number of arguments for 'GETSET': missing key; usage: GETSET key value");
        assertThat(errorOf(StringCommands.GETSET, "set", "k"))
                .isEqualTo("wrong number of arguments for 'GETSET': missing value; usage: GETSET key value");
    }

    @Test
    void countsTooManyArguments() {
        assertThat(errorOf(StringCommands.GETSET, "SET", "k", "v", "w"))
                .isEqualTo("wrong number of arguments for 'GETSET': 3 instead of 2; usage: GETSET key value");
        assertThat(errorOf(StoreCommands.INFO, "INFO", "all"))
                .isEqualTo("wrong number of arguments for 'INFO': 1 instead of 0; usage: INFO");
    }

    @Test
    void findsNothingWrongWithTheArgumentsOfItsUsage() {
        assertThat(errorOf(StringCommands.GETSET, "SET", "k", "v")).isNull();
        assertThat(errorOf(StoreCommands.INFO, "INFO")).isNull();
    }

    @Test
    void runsInAnySessionIfItWritesNothing() throws IOException {
        assertThat(session.run(ECHO, "echo", "hello")).containsExactly("value 'hello'");
        assertThat(readOnlySession().run(ECHO, "echo", "hello")).containsExactly("value 'hello'");
    }

    @Test
    @Tag("R36")
    void isRefusedInASessionThatOnlyLooksIfItWrites() throws IOException {
        Command<Session> writing = ECHO.writing().alias("SAY");

        assertThat(session.run(writing, "echo", "hello")).containsExactly("value 'hello'");
        assertThat(readOnlySession().run(writing, "say", "hello"))
                .containsExactly("error ECHO is refused: this session is read-only, and writes nothing");
    }

    @Test
    void passesOnThatAReplyCannotBeDelivered() {
        IOException broken = new IOException("nobody reads");
        Command<Session> failing = Command.of("FAIL", "", "Fail.", (any, words) -> {
            throw broken;
        });

        assertThatThrownBy(() -> session.run(failing, "FAIL")).isSameAs(broken);
    }

    private static String errorOf(Command<Session> command, String... words) {
        List<byte[]> given = RecordedSession.words(words);
        return command.argumentErrorOf(given);
    }
}
