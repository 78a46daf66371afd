package dev.poro.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.FileSource;
import dev.poro.engine.NotCommittedException;
import dev.poro.engine.Poro;
import dev.poro.engine.SyncPolicy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server whose store belongs to a cluster: what it asks of that, and when. */
@Timeout(60)
class ClusteredServerTest {
    @TempDir
    private Path directory;

    private final AtomicInteger barriers = new AtomicInteger();
    private final AtomicInteger unanswered = new AtomicInteger();
    private final List<String> published = new CopyOnWriteArrayList<>();
    private FileSource files;
    private volatile boolean isUnreachable;
    private volatile BiConsumer<byte[], byte[]> subscribers;
    private Poro store;
    private PoroServer server;
    private RespClient client;

    private final class Fake implements ServerCluster {
        @Override
        public void barrier() {
            if (isUnreachable) {
                unanswered.incrementAndGet();
                throw new NotCommittedException("no leader", false, null);
            }
            barriers.incrementAndGet();
        }

        @Override
        public boolean publish(byte[] channel, byte[] message) {
            published.add(
                    new String(channel, StandardCharsets.UTF_8) + " " + new String(message, StandardCharsets.UTF_8));
            return !isUnreachable;
        }

        @Override
        public void deliverTo(BiConsumer<byte[], byte[]> receivers) {
            subscribers = receivers;
        }

        @Override
        public FileSource files() {
            return files;
        }

        @Override
        public State state() {
            return new State(1, 3, 2, false, !isUnreachable, "host2", 7_002, 5, 640);
        }
    }

    @BeforeEach
    void start() throws Exception {
        store = Poro.at(directory.resolve("wal"))
                .sync(SyncPolicy.OS)
                .memory(8 << 20)
                .open();
        server = PoroServer.on(store).port(0).threads(1).cluster(new Fake()).start();
        client = new RespClient(server.port());
    }

    @AfterEach
    void end() throws Exception {
        client.close();
        server.close();
        store.close();
    }

    private String ask(String... words) throws IOException {
        return client.call(words);
    }

    @Test
    void readsAreCurrentUnlessTheClientSaysReadOnly() throws Exception {
        ask("SET", "k", "v");
        assertThat(barriers).as("a change is in order by itself").hasValue(0);
        assertThat(ask("GET", "k")).contains("v");
        assertThat(barriers).hasValue(1);
        assertThat(ask("MGET", "k")).contains("v");
        assertThat(barriers).hasValue(2);
        assertThat(ask("GETSET", "k", "w")).contains("v");
        assertThat(barriers)
                .as("what it replies or changes may go by what it read")
                .hasValue(3);
        assertThat(ask("READONLY")).contains("OK");
        assertThat(ask("GET", "k")).contains("w");
        assertThat(ask("MGET", "k")).contains("w");
        assertThat(barriers).hasValue(3);
        assertThat(ask("READWRITE")).contains("OK");
        assertThat(ask("GET", "k")).contains("w");
        assertThat(barriers).hasValue(4);
        assertThat(ask("PING")).contains("PONG");
        assertThat(barriers).hasValue(4);
    }

    @Test
    void anErrorThatMayBeRetriedIsTheReplyWhereTheLeaderIsOutOfReach() throws Exception {
        ask("SET", "k", "v");
        isUnreachable = true;
        assertThat(ask("GET", "k")).contains("TRYAGAIN");
        assertThat(ask("MGET", "k")).contains("TRYAGAIN");
        assertThat(ask("MULTI")).contains("OK");
        assertThat(ask("SET", "k", "x")).contains("QUEUED");
        assertThat(ask("EXEC")).contains("TRYAGAIN");
        isUnreachable = false;
        assertThat(ask("EXEC")).as("the transaction has ended").contains("EXEC without MULTI");
        assertThat(ask("GET", "k")).contains("v");
    }

