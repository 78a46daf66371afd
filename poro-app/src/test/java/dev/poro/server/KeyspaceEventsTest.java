package dev.poro.server;

import static dev.poro.server.RespClient.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.poro.command.RedisServer;
import dev.poro.engine.Poro;
import dev.poro.events.TestScale;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPubSub;

@Timeout(60)
class KeyspaceEventsTest {
    private static final long SEED = Long.getLong("poro.test.seed", 20_261_129);

    @TempDir
    private Path directory;

    private Poro store;
    private PoroServer server;
    private RespClient client;

    @BeforeEach
    void start() throws IOException {
        store = Poro.open(directory.resolve("poro.wal"));
        server = PoroServer.on(store).port(0).threads(2).keyspaceEvents("KEA").start();
        client = new RespClient(server.port());
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        server.close();
        store.close();
    }

    @ParameterizedTest
    @CsvSource({
        "KEA, AKE",
        "AKEnm, AKEm",
        "KEg$xn, g$xnKE",
        "Knm, nKm",
        "gx, gx",
        "Kxegtdlshz$n, AK",
        "'', ''",
        "mE, Em",
    })
    void showsWhatIsAskedForAsRedisDoes(String asked, String shown) throws IOException {
        assertThat(client.call("CONFIG", "SET", "notify-keyspace-events", asked))
                .isEqualTo("OK");
        assertThat(client.call("CONFIG", "GET", "notify-keyspace-events"))
                .isEqualTo("[notify-keyspace-events, " + shown + "]");
    }

    @Test
    void refusesOtherLetters() throws IOException {
        assertThat(client.call("CONFIG", "SET", "notify-keyspace-events", "KQ"))
                .isEqualTo("-ERR CONFIG SET failed (possibly related to argument 'notify-keyspace-events') - Invalid"
                        + " event class character. Use 'Ag$lshzxeKEtmdn'.");
        assertThatThrownBy(() -> PoroServer.on(store).keyspaceEvents("KQ")).hasMessageContaining("KQ");
    }

    @Test
    void listensToTheStoreOnlyWhileItIsAskedTo() throws IOException {
        try (RespClient subscriber = subscribed(server.port(), "*")) {
            assertThat(store.keyEvents().wants("set")).isTrue();
            assertThat(store.keyEvents().wants("new")).isFalse();
            client.call("CONFIG", "SET", "notify-keyspace-events", "KEx");
            assertThat(store.keyEvents().wants("set")).isFalse();
            client.call("CONFIG", "SET", "notify-keyspace-events", "A");
            assertThat(store.keyEvents().wants("expired")).isFalse();
            client.call("SET", "k", "v");
            assertThat(client.call("PUBLISH", "c", "end")).isEqualTo(":1");
            assertThat(subscriber.reply()).isEqualTo("[pmessage, *, c, end]");
        }
    }

    @Test
    void jedisSubscribesToKeysThatExpire() throws Exception {
        BlockingQueue<String> expired = new LinkedBlockingQueue<>();
        CountDownLatch subscribed = new CountDownLatch(1);
        JedisPubSub subscriber = new JedisPubSub() {
            @Override
            public void onSubscribe(String channel, int subscribedChannels) {
                subscribed.countDown();
            }

            @Override
            public void onMessage(String channel, String message) {
                expired.add(channel + " " + message);
            }
        };
        Thread thread = new Thread(() -> {
            try (Jedis jedis = new Jedis("127.0.0.1", server.port())) {
                jedis.subscribe(subscriber, "__keyevent@0__:expired");
            }
        });
        thread.start();
        subscribed.await();
        client.call("SET", "session", "v", "PX", "20");
        client.call("SET", "other", "v");

        assertThat(expired.poll(30, TimeUnit.SECONDS)).isEqualTo("__keyevent@0__:expired session");
        subscriber.unsubscribe();
        thread.join();
        assertThat(expired).isEmpty();
    }

