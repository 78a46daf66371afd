package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.poro.command.CommandStore;
import dev.poro.engine.Poro;
import dev.poro.server.PoroServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The prompt on a server, without a terminal. */
@Timeout(60)
class ServerShellTest {
    @TempDir
    private Path directory;

    private Poro store;
    private PoroServer server;

    @BeforeEach
    void start() throws IOException {
        store = Poro.open(directory.resolve("poro.wal"));
        server = PoroServer.on(store).port(0).password("secret").start();
    }

    @AfterEach
    void stop() {
        server.close();
        store.close();
    }

    @Test
    void repliesAsThePromptDoesOnAStoreOfItsOwn() throws IOException {
        String script = """
                SET k "a\\x00\\xff\\n"
                GET k

                MSET a 1 b 2
                MGET a b none
                INCR k
                LCS a b IDX
                SCAN 0 MATCH n*
                TTL a
                SET k "open
                PING
                ECHO 'one'
                MULTI
                INCR a
                GETDEL b
                EXEC
                WATCH a
                MULTI
                DISCARD
                EXEC
                TYPE a
                INCRBYFLOAT a 0.5
                DEL a k
                DBSIZE
                QUIT
                SET never 1
                """;

        String onServer = run(script);
        assertThat(store.keys()).isZero();

        assertThat(onServer).isEqualTo(runOnStore(script)).hasLineCount(30);
    }

    private String runOnStore(String script) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        StreamSession.withoutPrompt(PromptTarget.of(CommandStore.of(store)), in(script), out)
                .run();
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void theStatusSaysWhetherACommandHasFailed() throws IOException {
        assertThat(status("SET a x\nGET a\n")).isEqualTo(ExitStatus.OK);
        assertThat(status("SET a x\nINCR a\nGET a\n")).isEqualTo(ExitStatus.FAILURE);
    }

