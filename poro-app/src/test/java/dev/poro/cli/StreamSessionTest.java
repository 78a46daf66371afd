package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.poro.command.Command;
import dev.poro.command.CommandStore;
import dev.poro.engine.Poro;
import dev.poro.engine.Progress;
import dev.poro.engine.ReadOnlyStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StreamSessionTest {
    private static final int MEMORY = 8 << 20;
    private static final String SET = "SET key value [NX|XX|IFEQ value] [GET]"
            + " [EX seconds|PX milliseconds|EXAT unix-seconds|PXAT unix-milliseconds|KEEPTTL]";

    @TempDir
    private Path directory;

    private Poro store;
    private int exitStatus;

    @BeforeEach
    void openStore() {
        store = Poro.at(directory.resolve("poro.wal")).memory(MEMORY).open();
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    @Test
    void setsGetsAndDeletes() throws IOException {
        String replies = run("SET mykey \"Hello, World!\"\nGET mykey\nDEL mykey\nGET mykey\nDEL mykey\nQUIT\n");

        assertThat(replies).isEqualTo("OK\n\"Hello, World!\"\n(integer) 1\n(nil)\n(integer) 0\n");
        assertThat(exitStatus).isEqualTo(ExitStatus.OK);
    }

    @Test
    void takesNamesInAnyCaseAndAliases() throws IOException {
        assertThat(run("set k v\nGeT k\ndelete k\nexit\nGET k\n")).isEqualTo("OK\n\"v\"\n(integer) 1\n");
    }

    @Test
    void showsRepliesAsRedisCliDoes() throws IOException {
        String mset = "MSET a 1 b \"x y\"\nMGET a none b\nINCR a\nTTL a\nTYPE a\n";

        assertThat(run(mset + "KEYS c*\nSCAN 0 MATCH a\nPING\nECHO a\n")).isEqualTo("""
                        OK
                        1) "1"
                        2) (nil)
                        3) "x y"
                        (integer) 2
                        (integer) -1
                        string
                        (empty array)
                        1) "0"
                        2) 1) "a"
                        PONG
                        "a"
                        """);
    }

    @Test
    void runsTransactions() throws IOException {
        assertThat(run("WATCH k\nMULTI\nSET k 1\nINCR k\nMGET k x\nHELP exec\nEXEC\nGET k\n"))
                .isEqualTo("""
                        OK
                        OK
                        QUEUED
                        QUEUED
                        QUEUED
                        EXEC  Run what is queued, all at once; (nil), and nothing is done, if a watched key has changed.
                        1) OK
                        2) (integer) 2
                        3) 1) "2"
                           2) (nil)
                        "2"
                        """);
        assertThat(run("WATCH k\nSET k 2\nMULTI\nSET k 3\nEXEC\nGET k\n")).endsWith("QUEUED\n(nil)\n\"2\"\n");
        assertThat(exitStatus).isEqualTo(ExitStatus.OK);
    }

    @ParameterizedTest
    @ValueSource(strings = {"FLY", "SET k", "SET k 'v", "BACKUP there"})
    void runsNoTransactionAPartOfWhichWasRefused(String refused) throws IOException {
        assertThat(run("MULTI\nSET k v\n" + refused + "\nEXEC\nGET k\n"))
                .startsWith("OK\nQUEUED\n(error) ERR ")
                .endsWith("\n(error) EXECABORT Transaction discarded because of previous errors.\n(nil)\n");
    }

    @Test
    void backsUpTheStoreThatGoesOn() throws IOException {
        Path copy = directory.resolve("copy.wal");

        assertThat(run("SET k 1\nBACKUP '" + copy + "'\nSET k 2\nBACKUP '" + copy + "'\nBACKUP \"a\\x00b\"\nBACKUP\n"))
                .startsWith("OK\n(integer) 2\nOK\n(error) ERR " + copy + " exists")
                .contains("(error) ERR not the name of a directory", "missing directory");

        try (Poro backup = Poro.at(copy).memory(MEMORY).open()) {
            assertThat(backup.get("k")).isEqualTo("1");
        }
    }

    @Test
    void breaksABackupOffAtCtrlCAndGoesOnWithItLater() throws IOException {
        run("SET k 1\n");
        Path copy = directory.resolve("copy.wal");
        Interrupts typed = new Interrupts() {
            @Override
            public void listen(Runnable listener) {
                listener.run();
            }

            @Override
            public void ignore() {}
        };
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        StreamSession.withPrompt(
                        PromptTarget.of(CommandStore.of(store)),
                        new ByteArrayInputStream(latin1("BACKUP " + copy + "\nGET k\n")),
                        out,
                        typed)
                .run();

        assertThat(out.toString(StandardCharsets.UTF_8))
                .isEqualTo("> (error) ERR cancelled; what is copied is kept in " + copy
                        + ".unfinished: the same command continues it\n> \"1\"\n> ");
        assertThat(copy).doesNotExist();
        assertThat(copy.resolveSibling("copy.wal.unfinished")).isDirectory();
        assertThat(run("BACKUP " + copy + "\n")).isEqualTo("(integer) 2\n");
        assertThat(copy).isDirectory();
    }

    @Test
    void ignoresBlankLinesAndCarriageReturns() throws IOException {
        assertThat(run("\n \t\r\nSET k 'v'\r\nGET k\r\n\r\n")).isEqualTo("OK\n\"v\"\n");
        assertThat(exitStatus).isEqualTo(ExitStatus.OK);
    }

    @Test
    void carriesOutTheLastLineWithoutItsLineFeed() throws IOException {
        assertThat(run("SET k v\nGET k")).isEqualTo("OK\n\"v\"\n");
    }

    @Test
    void storesTheVeryBytes() throws IOException {
        byte[] key = {(byte) 0xff, 0, 'k'};
        byte[] value = "né\0".getBytes(StandardCharsets.UTF_8);

        run("SET \u00ff\0k n\u00c3\u00a9\0\n");

        assertThat(store.get(key)).isEqualTo(value);
        assertThat(run("GET \"\\xff\\x00k\"\n")).isEqualTo("\"n\u00c3\u00a9\\x00\"\n");
    }

    @Test
    void storesEmptyKeysAndValues() throws IOException {
        assertThat(run("SET \"\" ''\nGET \"\"\nDEL ''\n")).isEqualTo("OK\n\"\"\n(integer) 1\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            quoteCharacter = '~',
            value = {
                "SET           ! ERR wrong number of arguments for 'SET': missing key; usage: SET key value",
                "set k         ! ERR wrong number of arguments for 'SET': missing value; usage: SET key value",
                "SET k 'a' b c ! ERR syntax error; usage: " + SET
                        + "; a value with blanks needs quotes: SET k \"a b c\"",
                "SET k v w     ! ERR syntax error; usage: " + SET + "; a value with blanks needs quotes: SET k \"v w\"",
                "set k v ex    ! ERR syntax error; usage: " + SET,
                "set k v nx XX ! ERR syntax error; usage: " + SET,
                "SET a 1 EX 0  ! ERR invalid expire time in 'set' command",
                "INCR          ! ERR wrong number of arguments for 'INCR': missing key; usage: INCR key",
                "MSET a 1 b    ! ERR wrong number of arguments for 'MSET': missing value; usage: MSET key value",
                "GTE a         ! ERR unknown command \"GTE\"; did you mean GET?; HELP lists the commands",
                "hget a b      ! ERR unknown command \"hget\"; Poro has strings only, no hashes; use a key for each",
                "LPUSH a b     ! ERR unknown command \"LPUSH\"; Poro has strings only, no lists; a value can hold one",
                "subscribe a   ! ERR unknown command \"subscribe\"; publish and subscribe need a server: 'poro serve'",
                "EVAL x        ! ERR unknown command \"EVAL\"; Poro runs no scripts; MULTI, WATCH and EXEC make",
                "SELECT 1      ! ERR unknown command \"SELECT\"; a store is one database; 'poro --wal PATH' opens",
                "HELP count    ! ERR unknown command \"count\"; DBSIZE shows the number of keys; HELP lists",
                "verify        ! ERR unknown command \"verify\"; leave by QUIT, and in a shell type 'poro verify ...'",
                "GET a b       ! ERR wrong number of arguments for 'GET': 2 instead of 1; usage: "
                        + "GET key; MGET shows several keys",
                "EXEC          ! ERR EXEC without MULTI",
                "GET           ! ERR wrong number of arguments for 'GET': missing key; usage: GET key",
                "QUIT now      ! ERR wrong number of arguments for 'QUIT': 1 instead of 0; usage: QUIT",
                "FLY me        ! ERR unknown command \"FLY\"; HELP lists the commands",
                "\"\\x1b[2J\"  ! ERR unknown command \"\\x1b[2J\"; HELP lists the commands",
                "HELP fly      ! ERR unknown command \"fly\"; HELP lists the commands",
                "SET k \"v     ! ERR unbalanced quotes",
                "SET k 'v'w    ! ERR unbalanced quotes",
            })
    void repliesToAMistakeWithWhatIsWrong(String line, String error) throws IOException {
        String replies = run(line + "\nSET k v\n");

        assertThat(replies)
                .startsWith("(error) " + error.stripTrailing())
                .endsWith("\nOK\n")
                .hasLineCount(2);
        assertThat(exitStatus).isEqualTo(ExitStatus.FAILURE);
    }

    @Test
    void acceptsTheLargestValueWithEveryByteEscaped() throws IOException {
        String value = "\\x00".repeat(store.maxValueLength());

        assertThat(run("SET k \"" + value + "\"\n")).isEqualTo("OK\n");
        assertThat(store.get(latin1("k"))).isEqualTo(new byte[store.maxValueLength()]);
    }

    @Test
    void rejectsAValueThatIsTooLarge() throws IOException {
        String value = "v".repeat(store.maxValueLength() + 1);

        assertThat(run("SET k " + value + "\nGET k\n"))
                .startsWith("(error) ERR value of")
                .endsWith("\n(nil)\n");
    }

    @Test
    void rejectsALineThatIsTooLongAndGoesOn() throws IOException {
        String line = "SET k " + "v".repeat(6 * store.maxValueLength());

        assertThat(run(line + "\nSET k v\n"))
                .startsWith("(error) ERR line too long")
                .endsWith("\nOK\n")
                .hasLineCount(2);
        assertThat(exitStatus).isEqualTo(ExitStatus.FAILURE);
    }

    @Test
    void rejectsWhatDoesNotFitIntoMemoryAndGoesOn() throws IOException {
        StringBuilder script = new StringBuilder();
        for (int i = 0; i <= MEMORY >> 20; i++) {
            script.append("SET k")
                    .append(i)
                    .append(' ')
                    .append("v".repeat(1 << 20))
                    .append('\n');
        }

        assertThat(run(script + "DEL k0\nSET k v\n"))
                .contains("(error) ERR ")
                .contains("memory")
                .endsWith("(integer) 1\nOK\n");
        assertThat(exitStatus).isEqualTo(ExitStatus.FAILURE);
    }

    @Test
    void tellsWhichStoreItIs() throws IOException {
        assertThat(run("INFO\n"))
                .startsWith("store             " + directory.resolve("poro.wal").toAbsolutePath() + "\n")
                .contains("\nretained          none\n");
    }

    @Test
    @Tag("R36")
    void looksAndRefusesToChangeAnything() throws IOException {
        run("SET k 1\n");
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        try (ReadOnlyStore contents = ReadOnlyStore.open(store.path(), Progress.NONE)) {
            byte[] script = latin1("GET k\nSET k 2\nDEL k\nSNAPSHOT\nBACKUP copy.wal\nINFO\nGET k\n");
            exitStatus = StreamSession.withoutPrompt(
                            PromptTarget.of(CommandStore.of(contents)), new ByteArrayInputStream(script), out)
                    .run();
        }

        assertThat(out.toString(StandardCharsets.UTF_8))
                .startsWith("\"1\"\n")
                .contains("(error) ERR SET is refused: this session is read-only", "(error) ERR DEL is refused")
                .contains("(error) ERR SNAPSHOT is refused", "(error) ERR BACKUP is refused")
                .contains("read-only         as of sequence 2", "keys              1", "retained          none")
                .endsWith("\"1\"\n");
        assertThat(exitStatus).isEqualTo(ExitStatus.FAILURE);
        assertThat(store.sequence()).isEqualTo(2);
    }

    @Test
    void endsQuietlyWhenTheStoreWasClosedUnderneath() throws IOException {
        store.close();

        assertThat(run("SET k v\nSET k w\n")).isEmpty();
    }

    @Test
    void explainsItsCommands() throws IOException {
        String help = run("help\n");

        for (Command<?> command : PromptCommands.TABLE.commands()) {
            assertThat(help).contains(command.usage());
        }
        assertThat(run("HELP set\n")).startsWith("SET key value ").hasLineCount(1);
    }

    @Test
    void showsAPromptIfAskedTo() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        StreamSession.withPrompt(
                        PromptTarget.of(CommandStore.of(store)),
                        new ByteArrayInputStream(latin1("GET k\n")),
                        out,
                        Interrupts.NONE)
                .run();

        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("> (nil)\n> ");
    }

    @Test
    void tellsThatNobodyReads() throws IOException {
        Pipe pipe = Pipe.open();
        pipe.source().close();
        try (OutputStream unread = Channels.newOutputStream(pipe.sink())) {
            assertThatThrownBy(() -> replyTo(unread))
                    .isInstanceOfSatisfying(
                            ReplyException.class,
                            e -> assertThat(e.isBrokenPipe()).isTrue());
        }
    }

    @Test
    void aFullDiskIsNoBrokenPipe() {
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("No space left on device");
            }
        };
        assertThatThrownBy(() -> replyTo(full))
                .isInstanceOfSatisfying(
                        ReplyException.class, e -> assertThat(e.isBrokenPipe()).isFalse());
    }

    private void replyTo(OutputStream out) throws IOException {
        StreamSession.withoutPrompt(
                        PromptTarget.of(CommandStore.of(store)), new ByteArrayInputStream(latin1("GET k\n")), out)
                .run();
    }

    /** Characters are bytes here, both ways. */
    private String run(String script) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        exitStatus = StreamSession.withoutPrompt(
                        PromptTarget.of(CommandStore.of(store)), new ByteArrayInputStream(latin1(script)), out)
                .run();
        return out.toString(StandardCharsets.ISO_8859_1);
    }

    private static byte[] latin1(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
