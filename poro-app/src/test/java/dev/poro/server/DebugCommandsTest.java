package dev.poro.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.Poro;
import dev.poro.engine.Progress;
import dev.poro.engine.ReadOnlyStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DebugCommandsTest {
    @TempDir
    private Path directory;

    private Poro store;
    private PoroServer server;
    private RespClient client;

    @BeforeEach
    void start() throws IOException {
        store = Poro.at(directory.resolve("poro.wal")).memory(64 << 20).open();
        server = PoroServer.on(store).port(0).debugCommands().start();
        client = new RespClient(server.port());
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        server.close();
        store.close();
    }

    @Test
    void rebuildsTheStateFromTheLogWhileOthersWrite() throws Exception {
        client.call("SET", "k", "v");
        client.call("SET", "expiring", "v", "EX", "100");
        client.call("DEL", "none");
        Thread writer = new Thread(() -> {
            for (int i = 0; i < 20_000 && !Thread.currentThread().isInterrupted(); i++) {
                store.set("key" + i % 100, "value" + i);
            }
        });
        writer.start();
        for (int i = 0; i < 5; i++) {
            assertThat(client.call("DEBUG", "LOADAOF")).isEqualTo("OK");
            assertThat(client.call("DEBUG", "RELOAD")).isEqualTo("OK");
        }
        writer.interrupt();
        writer.join();
        assertThat(client.call("DEBUG", "RELOAD", "NOSAVE", "MERGE")).isEqualTo("OK");
        assertThat(client.call("GET", "k")).isEqualTo("v");
        assertThat(client.call("DEBUG", "RELOAD", "ALL"))
                .isEqualTo("-ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
    }

    @Test
    void saysWhatDiffersInARebuiltState() throws IOException {
        Path other = directory.resolve("other.wal");
        try (Poro different = Poro.open(other)) {
            different.set("k", "v");
        }
        try (ReadOnlyStore rebuilt = ReadOnlyStore.open(other, Progress.NONE)) {
            assertThat(DebugCommands.differenceOf(store, rebuilt))
                    .startsWith("0 keys, 0 of which expire, with digest 0000000000000000 in ")
                    .contains(" in memory, 1 keys, 0 of which expire, with digest ")
                    .endsWith(" rebuilt");
            store.set("k", "w");
            assertThat(DebugCommands.differenceOf(store, rebuilt)).isNotNull();
            store.set("k", "v");
            assertThat(DebugCommands.differenceOf(store, rebuilt)).isNull();
            store.set(Words.bytes("k"), Words.bytes("v"), Duration.ofDays(1));
            assertThat(DebugCommands.differenceOf(store, rebuilt)).isNotNull();
        }
    }

    /** What Redis 7.0.15 replies. */
    @Test
    void showsTheDigestsOfValuesThatRedisHas() throws IOException {
        client.call("SET", "k", "hello");
        client.call("SET", "empty", "");
        client.call("SET", "expiring", "hello", "EX", "100");
        assertThat(client.call("DEBUG", "DIGEST-VALUE", "k", "empty", "expiring", "none"))
                .isEqualTo("[36b23a1456b2dce2c3ed252c456761301dba8060, 8b3447c33a834b810e3e181b6fd6a2ee1020921c,"
                        + " d037c4eb8a8b36b602fbced4000daeab0714c1e3, 0000000000000000000000000000000000000000]");
        assertThat(client.call("DEBUG", "DIGEST")).isEqualTo(String.format("%016x", store.digest()));
    }

    @Test
    void leavesExpiredKeysWhereTheyAreIfItIsToldSo() throws Exception {
        assertThat(client.call("DEBUG", "SET-ACTIVE-EXPIRE", "0")).isEqualTo("OK");
        client.call("SET", "k", "v", "PX", "1");
        Thread.sleep(300); // three times the period of the removal
        assertThat(client.call("GET", "k")).isEqualTo("(nil)");
        assertThat(client.call("DBSIZE")).isEqualTo(":1");
        assertThat(client.call("DEBUG", "SET-ACTIVE-EXPIRE", "1")).isEqualTo("OK");
        while (store.keys() > 0) {
            Thread.sleep(1);
        }
    }

    @Test
    void refusesWhatItHasNot() throws IOException {
        assertThat(client.call("DEBUG", "JMAP")).startsWith("-ERR DEBUG JMAP is not supported");
        assertThat(client.call("DEBUG", "SEGFAULT")).isEqualTo("-ERR unknown subcommand 'SEGFAULT'. Try DEBUG HELP.");
        client.call("MULTI");
        client.call("DEBUG", "RELOAD");
        assertThat(client.call("EXEC")).startsWith("[-ERR DEBUG RELOAD and LOADAOF cannot be in a transaction");
    }
}