    @Test
    void showsTheTransactionInThePrompt() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ServerConnection connection = connect()) {
            StreamSession.withPrompt(
                            ConnectCommand.target(connection),
                            in("MULTI\nGET k\nEXEC\nMULTI\nRESET\n"),
                            out,
                            Interrupts.NONE)
                    .run();
        }
        String prompt = "127.0.0.1:" + server.port();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .isEqualTo("P> OK\nP(TX)> QUEUED\nP(TX)> 1) (nil)\nP> OK\nP(TX)> RESET\nP> ".replace("P", prompt));
    }

    @Test
    void showsMessagesUntilCtrlC() throws Exception {
        AtomicReference<Runnable> ctrlC = new AtomicReference<>();
        Interrupts interrupts = new Interrupts() {
            @Override
            public void listen(Runnable listener) {
                ctrlC.set(listener);
            }

            @Override
            public void ignore() {}
        };
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        CompletableFuture<Integer> session = CompletableFuture.supplyAsync(() -> {
            try (ServerConnection connection = connect()) {
                return StreamSession.withPrompt(
                                ConnectCommand.target(connection),
                                in("SUBSCRIBE a b\nGET k\nUNSUBSCRIBE\nSUBSCRIBE\n"),
                                out,
                                interrupts)
                        .run();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        try (ServerConnection other = connect()) {
            while (publish(other) == 0) {
                Thread.onSpinWait();
            }
        }
        while (!out.toString(StandardCharsets.UTF_8).contains("hello")) {
            Thread.onSpinWait();
        }
        Runnable interrupt = ctrlC.get();
        interrupt.run();
        interrupt.run(); // who is in a hurry

        assertThat(session.get()).isEqualTo(ExitStatus.FAILURE); // SUBSCRIBE without a channel
        assertThat(out.toString(StandardCharsets.UTF_8).replaceAll("127\\S+> ", "> "))
                .startsWith(
                        "> 1) \"subscribe\"\n2) \"a\"\n3) (integer) 1\n1) \"subscribe\"\n2) \"b\"\n3) (integer) 2\n")
                .contains("1) \"message\"\n2) \"b\"\n3) \"hello\"\n")
                .contains("1) \"unsubscribe\"\n", "3) (integer) 0\n")
                .endsWith("> (nil)\n> 1) \"unsubscribe\"\n2) (nil)\n3) (integer) 0\n"
                        + "> (error) ERR wrong number of arguments for 'subscribe' command\n> ");
    }

    private static long publish(ServerConnection other) throws IOException {
        other.send(List.of(bytes("PUBLISH"), bytes("b"), bytes("hello")));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ReplyStream replies = new ReplyStream(out);
        other.read(replies);
        replies.flush();
        return out.toString(StandardCharsets.US_ASCII).contains("1") ? 1 : 0;
    }

    @Test
    void helpIsThatOfTheServersTable() throws IOException {
        assertThat(run("HELP")).contains("SUBSCRIBE channel [channel ...]", "CONFIG ", "SET key value ", "QUIT ");
        assertThat(run("HELP subscribe"))
                .startsWith("SUBSCRIBE channel [channel ...]  Receive")
                .hasLineCount(1);
        assertThat(run("HELP BACKUP")).startsWith("(error) ERR unknown command \"BACKUP\"");
    }

    @Test
    void refusesWhatHasNoEnd() throws IOException {
        assertThat(run("MONITOR\nCLIENT REPLY OFF\nPING\n")).isEqualTo("""
                        (error) ERR the prompt cannot show what MONITOR replies
                        (error) ERR the prompt cannot show what CLIENT replies
                        PONG
                        """);
    }

    @Test
    void asksForThePassword() throws IOException {
        try (ServerConnection connection = open()) {
            assertThatThrownBy(() -> connection.greet(null, null))
                    .hasMessage("127.0.0.1:" + server.port() + " wants a password: --password-file FILE");
        }
        try (ServerConnection connection = open()) {
            assertThatThrownBy(() -> connection.greet("somebody", bytes("secret")))
                    .hasMessageContaining("refuses the password: WRONGPASS");
        }
    }

    @Test
    void saysThatTheConnectionIsBroken() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ServerConnection connection = connect()) {
            StreamSession session =
                    StreamSession.withoutPrompt(ConnectCommand.target(connection), in("SET a 1\nQUIT\n"), out);
            assertThat(session.run()).isEqualTo(ExitStatus.OK);
            server.close();

            assertThatThrownBy(() -> StreamSession.withoutPrompt(
                                    ConnectCommand.target(connection), in("SET a 2\nSET a 3\n"), out)
                            .run())
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("127.0.0.1:" + server.port());
        }
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("OK\n");
        assertThatThrownBy(this::open).hasMessageStartingWith("cannot connect to 127.0.0.1:");
    }

    /** Replies that have come are shown before the message. */
    @Test
    void aServerThatDiesInAReplyIsNoSilence() throws Exception {
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread dying = new Thread(() -> {
                try (Socket client = listening.accept()) {
                    client.getOutputStream().write(bytes("+OK\r\n$5\r\nab"));
                    client.shutdownOutput();
                    client.getInputStream().transferTo(OutputStream.nullOutputStream());
                } catch (IOException e) {
                    // The client is gone.
                }
            });
            dying.start();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try (ServerConnection connection =
                    ServerConnection.open(new Endpoint("127.0.0.1", listening.getLocalPort()), null)) {
                assertThatThrownBy(() -> StreamSession.withoutPrompt(
                                        ConnectCommand.target(connection), in("SET a 1\nGET a\n"), out)
                                .run())
                        .isInstanceOf(IOException.class)
                        .hasMessageEndingWith("has closed the connection");
            }
            assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("OK\n");
            dying.join();
        }
    }

    /** Whatever the server has said of it. */
    @ParameterizedTest
    @CsvSource({"BLPOP k 0, ''", "GET k, '$5\r\nab'", "GET k, '>1\r\n+a\r\n'", "SUBSCRIBE k, ''", "UNSUBSCRIBE, ''"})
    @Timeout(value = 10, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void ctrlCGivesUpAReplyThatDoesNotCome(String line, String said) throws Exception {
        Interrupts atOnce = new Interrupts() {
            @Override
            public void listen(Runnable listener) {
                listener.run();
            }

            @Override
            public void ignore() {}
        };
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ServerConnection connection =
                        ServerConnection.open(new Endpoint("127.0.0.1", silent.getLocalPort()), null);
                Socket client = silent.accept()) {
            client.getOutputStream().write(bytes(said));
            StreamSession session = StreamSession.withPrompt(
                    ConnectCommand.target(connection), in(line + "\n"), new ByteArrayOutputStream(), atOnce);
            assertThatThrownBy(session::run)
                    .hasMessage("interrupted: the connection to 127.0.0.1:" + silent.getLocalPort() + " is closed");
        }
    }

    @Test
    @Timeout(value = 10, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void anErrorIsTheOnlyReplyToUnsubscribe() throws IOException {
        assertThat(run("RESET\nUNSUBSCRIBE a b\nPING\n")).isEqualTo("""
                        RESET
                        (error) NOAUTH Authentication required.
                        (error) NOAUTH Authentication required.
                        """);
    }

    private String run(String script) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        run(script, out);
        return out.toString(StandardCharsets.UTF_8);
    }

    private int status(String script) throws IOException {
        return run(script, new ByteArrayOutputStream());
    }

    private int run(String script, ByteArrayOutputStream out) throws IOException {
        try (ServerConnection connection = connect()) {
            return StreamSession.withoutPrompt(ConnectCommand.target(connection), in(script), out)
                    .run();
        }
    }

    private ServerConnection connect() throws IOException {
        ServerConnection connection = open();
        connection.greet(null, bytes("secret"));
        return connection;
    }

    private ServerConnection open() throws IOException {
        return ServerConnection.open(new Endpoint("127.0.0.1", server.port()), null);
    }

    private static ByteArrayInputStream in(String script) {
        return new ByteArrayInputStream(bytes(script));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
