package dev.poro.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class CommandTableTest {
    private static final CommandTable<Session> TABLE =
            new CommandTable<>(List.of(StoreCommands.SET, StoreCommands.GET, StoreCommands.DEL, StoreCommands.INFO));

    @Test
    void findsACommandByEachOfItsNamesInAnyCase() {
        for (String name : List.of("DEL", "del", "dEl", "DELETE", "delete", "Delete")) {
            assertThat(TABLE.named(name)).as(name).isSameAs(StoreCommands.DEL);
            assertThat(TABLE.named(name.getBytes(StandardCharsets.UTF_8)))
                    .as(name)
                    .isSameAs(StoreCommands.DEL);
        }
        assertThat(TABLE.named("info")).isSameAs(StoreCommands.INFO);
    }

    @Test
    void findsNothingByOtherNames() {
        for (String name : List.of("", "S", "SE", "SETS", "GET ", "ſet", "SE\0", "ınfo", "SNAPSHOT")) {
            assertThat(TABLE.named(name)).as(name).isNull();
        }
        assertThat(TABLE.named(new byte[] {(byte) 0xff, 'E', 'T'})).isNull();
    }

    @Test
    void listsCommandsAndNamesInOrder() {
        assertThat(TABLE.commands())
                .isEqualTo(List.of(StoreCommands.SET, StoreCommands.GET, StoreCommands.DEL, StoreCommands.INFO));
        assertThat(TABLE.names()).containsExactly("SET", "GET", "DEL", "DELETE", "INFO");
    }

    @Test
    void takesCommandsOfAnySessionAndOfTheFrontEnds() {
        Command<RecordedSession> own = Command.of("OWN", "", "Do as the front end does.", (session, words) -> {});

        CommandTable<RecordedSession> table = new CommandTable<>(List.of(StoreCommands.GET, own));

        assertThat(table.named("own")).isSameAs(own);
        assertThat(table.named("get")).isSameAs(StoreCommands.GET);
    }

    @Test
    void refusesTwoCommandsOfOneName() {
        Command<Session> other = Command.of("DELETE", "", "Delete everything.", (session, words) -> {});

        assertThatThrownBy(() -> new CommandTable<Session>(List.of(StoreCommands.DEL, other)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("DELETE");
    }
}
