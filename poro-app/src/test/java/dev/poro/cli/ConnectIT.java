package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.Poro;
import dev.poro.process.harness.PoroProcess;
import dev.poro.server.PoroServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
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
        Files.writeString(directory.resolve("wrong"), "guess\n");

        PoroProcess.Result done = PoroProcess.run(
                directory, "SET a \"\\x00b\"\nGET a\n", "connect", address(), "--password-file", "password");
        assertThat(done.text()).isEqualTo("OK\n\"\\x00b\"\n");
        assertThat(done.errors).isEmpty();
        assertThat(done.exitStatus).isEqualTo(ExitStatus.OK);

        PoroProcess.Result failed = PoroProcess.run(
                directory, "INCR a\n", "connect", "--password-file=password", "--user=default", address());
        assertThat(failed.text()).isEqualTo("(error) ERR value is not an integer or out of range\n");
        assertThat(failed.exitStatus).isEqualTo(ExitStatus.FAILURE);

        PoroProcess.Result wrong = PoroProcess.run(directory, "", "connect", address(), "--password-file", "wrong");
        assertThat(wrong.errors)
                .startsWith("poro: " + address() + " refuses the password: WRONGPASS")
                .hasLineCount(1);
        assertThat(wrong.exitStatus).isEqualTo(ExitStatus.FAILURE);

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
    void refusesOptionsThatHaveNoMeaning() throws Exception {
        for (String[] arguments : new String[][] {
            {"--wal", "x.wal", "connect"},
            {"connect", "host:port"},
            {"connect", "--user", "u"},
            {"connect", "--tls-ca", "ca.crt"},
            {"connect", "--tls", "--tls-cert", "c.crt"},
        }) {
            PoroProcess.Result refused = PoroProcess.run(directory, "", arguments);
            assertThat(refused.errors).startsWith("poro: ").hasLineCount(2);
            assertThat(refused.exitStatus).isEqualTo(ExitStatus.USAGE);
        }
    }

    @Test
    void encryptsByTls() throws Exception {
        Path files = Path.of(PoroServer.class.getResource("tls/ca.crt").toURI()).getParent();
        server = PoroServer.on(store)
                .port(0)
                .tls(files.resolve("server.crt"), files.resolve("server.key"))
                .tlsClientCa(files.resolve("ca.crt"))
                .start();
        String ca = "--tls-ca=" + files.resolve("ca.crt");
        String certificate = "--tls-cert=" + files.resolve("client.crt");
        String key = "--tls-key=" + files.resolve("client.key");

        PoroProcess.Result done =
                PoroProcess.run(directory, "SET a 1\n", "connect", address(), "--tls", ca, certificate, key);
        assertThat(done.errors + done.text()).isEqualTo("OK\n");

        PoroProcess.Result stranger = PoroProcess.run(directory, "PING\n", "connect", address(), "--tls", ca);
        assertThat(stranger.errors).startsWith("poro: ").contains(address()).hasLineCount(1);
        assertThat(stranger.exitStatus).isEqualTo(ExitStatus.FAILURE);

        PoroProcess.Result unknown =
                PoroProcess.run(directory, "PING\n", "connect", address(), "--tls", certificate, key);
        assertThat(unknown.errors)
                .startsWith("poro: cannot connect by TLS to " + address())
                .hasLineCount(1);
        assertThat(unknown.exitStatus).isEqualTo(ExitStatus.FAILURE);
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
            assertThat(PoroProcess.run(directory, "PUBLISH c hello\n", "connect", address())
                            .text())
                    .isEqualTo("(integer) 1\n");
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
