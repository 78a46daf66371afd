package dev.poro.server;

import static dev.poro.server.RespClient.request;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.poro.engine.Poro;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server and clients in one process, over sockets. */
@Timeout(60)
class PoroServerTest {
    @TempDir
    private Path directory;

    private Poro store;
    private PoroServer server;
    private RespClient client;

    @BeforeEach
    void start() throws IOException {
        store = Poro.at(directory.resolve("poro.wal")).memory(64 << 20).open();
        server = PoroServer.on(store).port(0).debugCommands().start();
        client = new RespClient(server.port());
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        server.close();
        store.close();
    }

    private void restart(PoroServerBuilder builder) throws IOException {
        client.close();
        server.close();
        server = builder.port(0).start();
        client = new RespClient(server.port());
    }

    @Test
    void answersInOrderAndReadsSeeTheWritesBeforeThem() throws IOException {
        client.send(request("SET", "k", "1") + request("GET", "k") + request("INCR", "k") + request("GET", "k")
                + "PING\r\n" + request("DEL", "k") + request("GET", "k") + request("SET", "k", "v", "EX", "100")
                + request("TTL", "k") + request("STRLEN", "k") + request("EXISTS", "k") + request("APPEND", "k", "w")
                + request("SETNX", "k", "x") + request("SETNX", "n", "x") + request("INCRBY", "n", "1")
                + request("DECR", "c") + request("INCRBY", "c", "-9") + request("MGET", "k", "n", "none"));
        List<String> replies = new ArrayList<>();
        for (int i = 0; i < 18; i++) {
            replies.add(client.reply());
        }
        assertThat(replies)
                .containsExactly(
                        "OK",
                        "1",
                        ":2",
                        "2",
                        "PONG",
                        ":1",
                        "(nil)",
                        "OK",
                        ":100",
                        ":1",
                        ":1",
                        ":2",
                        ":0",
                        ":1",
                        "-ERR value is not an integer or out of range",
                        ":-1",
                        ":-10",
                        "[vw, x, (nil)]");
        assertThat(store.get("k")).isEqualTo("vw");
    }

    /** All values at once would be more than the limit of replies that wait. */
    @Test
    void aClientThatReadsMayAskForManyLongValuesAtOnce() throws IOException {
        String value = "v".repeat(1 << 20);
        client.call("SET", "k", value);
        client.send(request("GET", "k").repeat(100));
        for (int i = 0; i < 100; i++) {
            assertThat(client.reply().length()).isEqualTo(value.length());
        }
    }

    /** Also if it has sent so many short ones before, and if the value is set in the same breath. */
    @Test
    void manyLongValuesAtOnceNeedNotFitIntoMemory() throws IOException {
        client.send(request("GET", "short").repeat(2_000));
        for (int i = 0; i < 2_000; i++) {
            assertThat(client.reply()).isEqualTo("(nil)");
        }
        String value = "v".repeat(1 << 20);
        client.send(request("SET", "k", value) + request("GET", "k").repeat(200));
        assertThat(client.reply()).isEqualTo("OK");
        for (int i = 0; i < 200; i++) {
            assertThat(client.reply().length()).isEqualTo(value.length());
        }
    }

    /** The frequent commands run in another way than inside MULTI: the replies are the same. */
    @Test
    void frequentCommandsReplyAsInsideATransaction() throws IOException {
        String[][] commands = {
            {"SET", "a", "1"},
            {"GET", "a"},
            {"INCR", "a"},
            {"DECR", "a"},
            {"INCRBY", "a", "5"},
            {"APPEND", "a", "x"},
            {"INCR", "a"},
            {"STRLEN", "a"},
            {"EXISTS", "a"},
            {"SETNX", "a", "y"},
            {"DEL", "a"},
            {"UNLINK", "a"},
            {"EXISTS", "a"},
            {"STRLEN", "a"},
            {"GET", "a"},
            {"SETNX", "a", "y"},
            {"SET", "a", "v", "PX", "100000"},
            {"SET", "a", "v", "EX", "0"},
            {"SET", "a", "v", "EX", "x"},
            {"SET", "a", "v", "XX"},
            {"INCRBY", "a", "x"},
            {"SET", "m", "9223372036854775807"},
            {"INCR", "m"},
            {"DECR", "m"},
            {"APPEND", "a", ""},
            {"INCRBY", "m", "9223372036854775807"},
            {"SET", "a"},
            {"GET", "a", "b"},
            {"DEL", "m"},
            {"DEL", "a"}
        };
        List<String> alone = new ArrayList<>();
        for (String[] command : commands) {
            alone.add(client.call(command));
        }
        List<String> queued = new ArrayList<>();
        for (String[] command : commands) {
            client.call("MULTI");
            String reply = client.call(command);
            String done = client.call("EXEC");
            queued.add(reply.equals("QUEUED") ? done.substring(1, done.length() - 1) : reply);
        }
        assertThat(alone).isEqualTo(queued);
    }

