package dev.poro.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.poro.engine.Poro;
import dev.poro.engine.Retention;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.cache.Cache;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.cache.BatchStrategies;
import org.springframework.data.redis.cache.RedisCacheConfiguration;
import org.springframework.data.redis.cache.RedisCacheManager;
import org.springframework.data.redis.cache.RedisCacheWriter;
import org.springframework.data.redis.connection.DataType;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.connection.stream.MapRecord;
import org.springframework.data.redis.connection.stream.ReadOffset;
import org.springframework.data.redis.connection.stream.StreamOffset;
import org.springframework.data.redis.core.Cursor;
import org.springframework.data.redis.core.RedisOperations;
import org.springframework.data.redis.core.ScanOptions;
import org.springframework.data.redis.core.SessionCallback;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.ValueOperations;
import org.springframework.data.redis.listener.PatternTopic;
import org.springframework.data.redis.listener.RedisMessageListenerContainer;
import org.springframework.data.redis.stream.StreamMessageListenerContainer;
import org.springframework.data.redis.stream.Subscription;

/**
 * Spring Data Redis, as it is. But for KEYS, for which it calls a method that this version of Lettuce has no more: so
 * caches are cleared by SCAN.
 */
@Timeout(60)
class SpringDataIT {
    @TempDir
    private Path directory;

    private Poro store;
    private PoroServer server;
    private LettuceConnectionFactory factory;
    private StringRedisTemplate template;

    @BeforeEach
    void start() throws Exception {
        store = Poro.at(directory.resolve("poro.wal")).changes(Retention.ALL).open();
        server = PoroServer.on(store).port(0).password("secret").start();
        RedisStandaloneConfiguration configuration = new RedisStandaloneConfiguration("127.0.0.1", server.port());
        configuration.setPassword("secret");
        factory = new LettuceConnectionFactory(
                configuration,
                LettuceClientConfiguration.builder()
                        .shutdownTimeout(Duration.ZERO)
                        .build());
        factory.afterPropertiesSet();
        factory.start();
        template = new StringRedisTemplate(factory);
    }

    @AfterEach
    void stop() {
        factory.destroy();
        server.close();
        store.close();
    }

    @Test
    void valuesOfATemplate() {
        ValueOperations<String, String> values = template.opsForValue();
        values.set("k", "v");
        assertThat(values.get("k")).isEqualTo("v");
        assertThat(values.get("none")).isNull();
        values.set("k", "v", Duration.ofSeconds(100));
        assertThat(template.getExpire("k")).isBetween(99L, 100L);
        values.set("k", "hello", 100, TimeUnit.SECONDS);
        values.set("k", "ipp", 1);
        assertThat(values.getAndSet("k", "value")).isEqualTo("hippo");
        assertThat(values.setIfAbsent("k", "w")).isFalse();
        assertThat(values.setIfAbsent("new", "w", Duration.ofMinutes(1))).isTrue();
        assertThat(values.setIfPresent("new", "x")).isTrue();
        assertThat(values.setIfPresent("none", "x", Duration.ofMinutes(1))).isFalse();
        assertThat(values.getAndExpire("new", Duration.ofMinutes(2))).isEqualTo("x");
        assertThat(values.getAndPersist("new")).isEqualTo("x");
        assertThat(template.getExpire("new")).isEqualTo(-1);
        assertThat(values.getAndDelete("new")).isEqualTo("x");
        values.multiSet(Map.of("a", "1", "b", "2"));
        assertThat(values.multiGet(List.of("a", "none", "b"))).containsExactly("1", null, "2");
        assertThat(values.multiSetIfAbsent(Map.of("a", "3", "c", "4"))).isFalse();
        assertThat(values.increment("a")).isEqualTo(2);
        assertThat(values.increment("a", 5)).isEqualTo(7);
        assertThat(values.decrement("a")).isEqualTo(6);
        assertThat(values.decrement("a", 2)).isEqualTo(4);
        assertThat(values.increment("a", 0.5)).isEqualTo(4.5);
        assertThat(values.append("k", "!")).isEqualTo(6);
        assertThat(values.size("k")).isEqualTo(6);
        assertThat(values.get("k", 1, 3)).isEqualTo("alu");
        assertThat(values.setBit("bits", 7, true)).isFalse();
        assertThat(values.getBit("bits", 7)).isTrue();
        assertThatThrownBy(() -> values.increment("k"))
                .isInstanceOf(DataAccessException.class)
                .hasRootCauseMessage("ERR value is not an integer or out of range");
    }

    @Test
    void keysOfATemplate() {
        template.opsForValue().multiSet(Map.of("k", "v", "user:1", "a", "user:2", "b"));
        assertThat(template.hasKey("k")).isTrue();
        assertThat(template.countExistingKeys(List.of("k", "none", "user:1"))).isEqualTo(2);
        assertThat(template.type("k")).isEqualTo(DataType.STRING);
        assertThat(template.type("none")).isEqualTo(DataType.NONE);
        List<String> scanned = new ArrayList<>();
        try (Cursor<String> cursor = template.scan(
                ScanOptions.scanOptions().match("user:*").count(10).build())) {
            cursor.forEachRemaining(scanned::add);
        }
        assertThat(scanned).containsExactlyInAnyOrder("user:1", "user:2");
        assertThat(template.randomKey()).isIn("k", "user:1", "user:2");
        assertThat(template.copy("k", "l", false)).isTrue();
        template.rename("l", "m");
        assertThat(template.renameIfAbsent("m", "k")).isFalse();
        assertThat(template.expire("k", Duration.ofMinutes(1))).isTrue();
        assertThat(template.getExpire("k", TimeUnit.MILLISECONDS)).isBetween(50_000L, 60_000L);
        assertThat(template.expireAt("k", Instant.now().plusSeconds(100))).isTrue();
        assertThat(template.persist("k")).isTrue();
        assertThat(template.delete(List.of("k", "none"))).isEqualTo(1);
        assertThat(template.unlink("m")).isTrue();
        assertThat(template.delete("user:1")).isTrue();
        assertThat(store.keys()).isEqualTo(1);
    }