    @Test
    void lettuceSubscribesToAKey() throws Exception {
        RedisClient lettuce = RedisClient.create(RedisURI.create("127.0.0.1", server.port()));
        try (StatefulRedisPubSubConnection<String, String> connection = lettuce.connectPubSub()) {
            BlockingQueue<String> told = new LinkedBlockingQueue<>();
            connection.addListener(new RedisPubSubAdapter<>() {
                @Override
                public void message(String pattern, String channel, String message) {
                    told.add(channel + " " + message);
                }
            });
            connection.sync().psubscribe("__keyspace@0__:user:*");
            client.call("SET", "user:1", "v");
            client.call("SET", "item:1", "v");
            client.call("RENAME", "user:1", "user:2");
            client.call("DEL", "user:2");

            assertThat(told.poll(30, TimeUnit.SECONDS)).isEqualTo("__keyspace@0__:user:1 set");
            assertThat(told.poll(30, TimeUnit.SECONDS)).isEqualTo("__keyspace@0__:user:1 rename_from");
            assertThat(told.poll(30, TimeUnit.SECONDS)).isEqualTo("__keyspace@0__:user:2 rename_to");
            assertThat(told.poll(30, TimeUnit.SECONDS)).isEqualTo("__keyspace@0__:user:2 del");
        } finally {
            lettuce.shutdown(0, 1, TimeUnit.SECONDS);
        }
    }

