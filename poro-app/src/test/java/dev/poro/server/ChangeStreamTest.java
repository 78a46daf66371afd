package dev.poro.server;

import static dev.poro.server.RespClient.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.engine.Poro;
import dev.poro.engine.Progress;
import dev.poro.engine.Retention;
import dev.poro.engine.SyncPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The changes of a store as a stream of Redis, to the letter of the protocol. */
@Timeout(60)
class ChangeStreamTest {
    private static final String ALL = "poro:changes";
    private static final String OF_A = "poro:changes:a";

    @TempDir
    private Path directory;

    private Poro store;
    private PoroServer server;
    private RespClient client;

    @BeforeEach
    void start() throws IOException {
        open(SyncPolicy.ALWAYS);
    }

    private void open(SyncPolicy sync) throws IOException {
        store = Poro.at(directory.resolve(sync + ".wal"))
                .memory(64 << 20)
                .sync(sync)
                .changes(Retention.ALL)
                .open();
        server = PoroServer.on(store).port(0).threads(1).start();
        client = new RespClient(server.port());
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        server.close();
        store.close();
    }

    /** A call whose reply is made independent of the time. */
    private String call(String... words) throws IOException {
        return plain(client.call(words));
    }

    private static String plain(String reply) {
        return reply.replaceAll("time, \\d{13}", "time, T").replaceAll("expires, \\d{13}", "expires, T");
    }

    /** The first event is the memory budget, so the first change is 2-0. */
    private void writeSome() throws IOException {
        client.call("SET", "a", "1");
        client.call("MSET", "b", "2", "a", "3");
        client.call("DEL", "a");
        client.call("SET", "a", "4", "EX", "100");
        client.call("FLUSHALL");
    }

    @Test
    void showsWhatHappened() throws IOException {
        writeSome();
        String first = "[2-0, [op, set, key, a, value, 1, time, T]]";
        String second = "[3-0, [op, set, key, b, value, 2, time, T]]";
        String third = "[3-1, [op, set, key, a, value, 3, old, 1, time, T]]";
        String fourth = "[4-0, [op, del, key, a, old, 3, time, T]]";
        String fifth = "[5-0, [op, set, key, a, value, 4, expires, T, time, T]]";
        String sixth = "[6-0, [op, cleared, time, T]]";
        List<String> all = List.of(first, second, third, fourth, fifth, sixth);
        assertThat(call("XRANGE", ALL, "-", "+")).isEqualTo(all.toString());
        assertThat(call("XRANGE", ALL, "3", "4")).isEqualTo(all.subList(1, 4).toString());
        assertThat(call("XRANGE", ALL, "(3-0", "(6-0"))
                .isEqualTo(all.subList(2, 5).toString());
        assertThat(call("XRANGE", ALL, "3-1", "+", "COUNT", "2"))
                .isEqualTo(all.subList(2, 4).toString());
        assertThat(call("XRANGE", ALL, "-", "+", "COUNT", "0")).isEqualTo("(nil)");
        assertThat(call("XRANGE", ALL, "5", "3")).isEqualTo("[]");
        assertThat(call("XREVRANGE", ALL, "+", "-", "COUNT", "2"))
                .isEqualTo(List.of(sixth, fifth).toString());
        assertThat(call("XREVRANGE", ALL, "4", "3-1"))
                .isEqualTo(List.of(fourth, third).toString());
        assertThat(call("XREAD", "STREAMS", ALL, "0"))
                .isEqualTo(List.of(List.of(ALL, all)).toString());
        assertThat(call("XREAD", "COUNT", "1", "STREAMS", ALL, ALL, "3-0", "0-0"))
                .isEqualTo(List.of(List.of(ALL, List.of(third)), List.of(ALL, List.of(first)))
                        .toString());
        assertThat(call("XREAD", "STREAMS", ALL, "$")).isEqualTo("(nil)");
        assertThat(call("XREAD", "STREAMS", ALL, "6-0")).isEqualTo("(nil)");
        assertThat(call("XLEN", ALL)).isEqualTo(":6");
        assertThat(call("XLEN", OF_A)).isEqualTo(":5");
        assertThat(call("XINFO", "STREAM", ALL))
                .isEqualTo("[length, :6, radix-tree-keys, :0, radix-tree-nodes, :0, last-generated-id, 6-2147483647,"
                        + " max-deleted-entry-id, 0-0, entries-added, :6, recorded-first-entry-id, 2-0, groups, :0,"
                        + " first-entry, " + first + ", last-entry, " + sixth + "]");
        assertThat(call("XINFO", "GROUPS", ALL)).isEqualTo("[]");
        client.call("HELLO", "3");
        assertThat(call("XREAD", "STREAMS", ALL, "5-0")).isEqualTo("[" + ALL + ", [" + sixth + "]]");
    }

