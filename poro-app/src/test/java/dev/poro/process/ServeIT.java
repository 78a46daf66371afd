package dev.poro.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.poro.engine.Poro;
import dev.poro.events.TestScale;
import dev.poro.process.harness.PoroProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.params.XReadParams;
import redis.clients.jedis.resps.StreamEntry;

/** The real program as a server: its end, a kill under load, and the tools that Redis comes with. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ServeIT {
    private static final int CLIENTS = 8;
    private static final int KILLS = TestScale.choose(3, 51);
    private static final int SIGTERM_STATUS = 143;

    @TempDir
    private Path directory;

    private static int portOf(PoroProcess server) throws IOException {
        String line = server.reply();
        assertThat(line).startsWith("Listening on 127.0.0.1:");
        return Integer.parseInt(line.replaceFirst("Listening on 127\\.0\\.0\\.1:(\\d+).*", "$1"));
    }

    private PoroProcess serve(String... options) throws IOException {
        List<String> arguments =
                new ArrayList<>(List.of("serve", "--port", "0", "--wal", "poro.wal", "--memory", "64m"));
        arguments.addAll(List.of(options));
        return PoroProcess.start(directory, arguments.toArray(String[]::new));
    }

    @Test
    void answersAndClosesTheStoreWhenItIsToldToEnd() throws Exception {
        try (PoroProcess server = serve();
                Socket client = new Socket(InetAddress.getLoopbackAddress(), portOf(server))) {
            send(client, "SET k v\r\n");
            assertThat(read(client)).isEqualTo("+OK");
            server.terminate();
            assertThat(server.exitStatus()).isEqualTo(SIGTERM_STATUS);
            assertThat(client.getInputStream().read()).isNegative();
        }
        try (Poro store = Poro.open(directory.resolve("poro.wal"))) {
            assertThat(store.get("k")).isEqualTo("v");
            assertThat(store.opening().tail()).isNull();
        }
    }

    /** The oracle is outside: each client counts a key of its own up, and knows the last reply that it has read. */
    @Test
    @Tag("R16")
    @Tag("R17")
    void losesNothingAcknowledgedWhenItIsKilled() throws Exception {
        List<AtomicLong> acknowledged = new ArrayList<>();
        List<AtomicLong> sent = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            acknowledged.add(new AtomicLong());
            sent.add(new AtomicLong());
        }
        for (int round = 0; round < KILLS; round++) {
            String policy = List.of("always", "everysec", "os").get(round % 3);
            killUnderLoad(policy, acknowledged, sent);
            try (Poro store = Poro.open(directory.resolve("poro.wal"))) {
                for (int i = 0; i < CLIENTS; i++) {
                    String value = store.get("n" + i);
                    long found = value == null ? 0 : Long.parseLong(value);
                    assertThat(found)
                            .as("client %d, policy %s, round %d", i, policy, round)
                            .isBetween(acknowledged.get(i).get(), sent.get(i).get());
                    acknowledged.get(i).set(found);
                    sent.get(i).set(found);
                }
            }
        }
        TestScale.report("server kills", "%d kill -9 of the server with %d clients, 0 lost", KILLS, CLIENTS);
    }

    /** Clients count keys up, and one follows the changes, after each kill from the last ID that it has seen. */
    @Test
    @Tag("R16")
    @Tag("R28")
    void aFollowerMissesAndRepeatsNothingWhenTheServerIsKilled() throws Exception {
        Follower follower = new Follower();
        List<AtomicLong> acknowledged = List.of(new AtomicLong(), new AtomicLong());
        ExecutorService clients = Executors.newFixedThreadPool(1 + acknowledged.size());
        try {
            for (int round = 0; round < KILLS; round++) {
                String policy = List.of("always", "everysec", "os").get(round % 3);
                try (PoroProcess server = serve("--sync", policy, "--changes", "all")) {
                    int port = portOf(server);
                    List<CompletableFuture<Void>> ends = new ArrayList<>();
                    ends.add(CompletableFuture.runAsync(() -> follower.follow(port), clients));
                    for (int i = 0; i < acknowledged.size(); i++) {
                        int own = i;
                        ends.add(CompletableFuture.runAsync(
                                () -> count(port, own, acknowledged.get(own), new AtomicLong()), clients));
                    }
                    long before = acknowledged.get(0).get();
                    while (acknowledged.get(0).get() - before < 500) {
                        Thread.sleep(1);
                    }
                    server.kill();
                    for (CompletableFuture<Void> end : ends) {
                        end.get(60, TimeUnit.SECONDS);
                    }
                }
                assertThat(follower.defects).isEmpty();
            }
            try (PoroProcess server = serve("--changes", "all")) {
                int port = portOf(server);
                CompletableFuture<Void> end = CompletableFuture.runAsync(() -> follower.follow(port), clients);
                for (int i = 0; i < acknowledged.size(); i++) {
                    while (follower.counts.getOrDefault("n" + i, 0L)
                                    < acknowledged.get(i).get()
                            && follower.defects.isEmpty()) {
                        Thread.sleep(1);
                    }
                }
                server.kill();
                end.get(60, TimeUnit.SECONDS);
            }
            assertThat(follower.defects).isEmpty();
        } finally {
            clients.shutdownNow();
        }
    }

    /** Sees each count of each key, in order. */
    private static final class Follower {
        private final Map<String, Long> counts = new ConcurrentHashMap<>();
        private final List<String> defects = new CopyOnWriteArrayList<>();
        private StreamEntryID last = new StreamEntryID(0);

        /** Until the server is gone. */
        void follow(int port) {
            try (Jedis jedis = new Jedis("127.0.0.1", port)) {
                while (true) {
                    List<Map.Entry<String, List<StreamEntry>>> read =
                            jedis.xread(XReadParams.xReadParams().block(500), Map.of("poro:changes", last));
                    if (read != null) {
                        read.get(0).getValue().forEach(this::take);
                    }
                }
            } catch (JedisConnectionException e) {
                // It is killed.
            } catch (RuntimeException e) {
                defects.add(e.toString());
            }
        }

        private void take(StreamEntry entry) {
            last = entry.getID();
            String key = entry.getFields().get("key");
            long count = Long.parseLong(entry.getFields().get("value"));
            if (count != counts.getOrDefault(key, 0L) + 1) {
                defects.add(entry + " after " + counts.get(key));
            }
            counts.put(key, count);
        }
    }

    private void killUnderLoad(String policy, List<AtomicLong> acknowledged, List<AtomicLong> sent) throws Exception {
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try (PoroProcess server = serve("--sync", policy)) {
            int port = portOf(server);
            List<CompletableFuture<Void>> ends = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                int own = i;
                ends.add(CompletableFuture.runAsync(
                        () -> count(port, own, acknowledged.get(own), sent.get(own)), clients));
            }
            long before = acknowledged.stream().mapToLong(AtomicLong::get).sum();
            while (acknowledged.stream().mapToLong(AtomicLong::get).sum() - before < 2_000) {
                Thread.sleep(1);
            }
            server.kill();
            for (CompletableFuture<Void> end : ends) {
                end.get(60, TimeUnit.SECONDS);
            }
        } finally {
            clients.shutdownNow();
        }
    }

    /** Sixteen at a time, until the server is gone. */
    private static void count(int port, int own, AtomicLong acknowledged, AtomicLong sent) {
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
            BufferedReader replies =
                    new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.ISO_8859_1));
            while (true) {
                sent.addAndGet(16);
                send(client, ("INCR n" + own + "\r\n").repeat(16));
                for (int i = 0; i < 16; i++) {
                    String reply = replies.readLine();
                    if (reply == null) {
                        return;
                    }
                    acknowledged.set(Long.parseLong(reply.substring(1)));
                }
            }
        } catch (IOException e) {
            // It is killed.
        }
    }

    @Test
    void theToolsOfRedisWork() throws Exception {
        assumeTrue(isInstalled("redis-cli"), "needs redis-cli: apt-get install redis-tools");
        Files.writeString(directory.resolve("password"), "secret\n");
        try (PoroProcess server = serve("--requirepass-file", "password")) {
            String port = Integer.toString(portOf(server));
            assertThat(run("redis-cli", "-p", port, "GET", "k")).contains("NOAUTH");
            assertThat(cli(port, "SET", "k", "a b")).isEqualTo("OK\n");
            assertThat(cli(port, "GET", "k")).isEqualTo("\"a b\"\n");
            assertThat(cli(port, "-3", "CONFIG", "GET", "maxclients")).contains("1# \"maxclients\" => \"10000\"");
            assertThat(cli(port, "--scan")).isEqualTo("\"k\"\n");
            assertThat(cli(port, "COMMAND", "DOCS", "get")).contains("summary");
            assertThat(run(
                            "redis-benchmark",
                            "-p",
                            port,
                            "-a",
                            "secret",
                            "-q",
                            "-n",
                            "2000",
                            "-t",
                            "ping,set,get,incr,mset",
                            "-P",
                            "16"))
                    .contains("SET: ", "GET: ", "INCR: ", "MSET (10 keys): ")
                    .doesNotContain("Error");
            server.terminate();
            assertThat(server.exitStatus()).isEqualTo(SIGTERM_STATUS);
        }
    }

    @Test
    void saysWhatIsWrongWithItsOptions() throws Exception {
        assertThat(PoroProcess.run(directory, "", "serve", "--bind", "0.0.0.0", "--port", "0").errors)
                .startsWith("poro: ")
                .contains("no password")
                .doesNotContain("\tat ");
        Files.createFile(directory.resolve("empty"));
        assertThat(PoroProcess.run(directory, "", "serve", "--requirepass-file", "empty").errors)
                .contains("it has no password");
    }

    private String cli(String port, String... arguments) throws Exception {
        List<String> command =
                new ArrayList<>(List.of("redis-cli", "--no-auth-warning", "-a", "secret", "-p", port, "--no-raw"));
        command.addAll(List.of(arguments));
        return run(command.toArray(String[]::new));
    }

    private String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return output;
    }

    private static boolean isInstalled(String program) throws Exception {
        return new ProcessBuilder("sh", "-c", "command -v " + program).start().waitFor() == 0;
    }

    private static void send(Socket client, String text) throws IOException {
        client.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String read(Socket client) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = client.getInputStream().read();
                b != '\r';
                b = client.getInputStream().read()) {
            line.append((char) b);
        }
        client.getInputStream().read();
        return line.toString();
    }
}