    @Test
    void repliesTheSameHoweverTheStreamIsCut() throws IOException {
        String stream =
                request("SET", "key", "a\r\nb") + request("GET", "key") + "GET \"k\\x65y\"\r\n" + request("PING")
                        + request("NONE", "x") + request("MULTI") + request("INCR", "n") + request("EXEC") + "\r\n"
                        + request("HELLO", "3") + request("GET", "none") + request("DEL", "key", "n") + "*1\r\n$x\r\n";
        String whole = repliesTo(stream, stream.length());
        assertThat(whole)
                .startsWith("+OK\r\n$4\r\na\r\nb\r\n$4\r\na\r\nb\r\n+PONG\r\n-ERR unknown command 'NONE'")
                .endsWith("-ERR Protocol error: invalid bulk length\r\n");
        for (int cut = 1; cut < stream.length(); cut++) {
            assertThat(repliesTo(stream, cut)).as("cut at %d", cut).isEqualTo(whole);
        }
    }

    /** The identity of the connection, which HELLO tells, is left out. */
    private String repliesTo(String stream, int cut) throws IOException {
        try (RespClient other = new RespClient(server.port())) {
            other.send(stream.substring(0, cut));
            other.send(stream.substring(cut));
            return other.rest().replaceFirst("id\r\n:\\d+", "id");
        }
    }

    @Test
    void answersAClientThatSendsNothingMore() throws IOException {
        client.send(request("SET", "k", "v") + request("GET", "k") + "*2\r\n$3\r\nGE");
        client.socket.shutdownOutput();
        assertThat(client.rest()).isEqualTo("+OK\r\n$1\r\nv\r\n");
    }

    @Test
    void closesAfterAProtocolErrorAndTheClientSeesIt() throws IOException {
        client.send("*1\r\n$x\r\n" + "x".repeat(1 << 20));
        assertThat(client.rest()).isEqualTo("-ERR Protocol error: invalid bulk length\r\n");
    }

    @Test
    void skipsARequestThatIsTooLong() throws IOException {
        client.send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$" + (4 << 20) + "\r\n");
        for (int i = 0; i < 4; i++) {
            client.send("x".repeat(1 << 20));
        }
        client.send("\r\n" + request("PING"));
        assertThat(client.reply()).startsWith("-ERR the request is longer than the limit");
        assertThat(client.reply()).isEqualTo("PONG");
    }

    /** Sends for ever and reads nothing: the server stops reading, and its memory is bounded. */
    @Test
    void readsNothingMoreFromAClientThatDoesNotRead() throws Exception {
        store.set("long".getBytes(ISO_8859_1), new byte[100_000]);
        CompletableFuture<Integer> sent = CompletableFuture.supplyAsync(this::sendUntilBlocked);
        long waiting;
        do {
            waiting = server.outputLength();
            Thread.sleep(100);
        } while (waiting == 0 || waiting != server.outputLength());
        assertThat(waiting).isBetween(1L, 40L << 20);
        assertThat(server.inputLength()).isLessThan(2 << 20);
        assertThat(sent).isNotDone();

        try (RespClient other = new RespClient(server.port())) {
            assertThat(other.call("PING")).isEqualTo("PONG");
        }
        client.close();
        sent.get(30, TimeUnit.SECONDS);
    }

    private int sendUntilBlocked() {
        String gets = request("GET", "long").repeat(1_000);
        try {
            while (true) {
                client.send(gets);
            }
        } catch (IOException e) {
            return 1;
        }
    }

