package dev.poro.server;

import static dev.poro.server.RespClient.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.KeyEvents;
import dev.poro.engine.Poro;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Commands that take long, or reply with much: others do not wait for them, and memory is bounded. */
@Timeout(60)
class SlowCommandsTest {
    @TempDir
    private Path directory;

    private Poro store;
    private PoroServer server;
    private RespClient client;

    @BeforeEach
    void start() throws IOException {
        store = Poro.at(directory.resolve("poro.wal")).memory(64 << 20).open();
        server = PoroServer.on(store).port(0).threads(1).start();
        client = new RespClient(server.port());
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        server.close();
        store.close();
    }

    /** A pattern that takes some 100 ms for a key of 60,000 letters. */
    private static String hostilePattern() {
        return "*" + "a".repeat(1_000) + "b";
    }

    private void setHostileKey() throws IOException {
        client.call("SET", "a".repeat(60_000), "");
    }

    @Test
    void othersDoNotWaitForAScanOrATransactionThatTakesLong() throws IOException {
        setHostileKey();
        String[][] slow = {{"KEYS", hostilePattern()}, {"SCAN", "0", "COUNT", "129", "MATCH", hostilePattern()}};
        try (RespClient other = new RespClient(server.port())) {
            for (String[] command : slow) {
                assertThat(isOvertaken(request(command), 1, other)).isTrue();
                String transaction = request("MULTI") + request(command) + request("EXEC");
                assertThat(isOvertaken(transaction, 3, other)).isTrue();
            }
        }
    }

    /**
     * Whether another client, on the same event loop, has a reply to what it has sent later before these are there. On
     * a busy machine, it may take some attempts.
     */
    private boolean isOvertaken(String requests, int replies, RespClient other) throws IOException {
        boolean isOvertaken = false;
        for (int attempt = 0; attempt < 20 && !isOvertaken; attempt++) {
            long before = server.bytesRead();
            client.send(requests);
            while (server.bytesRead() < before + requests.length()) {
                Thread.onSpinWait();
            }
            assertThat(other.call("PING")).isEqualTo("PONG");
            isOvertaken = client.socket.getInputStream().available() == 0;
            for (int i = 0; i < replies; i++) {
                assertThat(client.reply()).doesNotContain("ERR");
            }
        }
        return isOvertaken;
    }

    @Test
    void aTransactionOnAWorkerMayEndItsOwnConnection() throws IOException {
        String id = client.call("CLIENT", "ID").substring(1);
        client.send(request("MULTI")
                + request("KEYS", "*")
                + request("CLIENT", "KILL", "ID", id, "SKIPME", "no")
                + request("EXEC"));
        assertThat(client.rest()).endsWith("*2\r\n*0\r\n:1\r\n");
    }

    @Test
    void aScanGoesThroughAllKeysWhateverItsCount() throws IOException {
        StringBuilder sets = new StringBuilder();
        for (int i = 0; i < 5_000; i++) {
            sets.append(request("SET", "key" + i, ""));
        }
        client.send(sets.toString());
        for (int i = 0; i < 5_000; i++) {
            client.reply();
        }
        for (String count : List.of("100", "1000", "3000", "2147483647", "9223372036854775807")) {
            List<String> keys = new ArrayList<>();
            String cursor = "0";
            do {
                String reply = client.call("SCAN", cursor, "COUNT", count, "MATCH", "key*");
                cursor = reply.substring(1, reply.indexOf(','));
                String page = reply.substring(reply.indexOf(", [") + 3, reply.length() - 2);
                keys.addAll(page.isEmpty() ? List.of() : List.of(page.split(", ", -1)));
            } while (!cursor.equals("0"));
            assertThat(keys).as("COUNT %s", count).hasSize(5_000).doesNotHaveDuplicates();
        }
    }

    @Test
    void aReplyThatIsTooLongIsAnErrorBeforeItIsInMemory() throws IOException {
        server.setOutputLimit(1 << 20);
        String value = "v".repeat(100_000);
        client.call("SET", "k", value);
        String[] mget = new String[21];
        Arrays.fill(mget, "k");
        mget[0] = "MGET";
        String error = "-ERR the reply would be longer than the limit of 1048576 bytes";
        assertThat(client.call(mget)).isEqualTo(error);

        client.send(request("MULTI")
                + request("SET", "other", "x")
                + request("GET", "k").repeat(20)
                + request("EXEC"));
        for (int i = 0; i < 22; i++) {
            client.reply();
        }
        assertThat(client.reply()).isEqualTo(error);
        assertThat(client.call("EXISTS", "other")).isEqualTo(":0");

        for (int i = 0; i < 20; i++) {
            client.call("SET", i + "k".repeat(60_000), "");
        }
        assertThat(client.call("KEYS", "*")).isEqualTo(error);
        assertThat(client.call("GET", "k")).isEqualTo(value);
    }