    @Test
    void aPrefixShowsHowFarItIs() throws IOException {
        writeSome();
        client.call("SET", "b", "5");
        client.call("SET", "b", "6");
        assertThat(call("XREAD", "COUNT", "2", "STREAMS", OF_A, "3-1"))
                .isEqualTo("[[" + OF_A + ", [[4-0, [op, del, key, a, old, 3, time, T]],"
                        + " [5-0, [op, set, key, a, value, 4, expires, T, time, T]]]]]");
        assertThat(call("XREAD", "STREAMS", OF_A, "6-0")).isEqualTo("[[" + OF_A + ", [[8-0, [op, position]]]]]");
        assertThat(call("XREAD", "STREAMS", OF_A, "8-0")).isEqualTo("(nil)");
        client.call("SET", "b", "7");
        assertThat(call("XREAD", "BLOCK", "1", "STREAMS", OF_A, "8-0"))
                .isEqualTo("[[" + OF_A + ", [[9-0, [op, position]]]]]");
        assertThat(call("XRANGE", OF_A, "7", "+")).isEqualTo("[]");
        assertThat(call("XRANGE", "poro:changes:", "9", "+"))
                .isEqualTo("[[9-0, [op, set, key, b, value, 7, old, 6, time, T]]]");
        client.send(request("XREAD", "BLOCK", "0", "STREAMS", OF_A, "9-0"));
        try (RespClient other = new RespClient(server.port())) {
            for (int i = 0; i < 1_024; i++) {
                other.send(request("SET", "b", "x"));
            }
            String reply = client.reply();
            assertThat(reply).contains("op, position");
        }
    }

    @Test
    void waitsForChanges() throws Exception {
        try (RespClient other = new RespClient(server.port())) {
            client.send(request("XREAD", "BLOCK", "0", "STREAMS", ALL, OF_A, "$", "$"));
            awaitWaits(1);
            assertThat(other.call("SET", "b", "1")).isEqualTo("OK");
            assertThat(plain(client.reply()))
                    .isEqualTo("[[" + ALL + ", [[2-0, [op, set, key, b, value, 1, time, T]]]]]");
            client.send(request("XREAD", "BLOCK", "30000", "STREAMS", ALL, "2-0") + request("PING"));
            awaitWaits(1);
            assertThat(other.call("CLIENT", "LIST")).contains("flags=b");
            assertThat(other.call("DEL", "b")).isEqualTo(":1");
            assertThat(plain(client.reply())).contains("3-0, [op, del, key, b, old, 1, time, T]");
            assertThat(client.reply()).isEqualTo("PONG");
            assertThat(call("XREAD", "BLOCK", "20", "STREAMS", ALL, "3-0")).isEqualTo("(nil)");
        }
        assertThat(server.context().changeWaits().count()).isZero();
    }

    private void awaitWaits(int count) throws InterruptedException {
        while (server.context().changeWaits().count() != count) {
            Thread.sleep(1);
        }
    }

