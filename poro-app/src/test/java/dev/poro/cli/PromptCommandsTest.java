package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.command.StoreCommands;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Their replies are tested by {@link StreamSessionTest}. */
class PromptCommandsTest {
    @Test
    void areListedInTheOrderOfHelp() {
        assertThat(PromptCommands.TABLE.names())
                .containsExactly("SET", "GET", "DEL", "DELETE", "SNAPSHOT", "BACKUP", "INFO", "HELP", "QUIT", "EXIT");
    }

    @Test
    void haveAllThatAStoreCanDo() throws IllegalAccessException {
        List<Object> all = new ArrayList<>();
        for (Field field : StoreCommands.class.getFields()) {
            if (Modifier.isStatic(field.getModifiers())) {
                all.add(field.get(null));
            }
        }
        assertThat(all).isNotEmpty();
        assertThat(new ArrayList<Object>(PromptCommands.TABLE.commands())).containsAll(all);
    }
}