    @Test
    void aRequestThatIsTooLongIsRefusedInSilenceIfTheClientWantsNoReplies() throws IOException {
        String tooLong = request("SET", "k", "x".repeat(3 << 20));
        client.send(request("CLIENT", "REPLY", "OFF") + tooLong + request("CLIENT", "REPLY", "ON"));
        assertThat(client.reply()).isEqualTo("OK");
        client.send(request("CLIENT", "REPLY", "SKIP") + tooLong + request("PING"));
        assertThat(client.reply()).isEqualTo("PONG");
        client.send(tooLong);
        assertThat(client.reply()).startsWith("-ERR the request is longer than the limit of ");
    }

    /** More commands than workers: some have not begun when the server stops, some come to their end after it. */
    @Test
    void commandsThatOutliveTheServerEndInSilence() throws Exception {
        setHostileKey();
        Queue<Throwable> uncaught = new ConcurrentLinkedQueue<>();
        Thread.setDefaultUncaughtExceptionHandler((thread, e) -> uncaught.add(e));
        List<RespClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 6; i++) {
                clients.add(new RespClient(server.port()));
                clients.get(i).send(request("KEYS", hostilePattern()));
            }
            assertThat(client.call("PING")).isEqualTo("PONG");
            Thread.currentThread().interrupt(); // do not wait for the clients
            server.close();
            assertThat(Thread.interrupted()).isTrue();
            assertThat(server.awaitWorkers()).isTrue();
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(null);
            for (RespClient each : clients) {
                each.close();
            }
        }
        assertThat(uncaught).isEmpty();
    }

    /** They go through the store together with those of others, unless a key comes twice. */
    @Test
    void setsOfSeveralKeysAreOneStepEach() throws IOException {
        client.send(request("MSET", "a", "1", "b", "2")
                + request("GET", "a")
                + request("MSET", "a", "3", "a", "4")
                + request("GET", "a")
                + request("MSET", "a", "5", "b", "6", "c")
                + request("GET", "b")
                + request("SET", "b", "7", "EX", "100")
                + request("MSET", "b", "8")
                + request("TTL", "b")
                + request("MSET", "n", "9", "k".repeat(70_000), "v")
                + request("EXISTS", "n"));
        List<String> replies = new ArrayList<>();
        for (int i = 0; i < 11; i++) {
            replies.add(client.reply());
        }
        assertThat(replies)
                .containsExactly(
                        "OK",
                        "1",
                        "OK",
                        "4",
                        "-ERR wrong number of arguments for 'mset' command",
                        "2",
                        "OK",
                        "OK",
                        ":-1",
                        "-ERR key of 70000 bytes: the limit is 65535",
                        ":0");
    }

    /** As many messages as a client may leave unread anyway. */
    @Test
    void messagesDoNotPileUpBesideACommandThatTakesLong() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        try (RespClient subscriber = new RespClient(server.port())) {
            for (int i = 0; i < 4; i++) {
                server.context().workers().execute(() -> await(end));
            }
            subscriber.call("HELLO", "3");
            subscriber.call("SUBSCRIBE", "a");
            long before = server.bytesRead();
            subscriber.send(request("KEYS", "*"));
            while (server.bytesRead() == before) {
                Thread.onSpinWait();
            }
            String message = "x".repeat(1 << 20);
            int published = 0;
            while (published < 100 && client.call("PUBLISH", "a", message).equals(":1")) {
                published++;
            }
            assertThat(published).isBetween(30, 40);
        } finally {
            end.countDown();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aTransactionOnAWorkerPublishesThoughItsConnectionIsClosed() throws Exception {
        CountDownLatch isCommitting = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        store.keyEvents().add(new KeyEvents.Listener() {
            @Override
            public boolean wants(String name) {
                return name.equals("set");
            }

            @Override
            public void onKeyEvent(String name, byte[] key) {
                isCommitting.countDown();
                await(goOn);
            }
        });
        try (RespClient subscriber = new RespClient(server.port());
                RespClient killed = new RespClient(server.port())) {
            subscriber.call("SUBSCRIBE", "a");
            String id = killed.call("CLIENT", "ID").substring(1);
            killed.send(request("MULTI")
                    + request("KEYS", "*")
                    + request("SET", "k", "v")
                    + request("PUBLISH", "a", "done")
                    + request("EXEC"));
            isCommitting.await();
            assertThat(client.call("CLIENT", "KILL", "ID", id)).isEqualTo(":1");
            assertThat(client.call("PING")).isEqualTo("PONG");
            goOn.countDown();

            assertThat(subscriber.reply()).isEqualTo("[message, a, done]");
        } finally {
            goOn.countDown();
        }
    }
}