    @Test
    void aWaitEndsWithItsClientOrWhenItIsToldSo() throws Exception {
        try (RespClient other = new RespClient(server.port())) {
            other.send(request("XREAD", "BLOCK", "0", "STREAMS", ALL, "$"));
            awaitWaits(1);
            Thread.sleep(50); // by then the worker is done with it
        }
        awaitWaits(0);
        while (server.context().changeWaits().feeds() > 0) {
            Thread.sleep(1);
        }
        String id = client.call("CLIENT", "ID").substring(1);
        try (RespClient other = new RespClient(server.port())) {
            assertThat(other.call("CLIENT", "UNBLOCK", id)).isEqualTo(":0");
            client.send(request("XREAD", "BLOCK", "0", "STREAMS", ALL, "$"));
            awaitWaits(1);
            assertThat(other.call("CLIENT", "UNBLOCK", id)).isEqualTo(":1");
            assertThat(client.reply()).isEqualTo("(nil)");
            client.send(request("XREAD", "BLOCK", "0", "STREAMS", ALL, "$"));
            awaitWaits(1);
            assertThat(other.call("CLIENT", "UNBLOCK", id, "ERROR")).isEqualTo(":1");
            assertThat(client.reply()).isEqualTo("-UNBLOCKED client unblocked via CLIENT UNBLOCK");
        }
        client.send(request("XREAD", "BLOCK", "0", "STREAMS", ALL, "$"));
        awaitWaits(1);
        server.close();
        assertThat(client.reply()).isEqualTo("(nil)");
    }

    /** The client is told so while a worker reads what has come meanwhile: the wait ends all the same, and once. */
    @Test
    void aWaitEndsWhenItIsToldSoDuringALook() throws Exception {
        stop();
        open(SyncPolicy.OS);
        String id = client.call("CLIENT", "ID").substring(1);
        byte[] value = new byte[64 << 10];
        try (RespClient other = new RespClient(server.port())) {
            for (int i = 0; i < 20; i++) {
                client.send(request("XREAD", "BLOCK", "0", "STREAMS", OF_A, "$"));
                awaitWaits(1);
                long last = store.durableSequence() + 100;
                for (int j = 0; j < 100; j++) {
                    store.setAsync(Words.bytes("b" + j), value);
                }
                while (store.durableSequence() < last) {
                    Thread.onSpinWait();
                }
                assertThat(other.call("CLIENT", "UNBLOCK", id, "ERROR")).isEqualTo(":1");
                assertThat(client.reply()).startsWith("-UNBLOCKED");
                assertThat(server.context().changeWaits().count())
                        .as("round %d", i)
                        .isZero();
            }
        }
    }

    @Test
    void aRangeThatEndsBeforeItBeginsIsEmpty() throws IOException {
        writeSome();
        String last = "18446744073709551615-18446744073709551615";
        assertThat(call("XRANGE", ALL, "+", "-")).isEqualTo("[]");
        assertThat(call("XRANGE", ALL, "100", "99")).isEqualTo("[]");
        assertThat(call("XRANGE", ALL, "(" + last, "+")).isEqualTo("[]");
        assertThat(call("XREVRANGE", ALL, "-", "+")).isEqualTo("[]");
        assertThat(call("XREVRANGE", ALL, "99", "100")).isEqualTo("[]");
        assertThat(call("XREVRANGE", ALL, "3-0", "3-1")).isEqualTo("[]");
    }

    @Test
    void theOldValuesOfTheLastOnesCountTowardsTheLengthOfAReply() throws IOException {
        byte[] value = new byte[10_000];
        for (int i = 0; i < 100; i++) {
            store.set(Words.bytes("a" + i), value);
        }
        for (int i = 0; i < 100; i++) {
            store.delete(Words.bytes("a" + i));
        }
        server.setOutputLimit(200_000);
        assertThat(call("XRANGE", ALL, "102", "+")).startsWith("-ERR the reply would be longer than the limit");
        assertThat(call("XREVRANGE", ALL, "+", "102")).startsWith("-ERR the reply would be longer than the limit");
        assertThat(call("XREVRANGE", ALL, "+", "102", "COUNT", "5")).startsWith("[[201-0, [op, del, key, a99, old");
    }

    @Test
    void aWaitEndsWhenTheStoreIsClosed() throws Exception {
        client.send(request("XREAD", "BLOCK", "0", "STREAMS", ALL, "$"));
        awaitWaits(1);
        store.close();
        assertThat(client.reply()).startsWith("-ERR").contains("is closed");
    }

    @Test
    void aTransactionDoesNotWait() throws IOException {
        client.call("MULTI");
        client.call("SET", "a", "1");
        client.call("XREAD", "BLOCK", "0", "STREAMS", ALL, "0");
        client.call("XLEN", ALL);
        assertThat(client.call("EXEC")).isEqualTo("[OK, (nil), :0]");
    }

