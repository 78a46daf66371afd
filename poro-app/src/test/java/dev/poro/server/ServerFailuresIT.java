package dev.poro.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.poro.engine.Poro;
import dev.poro.engine.StoreFailedException;
import dev.poro.engine.SyncPolicy;
import dev.poro.process.harness.Mount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What clients see when the disk is full, or when the store has stopped. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ServerFailuresIT {
    private static final int SEGMENT_LENGTH = 16 << 10;
    private static final int DISK_LENGTH = 1 << 20;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    @TempDir
    private Path directory;

    private static Poro open(Path log, SyncPolicy policy) {
        return Poro.at(log)
                .sync(policy)
                .memory(8 << 20)
                .segmentLength(SEGMENT_LENGTH)
                .open();
    }

    @ParameterizedTest
    @EnumSource
    @Tag("R13")
    void aFullDiskRefusesWritesUntilThereIsSpace(SyncPolicy policy) throws Exception {
        try (Mount disk = Mount.tmpfs(directory.resolve("disk"), DISK_LENGTH)) {
            Path filler = disk.point().resolve("filler");
            Files.write(filler, new byte[DISK_LENGTH / 2]);
            Map<String, String> acknowledged = new HashMap<>();
            try (Poro store = open(disk.point().resolve("poro.wal"), policy);
                    PoroServer server = PoroServer.on(store).port(0).start();
                    RespClient client = new RespClient(server.port())) {
                String refused = setUntilRefused(client, acknowledged);
                assertThat(refused)
                        .startsWith("-MISCONF ")
                        .contains(disk.point().toString(), "space")
                        .doesNotContain("Exception");
                requireContents(client, acknowledged);
                assertThat(client.call("SET", "first", "v".repeat(3_000))).startsWith("-MISCONF ");
                client.call("MULTI");
                client.call("SET", "in a transaction", "v".repeat(7_000));
                client.call("SET", "in it, too", "v".repeat(7_000));
                assertThat(client.call("EXEC")).startsWith("-MISCONF ");
                assertThat(client.call("EXISTS", "in a transaction")).isEqualTo(":0");
                assertThat(client.call("PING")).isEqualTo("PONG");

                Files.delete(filler);
                long deadline = System.nanoTime() + PATIENCE_NANOS;
                while (!client.call("SET", "resumed", "v").equals("OK")) {
                    assertThat(System.nanoTime() - deadline).isNegative();
                    Thread.sleep(5);
                }
                acknowledged.put("resumed", "v");
            }
            try (Poro store = open(disk.point().resolve("poro.wal"), policy)) {
                acknowledged.forEach(
                        (key, value) -> assertThat(store.get(key)).as(key).isEqualTo(value));
            }
        }
    }

    private static String setUntilRefused(RespClient client, Map<String, String> acknowledged) throws IOException {
        for (int i = 0; i < DISK_LENGTH; i++) {
            String value = i + "v".repeat(i * 37 % 3_000);
            String reply = client.call("SET", "key" + i, value);
            if (!reply.equals("OK")) {
                return reply;
            }
            acknowledged.put("key" + i, value);
        }
        throw new AssertionError("the disk took everything");
    }

    private static void requireContents(RespClient client, Map<String, String> acknowledged) throws IOException {
        for (Map.Entry<String, String> entry : acknowledged.entrySet()) {
            assertThat(client.call("GET", entry.getKey())).isEqualTo(entry.getValue());
        }
    }

    /** Somebody takes the log away: the store stops when it misses a segment. What is in memory can still be read. */
    @ParameterizedTest
    @EnumSource
    @Tag("R18")
    void aStoppedStoreRefusesWritesAndIsRead(SyncPolicy policy) throws Exception {
        Path log = directory.resolve("poro.wal");
        Poro store = open(log, policy);
        try (PoroServer server = PoroServer.on(store).port(0).start();
                RespClient client = new RespClient(server.port())) {
            Map<String, String> acknowledged = new HashMap<>(Map.of("first", "1"));
            assertThat(client.call("SET", "first", "1")).isEqualTo("OK");
            delete(log);
            long deadline = System.nanoTime() + PATIENCE_NANOS;
            String reply;
            do {
                reply = setUntilRefused(client, acknowledged);
                assertThat(reply).startsWith("-MISCONF ").contains(log.toString());
                assertThat(System.nanoTime() - deadline).isNegative();
            } while (!reply.contains("the store has stopped"));
            assertThat(client.call("INCR", "n")).startsWith("-MISCONF ").contains("the store has stopped");
            client.send(RespClient.request("GET", "first")
                    + RespClient.request("SET", "first", "2")
                    + RespClient.request("PING"));
            assertThat(client.reply()).isEqualTo("1");
            assertThat(client.reply()).startsWith("-MISCONF ");
            assertThat(client.reply()).isEqualTo("PONG");
            if (policy != SyncPolicy.ALWAYS) {
                requireContents(client, acknowledged);
            }
            assertThat(client.call("TTL", "first")).isEqualTo(":-1");
        }
        assertThatThrownBy(store::close).isInstanceOf(StoreFailedException.class);
    }

    private static void delete(Path log) throws IOException {
        try (Stream<Path> files = Files.list(log)) {
            List<Path> all = files.toList();
            for (Path file : all) {
                Files.delete(file);
            }
        }
        Files.delete(log);
    }
}