    @Test
    void closesAConnectionWhoseOutputIsBeyondTheLimit() throws IOException {
        server.setOutputLimit(1 << 19);
        byte[] value = new byte[600_000];
        store.set("a".getBytes(ISO_8859_1), value);
        client.send(request("GET", "a"));
        assertThat(client.rest()).isEmpty();
    }

    @Test
    void refusesConnectionsBeyondTheMost() throws IOException {
        restart(PoroServer.on(store).maxClients(2));
        try (RespClient second = new RespClient(server.port())) {
            assertThat(second.call("PING")).isEqualTo("PONG");
            try (RespClient third = new RespClient(server.port())) {
                assertThat(third.rest()).isEqualTo("-ERR max number of clients reached\r\n");
            }
            assertThat(second.call("PING")).isEqualTo("PONG");
        }
    }

    @Test
    void closesAnIdleConnection() throws IOException {
        restart(PoroServer.on(store).idleTimeout(Duration.ofSeconds(1)));
        long began = System.nanoTime();
        assertThat(client.rest()).isEmpty();
        assertThat(System.nanoTime() - began).isGreaterThan(900_000_000L);
    }

    @Test
    void transactionsAreOfOneConnection() throws IOException {
        try (RespClient other = new RespClient(server.port())) {
            client.call("SET", "k", "1");
            assertThat(client.call("WATCH", "k")).isEqualTo("OK");
            assertThat(client.call("MULTI")).isEqualTo("OK");
            assertThat(client.call("INCR", "k")).isEqualTo("QUEUED");
            assertThat(other.call("INCR", "k")).isEqualTo(":2");
            assertThat(client.call("EXEC")).isEqualTo("(nil)");
            client.send(
                    request("MULTI") + request("INCR", "k") + request("NONE") + request("EXEC") + request("GET", "k"));
            assertThat(client.reply()).isEqualTo("OK");
            assertThat(client.reply()).isEqualTo("QUEUED");
            assertThat(client.reply()).startsWith("-ERR unknown command 'NONE'");
            assertThat(client.reply()).isEqualTo("-EXECABORT Transaction discarded because of previous errors.");
            assertThat(client.reply()).isEqualTo("2");
        }
    }

    @Test
    void aPauseLetsCommandsWaitAndItsEndLetsThemGo() throws IOException {
        try (RespClient other = new RespClient(server.port())) {
            assertThat(client.call("CLIENT", "PAUSE", "100000", "WRITE")).isEqualTo("OK");
            other.send(request("GET", "k") + request("SET", "k", "v") + request("GET", "k"));
            assertThat(other.reply()).isEqualTo("(nil)");
            assertThat(client.call("GET", "k")).isEqualTo("(nil)");
            assertThat(client.call("CLIENT", "UNPAUSE")).isEqualTo("OK");
            assertThat(other.reply()).isEqualTo("OK");
            assertThat(other.reply()).isEqualTo("v");
        }
    }

    @Test
    void aCommandThatTakesLongHoldsNoOtherConnection() throws IOException {
        try (RespClient other = new RespClient(server.port())) {
            client.send(request("DEBUG", "SLEEP", "0.3") + request("PING"));
            assertThat(other.call("PING")).isEqualTo("PONG");
            assertThat(client.reply()).isEqualTo("OK");
            assertThat(client.reply()).isEqualTo("PONG");
        }
        client.send(request("SET", "k", "v") + request("KEYS", "*") + request("SAVE") + request("GET", "k"));
        assertThat(client.reply()).isEqualTo("OK");
        assertThat(client.reply()).isEqualTo("[k]");
        assertThat(client.reply()).isEqualTo("OK");
        assertThat(client.reply()).isEqualTo("v");
        assertThat(client.call("LASTSAVE")).isNotEqualTo(":0");
        assertThat(client.call("WAITAOF", "1", "0", "10000")).isEqualTo("[:1, :0]");
    }

    @Test
    void repliesCanBeSwitchedOff() throws IOException {
        client.send(request("CLIENT", "REPLY", "SKIP")
                + request("SET", "a", "1")
                + request("GET", "a")
                + request("CLIENT", "REPLY", "OFF")
                + request("SET", "a", "2")
                + request("NONE")
                + request("CLIENT", "REPLY", "ON")
                + request("GET", "a"));
        assertThat(client.reply()).isEqualTo("1");
        assertThat(client.reply()).isEqualTo("OK");
        assertThat(client.reply()).isEqualTo("2");
    }