    @Test
    void showsOnlyWhatIsForced() throws Exception {
        stop();
        open(SyncPolicy.OS);
        client.send(request("XREAD", "BLOCK", "0", "STREAMS", ALL, "0"));
        try (RespClient other = new RespClient(server.port())) {
            other.call("SET", "a", "1");
        }
        assertThat(client.reply()).contains("2-0");
        assertThat(store.durableSequence()).isGreaterThanOrEqualTo(2);
    }

    @Test
    void refusesWhatItCannotDo() throws IOException {
        writeSome();
        assertThat(call("XREAD", "STREAMS", ALL, "100-0"))
                .startsWith("-POSITIONLOST")
                .contains("after the end of the log");
        assertThat(call("XRANGE", ALL, "100", "+")).startsWith("-POSITIONLOST");
        assertThat(call("XREAD", "STREAMS", "other", "0")).startsWith("-ERR no such stream");
        assertThat(call("XREAD", "STREAMS", ALL, "x")).startsWith("-ERR Invalid stream ID");
        assertThat(call("XREAD", "STREAMS", ALL, ">")).startsWith("-ERR Invalid stream ID");
        assertThat(call("XREAD", "STREAMS", ALL, ALL, "0")).startsWith("-ERR Unbalanced");
        assertThat(call("XREAD", "BLOCK", "-1", "STREAMS", ALL, "0")).isEqualTo("-ERR timeout is negative");
        assertThat(call("XREAD", "BLOCK", "x", "STREAMS", ALL, "0"))
                .isEqualTo("-ERR timeout is not an integer or out of range");
        assertThat(call("XREAD", "COUNT", "x", "STREAMS", ALL, "0"))
                .isEqualTo("-ERR value is not an integer or out of range");
        assertThat(call("XREAD", "NOACK", "1", "STREAMS", ALL, "0")).isEqualTo("-ERR syntax error");
        assertThat(call("XRANGE", ALL, "-", "+", "LIMIT", "1")).isEqualTo("-ERR syntax error");
        assertThat(call("XADD", ALL, "*", "a", "b")).startsWith("-ERR XADD is not supported");
        assertThat(call("XGROUP", "CREATE", ALL, "g", "$")).startsWith("-ERR XGROUP is not supported");
        assertThat(call("XREADGROUP", "GROUP", "g", "c", "STREAMS", ALL, ">"))
                .startsWith("-ERR XREADGROUP is not supported");
        assertThat(call("SET", ALL, "a real key")).isEqualTo("OK");
        assertThat(call("GET", ALL)).isEqualTo("a real key");
        assertThat(call("TYPE", ALL)).isEqualTo("string");
        assertThat(call("XLEN", ALL)).isEqualTo(":7");
    }

    @Test
    void saysThatThereAreNoChanges() throws IOException {
        try (Poro other =
                        Poro.at(directory.resolve("other.wal")).memory(1 << 20).open();
                PoroServer served = PoroServer.on(other).port(0).start();
                RespClient of = new RespClient(served.port())) {
            for (String[] command :
                    new String[][] {{"XREAD", "STREAMS", ALL, "0"}, {"XRANGE", ALL, "-", "+"}, {"XLEN", ALL}}) {
                assertThat(of.call(command))
                        .startsWith("-ERR the store keeps no changes")
                        .contains("--changes");
            }
        }
    }

    @Test
    void idsAreReadAsRedisDoes() {
        assertThat(ChangeId.parse("5", 7)).isEqualTo(new ChangeId(5, 7));
        assertThat(ChangeId.parse("5-3", 7)).isEqualTo(new ChangeId(5, 3, 0));
        assertThat(ChangeId.parse("5-" + (9L << 32 | 3), 7)).isEqualTo(new ChangeId(5, 3, 9));
        assertThat(new ChangeId(5, 3, 9)).hasToString("5-" + (9L << 32 | 3));
        assertThat(ChangeId.parse("18446744073709551615-18446744073709551615", 0))
                .isEqualTo(ChangeId.LAST);
        for (String wrong : List.of("", "-", "5-", "-5", "a", "5-3-1", "18446744073709551616", "+5")) {
            assertThat(ChangeId.parse(wrong, 0)).as(wrong).isNull();
        }
    }

