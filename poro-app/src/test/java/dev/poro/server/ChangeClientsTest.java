package dev.poro.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.poro.engine.Poro;
import dev.poro.engine.Retention;
import io.lettuce.core.Range;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.params.XReadParams;
import redis.clients.jedis.resps.StreamEntry;
import redis.clients.jedis.resps.StreamInfo;

/** The clients that Java programs use follow the changes, also through a restart of the server. */
@Timeout(60)
class ChangeClientsTest {
    private static final String ALL = "poro:changes";
    private static final int WRITES = 25;

    @TempDir
    private Path directory;

    private Poro store;
    private PoroServer server;

    @BeforeEach
    void start() throws IOException {
        store = Poro.at(directory.resolve("poro.wal"))
                .memory(64 << 20)
                .changes(Retention.ALL)
                .open();
        server = PoroServer.on(store).port(0).start();
    }

    @AfterEach
    void stop() {
        server.close();
        store.close();
    }

    /** So many writes, and a restart in between. */
    private void write(int from) {
        for (int i = from; i < from + WRITES; i++) {
            store.set("k", "" + i);
        }
    }

    private static List<String> numbers(int to) {
        List<String> numbers = new ArrayList<>();
        for (int i = 0; i < to; i++) {
            numbers.add("" + i);
        }
        return numbers;
    }

    private static Jedis jedis(PoroServer server, RedisProtocol protocol) {
        DefaultJedisClientConfig config =
                DefaultJedisClientConfig.builder().protocol(protocol).build();
        return new Jedis(new HostAndPort("127.0.0.1", server.port()), config);
    }

    @Test
    void jedis() throws IOException {
        List<String> values = new ArrayList<>();
        StreamEntryID last = new StreamEntryID(0);
        write(0);
        try (Jedis jedis = jedis(server, RedisProtocol.RESP2)) {
            last = follow(jedis, last, WRITES, values);
        }
        write(WRITES);
        stop();
        start();
        try (Jedis jedis = jedis(server, RedisProtocol.RESP2)) {
            write(2 * WRITES);
            last = follow(jedis, last, 3 * WRITES, values);
            assertThat(values).isEqualTo(numbers(3 * WRITES));
            assertThat(jedis.xlen(ALL)).isEqualTo(3 * WRITES);
            StreamInfo info = jedis.xinfoStream(ALL);
            assertThat(info.getLength()).isEqualTo(3 * WRITES);
            assertThat(info.getGroups()).isZero();
            assertThat(info.getLastEntry().getID()).isEqualTo(last);
            assertThat(jedis.xrange(ALL, (StreamEntryID) null, null, 2)).hasSize(2);
            assertThat(jedis.xrevrange(ALL, "+", "-", 1).get(0).getFields())
                    .containsEntry("op", "set")
                    .containsEntry("key", "k")
                    .containsEntry("value", "" + (3 * WRITES - 1))
                    .containsEntry("old", "" + (3 * WRITES - 2));
            assertThatThrownBy(() -> jedis.xadd(ALL, StreamEntryID.NEW_ENTRY, Map.of("a", "b")))
                    .isInstanceOf(JedisDataException.class)
                    .hasMessageContaining("can only be read");
            assertThatThrownBy(() -> jedis.xrange(ALL, "1000", "+"))
                    .isInstanceOf(JedisDataException.class)
                    .hasMessageContaining("POSITIONLOST");
        }
        try (Jedis jedis = jedis(server, RedisProtocol.RESP3)) {
            List<String> again = new ArrayList<>();
            follow(jedis, new StreamEntryID(0), 3 * WRITES, again);
            assertThat(again).isEqualTo(values);
        }
    }

    private static StreamEntryID follow(Jedis jedis, StreamEntryID after, int count, List<String> values) {
        StreamEntryID last = after;
        while (values.size() < count) {
            List<Map.Entry<String, List<StreamEntry>>> read =
                    jedis.xread(XReadParams.xReadParams().count(10).block(1_000), Map.of(ALL, last));
            for (Map.Entry<String, List<StreamEntry>> stream :
                    read == null ? List.<Map.Entry<String, List<StreamEntry>>>of() : read) {
                for (StreamEntry entry : stream.getValue()) {
                    values.add(entry.getFields().get("value"));
                    last = entry.getID();
                }
            }
        }
        return last;
    }

    @Test
    void lettuce() throws IOException {
        List<String> values = new ArrayList<>();
        write(0);
        String last = followByLettuce("0", WRITES, values);
        write(WRITES);
        stop();
        start();
        write(2 * WRITES);
        followByLettuce(last, 3 * WRITES, values);
        assertThat(values).isEqualTo(numbers(3 * WRITES));
    }

    @SuppressWarnings("unchecked") // an array of offsets, which the client only reads
    private String followByLettuce(String after, int count, List<String> values) {
        RedisClient client = RedisClient.create(RedisURI.create("127.0.0.1", server.port()));
        try (StatefulRedisConnection<String, String> connection = client.connect()) {
            RedisCommands<String, String> commands = connection.sync();
            String last = after;
            while (values.size() < count) {
                for (StreamMessage<String, String> message : commands.xread(
                        XReadArgs.Builder.block(1_000).count(10), XReadArgs.StreamOffset.from(ALL, last))) {
                    values.add(message.getBody().get("value"));
                    last = message.getId();
                }
            }
            assertThat(commands.xrange(ALL, Range.create("-", "+"))).hasSize(count);
            assertThat(commands.xlen(ALL)).isEqualTo(count);
            return last;
        } finally {
            client.shutdown(0, 1, TimeUnit.SECONDS);
        }
    }
}
