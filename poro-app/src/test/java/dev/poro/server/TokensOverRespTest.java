package dev.poro.server;

import static dev.poro.server.RespClient.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.Poro;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** PORO.TOKEN: a client whose connection breaks sends the same command again, and it has happened once. */
@Timeout(60)
class TokensOverRespTest {
    private static final String REFUSED =
            "-ERR PORO.TOKEN does not go with this command: its reply could not be repeated";

    @TempDir
    private Path directory;

    private Poro store;
    private PoroServer server;
    private RespClient client;

    @BeforeEach
    void start() throws IOException {
        store = Poro.at(directory.resolve("poro.wal")).memory(64 << 20).open();
        server = PoroServer.on(store).port(0).start();
        client = new RespClient(server.port());
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        server.close();
        store.close();
    }

    private String once(long number, String... words) throws IOException {
        client.send(request("PORO.TOKEN", "7", Long.toString(number)) + request(words));
        assertThat(client.reply()).isEqualTo("OK");
        return client.reply();
    }

    /** The connection ends before the reply is read; the server may or may not have come to the command by then. */
    @Test
    void aConnectionThatIsKilledLosesAndRepeatsNothing() throws IOException {
        for (int number = 1; number <= 50; number++) {
            try (RespClient killed = new RespClient(server.port())) {
                killed.send(request("PORO.TOKEN", "7", Integer.toString(number)) + request("INCR", "k"));
                if (number % 2 == 0) {
                    killed.socket.setSoLinger(true, 0);
                } else {
                    assertThat(killed.reply()).isEqualTo("OK");
                }
            }
            assertThat(once(number, "INCR", "k")).isEqualTo(":" + number);
        }
        assertThat(client.call("GET", "k")).isEqualTo("50");
    }

    @Test
    void aServerThatIsStartedAgainKnowsItsClients() throws IOException {
        assertThat(once(1, "INCR", "k")).isEqualTo(":1");
        assertThat(once(2, "APPEND", "k", "0")).isEqualTo(":2");
        stop();
        start();
        assertThat(once(2, "APPEND", "k", "0")).isEqualTo(":2");
        assertThat(client.call("GET", "k")).isEqualTo("10");
    }

    @Test
    void aCommandSentAgainRepliesAsTheFirstTime() throws IOException {
        String[][] commands = {
            {"SET", "k", "1"},
            {"SET", "n", "v", "NX"},
            {"SETNX", "m", "v"},
            {"SETEX", "x", "100", "v"},
            {"PSETEX", "x", "100000", "v"},
            {"INCR", "k"},
            {"DECR", "k"},
            {"INCRBY", "k", "10"},
            {"DECRBY", "k", "3"},
            {"APPEND", "k", "00"},
            {"SETRANGE", "k", "1", "5"},
            {"EXPIRE", "k", "100"},
            {"PERSIST", "k"},
            {"MSET", "a", "1", "b", "2", "a", "3"},
            {"DEL", "m"},
            {"UNLINK", "m"},
            {"FLUSHALL"}
        };
        for (int i = 0; i < commands.length; i++) {
            String first = once(i + 1, commands[i]);
            assertThat(first).doesNotStartWith("-");
            long digest = store.digest();
            assertThat(once(i + 1, commands[i]))
                    .as(String.join(" ", commands[i]))
                    .isEqualTo(first);
            assertThat(store.digest()).isEqualTo(digest);
            if (commands[i][0].equals("MSET")) {
                assertThat(client.call("MGET", "a", "b")).isEqualTo("[3, 2]");
            }
        }
        assertThat(once(1, "SET", "k", "1")).startsWith("-TOKENDONE change 1 of client 7 was done before");
        assertThat(once(99, "SET", "k", "1")).startsWith("-TOKENGAP change 99 of client 7 was rejected");
        assertThat(client.call("PORO.TOKEN", "8", "2")).isEqualTo("OK");
        assertThat(client.call("SET", "k", "1")).startsWith("-TOKENUNKNOWN change 2 of client 8 was rejected");
        assertThat(client.call("DBSIZE")).isEqualTo(":0");
    }

    @Test
    void whatCouldNotReplyAgainIsRefused() throws IOException {
        String[][] commands = {
            {"SET", "k", "1", "GET"},
            {"SET", "k", "1", "IFEQ", "2"},
            {"GETSET", "k", "1"},
            {"GETDEL", "k"},
            {"GETEX", "k", "PERSIST"},
            {"INCRBYFLOAT", "k", "1"},
            {"SETBIT", "k", "1", "1"},
            {"MSETNX", "k", "1"},
            {"DEL", "k", "l"},
            {"RENAME", "k", "l"},
            {"COPY", "k", "l"},
            {"APPEND", "k", ""},
            {"SETRANGE", "k", "0", ""}
        };
        for (String[] command : commands) {
            assertThat(once(1, command)).as(String.join(" ", command)).isEqualTo(REFUSED);
        }
        assertThat(client.call("DBSIZE")).isEqualTo(":0");
    }