    /** Each wait takes the whole timeout, and all clients of the loop have it. */
    @Test
    void requestsThatHaveComeTogetherWaitOnceForAClusterThatDoesNotAnswer() throws Exception {
        ask("SET", "k", "v");
        isUnreachable = true;
        String some = RespClient.request("MGET", "k")
                + RespClient.request("GET", "k")
                + RespClient.request("SET", "k", "w")
                + RespClient.request("EXPIRE", "k", "100");
        client.send(some.repeat(10));
        for (int i = 0; i < 40; i++) {
            assertThat(client.reply()).as("reply %d", i).contains("TRYAGAIN");
        }
        assertThat(unanswered.get()).as("waits").isLessThanOrEqualTo(4);

        isUnreachable = false;
        assertThat(ask("GET", "k")).as("nothing was done").contains("v");
        assertThat(ask("TTL", "k")).contains("-1");
    }

    @Test
    void messagesGoThroughTheCluster() throws Exception {
        try (RespClient subscriber = new RespClient(server.port())) {
            subscriber.call("SUBSCRIBE", "news");
            ask("PUBLISH", "news", "hello");
            assertThat(published).containsExactly("news hello");
            subscribers.accept(
                    "news".getBytes(StandardCharsets.UTF_8), "from another node".getBytes(StandardCharsets.UTF_8));
            assertThat(subscriber.reply()).contains("from another node").doesNotContain("hello");
        }
    }

    /** Files in memory. */
    private static final class MemoryFiles implements FileSource {
        private final AtomicInteger closed = new AtomicInteger();

        @Override
        public Map<String, Long> files() {
            return Map.of("node", 5L);
        }

        @Override
        public byte[] read(String name, long offset, int length) throws IOException {
            if (!name.equals("node")) {
                throw new IOException("there is no file '" + name + "'");
            }
            byte[] all = "hello".getBytes(StandardCharsets.UTF_8);
            int from = (int) Math.min(offset, all.length);
            return Arrays.copyOfRange(all, from, Math.min(all.length, from + length));
        }

        @Override
        public void close() {
            closed.incrementAndGet();
        }
    }

    @Test
    void givesTheFilesOfTheNodeAndLetsThemGoWithTheConnection() throws Exception {
        MemoryFiles memory = new MemoryFiles();
        files = memory;
        try (RespClient joiner = new RespClient(server.port())) {
            assertThat(joiner.call("JOIN", "READ", "node", "0", "5")).contains("JOIN BEGIN comes first");
            assertThat(joiner.call("JOIN", "BEGIN")).isEqualTo("[node, :5]");
            assertThat(joiner.call("JOIN", "READ", "node", "0", "5")).isEqualTo("[hello, :2591144780]");
            assertThat(joiner.call("JOIN", "READ", "node", "3", "9")).startsWith("[lo, ");
            assertThat(joiner.call("JOIN", "READ", "other", "0", "5")).contains("there is no file 'other'");
            assertThat(joiner.call("JOIN", "READ", "node", "-1", "5")).contains("a piece has up to");
            assertThat(joiner.call("JOIN", "READ", "node", "0", "1048577")).contains("a piece has up to");
            assertThat(joiner.call("JOIN", "READ", "node", "x", "5")).contains("a piece has up to");
            joiner.call("MULTI");
            assertThat(joiner.call("JOIN", "BEGIN")).startsWith("-ERR");
            joiner.call("DISCARD");
            assertThat(memory.closed).hasValue(0);
            assertThat(joiner.call("JOIN", "END")).isEqualTo("OK");
            assertThat(memory.closed).hasValue(1);
            joiner.call("JOIN", "BEGIN");
        }
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (memory.closed.get() < 2 && System.nanoTime() - deadline < 0) {
            Thread.onSpinWait();
        }
        assertThat(memory.closed).hasValue(2);
    }

    @Test
    void infoTellsWhereTheLeaderIs() throws Exception {
        assertThat(ask("INFO", "replication"))
                .contains("role:slave", "master_host:host2", "master_port:7002", "master_link_status:up")
                .contains("poro_cluster_node:1", "poro_cluster_leader:2", "poro_cluster_term:5");
    }
}
