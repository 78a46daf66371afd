package dev.poro.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.Poro;
import dev.poro.process.harness.Installed;
import dev.poro.server.PoroServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The tools that Redis comes with, as they are. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class RedisToolsIT {
    @TempDir
    private Path directory;

    private Poro store;
    private PoroServer server;
    private String port;

    @BeforeEach
    void start() throws Exception {
        Installed.require("redis-cli", "redis-tools");
        Installed.require("redis-benchmark", "redis-tools");
        store = Poro.open(directory.resolve("poro.wal"));
        server = PoroServer.on(store).port(0).start();
        port = Integer.toString(server.port());
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
            store.close();
        }
    }

    @Test
    void redisCliInATerminal() throws Exception {
        String prompt = "127.0.0.1:" + port + "> ";
        String inTransaction = "127.0.0.1:" + port + "(TX)> ";
        // Of a terminal without a size, redis-cli asks where the cursor is, and waits for an answer.
        String command = "stty cols 80 rows 24; exec redis-cli -h 127.0.0.1 -p " + port;
        try (PseudoTerminal terminal = PseudoTerminal.start(directory, "xterm", List.of("sh", "-c", command))) {
            terminal.awaitScreen(prompt);
            terminal.type("SET k \"a b\"\r");
            terminal.awaitScreen(prompt + "SET k \"a b\"", "OK", prompt);
            terminal.type("MULTI\r");
            terminal.awaitScreen(prompt + "SET k \"a b\"", "OK", prompt + "MULTI", "OK", inTransaction);
            terminal.type("INCR n\r");
            terminal.awaitScreen(
                    prompt + "SET k \"a b\"",
                    "OK",
                    prompt + "MULTI",
                    "OK",
                    inTransaction + "INCR n",
                    "QUEUED",
                    inTransaction);
            terminal.type("EXEC\r");
            terminal.awaitScreen(
                    prompt + "SET k \"a b\"",
                    "OK",
                    prompt + "MULTI",
                    "OK",
                    inTransaction + "INCR n",
                    "QUEUED",
                    inTransaction + "EXEC",
                    "1) (integer) 1",
                    prompt);
            terminal.type("exit\r");
            assertThat(terminal.exitStatus()).isZero();
        }
    }

    @Test
    void redisCliTakesManyCommandsAtOnce() throws Exception {
        StringBuilder commands = new StringBuilder();
        for (int i = 0; i < 10_000; i++) {
            commands.append("*3\r\n$3\r\nSET\r\n$5\r\n").append(10_000 + i).append("\r\n$1\r\nv\r\n");
        }
        assertThat(run(commands.toString(), "redis-cli", "-p", port, "--pipe")).contains("errors: 0, replies: 10000");
        assertThat(store.keys()).isEqualTo(10_000);
    }

    @Test
    void redisCliScansAndFindsBigKeys() throws Exception {
        store.set("small", "v");
        store.set("big", "v".repeat(1_000));
        store.set("other", "v");
        assertThat(run("", "redis-cli", "-p", port, "--scan", "--pattern", "*l*"))
                .isEqualTo("small\n");
        assertThat(run("", "redis-cli", "-p", port, "--bigkeys"))
                .contains("Sampled 3 keys in the keyspace!", "Biggest string found '\"big\"' has 1000 bytes");
        assertThat(run("", "redis-cli", "-p", port, "--memkeys")).contains("Sampled 3 keys");
    }

    @Test
    void redisCliShowsFiguresAllTheTime() throws Exception {
        store.set("k", "v");
        Process process = new ProcessBuilder("redis-cli", "-p", port, "--stat", "-i", "0.01")
                .redirectErrorStream(true)
                .start();
        try (BufferedReader lines = process.inputReader(StandardCharsets.US_ASCII)) {
            assertThat(lines.readLine()).contains("data", "load");
            assertThat(lines.readLine()).contains("keys", "mem", "clients", "requests");
            assertThat(lines.readLine()).startsWith("1 ");
            assertThat(lines.readLine()).startsWith("1 ");
        } finally {
            process.destroy();
        }
    }

    @Test
    void redisBenchmark() throws Exception {
        String strings = "ping_inline,ping_mbulk,set,get,incr,mset";
        for (String pipeline : List.of("1", "16")) {
            assertThat(run("", "redis-benchmark", "-p", port, "-q", "-n", "2000", "-t", strings, "-P", pipeline))
                    .contains("PING_INLINE: ", "PING_MBULK: ", "SET: ", "GET: ", "INCR: ", "MSET (10 keys): ")
                    .doesNotContain("Error");
        }
        // Without -t it goes on to lists, of which Poro says that it has none.
        assertThat(run("", "redis-benchmark", "-p", port, "-q", "-n", "2000"))
                .contains("PING_INLINE: ", "SET: ", "GET: ", "INCR: ", "ERR unknown command 'LPUSH'");
    }

    private String run(String input, String... command) throws Exception {
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        Thread writer = new Thread(() -> {
            try (OutputStream out = process.getOutputStream()) {
                out.write(input.getBytes(StandardCharsets.ISO_8859_1));
            } catch (IOException e) {
                // What it says tells more.
            }
        });
        writer.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        writer.join();
        return output;
    }
}