    /** Both reply 0, so both leave the number free: otherwise the next change might not be done, or be rejected. */
    @Test
    void anExpiryThatIsNotSetLeavesItsNumberFree() throws IOException {
        assertThat(once(1, "EXPIRE", "k", "100", "NX")).isEqualTo(":0");
        assertThat(once(1, "PERSIST", "k")).isEqualTo(":0");
        assertThat(once(1, "SET", "k", "1")).isEqualTo("OK");
        assertThat(client.call("GET", "k")).isEqualTo("1");
        assertThat(once(2, "PERSIST", "k")).isEqualTo(":0");
        assertThat(once(2, "EXPIRE", "k", "100", "NX")).isEqualTo(":1");
    }

    /** It is of the next command that writes and of no other: not of one after a mistake, nor of a transaction. */
    @Test
    void aTokenIsOfOneCommand() throws IOException {
        client.send(request("PORO.TOKEN", "7", "1")
                + request("GET", "k")
                + request("PING")
                + request("INCR", "k")
                + request("INCR", "k")
                + request("INCR", "k"));
        assertThat(client.reply()).isEqualTo("OK");
        assertThat(client.reply()).isEqualTo("(nil)");
        assertThat(client.reply()).isEqualTo("PONG");
        for (int count = 1; count <= 3; count++) {
            assertThat(client.reply()).isEqualTo(":" + count);
        }
        assertThat(once(1, "INCR", "k")).isEqualTo(":1");
        String[][] mistakes = {{"INCR"}, {"INCRR", "k"}, {"INCRBY", "k", "x"}, {"MULTI"}, {"RESET"}};
        for (String[] mistake : mistakes) {
            once(2, mistake);
            client.call("INCR", "plain");
        }
        assertThat(client.call("GET", "plain")).isEqualTo("5");
        assertThat(once(2, "INCR", "k")).isEqualTo(":4");
        assertThat(client.call("MULTI")).isEqualTo("OK");
        assertThat(client.call("PORO.TOKEN", "7", "3")).isEqualTo("-ERR Command not allowed inside a transaction");
        assertThat(client.call("EXEC")).startsWith("-EXECABORT");
    }

    /** A client that sends both at once has no chance to stop the write when the token is refused. */
    @Test
    void aWriteAfterAWrongTokenIsRefused() throws IOException {
        String[][] wrong = {
            {"PORO.TOKEN", "7", "0"}, {"PORO.TOKEN", "x", "1"}, {"PORO.TOKEN", "1"}, {"PORO.TOKEN", "1", "1", "1"}
        };
        for (String[] token : wrong) {
            client.send(request(token)
                    + request("GET", "k")
                    + request("INCR", "k")
                    + request(token)
                    + request("MULTI")
                    + request("GET", "k"));
            assertThat(client.reply()).as(String.join(" ", token)).startsWith("-ERR ");
            assertThat(client.reply()).isEqualTo("(nil)");
            assertThat(client.reply()).startsWith("-ERR INCR refused, because the PORO.TOKEN before it was wrong");
            assertThat(client.reply()).startsWith("-ERR ");
            assertThat(client.reply()).startsWith("-ERR PORO.TOKEN goes with one command");
            assertThat(client.reply()).isEqualTo("(nil)");
        }
        assertThat(client.call("PORO.TOKEN", "1", "0")).startsWith("-ERR ");
        assertThat(once(1, "INCR", "k")).isEqualTo(":1");
        assertThat(client.call("INCR", "k")).isEqualTo(":2");
    }

    /** Another client may have the token at the same time: they are two tries of one change. */
    @Test
    void theTokenIsOfTheClientAndNotOfTheConnection() throws IOException {
        try (RespClient other = new RespClient(server.port())) {
            assertThat(other.call("PORO.TOKEN", "7", "1")).isEqualTo("OK");
            assertThat(once(1, "INCR", "k")).isEqualTo(":1");
            assertThat(client.call("SET", "k", "10")).isEqualTo("OK");
            assertThat(other.call("INCR", "k")).isEqualTo(":1");
        }
        assertThat(client.call("GET", "k")).isEqualTo("10");
    }
}
