package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.Poro;
import dev.poro.process.harness.PoroProcess;
import dev.poro.server.PoroServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code poro connect}, in a terminal and in a pipe. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ConnectIT {
    @TempDir
    private Path directory;

    private Poro store;
    private PoroServer server;

    @BeforeEach
    void open() {
        store = Poro.open(directory.resolve("poro.wal"));
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
        }
        store.close();
    }

    private String address() {
        return "127.0.0.1:" + server.port();
    }

    @Test
    void runsCommandsFromStandardInput() throws Exception {
        server = PoroServer.on(store).port(0).password("secret").start();
        Files.writeString(directory.resolve("password"), "secret\n");

        PoroProcess.Result done = PoroProcess.run(
                directory, "SET a \"\\x00b\"\nGET a\n", "connect", address(), "--password-file", "password");
        assertThat(done.text()).isEqualTo("OK\n\"\\x00b\"\n");
        assertThat(done.errors).isEmpty();
        assertThat(done.exitStatus).isEqualTo(ExitStatus.OK);

        PoroProcess.Result failed = PoroProcess.run(
                directory, "INCR a\n", "connect", "--password-file=password", "--user=default", address());
        assertThat(failed.text()).isEqualTo("(error) ERR value is not an integer or out of range\n");
        assertThat(failed.exitStatus).isEqualTo(ExitStatus.FAILURE);

        String there = address();
        server.close();
        PoroProcess.Result nobody = PoroProcess.run(directory, "PING\n", "connect", there);
        assertThat(nobody.errors)
                .startsWith("poro: cannot connect to " + there + ": ")
                .hasLineCount(1);
        assertThat(nobody.text()).isEmpty();
        assertThat(nobody.exitStatus).isEqualTo(ExitStatus.FAILURE);
    }

    @Test
    void isAPromptInATerminal() throws Exception {
        server = PoroServer.on(store).port(0).start();
        String banner = "Connected to " + address();
        String prompt = address() + "> ";
        try (PseudoTerminal terminal =
                PseudoTerminal.start(directory, "xterm", PoroProcess.command("connect", address()))) {
            terminal.awaitScreen(banner, prompt);
            terminal.type("setr\t");
            terminal.awaitScreen(banner, prompt + "SETRANGE key offset value");
            terminal.type("k 0 v\r");
            terminal.awaitScreen(banner, prompt + "SETRANGE k 0 v", "(integer) 1", prompt);
            terminal.type("subscr\t");
            terminal.awaitScreen(
                    banner, prompt + "SETRANGE k 0 v", "(integer) 1", prompt + "SUBSCRIBE channel [channel ...]");
            terminal.type("c\r");
            terminal.awaitScreen(
                    banner,
                    prompt + "SETRANGE k 0 v",
                    "(integer) 1",
                    prompt + "SUBSCRIBE c",
                    "1) \"subscribe\"",
                    "2) \"c\"",
                    "3) (integer) 1");
            try (ServerConnection other = ServerConnection.open(Endpoint.parse(address()), null)) {
                other.send(Stream.of("PUBLISH", "c", "hello")
                        .map(word -> word.getBytes(StandardCharsets.US_ASCII))
                        .toList());
                other.read(new SilentReplies());
            }
            terminal.awaitScreen(
                    banner,
                    prompt + "SETRANGE k 0 v",
                    "(integer) 1",
                    prompt + "SUBSCRIBE c",
                    "1) \"subscribe\"",
                    "2) \"c\"",
                    "3) (integer) 1",
                    "1) \"message\"",
                    "2) \"c\"",
                    "3) \"hello\"");
            terminal.type("\003");
            terminal.awaitScreen(
                    banner,
                    prompt + "SETRANGE k 0 v",
                    "(integer) 1",
                    prompt + "SUBSCRIBE c",
                    "1) \"subscribe\"",
                    "2) \"c\"",
                    "3) (integer) 1",
                    "1) \"message\"",
                    "2) \"c\"",
                    "3) \"hello\"",
                    "^C1) \"unsubscribe\"",
                    "2) \"c\"",
                    "3) (integer) 0",
                    "1) \"punsubscribe\"",
                    "2) (nil)",
                    "3) (integer) 0",
                    prompt);
            terminal.type("QUIT\r");
            assertThat(terminal.exitStatus()).isEqualTo(ExitStatus.OK);
        }
    }

    @Test
    void saysThatTheServerIsGone() throws Exception {
        server = PoroServer.on(store).port(0).start();
        String banner = "Connected to " + address();
        String prompt = address() + "> ";
        String inTransaction = address() + "(TX)> ";
        String there = address();
        try (PseudoTerminal terminal =
                PseudoTerminal.start(directory, "dumb", PoroProcess.command("connect", address()))) {
            terminal.awaitScreen(banner, prompt);
            terminal.type("MULTI\r");
            terminal.awaitScreen(banner, prompt + "MULTI", "OK", inTransaction);
            server.close();
            terminal.type("GET k\r");
            assertThat(terminal.exitStatus()).isEqualTo(ExitStatus.FAILURE);
            assertThat(terminal.screen().lines().skip(4))
                    .singleElement()
                    .asString()
                    .startsWith("poro: ")
                    .contains(there);
        }
    }
}
