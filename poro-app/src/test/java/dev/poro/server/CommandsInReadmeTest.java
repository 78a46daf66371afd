package dev.poro.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.command.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The table of commands in the README names those that there are. */
class CommandsInReadmeTest {
    private static final String HEADING = "### Commands, and what differs from Redis 7\n";
    private static final Pattern NAME = Pattern.compile("`([A-Z.-]+)`");

    /** The columns of the rows. */
    private static List<String[]> rows() throws IOException {
        String text = Files.readString(Path.of("README.md"));
        String section = text.substring(text.indexOf(HEADING) + HEADING.length());
        return section.substring(0, section.indexOf("\nPut quotes"))
                .lines()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.substring(2, line.length() - 2).split(" \\| ", 2))
                .toList();
    }

    private static List<String> namesIn(String column) {
        return NAME.matcher(column).results().map(name -> name.group(1)).toList();
    }

    @Test
    void namesEachCommandOnce() throws IOException {
        List<String> named = new ArrayList<>();
        rows().forEach(row -> named.addAll(namesIn(row[0])));
        assertThat(named).containsExactlyInAnyOrderElementsOf(ServerCommands.TABLE.names());
    }

    @Test
    void namesTheCommandsBehindOne() throws IOException {
        for (String[] row : rows()) {
            for (String name : namesIn(row[0])) {
                Subcommands behind = ServerCommands.subcommandsOf(name);
                if (behind != null) {
                    List<String> names = behind.all().stream()
                            .map(Command::name)
                            .filter(subcommand -> !subcommand.equals("HELP"))
                            .toList();
                    assertThat(namesIn(row[1])).as(name).containsAll(names);
                }
            }
        }
    }
}
