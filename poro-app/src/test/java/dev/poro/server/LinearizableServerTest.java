package dev.poro.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.Poro;
import dev.poro.engine.SyncPolicy;
import dev.poro.events.TestScale;
import dev.poro.process.harness.LinearizabilityChecker;
import dev.poro.process.harness.LinearizabilityChecker.Kind;
import dev.poro.process.harness.LinearizabilityChecker.Operation;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Eight connections at once: what they see is what one copy of each key would have shown them, and of two keys that
 * change only together, one copy of the pair. WATCH and MULTI among them.
 */
@Timeout(600)
@Tag("R28")
class LinearizableServerTest {
    private static final Duration BUDGET = Duration.ofSeconds(60);
    private static final int CONNECTIONS = 8;
    private static final int OPERATIONS = 200;
    private static final int KEYS = 3;
    private static final String NIL = "(nil)";

    @TempDir
    private Path directory;

    @Test
    void historiesAreLinearizable() throws Exception {
        long seed = Long.getLong("poro.test.seed", System.nanoTime());
        SplittableRandom random = new SplittableRandom(seed);
        long deadline = TestScale.deadlineAfter(BUDGET);
        int histories = 0;
        long operations = 0;
        long aborted = 0;
        do {
            try (Poro store = Poro.at(directory.resolve("wal" + histories))
                            .sync(SyncPolicy.OS)
                            .memory(8 << 20)
                            .open();
                    PoroServer server = PoroServer.on(store).port(0).threads(2).start()) {
                List<Client> clients = run(server.port(), random);
                Map<String, List<Operation>> byKey = new HashMap<>();
                for (Client client : clients) {
                    client.seen.forEach((key, seen) ->
                            byKey.computeIfAbsent(key, any -> new ArrayList<>()).addAll(seen));
                    aborted += client.aborted;
                }
                byKey.forEach((key, seen) -> assertThat(LinearizabilityChecker.isLinearizable(seen))
                        .as("%s, seed %d: %s", key, seed, seen)
                        .isTrue());
                operations += byKey.values().stream().mapToLong(List::size).sum();
            }
            histories++;
        } while (TestScale.ENABLED && System.nanoTime() < deadline);
        assertThat(aborted).as("transactions that a watched key has aborted").isPositive();
        TestScale.report(
                "linearizability over the wire",
                "%d histories of %d connections, %d operations, %d transactions aborted, all linearizable",
                histories,
                CONNECTIONS,
                operations,
                aborted);
    }

    private static List<Client> run(int port, SplittableRandom random) throws Exception {
        List<Client> clients = new ArrayList<>();
        ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS);
        try {
            for (int i = 0; i < CONNECTIONS; i++) {
                clients.add(new Client(port, i, random.split()));
            }
            for (Future<Void> done : threads.invokeAll(clients)) {
                done.get();
            }
        } finally {
            threads.shutdownNow();
            for (Client client : clients) {
                client.close();
            }
        }
        return clients;
    }

    /** One connection, and what it has seen. */
    private static final class Client implements Callable<Void>, AutoCloseable {
        private final RespClient connection;
        private final int number;
        private final SplittableRandom random;
        private final Map<String, List<Operation>> seen = new HashMap<>();
        private long aborted;
        private int stored;

        Client(int port, int number, SplittableRandom random) throws IOException {
            this.connection = new RespClient(port);
            this.number = number;
            this.random = random;
        }

        @Override
        public Void call() throws IOException {
            for (int i = 0; i < OPERATIONS; i++) {
                String key = "k" + random.nextInt(KEYS);
                switch (random.nextInt(9)) {
                    case 0 -> set(key);
                    case 1 -> delete(key);
                    case 2 -> getset(key);
                    case 3 -> transaction(key);
                    case 4, 5 -> compareAndSet(key);
                    case 6 -> setPair();
                    case 7 -> getPair();
                    default -> get(key);
                }
            }
            return null;
        }

        private void set(String key) throws IOException {
            String value = newValue();
            long begin = System.nanoTime();
            assertThat(connection.call("SET", key, value)).isEqualTo("OK");
            add(key, Kind.SET, value, null, false, begin);
        }

        private void delete(String key) throws IOException {
            long begin = System.nanoTime();
            boolean existed = connection.call("DEL", key).equals(":1");
            add(key, Kind.DELETE, null, null, existed, begin);
        }

        private String get(String key) throws IOException {
            long begin = System.nanoTime();
            String value = valueOf(connection.call("GET", key));
            add(key, Kind.GET, value, null, false, begin);
            return value;
        }

        private void getset(String key) throws IOException {
            String value = newValue();
            long begin = System.nanoTime();
            String before = valueOf(connection.call("GETSET", key, value));
            add(key, Kind.EXCHANGE, value, before, false, begin);
        }

        /** All of it in one write, so that it is one step only if EXEC makes it one. */
        private void transaction(String key) throws IOException {
            String value = newValue();
            long begin = System.nanoTime();
            connection.send(RespClient.request("MULTI")
                    + RespClient.request("GET", key)
                    + RespClient.request("SET", key, value)
                    + RespClient.request("EXEC"));
            assertThat(List.of(connection.reply(), connection.reply(), connection.reply()))
                    .containsExactly("OK", "QUEUED", "QUEUED");
            String reply = connection.reply();
            assertThat(reply).endsWith(", OK]");
            String before = valueOf(reply.substring(1, reply.length() - ", OK]".length()));
            add(key, Kind.EXCHANGE, value, before, false, begin);
        }

        private void compareAndSet(String key) throws IOException {
            assertThat(connection.call("WATCH", key)).isEqualTo("OK");
            String before = get(key);
            String value = newValue();
            assertThat(connection.call("MULTI")).isEqualTo("OK");
            assertThat(connection.call("SET", key, value)).isEqualTo("QUEUED");
            long begin = System.nanoTime();
            if (connection.call("EXEC").equals("[OK]")) {
                add(key, Kind.EXCHANGE, value, before, false, begin);
            } else {
                aborted++;
            }
        }

        private void setPair() throws IOException {
            String value = newValue();
            long begin = System.nanoTime();
            assertThat(connection.call("MSET", "left", value, "right", value)).isEqualTo("OK");
            add("pair", Kind.SET, value, null, false, begin);
        }

        private void getPair() throws IOException {
            long begin = System.nanoTime();
            String[] both = connection.call("MGET", "left", "right").split("[\\[\\], ]+", -1);
            assertThat(both[1]).as("the two of a pair").isEqualTo(both[2]);
            add("pair", Kind.GET, valueOf(both[1]), null, false, begin);
        }

        private String newValue() {
            return number + "-" + stored++;
        }

        private static String valueOf(String reply) {
            return reply.equals(NIL) ? null : reply;
        }

        private void add(String key, Kind kind, String value, String before, boolean existed, long begin) {
            seen.computeIfAbsent(key, any -> new ArrayList<>())
                    .add(new Operation(kind, value, before, existed, true, begin, System.nanoTime()));
        }

        @Override
        public void close() throws IOException {
            connection.close();
        }
    }
}
