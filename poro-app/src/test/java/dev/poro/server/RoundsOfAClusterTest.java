package dev.poro.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.ChangeHold;
import dev.poro.engine.FileSource;
import dev.poro.engine.InMemoryCluster;
import dev.poro.engine.PoroException;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients see of a server with one event loop whose store is a replica, while messages are on their way. */
@Timeout(60)
class RoundsOfAClusterTest {
    private static final String LONG_VALUE = "v".repeat(60_000);

    @TempDir
    private Path directory;

    private final InMemoryCluster cluster = new InMemoryCluster(64 << 10);
    private InMemoryCluster.Node node;
    private PoroServer server;
    private RespClient client;
    private RespClient other;
    private final OneNode own = new OneNode();

    /** The store of this node has all that was acknowledged: the other nodes change nothing. */
    private static final class OneNode implements ServerCluster {
        private final Semaphore barriers = new Semaphore(0);
        private final Semaphore answers = new Semaphore(0);
        private volatile boolean isHeld;

        @Override
        public void barrier() {
            barriers.release();
            if (isHeld) {
                answers.acquireUninterruptibly();
            }
        }

        void awaitBarrier() throws InterruptedException {
            assertThat(barriers.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
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
        serve(1);
    }

    private void serve(int threads) throws IOException {
        server =
                PoroServer.on(node.poro()).port(0).threads(threads).cluster(own).start();
        client = new RespClient(server.port());
        other = new RespClient(server.port());
    }

    private void serveAnew(int threads) throws IOException {
        client.close();
        other.close();
        server.close();
        serve(threads);
    }

    @AfterEach
    void end() throws Exception {
        client.close();
        other.close();
        cluster.hold(false);
        own.isHeld = false;
        own.answers.release(100);
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

    private void assertThatOthersAreServed(String value) throws IOException {
        assertThat(other.call("GET", "k")).as("while the other one waits").isEqualTo(value);
        assertThat(other.call("PING")).isEqualTo("PONG");
        assertThat(other.call("INFO", "replication")).contains("role:");
    }

    /** What is no plain change of one key goes by what it has read, and so is no part of a round. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "DEL k l",
                "RENAME k m",
                "MSETNX m 1 n 2",
                "GETEX k EX 100",
                "EXPIRE k 100 NX",
                "PEXPIREAT k 9999999999999",
                "SET k new GET",
                "SET k new KEEPTTL",
                "SETRANGE k 1 x",
                "INCRBYFLOAT n 1.5",
                "FLUSHALL",
                "EXEC"
            })
    void aChangeThatRunsAloneHoldsUpNobody(String request) throws Exception {
        client.call("SET", "k", "old");
        other.call("READONLY");
        if (request.equals("EXEC")) {
            client.call("MULTI");
            client.call("SET", "k", "new");
        }
        cluster.hold(true);
        int before = cluster.sent();
        send(client, request.split(" ", -1));
        cluster.awaitSent(before + 1);
        assertThatOthersAreServed("old");
        cluster.hold(false);
        assertThat(client.reply()).doesNotStartWith("-");
    }

    @ParameterizedTest
    @ValueSource(strings = {"MGET k l", "EXISTS k l", "TTL k", "GETRANGE k 0 1", "DBSIZE", "SCAN 0"})
    void aReadThatRunsAloneHoldsUpNobody(String request) throws Exception {
        client.call("SET", "k", "old");
        other.call("READONLY");
        own.isHeld = true;
        send(client, request.split(" ", -1));
        own.awaitBarrier();
        assertThatOthersAreServed("old");
        own.answers.release();
        assertThat(client.reply()).doesNotStartWith("-");
    }

    /** As a transaction does that has lost some races. */
    @Test
    @SuppressWarnings("try") // to be held is all that the resource is for
    void whoKeepsOthersOutHoldsUpChangesAlone() throws Exception {
        client.call("SET", "k", "old");
        other.call("READONLY");
        try (RespClient third = new RespClient(server.port())) {
            try (ChangeHold hold = node.poro().holdChanges()) {
                send(client, "SET", "k", "new");
                send(third, "INCR", "n");
                for (int i = 0; i < 10; i++) {
                    assertThatOthersAreServed("old");
                }
                client.send(RespClient.request("INCR", "n") + RespClient.request("GET", "k"));
                assertThatOthersAreServed("old");
            }
            assertThat(client.reply()).isEqualTo("OK");
            assertThat(third.reply()).matches(":[12]");
            assertThat(client.reply()).matches(":[12]");
            assertThat(client.reply()).isEqualTo("new");
        }
    }

    @Test
    void manyThatRunAloneAreOnTheirWay() throws Exception {
        cluster.hold(true);
        int before = cluster.sent();
        List<RespClient> clients = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            RespClient one = new RespClient(server.port());
            clients.add(one);
            send(one, "MSETNX", "a" + i, "1", "b" + i, "2");
            cluster.awaitSent(before + i + 1);
        }
        cluster.hold(false);
        for (RespClient one : clients) {
            assertThat(one.reply()).isEqualTo(":1");
            one.close();
        }
    }

    /** They are one message, and a client that is told otherwise for one of them has lost nothing else. */
    @Test
    void plainChangesOfOneKeyGoTogether() throws Exception {
        String[][] requests = {
            {"SET", "k", "1", "NX", "PX", "100000"},
            {"SET", "k", "2", "NX"},
            {"SET", "k", "2", "EX", "1000", "XX"},
            {"SET", "absent", "2", "XX"},
            {"EXPIRE", "k", "100"},
            {"PEXPIRE", "absent", "100"},
            {"PERSIST", "k"},
            {"PERSIST", "k"},
            {"SETEX", "l", "100", "v"},
            {"PSETEX", "l", "100000", "w"},
            {"INCR", "l"},
            {"DECRBY", "k", "5"},
            {"GET", "k"},
        };
        String[] replies = {
            "OK",
            "(nil)",
            "OK",
            "(nil)",
            ":1",
            ":0",
            ":1",
            ":0",
            "OK",
            "OK",
            "-ERR value is not an integer or out of range",
            ":-3",
            "-3"
        };
        int before = cluster.sent();
        StringBuilder all = new StringBuilder();
        for (String[] request : requests) {
            all.append(RespClient.request(request));
        }
        cluster.hold(true);
        client.send(all.toString());
        cluster.awaitSent(before + 1);
        cluster.hold(false);
        for (int i = 0; i < replies.length; i++) {
            assertThat(client.reply()).as(String.join(" ", requests[i])).isEqualTo(replies[i]);
        }
        assertThat(cluster.sent()).isLessThanOrEqualTo(before + 2); // the first 16 of a client, and the rest
        assertThat(client.call("TTL", "k")).isEqualTo(":-1");
        assertThat(client.call("SETEX", "k", "0", "v")).isEqualTo("-ERR invalid expire time in 'setex' command");
        assertThat(client.call("EXPIRE", "k", "x")).startsWith("-ERR value is not an integer");
        assertThat(client.call("EXPIRE", "k", "-1")).isEqualTo(":1");
        assertThat(client.call("SET", "k", "v", "NX", "XX")).isEqualTo("-ERR syntax error");
        assertThat(client.call("SET", "k", "v", "EX")).isEqualTo("-ERR syntax error");
        assertThat(client.call("GET", "k")).isEqualTo("(nil)");
    }

    /** What was on its way was counted for ever, and the client waited for ever. */
    @Test
    void anErrorThatNobodyHasThoughtOfEndsOneConnectionAlone() throws Exception {
        RuntimeException broken = new PoroException("broken", null) {
            private static final long serialVersionUID = 1;

            @Override
            public String getMessage() {
                throw new IllegalStateException("no message");
            }
        };
        for (int i = 0; i < 20; i++) {
            cluster.failWith(broken);
            RespClient one = new RespClient(server.port());
            one.send(RespClient.request("SET", "k", "v").repeat(3));
            assertThat(one.rest()).isEmpty();
            one.close();
            cluster.failWith(null);
            assertThat(other.call("INCR", "sum")).isEqualTo(":" + (i + 1));
        }
        assertThat(server.context().onTheirWay().bytes()).isZero();
    }

    private static void pipelineMany(RespClient one) throws IOException {
        for (int i = 0; i < 5; i++) {
            one.send(RespClient.request("GET", "absent").repeat(256)); // so many run together then
            for (int reply = 0; reply < 256; reply++) {
                assertThat(one.reply()).isEqualTo("(nil)");
            }
        }
    }

    private void assertTwoLoops() {
        assertThat(server.context().clients().unordered().stream()
                        .map(Connection::loop)
                        .distinct())
                .hasSize(2);
    }

    @Test
    void ofALongValueThatAnotherLoopHasSentFewCopiesAreReadAtOnce() throws Exception {
        serveAnew(2);
        pipelineMany(client);
        other.call("PING");
        assertTwoLoops();
        assertFewCopiesAreReadAtOnceAfterASetBy(other);
    }

    private void assertFewCopiesAreReadAtOnceAfterASetBy(RespClient setting) throws Exception {
        cluster.hold(true);
        int before = cluster.sent();
        send(setting, "SET", "k", LONG_VALUE);
        cluster.awaitSent(before + 1);
        client.send(RespClient.request("GET", "k").repeat(200));
        cluster.awaitSent(before + 4); // each reads 4 MB at most, or a little more
        cluster.hold(false);
        assertThat(setting.reply()).isEqualTo("OK");
        for (int i = 0; i < 200; i++) {
            assertThat(client.reply()).isEqualTo(LONG_VALUE);
        }
    }

    /** Nobody here knows of it. */
    @Test
    void ofALongValueThatAnotherNodeHasSentAsManyCopiesAreReadAsThereIsMemoryFor() throws Exception {
        sendAfterALongValueOfAnotherNode(RespClient.request("GET", "k").repeat(256));
        int refused = 0;
        for (int i = 0; i < 256; i++) {
            String reply = client.reply();
            if (reply.startsWith("-")) {
                assertThat(reply).contains("too little memory").contains("try again");
                refused++;
            } else {
                assertThat(reply).isEqualTo(LONG_VALUE);
            }
        }
        assertThat(refused).isBetween(50, 100); // 10 MiB are 174 of them
        assertThat(client.call("GET", "k")).isEqualTo(LONG_VALUE);
    }

    /** The length of the value is not known here when the requests come. */
    private void sendAfterALongValueOfAnotherNode(String requests) throws Exception {
        InMemoryCluster.Node second = cluster.start(directory.resolve("second"), settings -> settings);
        pipelineMany(client);
        cluster.hold(true);
        int before = cluster.sent();
        Thread writer = new Thread(() -> second.poro().set("k", LONG_VALUE));
        writer.start();
        cluster.awaitSent(before + 1);
        client.send(requests);
        cluster.awaitSent(before + 2);
        cluster.hold(false);
        writer.join();
    }

    /** A read that has no room may be tried again; what such a change has removed could not be. */
    @Test
    void theValueBeforeAChangeIsNeverLeftOut() throws Exception {
        sendAfterALongValueOfAnotherNode(
                RespClient.request("GET", "k").repeat(255) + RespClient.request("GETDEL", "k"));
        for (int i = 0; i < 255; i++) {
            client.reply();
        }
        assertThat(client.reply()).isEqualTo(LONG_VALUE);
    }

    @Test
    void whatIsOnItsWayHasOneBoundForAllLoops() throws Exception {
        serveAnew(2);
        List<RespClient> clients = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            RespClient one = new RespClient(server.port());
            clients.add(one);
            pipelineMany(one);
        }
        assertTwoLoops();
        client.call("SET", "k", LONG_VALUE);
        client.call("READONLY");
        other.call("READONLY");
        cluster.hold(true);
        for (RespClient one : clients) {
            one.send(RespClient.request("GET", "k").repeat(256)); // of all, 123 MB
        }
        OnTheirWay onTheirWay = server.context().onTheirWay();
        while (onTheirWay.hasRoom()) {
            Thread.onSpinWait();
        }
        for (int i = 0; i < 20; i++) {
            client.call("PING");
            other.call("PING");
        }
        assertThat(onTheirWay.bytes()).isLessThan(OnTheirWay.MOST_BYTES + 2 * (5 << 20));
        cluster.hold(false);
        for (int i = 0; i < 256; i++) {
            for (RespClient one : clients) {
                assertThat(one.reply()).isEqualTo(LONG_VALUE);
            }
        }
        assertThat(onTheirWay.bytes()).isZero();
    }

    /** The store does not have the value yet, and many messages of reads would bring all copies of it together. */
    @Test
    void ofALongValueThatIsOnItsWayFewCopiesAreReadAtOnce() throws Exception {
        pipelineMany(client);
        assertFewCopiesAreReadAtOnceAfterASetBy(client);
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
