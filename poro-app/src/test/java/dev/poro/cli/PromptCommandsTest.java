package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.command.Command;
import dev.poro.command.StoreCommands;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Their replies are tested by {@link StreamSessionTest}. */
class PromptCommandsTest {
    @Test
    void beginWithTheFrequentOnesAndEndWithThoseOfThePrompt() {
        List<String> names = PromptCommands.TABLE.names();

        assertThat(names).startsWith("SET", "GET", "DEL", "DELETE", "INCR").endsWith("BACKUP", "HELP", "QUIT", "EXIT");
    }

    @Test
    void haveAllThatAStoreCanDo() {
        assertThat(PromptCommands.TABLE.commands()).containsAll(StoreCommands.ALL);
    }

    @Test
    void haveASummaryThatIsASentence() {
        for (Command<?> command : PromptCommands.TABLE.commands()) {
            assertThat(command.summary()).as(command.name()).matches("[A-Z].*\\.");
        }
    }
}