    @Test
    void theLastOnesAreFoundFromTheEnd() throws IOException {
        for (int i = 0; i < 3_000; i++) {
            store.setAsync(Words.bytes("a" + i), new byte[] {'1'});
        }
        store.set("b", "2");
        assertThat(call("XREVRANGE", "poro:changes:b", "+", "-")).contains("3002-0");
        assertThat(call("XREVRANGE", "poro:changes:a0", "+", "-"))
                .isEqualTo("[[2-0, [op, set, key, a0, value, 1, time, T]]]");
        assertThat(client.call("XREVRANGE", ALL, "3001", "-", "COUNT", "1500"))
                .startsWith("[[3001-0")
                .contains("[1502-0")
                .doesNotContain("[1501-0");
    }

    /** A client of the original goes on with the store that was opened from its backup, unless it has read further. */
    @Test
    void anIdOfTheOriginalIsLostAfterTheBackup() throws Exception {
        client.call("SET", "a", "1");
        Path backup = directory.resolve("backup.wal");
        store.backup(backup, Progress.NONE);
        client.call("SET", "b", "1");
        stop();
        store = Poro.at(backup)
                .memory(64 << 20)
                .sync(SyncPolicy.ALWAYS)
                .changes(Retention.ALL)
                .open();
        server = PoroServer.on(store).port(0).threads(1).start();
        client = new RespClient(server.port());
        client.call("SET", "x", "1");
        client.call("SET", "y", "1");
        String id = "3-" + ((long) store.changes().branch(3) << Integer.SIZE);
        assertThat(call("XREAD", "COUNT", "1", "STREAMS", ALL, "2-0"))
                .isEqualTo("[[" + ALL + ", [[" + id + ", [op, set, key, x, value, 1, time, T]]]]]");
        assertThat(call("XREAD", "STREAMS", ALL, id))
                .contains("op, set, key, y")
                .doesNotContain("key, x");
        assertThat(call("HISTORY", "x")).startsWith("[[" + id + ", [");
        assertThat(call("HISTORY", "a")).startsWith("[[2-0, [");
        assertThat(call("GETAT", "x", id)).isEqualTo("1");
        assertThat(call("XREAD", "STREAMS", ALL, "3-0")).startsWith("-").contains("of another log");
        assertThat(call("XRANGE", ALL, "3-0", "+")).startsWith("-").contains("of another log");
        assertThat(call("XRANGE", ALL, id, id)).contains("key, x").doesNotContain("key, y");
        assertThat(call("XRANGE", ALL, "3", "3")).contains("key, x").doesNotContain("key, y");
        assertThat(call("XRANGE", ALL, "(" + id, "+")).contains("key, y").doesNotContain("key, x");
        assertThat(call("XREVRANGE", ALL, "+", "-", "COUNT", "1")).contains("key, y");
        assertThat(call("XINFO", "STREAM", ALL)).contains("recorded-first-entry-id, 2-0");
    }

    /** Thousands of clients that wait for something that does not happen must not use up the files of the process. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void aClientThatWaitsForLongKeepsNoFileOpen() throws Exception {
        client.call("SET", "a", "1");
        long before = openChangeFiles();
        client.send(request("XREAD", "BLOCK", "0", "STREAMS", ALL, "2-0"));
        awaitWaits(1);
        while (openChangeFiles() <= before) {
            Thread.sleep(1); // until the worker has looked
        }
        while (openChangeFiles() > before) {
            Thread.sleep(10);
        }
        assertThat(server.context().changeWaits().count()).isEqualTo(1);
        try (RespClient other = new RespClient(server.port())) {
            other.call("SET", "b", "2");
            assertThat(plain(client.reply())).contains("3-0, [op, set, key, b");
        }
    }

    private static long openChangeFiles() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.filter(ChangeStreamTest::isChangeFile).count();
        }
    }

    private static boolean isChangeFile(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().endsWith(".changes");
        } catch (IOException e) {
            return false; // closed meanwhile
        }
    }
}
