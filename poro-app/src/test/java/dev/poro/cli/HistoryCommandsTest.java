package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.Poro;
import dev.poro.engine.Retention;
import dev.poro.engine.SetClockLog;
import dev.poro.engine.SyncPolicy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code poro tail}, {@code history}, {@code diff}, {@code fork}, and {@code get} and {@code export} at a point. */
@ResourceLock(Resources.SYSTEM_ERR)
class HistoryCommandsTest {
    private static final Instant EXPIRY = Instant.parse("2096-10-02T07:06:40.123Z");

    @TempDir
    private Path directory;

    private Path log;

    /** Event 1 is the memory budget. Then: 2, 3, 4 as they are written, a batch 5, 6, a CLEAR 7, 8, 9. */
    @BeforeEach
    void writeLog() {
        log = directory.resolve("poro.wal");
        try (Poro poro = open(log)) {
            poro.set("user:1", "Ada");
            poro.set("user:1", "Ada L.");
            poro.set(new byte[] {'b', 0, (byte) 0xFF}, new byte[] {'"', '\n'});
            poro.batch()
                    .set(bytes("user:2"), bytes("Bob"))
                    .delete(bytes("user:1"))
                    .commit();
            poro.set(bytes("session"), bytes("s"), EXPIRY);
            poro.clear();
            poro.set("user:1", "Ada again");
            poro.delete("absent");
        }
    }