    /** Changes come from all loops, and the subscriber is on one of them. */
    @Test
    void everySubscriberSeesTheOrderOfTheChanges() throws Exception {
        int writers = 4;
        int each = 300;
        List<RespClient> subscribers = new ArrayList<>();
        List<RespClient> clients = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            subscribers.add(subscribed(server.port(), "__keyevent@0__:*"));
            clients.add(new RespClient(server.port()));
        }
        for (int n = 0; n < each; n++) {
            for (int i = 0; i < writers; i++) {
                clients.get(i).send(request("SET", i + ":" + n, "v") + request("INCR", "n"));
            }
        }
        List<List<String>> seen = new ArrayList<>();
        for (RespClient subscriber : subscribers) {
            List<String> messages = new ArrayList<>();
            for (int i = 0; i < 2 * writers * each; i++) {
                messages.add(subscriber.reply());
            }
            seen.add(messages);
        }
        for (RespClient writer : clients) {
            writer.close();
        }
        for (RespClient subscriber : subscribers) {
            subscriber.close();
        }
        assertThat(seen.get(1)).isEqualTo(seen.get(0));
        assertThat(seen.get(2)).isEqualTo(seen.get(0));
        assertThat(seen.get(3)).isEqualTo(seen.get(0));
    }

    /** The thread that carries changes out would compare for seconds. */
    @Test
    void aLongKeyIsNotComparedWithManyLongPatterns() throws Exception {
        String longKey = "k".repeat(60_000);
        try (RespClient subscriber = subscribed(server.port(), "__keyspace@0__:*")) {
            for (int i = 0; i < 20; i++) {
                subscriber.call("PSUBSCRIBE", "*" + "k".repeat(2_000) + i);
            }
            assertThat(client.call("SET", longKey, "v")).isEqualTo("OK");
            assertThat(client.call("SET", "short", "v")).isEqualTo("OK");
            assertThat(subscriber.reply()).isEqualTo("[pmessage, __keyspace@0__:*, __keyspace@0__:short, set]");
        }
    }

    /** What is asked for before and after is told meanwhile. */
    @Test
    void noMessageIsLostWhenTheSettingChanges() throws Exception {
        int changes = 50_000;
        AtomicBoolean isDone = new AtomicBoolean();
        Thread setter = new Thread(() -> {
            while (!isDone.get()) {
                server.context().keyspaceEvents().ask("KEA");
            }
        });
        try (RespClient subscriber = subscribed(server.port(), "__keyevent@0__:incrby")) {
            setter.start();
            for (int i = 0; i < changes; i++) {
                store.add("n", 1);
                assertThat(subscriber.reply()).endsWith(", n]");
            }
        } finally {
            isDone.set(true);
            setter.join();
        }
    }

    /** A RENAME is no SET, also where only that of the two is asked for. */
    @Test
    void tellsNothingInPlaceOfWhatIsNotAskedFor() throws IOException {
        client.call("CONFIG", "SET", "notify-keyspace-events", "E$");
        try (RespClient subscriber = subscribed(server.port(), "__key*")) {
            client.call("SET", "a", "1");
            client.call("RENAME", "a", "b");
            client.call("COPY", "b", "c");
            client.call("PUBLISH", "__key", "end");
            assertThat(subscriber.reply()).isEqualTo("[pmessage, __key*, __keyevent@0__:set, a]");
            assertThat(subscriber.reply()).isEqualTo("[pmessage, __key*, __key, end]");
        }
    }

    /** One that comes from another thread is on its way when the loop itself publishes. */
    @Test
    void aMessageOfTheLoopDoesNotOvertake() throws Exception {
        try (RespClient subscriber = subscribed(server.port(), "c")) {
            PubSub pubSub = server.context().pubSub();
            Connection connection = server.context().clients().unordered().stream()
                    .filter(each -> each.session().subscriptions().count() > 0)
                    .findFirst()
                    .orElseThrow();
            connection.execute(() -> {
                Thread other = new Thread(() -> pubSub.publishLater(Words.bytes("c"), Words.bytes("first")));
                other.start();
                try {
                    other.join();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                pubSub.publish(Words.bytes("c"), Words.bytes("second"));
            });
            assertThat(subscriber.reply()).isEqualTo("[pmessage, c, c, first]");
            assertThat(subscriber.reply()).isEqualTo("[pmessage, c, c, second]");
        }
    }

    @Test
    void aSubscriberThatDoesNotReadIsCutOffAndHindersNobody() throws Exception {
        Socket slow = new Socket();
        slow.setReceiveBufferSize(4_096);
        slow.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
        slow.getOutputStream().write(request("PSUBSCRIBE", "__key*").getBytes(StandardCharsets.UTF_8));
        while (!store.keyEvents().wants("set")) {
            Thread.onSpinWait();
        }
        assertThat(client.call("PING")).isEqualTo("PONG");
        String longKey = "k".repeat(60_000);
        for (int i = 0; i < 2_000 && server.connections() == 2; i++) {
            assertThat(client.call("SET", longKey, "v")).isEqualTo("OK");
        }
        assertThat(server.connections()).isEqualTo(1);
        assertThat(client.call("GET", longKey)).isEqualTo("v");
        slow.close();
    }

    /** What Redis tells, and when. */
    @Test
    void tellsWhatRedisTells() throws Exception {
        assumeTrue(RedisServer.isInstalled(), "needs redis-server 7");
        try (RedisServer redis = RedisServer.start(directory)) {
            List<List<String>> script = script();
            List<String> theirs = run(redis.port(), script);
            List<String> ours = run(server.port(), script);
            for (int i = 0; i < theirs.size() && i < ours.size(); i++) {
                assertThat(ours.get(i)).as("reply %d", i).isEqualTo(theirs.get(i));
            }
            assertThat(ours).hasSameSizeAs(theirs);
        }
    }

    private static List<List<String>> script() {
        List<List<String>> script = new ArrayList<>();
        for (String line : List.of(
                "SET a 1",
                "SET a 2 KEEPTTL",
                "SET a 3 EX 100",
                "SET a 3 GET",
                "SET none 1 XX GET",
                "SETEX b 100 v",
                "PSETEX b 100000 v",
                "SETNX a 1",
                "GETSET a 5",
                "GETEX a EX 100",
                "GETEX a PERSIST",
                "GETEX a PERSIST",
                "GETEX a PXAT 1",
                "GETEX a EX 5",
                "GET a",
                "MGET a b c",
                "TTL a",
                "TYPE a",
                "EXISTS a b",
                "LCS a b",
                "GETDEL a",
                "COPY a b",
                "COPY b a",
                "COPY b a",
                "COPY b a REPLACE",
                "COPY missing missing",
                "RENAME b c",
                "RENAME a c",
                "RENAME c c",
                "RENAMENX c a",
                "MSET a 1 b 2 a 3",
                "MSETNX a 1 z 2",
                "MSETNX y 1 z 2",
                "INCR b",
                "DECRBY b 3",
                "INCRBYFLOAT b 0.5",
                "INCRBYFLOAT f 0.5",
                "INCR b",
                "APPEND b xyz",
                "APPEND new xyz",
                "APPEND empty ''",
                "APPEND empty ''",
                "SETRANGE b 5 xyz",
                "SETRANGE sr 5 xyz",
                "SETRANGE none 5 ''",
                "SETBIT bit 7 1",
                "SETBIT bit 7 1",
                "SETBIT bit 7 0",
                "GETBIT none 1",
                "BITCOUNT none",
                "STRLEN none",
                "GETRANGE none 0 1",
                "EXPIRE a 100",
                "EXPIRE a 100 NX",
                "PEXPIREAT a 99999999999999",
                "PERSIST a",
                "PERSIST a",
                "EXPIRE a -1",
                "EXPIRE none 5",
                "TOUCH a b",
                "UNLINK b none",
                "DEL c y z none",
                "MULTI",
                "SET t 1",
                "SET t 2",
                "INCR t",
                "DEL t",
                "INCRBYFLOAT u 2",
                "RENAME u v",
                "EXPIRE v 10",
                "PERSIST v",
                "SET w 1 EX 10",
                "APPEND w x",
                "SETRANGE w 0 x",
                "EXPIRE w -1",
                "EXEC",
                "MULTI",
                "INCR gone",
                "DEL gone",
                "EXEC",
                "MULTI",
                "SET q 1",
                "DISCARD",
                "FLUSHALL")) {
            script.add(List.of(line.replace("''", "\0").split(" ", -1)));
        }
        Random random = new Random(SEED);
        List<String> forms = List.of(
                "SET K V",
                "SET K V EX 100",
                "SET K V KEEPTTL",
                "SET K V NX",
                "SET K V XX",
                "GETDEL K",
                "DEL K K",
                "COPY K K",
                "COPY K K REPLACE",
                "RENAME K K",
                "RENAMENX K K",
                "MSET K V K V",
                "MSETNX K V K V",
                "INCRBY K 3",
                "INCRBYFLOAT K 1.5",
                "APPEND K V",
                "SETRANGE K 3 V",
                "SETBIT K 15 1", // of a digit, bit 9 would make the x of a hexadecimal number, which only Redis takes
                "EXPIRE K 100",
                "EXPIRE K 100 XX",
                "EXPIRE K 0",
                "PERSIST K",
                "GETEX K PERSIST",
                "GET K",
                "MULTI",
                "EXEC");
        boolean isMulti = false;
        for (int i = 0; i < TestScale.choose(400, 50_000); i++) {
            String form = forms.get(random.nextInt(forms.size()));
            // Of a miss within a transaction Poro does not tell.
            boolean isLooking = form.startsWith("GET") || form.startsWith("COPY");
            if (isMulti && (isLooking || form.equals("MULTI"))) {
                continue;
            }
            isMulti = form.equals("MULTI") || (isMulti && !form.equals("EXEC"));
            List<String> words = new ArrayList<>();
            for (String word : form.split(" ", -1)) {
                words.add(
                        word.equals("K")
                                ? "k" + random.nextInt(4)
                                : word.equals("V") ? Integer.toString(random.nextInt(100)) : word);
            }
            script.add(words);
        }
        if (isMulti) {
            script.add(List.of("EXEC"));
        }
        script.add(List.of("SET", "short", "v", "PX", "1"));
        return script;
    }

    /** Each command, and then what was told until the next. */
    private static List<String> run(int port, List<List<String>> script) throws IOException {
        List<String> all = new ArrayList<>();
        try (RespClient subscriber = subscribed(port, "__key*");
                RespClient writer = new RespClient(port);
                RespClient marker = new RespClient(port)) {
            writer.call("CONFIG", "SET", "notify-keyspace-events", "KEAnm");
            for (List<String> words : script) {
                all.add(String.join(" ", words));
                writer.call(words.stream().map(word -> word.replace("\0", "")).toArray(String[]::new));
                boolean isLast = words.get(0).equals("SET") && words.get(1).equals("short");
                String end =
                        isLast ? "[pmessage, __key*, __keyevent@0__:expired, short]" : "[pmessage, __key*, __key, end]";
                if (!isLast) {
                    marker.call("PUBLISH", "__key", "end");
                }
                String told = subscriber.reply();
                while (!told.equals(end)) {
                    all.add("  " + told);
                    told = subscriber.reply();
                }
            }
        }
        return all;
    }

    private static RespClient subscribed(int port, String pattern) throws IOException {
        RespClient subscriber = new RespClient(port);
        assertThat(subscriber.call("PSUBSCRIBE", pattern)).isEqualTo("[psubscribe, " + pattern + ", :1]");
        return subscriber;
    }
}
