package dev.poro.server;

import static dev.poro.server.RespClient.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.Poro;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PubSubTest {
    @TempDir
    private Path directory;

    private Poro store;
    private PoroServer server;
    private RespClient subscriber;
    private RespClient publisher;

    @BeforeEach
    void start() throws IOException {
        store = Poro.open(directory.resolve("poro.wal"));
        // Two loops: the clients are on different ones.
        server = PoroServer.on(store).port(0).threads(2).start();
        subscriber = new RespClient(server.port());
        publisher = new RespClient(server.port());
    }

    @AfterEach
    void stop() throws IOException {
        subscriber.close();
        publisher.close();
        server.close();
        store.close();
    }

    @Test
    void messagesArriveInOrder() throws IOException {
        subscriber.send(request("SUBSCRIBE", "a", "b") + request("PSUBSCRIBE", "a*"));
        assertThat(subscriber.reply()).isEqualTo("[subscribe, a, :1]");
        assertThat(subscriber.reply()).isEqualTo("[subscribe, b, :2]");
        assertThat(subscriber.reply()).isEqualTo("[psubscribe, a*, :3]");
        for (int i = 0; i < 100; i++) {
            publisher.send(request("PUBLISH", "b", "m" + i));
        }
        for (int i = 0; i < 100; i++) {
            assertThat(publisher.reply()).isEqualTo(":1");
            assertThat(subscriber.reply()).isEqualTo("[message, b, m" + i + "]");
        }
        assertThat(publisher.call("PUBLISH", "a", "x")).isEqualTo(":2");
        assertThat(subscriber.reply()).isEqualTo("[message, a, x]");
        assertThat(subscriber.reply()).isEqualTo("[pmessage, a*, a, x]");
        assertThat(publisher.call("PUBLISH", "none", "x")).isEqualTo(":0");
    }

    /** It would be taken for the reply to the next request. */
    @Test
    void noMessageComesAfterTheSubscriptionHasEnded() throws IOException {
        for (int i = 0; i < 200; i++) {
            subscriber.send(request("SUBSCRIBE", "a"));
            assertThat(subscriber.reply()).isEqualTo("[subscribe, a, :1]");
            publisher.send(request("PUBLISH", "a", "x").repeat(50));
            subscriber.send(request("UNSUBSCRIBE", "a") + request("ECHO", "next"));
            String reply = subscriber.reply();
            while (reply.equals("[message, a, x]")) {
                reply = subscriber.reply();
            }
            assertThat(reply).isEqualTo("[unsubscribe, a, :0]");
            assertThat(subscriber.reply()).isEqualTo("next");
            for (int j = 0; j < 50; j++) {
                publisher.reply();
            }
        }
    }

    @Test
    void aClientReceivesWhatItHasPublishedItself() throws IOException {
        subscriber.call("HELLO", "3");
        subscriber.send(request("SUBSCRIBE", "a") + request("PUBLISH", "a", "x") + request("UNSUBSCRIBE", "a"));
        assertThat(subscriber.reply()).isEqualTo("[subscribe, a, :1]");
        assertThat(subscriber.reply()).isEqualTo(":1");
        assertThat(subscriber.reply()).isEqualTo("[message, a, x]");
        assertThat(subscriber.reply()).isEqualTo("[unsubscribe, a, :0]");
    }

    @Test
    void tellsWhoHasSubscribed() throws IOException {
        subscriber.call("SUBSCRIBE", "a");
        subscriber.call("PSUBSCRIBE", "p*");
        assertThat(publisher.call("PUBSUB", "CHANNELS")).isEqualTo("[a]");
        assertThat(publisher.call("PUBSUB", "CHANNELS", "b*")).isEqualTo("[]");
        assertThat(publisher.call("PUBSUB", "NUMSUB", "a", "b")).isEqualTo("[a, :1, b, :0]");
        assertThat(publisher.call("PUBSUB", "NUMPAT")).isEqualTo(":1");
        assertThat(publisher.call("CLIENT", "LIST", "TYPE", "pubsub"))
                .contains("sub=1 psub=1")
                .hasLineCount(1);
        assertThat(subscriber.call("UNSUBSCRIBE")).isEqualTo("[unsubscribe, a, :1]");
        assertThat(subscriber.call("UNSUBSCRIBE")).isEqualTo("[unsubscribe, (nil), :1]");
        assertThat(subscriber.call("PUNSUBSCRIBE", "p*", "q")).isEqualTo("[punsubscribe, p*, :0]");
        assertThat(subscriber.reply()).isEqualTo("[punsubscribe, q, :0]");
        assertThat(subscriber.call("GET", "k")).isEqualTo("(nil)");
        assertThat(publisher.call("PUBSUB", "CHANNELS")).isEqualTo("[]");
    }

    @Test
    void aSubscriberOfTheSecondVersionOnlyListens() throws IOException {
        subscriber.call("SUBSCRIBE", "a");
        assertThat(subscriber.call("GET", "k")).startsWith("-ERR Can't execute 'get': only (P|S)SUBSCRIBE");
        assertThat(subscriber.call("PING")).isEqualTo("[pong, ]");
        assertThat(subscriber.call("PING", "x")).isEqualTo("[pong, x]");
        assertThat(subscriber.call("RESET")).isEqualTo("RESET");
        assertThat(subscriber.call("GET", "k")).isEqualTo("(nil)");
        assertThat(publisher.call("PUBLISH", "a", "x")).isEqualTo(":0");
    }

    @Test
    void aSubscriberOfTheThirdVersionGoesOn() throws IOException {
        subscriber.call("HELLO", "3");
        subscriber.send(request("SUBSCRIBE", "a") + request("SET", "k", "v") + request("PUBLISH", "a", "own"));
        assertThat(subscriber.reply()).isEqualTo("[subscribe, a, :1]");
        assertThat(subscriber.reply()).isEqualTo("OK");
        assertThat(subscriber.reply()).isEqualTo(":1");
        assertThat(subscriber.reply()).isEqualTo("[message, a, own]");
    }

    @Test
    void aTransactionPublishesIfItHappens() throws IOException {
        subscriber.call("SUBSCRIBE", "a");
        publisher.send(request("WATCH", "k")
                + request("SET", "k", "v")
                + request("MULTI")
                + request("PUBLISH", "a", "never")
                + request("EXEC")
                + request("MULTI")
                + request("SET", "k", "w")
                + request("PUBLISH", "a", "done")
                + request("EXEC"));
        for (int i = 0; i < 4; i++) {
            publisher.reply();
        }
        assertThat(publisher.reply()).isEqualTo("(nil)");
        for (int i = 0; i < 3; i++) {
            publisher.reply();
        }
        assertThat(publisher.reply()).isEqualTo("[OK, :1]");
        assertThat(subscriber.reply()).isEqualTo("[message, a, done]");
    }

    @Test
    void aSubscriberThatIsGoneReceivesNothing() throws Exception {
        subscriber.call("SUBSCRIBE", "a");
        subscriber.close();
        while (!publisher.call("PUBLISH", "a", "x").equals(":0")) {
            Thread.sleep(1);
        }
    }

    /** Its memory is bounded: the connection of a subscriber that reads nothing is closed. */
    @Test
    void aSubscriberThatDoesNotReadIsClosed() throws IOException {
        subscriber.call("SUBSCRIBE", "a");
        server.setOutputLimit(1 << 20);
        String message = "x".repeat(1 << 18);
        for (int i = 0; i < 1_000 && !publisher.call("PUBLISH", "a", message).equals(":0"); i++) {
            // more
        }
        assertThat(publisher.call("PUBLISH", "a", "x")).isEqualTo(":0");
    }

    @Test
    void aClientThatWantsNoRepliesGetsConfirmationsAndMessages() throws IOException {
        subscriber.send(request("CLIENT", "REPLY", "OFF")
                + request("SUBSCRIBE", "a")
                + request("PSUBSCRIBE")
                + request("CLIENT", "REPLY", "SKIP")
                + request("PSUBSCRIBE", "a*"));
        assertThat(subscriber.reply()).isEqualTo("[subscribe, a, :1]");
        assertThat(subscriber.reply()).isEqualTo("[psubscribe, a*, :2]");
        assertThat(publisher.call("PUBLISH", "a", "x")).isEqualTo(":2");
        assertThat(subscriber.reply()).isEqualTo("[message, a, x]");
        assertThat(subscriber.reply()).isEqualTo("[pmessage, a*, a, x]");
        subscriber.send(request("UNSUBSCRIBE"));
        assertThat(subscriber.reply()).isEqualTo("[unsubscribe, a, :1]");
    }

    /** To match two long ones could take minutes. */
    @Test
    void namesAndPatternsHaveALimit() throws IOException {
        String tooLong = "a".repeat(PubSub.MAX_NAME_LENGTH + 1);
        String error = "-ERR name or pattern of 4097 bytes: the limit is 4096";
        assertThat(subscriber.call("PSUBSCRIBE", "a", tooLong)).isEqualTo(error);
        assertThat(subscriber.call("SUBSCRIBE", tooLong)).isEqualTo(error);
        assertThat(publisher.call("PUBLISH", tooLong, "x")).isEqualTo(error);
        assertThat(publisher.call("PUBSUB", "CHANNELS", tooLong)).isEqualTo(error);
        assertThat(publisher.call("PUBSUB", "NUMPAT")).isEqualTo(":0");
    }

    /** The longest ones, of which there are many: that is not the work of an event loop. */
    @Test
    void messagesThatTakeLongToMatchArriveInOrderToo() throws IOException {
        String channel = "a".repeat(PubSub.MAX_NAME_LENGTH);
        for (int i = 0; i < 4; i++) {
            String pattern = "*" + "a".repeat(PubSub.MAX_NAME_LENGTH / 2) + "b" + i;
            assertThat(subscriber.call("PSUBSCRIBE", pattern)).startsWith("[psubscribe, ");
        }
        subscriber.call("PSUBSCRIBE", "a*");
        publisher.send(request("PUBLISH", channel, "1")
                + request("PUBLISH", "a", "2")
                + request("MULTI")
                + request("PUBLISH", channel, "3")
                + request("EXEC")
                + request("PUBLISH", "a", "4"));
        for (int i = 1; i <= 4; i++) {
            assertThat(subscriber.reply()).endsWith(", " + i + "]");
        }
        for (String reply : new String[] {":1", ":1", "OK", "QUEUED", "[:1]", ":1"}) {
            assertThat(publisher.reply()).isEqualTo(reply);
        }
    }
}
