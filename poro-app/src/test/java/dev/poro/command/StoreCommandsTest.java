package dev.poro.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class StoreCommandsTest extends StoreTest {
    @Test
    void setsGetsAndDeletes() throws IOException {
        assertThat(session.run(StoreCommands.SET, "SET", "k", "v")).containsExactly("ok");
        assertThat(session.run(StoreCommands.SET, "SET", "k", "w")).containsExactly("ok");
        assertThat(session.run(StoreCommands.GET, "GET", "k")).containsExactly("value 'w'");
        assertThat(session.run(StoreCommands.DEL, "DEL", "k")).containsExactly("integer 1");
        assertThat(session.run(StoreCommands.DEL, "DEL", "k")).containsExactly("integer 0");
        assertThat(session.run(StoreCommands.GET, "GET", "k")).containsExactly("value absent");
    }

    @Test
    void takesEmptyKeysAndValues() throws IOException {
        assertThat(session.run(StoreCommands.SET, "SET", "", "")).containsExactly("ok");
        assertThat(session.run(StoreCommands.GET, "GET", "")).containsExactly("value ''");
    }

    @Test
    void tellsTheSequenceOfASnapshot() throws IOException {
        session.run(StoreCommands.SET, "SET", "k", "v");

        assertThat(session.run(StoreCommands.SNAPSHOT, "SNAPSHOT")).containsExactly("integer " + poro.sequence());
    }

    @Test
    void repliesInOneTextHowTheStoreStands() throws IOException {
        assertThat(session.run(StoreCommands.INFO, "INFO"))
                .singleElement()
                .asString()
                .startsWith("text store ")
                .contains("\nkeys              0\n");
    }

    @Test
    @Tag("R36")
    void onlyReadsWhatIsOnlyLookedAt() throws IOException {
        RecordedSession looking = readOnlySession();

        assertThat(looking.run(StoreCommands.SET, "SET", "k", "v"))
                .first()
                .asString()
                .startsWith("error SET is refused");
        assertThat(looking.run(StoreCommands.DEL, "DEL", "k"))
                .first()
                .asString()
                .startsWith("error DEL is refused");
        assertThat(looking.run(StoreCommands.SNAPSHOT, "SNAPSHOT"))
                .first()
                .asString()
                .startsWith("error SNAPSHOT is refused");
        assertThat(looking.run(StoreCommands.GET, "GET", "k")).containsExactly("value absent");
        assertThat(looking.run(StoreCommands.INFO, "INFO"))
                .singleElement()
                .asString()
                .startsWith("text store ")
                .contains("\nkeys              0\n");
    }
}
