package dev.poro.server;

import static dev.poro.server.RespClient.request;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.Poro;
import dev.poro.events.TestScale;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What clients have sent, in pieces: the replies are the same wherever the stream is cut. In every build, the parser is
 * given each byte alone, and the server every third cut; the exhaustive one takes each. The files hold the bytes that
 * redis-cli 7.0.15 (with -3 and without), Jedis 8.0.2 and Lettuce 7.7.0 sent, as a proxy before a server of Redis saw
 * them.
 */
@Timeout(120)
class RecordedStreamsTest {
    private static final String INLINE = String.join(
            "\r\n",
            "SET k 'a b'",
            "GET \"\\x6b\"",
            "get k",
            "",
            "  PING  ",
            "SET n \"1\\n\"",
            "MULTI",
            "INCR c",
            "BAD 'x y'",
            "EXEC",
            "ECHO \"it's\"",
            "ECHO 'a'b",
            "");

    private static final String MESSAGES = request("HELLO", "3")
            + request("SUBSCRIBE", "a", "b")
            + request("PUBLISH", "a", "x\r\ny")
            + request("PSUBSCRIBE", "a*")
            + request("PUBLISH", "a", "")
            + request("GET", "none")
            + request("UNSUBSCRIBE")
            + request("MULTI")
            + request("PUBLISH", "ab", "z")
            + request("EXEC")
            + request("PUNSUBSCRIBE", "a*")
            + request("PUBLISH", "a", "nobody");

    /** Subscribed under RESP2: few commands are allowed. */
    private static final String SUBSCRIBER = request("SUBSCRIBE", "a")
            + request("PING")
            + request("GET", "k")
            + request("PING", "x")
            + request("UNSUBSCRIBE", "a")
            + request("PING")
            + request("RESET");

    @TempDir
    private Path directory;

    private Poro store;
    private PoroServer server;

    @BeforeEach
    void start() throws IOException {
        store = Poro.at(directory.resolve("poro.wal")).memory(64 << 20).open();
        server = PoroServer.on(store).port(0).start();
    }

    @AfterEach
    void stop() {
        server.close();
        store.close();
    }

    private static byte[] streamOf(String name) throws IOException {
        switch (name) {
            case "inline":
                return INLINE.getBytes(ISO_8859_1);
            case "messages":
                return MESSAGES.getBytes(ISO_8859_1);
            case "subscriber":
                return SUBSCRIBER.getBytes(ISO_8859_1);
            default:
                try (InputStream in = RecordedStreamsTest.class.getResourceAsStream("streams/" + name + ".resp")) {
                    return in.readAllBytes();
                }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "inline",
                "messages",
                "subscriber",
                "redis-cli",
                "redis-cli-resp3",
                "jedis",
                "lettuce",
                "lettuce-messages"
            })
    void theRepliesAreTheSameWhereverTheStreamIsCut(String name) throws IOException {
        byte[] stream = streamOf(name);
        String replies = repliesTo(stream, stream.length);
        assertThat(replies.length()).isGreaterThan(100);
        for (int cut = 1; cut < stream.length; cut += TestScale.choose(3, 1)) {
            assertThat(repliesTo(stream, cut)).as("cut at %d", cut).isEqualTo(replies);
        }
        List<String> requests = RequestParserTest.parse(stream, stream.length);
        for (int atOnce = 1; atOnce < 20; atOnce++) {
            assertThat(RequestParserTest.parse(stream, atOnce)).isEqualTo(requests);
        }
    }

    /** The second piece is sent once the server has read the first. The number of the connection is left out. */
    private String repliesTo(byte[] stream, int cut) throws IOException {
        store.clear();
        try (RespClient client = new RespClient(server.port())) {
            long before = server.bytesRead();
            client.socket.getOutputStream().write(stream, 0, cut);
            while (server.bytesRead() < before + cut) {
                Thread.onSpinWait();
            }
            client.socket.getOutputStream().write(Arrays.copyOfRange(stream, cut, stream.length));
            client.socket.shutdownOutput();
            return client.rest().replaceAll("id\r\n:\\d+", "id");
        }
    }
}