    @Test
    void aReplyThatComesLaterCanBeSwitchedOff() throws IOException {
        client.send(request("SET", "a", "1")
                + request("CLIENT", "REPLY", "SKIP")
                + request("WAITAOF", "1", "0", "10000")
                + request("GET", "a")
                + request("CLIENT", "REPLY", "OFF")
                + request("SET", "a", "2")
                + request("WAITAOF", "1", "0", "10000")
                + request("CLIENT", "REPLY", "ON")
                + request("GET", "a"));
        assertThat(client.reply()).isEqualTo("OK");
        assertThat(client.reply()).isEqualTo("1");
        assertThat(client.reply()).isEqualTo("OK");
        assertThat(client.reply()).isEqualTo("2");
    }

    @Test
    void tellsWhichClientsThereAreAndClosesThem() throws IOException {
        try (RespClient other = new RespClient(server.port())) {
            assertThat(other.call("CLIENT", "SETNAME", "other")).isEqualTo("OK");
            assertThat(other.call("CLIENT", "SETNAME", "a b")).startsWith("-ERR Client names cannot contain spaces");
            String id = other.call("CLIENT", "ID").substring(1);
            assertThat(client.call("CLIENT", "LIST")).contains("id=" + id + " ").contains(" name=other ");
            assertThat(client.call("CLIENT", "LIST", "ID", id))
                    .startsWith("id=" + id)
                    .hasLineCount(1);
            assertThat(client.call("CLIENT", "KILL", "ID", id)).isEqualTo(":1");
            assertThat(other.rest()).isEmpty();
            assertThat(client.call("CLIENT", "KILL", "ID", id)).isEqualTo(":0");
            assertThat(client.call("CLIENT", "NONE")).isEqualTo("-ERR unknown subcommand 'NONE'. Try CLIENT HELP.");
            assertThat(client.call("CLIENT", "ID", "1"))
                    .isEqualTo("-ERR wrong number of arguments for 'client|id' command");
        }
        assertThat(client.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no"))
                .isEqualTo(":1");
        assertThat(client.rest()).isEmpty();
    }

    @Test
    void speaksBothVersions() throws IOException {
        assertThat(client.call("HELLO", "4")).isEqualTo("-NOPROTO unsupported protocol version");
        assertThat(client.call("HELLO", "3", "SETNAME", "me")).startsWith("[server, redis, version, 7.0.15, proto, :3");
        assertThat(client.call("CLIENT", "GETNAME")).isEqualTo("me");
        client.send(request("GET", "none"));
        assertThat(client.socket.getInputStream().readNBytes(0)).isEmpty();
        assertThat(client.reply()).isEqualTo("(nil)");
        assertThat(client.call("RESET")).isEqualTo("RESET");
        assertThat(client.call("HELLO")).contains("proto, :2");
    }

    @Test
    void tellsItsSettingsAndState() throws IOException {
        assertThat(client.call("CONFIG", "GET", "maxcl*")).isEqualTo("[maxclients, 10000]");
        assertThat(client.call("CONFIG", "SET", "maxclients", "5", "timeout", "7"))
                .isEqualTo("OK");
        assertThat(client.call("CONFIG", "GET", "maxclients", "timeout")).isEqualTo("[maxclients, 5, timeout, 7]");
        assertThat(client.call("CONFIG", "SET", "port", "1")).contains("can't set immutable config");
        assertThat(client.call("CONFIG", "SET", "none", "1")).startsWith("-ERR Unknown option");
        assertThat(client.call("INFO")).contains("redis_version:7.0.15", "connected_clients:1", "# Keyspace");
        assertThat(client.call("INFO", "clients")).startsWith("# Clients").doesNotContain("# Server");
        assertThat(client.call("COMMAND", "COUNT"))
                .isEqualTo(":" + ServerCommands.TABLE.names().size());
        assertThat(client.call("COMMAND", "INFO", "get", "none"))
                .isEqualTo("[[get, :2, [readonly, fast], :1, :1, :1, [@read, @string, @fast], [], [], []], (nil)]");
        assertThat(client.call("COMMAND", "INFO", "mset")).startsWith("[[mset, :-3, [write, denyoom], :1, :-1, :2,");
        assertThat(client.call("COMMAND", "GETKEYS", "MSET", "a", "1", "b", "2"))
                .isEqualTo("[a, b]");
        assertThat(client.call("COMMAND", "DOCS", "get")).startsWith("[get, [summary, ");
        assertThat(client.call("COMMAND", "LIST", "FILTERBY", "PATTERN", "mse*"))
                .isEqualTo("[mset, msetnx]");
        assertThat(client.call("CONFIG", "SET", "slowlog-log-slower-than", "0")).isEqualTo("OK");
        assertThat(client.call("PING")).isEqualTo("PONG");
        assertThat(client.call("SLOWLOG", "GET", "1")).contains("[PING]");
        assertThat(client.call("SELECT", "1")).isEqualTo("-ERR DB index is out of range");
        assertThat(client.call("GET")).isEqualTo("-ERR wrong number of arguments for 'get' command");
        assertThat(client.call("FOO", "a b", "c"))
                .isEqualTo("-ERR unknown command 'FOO', with args beginning with: 'a b' 'c' ");
    }

    /** HELP, COMMAND DOCS and what hints need is there for every command. */
    @Test
    void everyCommandIsDocumented() throws IOException {
        assertThat(client.call("COMMAND", "DOCS")).contains("client|list", "getset");
        for (String container :
                List.of("CLIENT", "COMMAND", "CONFIG", "ACL", "MODULE", "SLOWLOG", "LATENCY", "DEBUG")) {
            assertThat(client.call(container, "HELP")).startsWith("[" + container + " <subcommand>");
        }
        assertThat(client.call("ACL", "WHOAMI")).isEqualTo("default");
        assertThat(client.call("ACL", "CAT", "transaction")).isEqualTo("[multi, exec, discard, watch, unwatch]");
        assertThat(client.call("MODULE", "LIST")).isEqualTo("[]");
        assertThat(client.call("LATENCY", "LATEST")).isEqualTo("[]");
        assertThat(client.call("PORO.SEQ", "none")).isEqualTo(":0");
        assertThat(client.call("PORO.INFO")).contains("durable sequence");
        assertThat(client.call("TIME")).startsWith("[");
    }

    @Test
    void quitAnswersAndCloses() throws IOException {
        client.send(request("SET", "k", "v") + request("QUIT") + request("SET", "k", "w"));
        assertThat(client.rest()).isEqualTo("+OK\r\n+OK\r\n");
        assertThat(store.get("k")).isEqualTo("v");
    }

    @Test
    void closingAnswersWhatHasCome() throws Exception {
        client.send(request("SET", "k", "v").repeat(1_000));
        assertThat(client.reply()).isEqualTo("OK");
        server.close();
        String rest = client.rest();
        assertThat(rest).matches("(\\+OK\r\n)*");
        assertThatThrownBy(() -> new RespClient(server.port())).isInstanceOf(IOException.class);
    }

    @Test
    void tellsWhyItCannotListen() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            PoroServerBuilder builder = PoroServer.on(store).port(taken.getLocalPort());
            assertThatThrownBy(builder::start)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("127.0.0.1")
                    .hasMessageContaining("port " + taken.getLocalPort());
        }
    }

    /** Its errors say why, reads go on, and so does the server. */
    @Test
    void aFullStoreSaysSo() throws IOException {
        restart(PoroServer.on(store));
        String value = "x".repeat(1 << 20);
        String reply = "OK";
        for (int i = 0; reply.equals("OK"); i++) {
            reply = client.call("SET", "k" + i, value);
        }
        assertThat(reply).startsWith("-OOM ");
        assertThat(client.call("STRLEN", "k0")).isEqualTo(":" + value.length());
        client.call("MULTI");
        client.call("SET", "another", value);
        assertThat(client.call("EXEC")).startsWith("-OOM ");
        assertThat(client.call("DEL", "k0")).isEqualTo(":1");
        assertThat(client.call("SET", "another", value)).isEqualTo("OK");
    }

    @Test
    void aClosedStoreSaysSo() throws IOException {
        store.close();
        assertThat(client.call("SET", "k", "v")).startsWith("-ERR ").contains("closed");
        assertThat(client.call("PING")).isEqualTo("PONG");
    }
}
