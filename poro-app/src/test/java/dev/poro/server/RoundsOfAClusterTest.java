package dev.poro.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.FileSource;
import dev.poro.engine.InMemoryCluster;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What clients see of a server with one event loop whose store is a replica, while messages are on their way. */
@Timeout(60)
class RoundsOfAClusterTest {
    @TempDir
    private Path directory;

    private final InMemoryCluster cluster = new InMemoryCluster(64 << 10);
    private InMemoryCluster.Node node;
    private PoroServer server;
    private RespClient client;
    private RespClient other;

    /** The store of this node has all that was acknowledged: there is no other node. */
    private static final class OneNode implements ServerCluster {
        @Override
        public void barrier() {
            // It is current.
        }

        @Override
        public boolean publish(byte[] channel, byte[] message) {
            return false;
        }

        @Override
        public void deliverTo(BiConsumer<byte[], byte[]> subscribers) {
            // There are no messages.
        }

        @Override
        public FileSource files() {
            throw new UnsupportedOperationException();
        }

        @Override
        public State state() {
            return new State(0, 1, 0, true, true, "", 0, 0, 0);
        }
    }

    @BeforeEach
    void start() throws Exception {
        node = cluster.start(directory.resolve("wal"), settings -> settings);
        node.replica().adoptMemoryBudget();
        server = PoroServer.on(node.poro())
                .port(0)
                .threads(1)
                .cluster(new OneNode())
                .start();
        client = new RespClient(server.port());
        other = new RespClient(server.port());
    }

    @AfterEach
    void end() throws Exception {
        client.close();
        other.close();
        cluster.hold(false);
        server.close();
        cluster.close();
    }

    private static void send(RespClient to, String... words) throws IOException {
        to.send(RespClient.request(words));
    }

    @Test
    void aClientThatWaitsForTheClusterHoldsUpNobody() throws Exception {
        client.call("SET", "k", "old");
        other.call("READONLY");
        cluster.hold(true);
        int before = cluster.sent();
        send(client, "SET", "k", "new");
        cluster.awaitSent(before + 1);
        assertThat(other.call("GET", "k")).as("while the other one waits").contains("old");
        assertThat(other.call("PING")).contains("PONG");
        cluster.hold(false);
        assertThat(client.reply()).contains("OK");
        assertThat(other.call("GET", "k")).contains("new");
    }

    @Test
    void manyMessagesAreOnTheirWay() throws Exception {
        client.call("SET", "k", "0");
        cluster.hold(true);
        List<RespClient> clients = new ArrayList<>();
        int before = cluster.sent();
        for (int i = 0; i < 5; i++) {
            clients.add(new RespClient(server.port()));
            send(clients.get(i), "INCR", "k");
            cluster.awaitSent(before + i + 1);
        }
        cluster.hold(false);
        for (int i = 0; i < 5; i++) {
            assertThat(clients.get(i).reply()).isEqualTo(":" + (i + 1));
            clients.get(i).close();
        }
    }