    @Test
    void transactionsAndPipelines() {
        List<Object> replies = template.execute(new SessionCallback<>() {
            @Override
            @SuppressWarnings("unchecked")
            public <K, V> List<Object> execute(RedisOperations<K, V> operations) {
                RedisOperations<String, String> strings = (RedisOperations<String, String>) operations;
                strings.watch("n");
                strings.multi();
                strings.opsForValue().increment("n");
                strings.opsForValue().set("k", "v");
                strings.opsForValue().get("k");
                return strings.exec();
            }
        });
        assertThat(replies).containsExactly(1L, true, "v");

        List<Object> sums = template.executePipelined(new SessionCallback<>() {
            @Override
            @SuppressWarnings("unchecked")
            public <K, V> Object execute(RedisOperations<K, V> operations) {
                for (int i = 0; i < 100; i++) {
                    ((RedisOperations<String, String>) operations).opsForValue().increment("n");
                }
                return null;
            }
        });
        assertThat(sums).hasSize(100).endsWith(101L);
    }

    @Test
    void messages() throws Exception {
        BlockingQueue<String> received = new LinkedBlockingQueue<>();
        RedisMessageListenerContainer container = new RedisMessageListenerContainer();
        container.setConnectionFactory(factory);
        container.addMessageListener(
                (message, pattern) -> received.add(new String(message.getBody(), StandardCharsets.UTF_8)),
                new PatternTopic("news.*"));
        container.afterPropertiesSet();
        container.start();
        try {
            template.convertAndSend("news.today", "hello");
            assertThat(received.poll(30, TimeUnit.SECONDS)).isEqualTo("hello");
        } finally {
            container.destroy();
        }
    }

    @Test
    void theStreamOfChanges() throws Exception {
        BlockingQueue<String> received = new LinkedBlockingQueue<>();
        store.set("k", "before");
        StreamMessageListenerContainer<String, MapRecord<String, String, String>> container =
                StreamMessageListenerContainer.create(
                        factory,
                        StreamMessageListenerContainer.StreamMessageListenerContainerOptions.builder()
                                .pollTimeout(Duration.ofMillis(100))
                                .build());
        Subscription subscription = container.receive(
                StreamOffset.create("poro:changes", ReadOffset.from("0-0")),
                message ->
                        received.add(message.getId() + " " + message.getValue().get("value")));
        container.start();
        try {
            assertThat(received.poll(30, TimeUnit.SECONDS)).isEqualTo("2-0 before");
            template.opsForValue().set("k", "after");
            assertThat(received.poll(30, TimeUnit.SECONDS)).isEqualTo("3-0 after");
            Thread.sleep(250);
            store.delete("k");
            assertThat(received.poll(30, TimeUnit.SECONDS)).isEqualTo("4-0 null");
        } finally {
            container.stop();
            while (subscription.isActive()) {
                Thread.sleep(1);
            }
        }
    }

    @Test
    void aCacheManagerWithATimeToLive() {
        RedisCacheManager manager = RedisCacheManager.builder(
                        RedisCacheWriter.nonLockingRedisCacheWriter(factory, BatchStrategies.scan(10)))
                .cacheDefaults(RedisCacheConfiguration.defaultCacheConfig()
                        .entryTtl(Duration.ofMinutes(10))
                        .enableTimeToIdle())
                .build();
        Cache cache = manager.getCache("books");
        use(cache);
        assertThat(template.getExpire("books::kept")).isBetween(590L, 600L);
        cache.clear();
        assertThat(store.keys()).isZero();
    }

    @Test
    void aCacheManagerThatLocksAndScans() {
        RedisCacheManager manager = RedisCacheManager.builder(
                        RedisCacheWriter.lockingRedisCacheWriter(factory, BatchStrategies.scan(10)))
                .enableStatistics()
                .build();
        Cache cache = manager.getCache("books");
        use(cache);
        for (int i = 0; i < 100; i++) {
            cache.put(i, "value");
        }
        manager.getCache("others").put("k", "v");
        cache.clear();
        assertThat(store.keys()).isEqualTo(1);
        assertThat(template.hasKey("others::k")).isTrue();
    }

    private static void use(Cache cache) {
        cache.put("k", "v");
        assertThat(cache.get("k", String.class)).isEqualTo("v");
        assertThat(cache.get("none")).isNull();
        assertThat(cache.get("made", () -> "called")).isEqualTo("called");
        assertThat(cache.get("made", () -> "again")).isEqualTo("called");
        assertThat(cache.putIfAbsent("k", "w").get()).isEqualTo("v");
        assertThat(cache.putIfAbsent("kept", "x")).isNull();
        cache.evictIfPresent("k");
        assertThat(cache.get("k")).isNull();
        cache.evict("made");
        cache.put("null", null);
        assertThat(cache.get("null").get()).isNull();
    }
}