    private static Poro open(Path path) {
        return Poro.at(path)
                .memory(16 << 20)
                .sync(SyncPolicy.OS)
                .segmentLength(16 << 10)
                .retain(Retention.NONE)
                .open();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private ToolRun run(String... arguments) {
        return ToolRun.of(FileSystems.getDefault(), arguments);
    }

    /** What a command writes, with T for each time but the expiry. */
    private String out(String... arguments) {
        ToolRun run = run(arguments);
        assertThat(run.status()).as(run.toString()).isZero();
        assertThat(run.err()).isEmpty();
        return run.out().replaceAll("202[0-9]-\\S+?Z", "T");
    }

    @Test
    void tailShowsTheLastChangesOfTheStoreBesideItAndChangesNothing() throws IOException {
        String all = """
                2 T SET "user:1" "Ada"
                3 T SET "user:1" "Ada L."
                4 T SET "b\\x00\\xff" "\\"\\n"
                5 T SET "user:2" "Bob"
                5-1 T DELETE "user:1"
                6 T SET "session" "s" expires 2096-10-02T07:06:40.123Z
                7 T CLEARED
                8 T SET "user:1" "Ada again"
                """;
        Map<String, Long> before = listing();
        assertThat(out("tail", log.toString())).isEqualTo(all);
        assertThat(out("tail", log.toString(), "-n", "2")).isEqualTo("7 T CLEARED\n8 T SET \"user:1\" \"Ada again\"\n");
        assertThat(out("tail", log.toString(), "--from", "5", "--prefix", "user:", "--old"))
                .isEqualTo("""
                        5 T SET "user:2" "Bob"
                        5-1 T DELETE "user:1" was "Ada L."
                        7 T CLEARED
                        8 T SET "user:1" "Ada again"
                        """);
        assertThat(out("tail", log.toString(), "--from", "now")).isEmpty();
        assertThat(out("tail", log.toString(), "--from", "2020-01-01T00:00")).isEqualTo(all);
        assertThat(out("tail", log.toString(), "--from", "2096-01-01T00:00")).isEmpty();
        assertThat(listing()).isEqualTo(before);

        try (Poro poro = open(log)) {
            poro.set("later", "one");
            assertThat(out("tail", log.toString(), "-n", "1"))
                    .isEqualTo(poro.sequence() + " T SET \"later\" \"one\"\n");
        }
    }

    @Test
    void tailWritesJson() {
        assertThat(out("tail", log.toString(), "--json", "--from", "5").lines())
                .containsExactly(
                        "{\"sequence\":5,\"index\":0,\"timestamp\":\"T\",\"type\":\"SET\",\"key\":\"user:2\","
                                + "\"value\":\"Bob\",\"previous\":0}",
                        "{\"sequence\":5,\"index\":1,\"timestamp\":\"T\",\"type\":\"DELETE\",\"key\":\"user:1\","
                                + "\"previous\":3}",
                        "{\"sequence\":6,\"index\":0,\"timestamp\":\"T\",\"type\":\"SET\",\"key\":\"session\","
                                + "\"value\":\"s\",\"expiresAt\":\"2096-10-02T07:06:40.123Z\",\"previous\":0}",
                        "{\"sequence\":7,\"index\":0,\"timestamp\":\"T\",\"type\":\"CLEARED\",\"previous\":0}",
                        "{\"sequence\":8,\"index\":0,\"timestamp\":\"T\",\"type\":\"SET\",\"key\":\"user:1\","
                                + "\"value\":\"Ada again\",\"previous\":0}");
        assertThat(out("tail", log.toString(), "--json", "--old", "--from", "3", "--prefix", "user"))
                .startsWith("{\"sequence\":3,")
                .contains("\"previous\":2,\"old\":\"Ada\"}\n", "\"previous\":0,\"old\":null}\n");
    }

    @Test
    void historyIsThatOfOneKey() {
        assertThat(out("history", log.toString(), "user:1")).isEqualTo("""
                2 T SET "user:1" "Ada"
                3 T SET "user:1" "Ada L."
                5-1 T DELETE "user:1"
                8 T SET "user:1" "Ada again"
                """);
        assertThat(out("history", log.toString(), "user:2")).isEqualTo("5 T SET \"user:2\" \"Bob\"\n7 T CLEARED\n");
        assertThat(out("history", log.toString(), "user:1", "--limit", "1", "--json"))
                .matches("\\{\"sequence\":8,.*\"key\":\"user:1\",.*}\n");
        ToolRun none = run("history", log.toString(), "absent");
        assertThat(none.status()).isEqualTo(ExitStatus.ABSENT);
        assertThat(none.out() + none.err()).isEmpty();
    }

    @Test
    void getAndExportAreOfAPoint() {
        assertThat(out("get", log.toString(), "user:1")).isEqualTo("\"Ada again\"\n");
        assertThat(out("get", log.toString(), "user:1", "--at", "3")).isEqualTo("\"Ada L.\"\n");
        assertThat(out("get", "--raw", "--at=2", log.toString(), "user:1")).isEqualTo("Ada");
        ToolRun absent = run("get", log.toString(), "user:1", "--at", "5");
        assertThat(absent.status()).isEqualTo(ExitStatus.ABSENT);
        assertThat(absent.out()).isEqualTo("(nil)\n");

        assertThat(out("export", log.toString(), "--at", "6", "--prefix", "s"))
                .isEqualTo("{\"key\":\"session\",\"value\":\"s\",\"expiresAt\":4000000000123}\n");
        assertThat(out("export", log.toString(), "--at", "6", "--json").lines()).hasSize(3);
        assertThat(out("export", log.toString(), "--at", "2097-01-01T00:00").lines())
                .containsExactly("{\"key\":\"user:1\",\"value\":\"Ada again\"}");
        assertThat(out("export", log.toString(), "--prefix", "none")).isEmpty();
    }

    @Test
    void diffShowsWhatIsDifferent() {
        assertThat(out("diff", log.toString(), "3", "6").lines())
                .containsExactlyInAnyOrder(
                        "- \"user:1\" \"Ada L.\"",
                        "+ \"user:2\" \"Bob\"",
                        "+ \"b\\x00\\xff\" \"\\\"\\n\"",
                        "+ \"session\" \"s\" expires 2096-10-02T07:06:40.123Z");
        assertThat(out("diff", log.toString(), "2", "8")).isEqualTo("~ \"user:1\" \"Ada\" -> \"Ada again\"\n");
        assertThat(out("diff", log.toString(), "8", "2", "--json"))
                .isEqualTo("{\"change\":\"changed\",\"key\":\"user:1\",\"old\":\"Ada again\",\"value\":\"Ada\"}\n");
        assertThat(out("diff", log.toString(), "6", "7", "--prefix", "s", "--json"))
                .isEqualTo("{\"change\":\"removed\",\"key\":\"session\",\"old\":\"s\","
                        + "\"oldExpiresAt\":\"2096-10-02T07:06:40.123Z\"}\n");
        assertThat(out("diff", log.toString(), "5", "6", "--json"))
                .isEqualTo("{\"change\":\"added\",\"key\":\"session\",\"value\":\"s\","
                        + "\"expiresAt\":\"2096-10-02T07:06:40.123Z\"}\n");
        assertThat(out("diff", log.toString(), "8", "9")).isEmpty();
    }

    @Test
    void forkIsARestore() {
        String fork = directory.resolve("fork.wal").toString();
        assertThat(out("fork", log.toString(), fork, "--at", "3")).contains("until     sequence 3, T", "keys      1");
        assertThat(out("get", fork, "user:1")).isEqualTo("\"Ada L.\"\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tail LOG --from yesterday       | 2 | neither a sequence nor a time",
                "tail LOG --from 0               | 2 | they begin with 1",
                "tail LOG --from 3 --limit 4     | 2 | two beginnings",
                "tail LOG --limit 0              | 2 | 1 or more",
                "tail LOG --from 99              | 3 | ends with sequence 9. There is no sequence 99 yet",
                "tail NONE                       | 3 | no such directory",
                "history LOG k --limit 0         | 2 | 1 or more",
                "history                         | 2 | KEY",
                "history NONE k                  | 3 | no such directory",
                "get LOG k --at tomorrow         | 2 | neither a sequence nor a time",
                "get LOG k --at 99               | 3 | Restorable is sequence 1 (",
                "get LOG k --at 2020-01-01T00:00 | 3 | the first event in the log happened later",
                "get LOG k more                  | 2 | more",
                "export LOG --at 0               | 2 | they begin with 1",
                "diff LOG                        | 2 | 'N', 'M'",
                "diff LOG 3                      | 2 | neither a sequence nor a time",
                "diff LOG 3 x                    | 2 | 'x' is neither",
                "diff LOG 3 99                   | 3 | ends with sequence 9",
                "fork LOG NEW                    | 2 | --at",
                "fork LOG --at 3                 | 2 | NEW",
                "fork LOG NEW --at 99            | 3 | Restorable is sequence 1 (",
            })
    void whatIsWrongIsTold(String arguments, int status, String says) throws IOException {
        Map<String, Long> before = listing();
        String named = arguments
                .strip()
                .replace("LOG", log.toString())
                .replace("NONE", directory.resolve("none.wal").toString())
                .replace("NEW", directory.resolve("new.wal").toString());
        Refusal refused = Refusal.of(named.split(" "));
        assertThat(refused.errors()).startsWith("poro: ").contains(says).doesNotContain("Exception");
        assertThat(refused.exitStatus()).isEqualTo(status);
        assertThat(listing()).isEqualTo(before);
    }

    /** The segments before are gone: what can be asked begins with the older snapshot. */
    @Test
    void whatWasReleasedIsSaid() {
        long begin;
        try (Poro poro = open(log)) {
            poro.set("user:1", "x".repeat(15_000));
            begin = poro.snapshot();
            poro.set("user:1", "y".repeat(15_000));
            poro.set("user:1", "z");
            poro.snapshot();
        }
        assertThat(log.resolve("0000000001.wal")).doesNotExist();

        ToolRun history = run("history", log.toString(), "user:1");
        assertThat(history.status()).isZero();
        assertThat(history.out().lines()).hasSize(2);
        assertThat(history.err()).contains("the history begins after sequence " + begin + " (");
        assertThat(run("history", log.toString(), "user:1", "-n", "1").err()).isEmpty();
        assertThat(out("tail", log.toString()).lines()).hasSize(2);
        ToolRun early = run("tail", log.toString(), "--from", Long.toString(begin));
        assertThat(early.status()).isEqualTo(ExitStatus.LOG_UNUSABLE);
        assertThat(early.err()).contains("The earliest point is sequence " + begin + " (");
        assertThat(out("tail", log.toString(), "--from", Long.toString(begin + 1))
                        .lines())
                .hasSize(2);
        assertThat(run("get", log.toString(), "user:1", "--at", "3").err())
                .contains("Restorable is sequence " + begin + " (");
        assertThat(out("get", log.toString(), "user:1", "--at", Long.toString(begin)))
                .startsWith("\"xxx");
    }

    /** A time is the one point that it is for a restore; what was written after the clock was set back is told. */
    @Test
    @Tag("R37")
    void aTimeIsThatOfARestore() throws IOException {
        Path setClock = directory.resolve("set.wal");
        SetClockLog.write(setClock);
        ToolRun got = run("get", setClock.toString(), "a", "--at", "2020-06-15T10:06:30Z");
        assertThat(got.out()).isEqualTo("\"1\"\n");
        assertThat(got.err()).startsWith("poro: ").contains("the clock was set back");
        assertThat(out("tail", setClock.toString(), "--from", "2020-06-15T10:36:00Z")
                        .lines())
                .first()
                .asString()
                .startsWith("6 ");
        ToolRun differ = run("diff", setClock.toString(), "2020-06-15T10:06:30Z", "3");
        assertThat(differ.out()).isEqualTo("~ \"a\" \"1\" -> \"2\"\n");
        assertThat(differ.err()).contains("the clock was set back");
    }

    private Map<String, Long> listing() throws IOException {
        Map<String, Long> listing = new TreeMap<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                listing.put(file.toString(), Files.getLastModifiedTime(file).toMillis());
            }
        }
        return listing;
    }
}