    /** Too much is on its way: who has more waits alone, and not the whole loop. */
    @Test
    void aLoopWithTooMuchOnItsWayGoesOn() throws Exception {
        other.call("READONLY");
        List<RespClient> clients = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            RespClient one = new RespClient(server.port());
            clients.add(one);
            for (int j = 0; j < 5; j++) {
                one.send(RespClient.request("GET", "k").repeat(256)); // so many run together then
                for (int reply = 0; reply < 256; reply++) {
                    assertThat(one.reply()).isEqualTo("(nil)");
                }
            }
        }
        cluster.hold(true);
        int before = cluster.sent();
        for (int i = 0; i < 8; i++) {
            RespClient one = new RespClient(server.port());
            clients.add(one);
            send(one, "INCR", "few");
            cluster.awaitSent(before + i + 1);
        }
        for (int i = 0; i < 5; i++) {
            clients.get(i).send(RespClient.request("INCR", "many").repeat(256));
        }
        for (int i = 0; i < 100; i++) {
            assertThat(other.call("GET", "few")).as("not yet").isEqualTo("(nil)");
        }
        cluster.hold(false);
        for (int i = 5; i < clients.size(); i++) {
            assertThat(clients.get(i).reply()).isEqualTo(":" + (i - 4));
        }
        for (int i = 0; i < 5; i++) {
            for (int j = 0; j < 256; j++) {
                assertThat(clients.get(i).reply()).startsWith(":");
            }
        }
        assertThat(other.call("GET", "many")).isEqualTo("" + 5 * 256);
        for (RespClient one : clients) {
            one.close();
        }
    }

    /** Some of them run alone; and what needs not be current must not overtake what the client has sent before. */
    @Test
    void repliesComeInTheOrderOfTheRequests() throws Exception {
        client.call("READONLY");
        for (int round = 0; round < 30; round++) {
            StringBuilder all = new StringBuilder();
            for (int i = 0; i < 20; i++) {
                all.append(RespClient.request("GET", "sum"));
                all.append(RespClient.request("INCR", "sum"));
                all.append(RespClient.request("GET", "sum"));
                if (i % 5 == round % 5) {
                    all.append(RespClient.request("MGET", "sum"));
                }
            }
            client.send(all.toString());
            other.send(RespClient.request("INCR", "others").repeat(10));
            for (int i = 0; i < 20; i++) {
                int sum = 20 * round + i;
                assertThat(client.reply()).as("before %d", sum).isEqualTo(sum == 0 ? "(nil)" : "" + sum);
                assertThat(client.reply()).isEqualTo(":" + (sum + 1));
                assertThat(client.reply()).as("after").isEqualTo("" + (sum + 1));
                if (i % 5 == round % 5) {
                    assertThat(client.reply()).isEqualTo("[" + (sum + 1) + "]");
                }
            }
            for (int i = 0; i < 10; i++) {
                assertThat(other.reply()).isEqualTo(":" + (10 * round + i + 1));
            }
        }
    }

    /** The store does not have the value yet, and many messages of reads would bring all copies of it together. */
    @Test
    void ofALongValueThatIsOnItsWayFewCopiesAreReadAtOnce() throws Exception {
        String value = "v".repeat(60_000);
        for (int i = 0; i < 5; i++) {
            client.send(RespClient.request("GET", "k").repeat(256)); // so many run together then
            for (int reply = 0; reply < 256; reply++) {
                assertThat(client.reply()).isEqualTo("(nil)");
            }
        }
        cluster.hold(true);
        int before = cluster.sent();
        send(client, "SET", "k", value);
        cluster.awaitSent(before + 1);
        client.send(RespClient.request("GET", "k").repeat(200));
        cluster.awaitSent(before + 4); // each reads 4 MB at most, or a little more
        cluster.hold(false);
        assertThat(client.reply()).contains("OK");
        for (int i = 0; i < 200; i++) {
            assertThat(client.reply()).isEqualTo(value);
        }
    }

    @Test
    void aReadOfOnesOwnWriteWaitsForIt() throws Exception {
        client.call("READONLY");
        client.call("SET", "k", "old");
        cluster.hold(true);
        int before = cluster.sent();
        send(client, "SET", "k", "new");
        cluster.awaitSent(before + 1);
        send(client, "GET", "k");
        send(other, "SET", "more", "of it");
        cluster.hold(false);
        assertThat(client.reply()).contains("OK");
        assertThat(client.reply()).isEqualTo("new");
        assertThat(other.reply()).contains("OK");
    }

    @Test
    void aClientThatEndsGetsItsRepliesFirst() throws Exception {
        cluster.hold(true);
        int before = cluster.sent();
        send(client, "SET", "k", "v");
        cluster.awaitSent(before + 1);
        Socket socket = client.socket;
        socket.shutdownOutput();
        send(other, "SET", "l", "v");
        cluster.awaitSent(before + 2);
        cluster.hold(false);
        assertThat(client.reply()).contains("OK");
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
        assertThat(other.reply()).contains("OK");
    }

    /** What was on its way is done; nobody is told. */
    @Test
    void aClientMayGoWithoutWaiting() throws Exception {
        cluster.hold(true);
        int before = cluster.sent();
        send(client, "SET", "k", "v");
        cluster.awaitSent(before + 1);
        client.close();
        cluster.hold(false);
        assertThat(other.call("GET", "k")).isEqualTo("v");
    }

    @Test
    void theServerAnswersWhatHasComeBeforeItCloses() throws Exception {
        cluster.hold(true);
        int before = cluster.sent();
        send(client, "SET", "k", "v");
        cluster.awaitSent(before + 1);
        Thread closing = new Thread(server::close);
        closing.start();
        cluster.hold(false);
        assertThat(client.reply()).contains("OK");
        closing.join();
    }

    @Test
    void whatTheClusterDoesNotAnswerIsAnErrorOfEachRequest() throws Exception {
        cluster.hold(true);
        int before = cluster.sent();
        client.send(RespClient.request("SET", "k", "v").repeat(3));
        cluster.awaitSent(before + 1);
        node.replica().rejectAll(true);
        for (int i = 0; i < 3; i++) {
            assertThat(client.reply()).startsWith("-UNKNOWN");
        }
        cluster.hold(false);
        assertThat(client.call("GET", "k")).as("what may still happen").isEqualTo("v");
    }
}
