package dev.poro.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.poro.engine.Poro;
import io.lettuce.core.KeyValue;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SetArgs;
import io.lettuce.core.TransactionResult;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.api.sync.RedisCommands;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.Response;
import redis.clients.jedis.Transaction;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.params.SetParams;
import redis.clients.jedis.resps.ScanResult;

/** The clients that Java programs use work as they are. */
@Timeout(60)
class ClientLibrariesTest {
    @TempDir
    private Path directory;

    private Poro store;
    private PoroServer server;

    @BeforeEach
    void start() throws Exception {
        store = Poro.open(directory.resolve("poro.wal"));
        server = PoroServer.on(store).port(0).password("secret").start();
    }

    @AfterEach
    void stop() {
        server.close();
        store.close();
    }

    @Test
    void jedis() {
        for (RedisProtocol protocol : RedisProtocol.values()) {
            DefaultJedisClientConfig config = DefaultJedisClientConfig.builder()
                    .password("secret")
                    .clientName("jedis")
                    .protocol(protocol)
                    .build();
            try (Jedis jedis = new Jedis(new HostAndPort("127.0.0.1", server.port()), config)) {
                use(jedis);
            }
        }
    }

    private void use(Jedis jedis) {
        assertThat(jedis.flushAll()).isEqualTo("OK");
        assertThat(jedis.clientGetname()).isEqualTo("jedis");
        assertThat(jedis.set("k", "v", SetParams.setParams().nx().ex(100))).isEqualTo("OK");
        assertThat(jedis.set("k", "w", SetParams.setParams().nx())).isNull();
        assertThat(jedis.ttl("k")).isBetween(99L, 100L);
        assertThat(jedis.incrBy("n", 5)).isEqualTo(5);
        assertThat(jedis.mget("k", "n", "none")).containsExactly("v", "5", null);
        assertThat(jedis.incrByFloat("f", 0.5)).isEqualTo(0.5);
        assertThatThrownBy(() -> jedis.incr("k"))
                .isInstanceOf(JedisDataException.class)
                .hasMessageContaining("not an integer");

        Pipeline pipeline = jedis.pipelined();
        List<Response<Long>> sums = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            sums.add(pipeline.incr("p"));
        }
        pipeline.sync();
        assertThat(sums.get(999).get()).isEqualTo(1_000);

        Transaction transaction = jedis.multi();
        transaction.set("t", "1");
        transaction.incr("t");
        assertThat(transaction.exec()).containsExactly("OK", 2L);

        ScanResult<String> page = jedis.scan(
                ScanParams.SCAN_POINTER_START, new ScanParams().match("k*").count(100));
        assertThat(page.getResult()).containsExactly("k");
        assertThat(jedis.del("k", "n")).isEqualTo(2);
        assertThat(jedis.info("server")).contains("redis_version");
    }

    @Test
    void lettuce() throws Exception {
        RedisURI uri = RedisURI.builder()
                .withHost("127.0.0.1")
                .withPort(server.port())
                .withPassword("secret".toCharArray())
                .withClientName("lettuce")
                .build();
        RedisClient client = RedisClient.create(uri);
        try (StatefulRedisConnection<String, String> connection = client.connect()) {
            use(connection.sync());
            use(connection);
        } finally {
            client.shutdown(0, 1, TimeUnit.SECONDS);
        }
    }

    private void use(RedisCommands<String, String> commands) {
        assertThat(commands.ping()).isEqualTo("PONG");
        assertThat(commands.clientGetname()).isEqualTo("lettuce");
        assertThat(commands.clientList()).contains("resp=3", "lib-name=Lettuce");
        assertThat(commands.set("k", "v", SetArgs.Builder.nx().px(100_000))).isEqualTo("OK");
        assertThat(commands.get("none")).isNull();
        assertThat(commands.mget("k", "none")).containsExactly(KeyValue.just("k", "v"), KeyValue.empty("none"));
        assertThat(commands.append("k", "w")).isEqualTo(2);
        assertThat(commands.getdel("k")).isEqualTo("vw");
        assertThat(commands.configGet("maxclients")).containsEntry("maxclients", "10000");
        assertThat(commands.multi()).isEqualTo("OK");
        commands.set("t", "1");
        commands.incr("t");
        TransactionResult result = commands.exec();
        assertThat(result.stream().toList()).containsExactly("OK", 2L);
    }

    /** Many at once, over one connection. */
    private void use(StatefulRedisConnection<String, String> connection) throws Exception {
        RedisAsyncCommands<String, String> commands = connection.async();
        connection.setAutoFlushCommands(false);
        List<RedisFuture<Long>> sums = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            sums.add(commands.incr("n"));
        }
        connection.flushCommands();
        for (int i = 0; i < 1_000; i++) {
            assertThat(sums.get(i).get(20, TimeUnit.SECONDS)).isEqualTo(i + 1);
        }
    }
}
