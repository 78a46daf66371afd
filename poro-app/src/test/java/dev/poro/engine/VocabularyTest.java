package dev.poro.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Counting, coming first, expiring, listing, comparing and setting, changing many at once: what the first users tried.
 *
 * @see Batch
 * @see BatchOutcome
 * @see Contents
 * @see Entry
 * @see EntryCursor
 * @see Expiry
 * @see ExpiryDriver
 * @see Operations
 * @see Scan
 * @see ScanPage
 * @see StoreMap
 */
@Timeout(120)
class VocabularyTest {
    private static final int THREADS = 4;

    @TempDir
    private Path directory;

    private Poro poro;

    @BeforeEach
    void open() {
        poro = Poro.at(directory.resolve("poro.wal"))
                .sync(SyncPolicy.OS)
                .memory(64 << 20)
                .open();
    }

    @AfterEach
    void close() {
        poro.close();
    }

    private void reopen() {
        close();
        open();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private static void runOnAll(Callable<?> task) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                all.add(threads.submit(task));
            }
            for (Future<?> each : all) {
                each.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void fourThreadsCountAsFarAsTheyCount() throws Exception {
        runOnAll(() -> {
            for (int i = 0; i < 5_000; i++) {
                poro.add("counter", 1);
            }
            return null;
        });
        assertThat(poro.get("counter")).isEqualTo("20000");
        assertThat(poro.add("counter", -20_001)).isEqualTo(-1);
        reopen();
        assertThat(poro.add("counter", 0)).isEqualTo(-1);
    }

    @Test
    void oneComesFirstForEachKey() throws Exception {
        AtomicInteger wins = new AtomicInteger();
        runOnAll(() -> {
            for (int key = 0; key < 301; key++) {
                if (poro.setIfAbsent("key " + key, Thread.currentThread().getName())) {
                    wins.incrementAndGet();
                }
            }
            return null;
        });
        assertThat(wins).hasValue(301);
        assertThat(poro.keys()).isEqualTo(301);
    }

    @Test
    void aSessionExpiresAndIsGoneAfterARestart() throws Exception {
        poro.set("session", "s", Duration.ofMillis(150));
        poro.set("other", "o", Duration.ofHours(1));
        assertThat(poro.get("session")).isEqualTo("s");
        assertThat(poro.entry("session").expiry()).isPresent();
        reopen();
        awaitAbsent("session");
        assertThat(poro.contains("session")).isFalse();
        reopen();
        assertThat(poro.get("session")).isNull();
        assertThat(poro.get("other")).isEqualTo("o");
        assertThat(poro.keys()).isEqualTo(1);
    }

    private void awaitAbsent(String key) throws InterruptedException {
        while (poro.get(key) != null) {
            Thread.sleep(5);
        }
        while (poro.keys() > 1) {
            Thread.sleep(5);
        }
    }

    @Test
    void anExpiryIsKeptSetAndRemoved() {
        Instant later = Instant.ofEpochMilli(System.currentTimeMillis() + 3_600_000);
        poro.set("key", "5", Duration.ofHours(2));
        assertThat(poro.expireAt("key", later)).isTrue();
        poro.add("key", 1);
        poro.append("key", "0");
        poro.setKeepingExpiry(bytes("key"), bytes("7"));
        assertThat(poro.entry("key").expiry()).contains(later);
        assertThat(poro.persist("key")).isTrue();
        assertThat(poro.persist("key")).isFalse();
        assertThat(poro.entry("key").expiry()).isEmpty();
        assertThat(poro.expireAt("absent", later)).isFalse();
        assertThat(poro.expireAt("key", Instant.ofEpochMilli(1))).isTrue();
        assertThat(poro.contains("key")).isFalse();
        poro.set(bytes("key"), bytes("x"), later);
        assertThat(poro.set("key", "y")).isTrue();
        assertThat(poro.entry("key").expiry()).as("a plain set clears it").isEmpty();
        assertThatIllegalArgumentException().isThrownBy(() -> poro.set("key", "v", Duration.ofNanos(1)));
        assertThatIllegalArgumentException().isThrownBy(() -> poro.expireAt("key", Instant.ofEpochMilli(-1)));
    }

    @Test
    void keysAreListed() {
        Map<String, String> expected = new TreeMap<>();
        for (int i = 0; i < 2_000; i++) {
            String key = (i % 2 == 0 ? "user:" : "item:") + i;
            poro.set(key, "v" + i);
            if (i % 2 == 0) {
                expected.put(key, "v" + i);
            }
        }
        Map<String, String> listed = new TreeMap<>();
        try (EntryCursor cursor = poro.scan().prefix("user:").open()) {
            while (cursor.next()) {
                String key = new String(cursor.key(), UTF_8);
                assertThat(listed.put(key, new String(cursor.entry().value(), UTF_8)))
                        .isNull();
            }
        }
        assertThat(listed).isEqualTo(expected);
        List<byte[]> keys = new ArrayList<>();
        long cursor = 0;
        do {
            ScanPage page = poro.scan(cursor, 10);
            assertThat(page.next()).isNotNegative();
            keys.addAll(page.keys());
            cursor = page.next();
        } while (cursor != 0);
        assertThat(keys).hasSize(2_000);
        assertThat(poro.scan(poro.scan(0, 1).next() ^ 1L << 40, 1).keys())
                .as("a cursor of another store begins anew")
                .isNotEmpty();
    }

    @Test
    void compareAndSet() throws Exception {
        poro.set("balance", "0");
        runOnAll(() -> {
            for (int i = 0; i < 500; i++) {
                byte[] key = bytes("balance");
                while (true) {
                    Entry entry = poro.entry(key);
                    long balance = Long.parseLong(new String(entry.value(), UTF_8));
                    if (poro.replace(key, entry.sequence(), bytes(Long.toString(balance + 3)))) {
                        break;
                    }
                }
            }
            return null;
        });
        assertThat(poro.get("balance")).isEqualTo("6000");
        long sequence = poro.entry("balance").sequence();
        assertThat(poro.delete(bytes("balance"), sequence - 1)).isFalse();
        assertThat(poro.delete(bytes("balance"), sequence)).isTrue();
        assertThat(poro.replace(bytes("new"), Entry.ABSENT, bytes("v"))).isTrue();
        assertThat(poro.replace(bytes("new"), Entry.ABSENT, bytes("w"))).isFalse();
    }

    @Test
    void previousValuesComeWithTheChange() {
        assertThat(poro.getAndSet(bytes("key"), bytes("a"))).isNull();
        assertThat(poro.getAndSet(bytes("key"), new byte[100_000])).isEqualTo(bytes("a"));
        assertThat(poro.getAndDelete(bytes("key"))).hasSize(100_000);
        assertThat(poro.getAndDelete(bytes("key"))).isNull();
        assertThat(poro.replace("key", "v")).isFalse();
        assertThat(poro.append("key", "ab")).isEqualTo(2);
        assertThat(poro.overwrite(bytes("key"), 4, bytes("z"))).isEqualTo(5);
        assertThat(poro.get(bytes("key"))).isEqualTo(new byte[] {'a', 'b', 0, 0, 'z'});
    }

    @Test
    void aRejectedChangeSaysWhy() {
        poro.set("text", "abc");
        assertThatExceptionOfType(ChangeRejectedException.class)
                .isThrownBy(() -> poro.add("text", 1))
                .matches(e -> e.reason() == ChangeRejectedException.Reason.NOT_A_NUMBER);
        poro.set("most", Long.toString(Long.MAX_VALUE));
        assertThatExceptionOfType(ChangeRejectedException.class)
                .isThrownBy(() -> poro.add("most", 1))
                .matches(e -> e.reason() == ChangeRejectedException.Reason.OVERFLOW);
        assertThatExceptionOfType(ChangeRejectedException.class)
                .isThrownBy(() -> poro.overwrite(bytes("text"), poro.maxValueLength(), bytes("x")))
                .matches(e -> e.reason() == ChangeRejectedException.Reason.TOO_LONG);
        assertThat(poro.get("text")).isEqualTo("abc");
    }

    @Test
    void aBatchHappensAsAWholeOrNotAtAll() {
        poro.set("a", "10");
        poro.set("b", "20");
        Entry a = poro.entry("a");
        BatchOutcome done = poro.batch()
                .require(bytes("a"), a.sequence())
                .requireAbsent(bytes("c"))
                .add(bytes("a"), -5)
                .add(bytes("b"), 5)
                .set(bytes("c"), bytes("new"), Duration.ofHours(1))
                .commit();
        assertThat(done.committed()).isTrue();
        assertThat(poro.get("a")).isEqualTo("5");
        assertThat(poro.entry("b").sequence()).isEqualTo(done.sequence());
        assertThat(poro.entry("c").expiry()).isPresent();

        BatchOutcome unmet = poro.batch()
                .requirePresent(bytes("a"))
                .require(bytes("a"), a.sequence())
                .delete(bytes("b"))
                .commit();
        assertThat(unmet).isEqualTo(new BatchOutcome(false, 0, 1));
        assertThat(poro.get("b")).isEqualTo("25");

        assertThatExceptionOfType(ChangeRejectedException.class)
                .isThrownBy(
                        () -> poro.batch().delete(bytes("b")).add(bytes("c"), 1).commit())
                .withMessageContaining("part 2");
        assertThatExceptionOfType(ChangeRejectedException.class)
                .isThrownBy(() -> poro.batch()
                        .delete(bytes("b"))
                        .set(bytes("b"), bytes("x"))
                        .commit())
                .matches(e -> e.reason() == ChangeRejectedException.Reason.DUPLICATE_KEY);
        assertThatExceptionOfType(MemoryBudgetExceededException.class).isThrownBy(() -> {
            Batch large = poro.batch().delete(bytes("b"));
            for (int i = 0; i < 12; i++) {
                large.set(bytes("large " + i), new byte[1 << 20]);
            }
            for (int round = 0; round < 10; round++) {
                Batch more = poro.batch();
                for (int i = 0; i < 10; i++) {
                    more.set(bytes("fill " + round + i), new byte[1 << 20]);
                }
                more.commit();
            }
            large.commit();
        });
        assertThat(poro.get("b")).isEqualTo("25");
        assertThat(poro.batch().commit().committed()).isTrue();
        assertThat(poro.batch()
                        .requireNothingAfter(poro.sequence())
                        .delete(bytes("a"))
                        .commit()
                        .committed())
                .isTrue();
        assertThat(poro.batch().requireNothingAfter(1).delete(bytes("b")).commit())
                .isEqualTo(new BatchOutcome(false, 0, -1));
        long keys = poro.keys();
        assertThat(poro.clear()).isEqualTo(keys);
        poro.set("x", "1");
        assertThat(poro.batch().clear().set(bytes("y"), bytes("2")).commit().committed())
                .isTrue();
        reopen();
        assertThat(poro.get("x")).isNull();
        assertThat(poro.get("y")).isEqualTo("2");
        assertThat(poro.keys()).isEqualTo(1);
    }

    @Test
    void aFullBudgetMakesRoomByWhatHasExpired() {
        for (int i = 0; i < 40; i++) {
            poro.set(bytes("short-lived " + i), new byte[1 << 20], Duration.ofMillis(1));
        }
        for (int i = 0; i < 55; i++) {
            poro.set(bytes("stays " + i), new byte[1 << 20]);
        }
        assertThat(poro.contains("stays 54")).isTrue();
    }

    @Test
    void aMapOverTheStore() throws Exception {
        ConcurrentMap<String, Long> map = poro.asMap(Codec.STRING, Codec.LONG);
        runOnAll(() -> {
            for (int i = 0; i < 500; i++) {
                map.merge("sum", 2L, Long::sum);
            }
            return null;
        });
        assertThat(map).containsExactly(Map.entry("sum", 4_000L)).hasSize(1);
        assertThat(map.put("one", 1L)).isNull();
        assertThat(map.putIfAbsent("one", 2L)).isEqualTo(1);
        assertThat(map.replace("one", 1L, 3L)).isTrue();
        assertThat(map.replace("one", 1L, 4L)).isFalse();
        assertThat(map.computeIfPresent("one", (key, value) -> null)).isNull();
        assertThat(map.computeIfAbsent("two", key -> 2L)).isEqualTo(2);
        assertThat(map.remove("two", 3L)).isFalse();
        assertThat(map.remove("two", 2L)).isTrue();
        Map<?, Long> ofAnyKeys = map;
        Object noKey = 17;
        assertThat(ofAnyKeys.containsKey(noKey)).isFalse();
        assertThat(map.keySet()).containsExactly("sum");
        map.entrySet().iterator().next().setValue(9L);
        assertThat(map).isEqualTo(Map.of("sum", 9L));
        map.keySet().removeIf("sum"::equals);
        assertThat(map).isEmpty();
    }

    @Test
    void changesAreAlsoPublishedWithoutWaiting() {
        poro.setAsync(bytes("a"), bytes("1"));
        poro.addAsync(bytes("a"), 4);
        poro.appendAsync(bytes("a"), bytes("0"));
        long last = poro.setAsync(bytes("b"), bytes("x"), Duration.ofHours(1));
        assertThat(poro.await(last)).isFalse();
        assertThat(poro.get("a")).isEqualTo("50");
        long rejected = poro.addAsync(bytes("b"), 1);
        assertThatExceptionOfType(ChangeRejectedException.class).isThrownBy(() -> poro.await(rejected));
        assertThat(poro.getAll(List.of(bytes("a"), bytes("c")))).containsExactly(bytes("50"), null);
    }

    /** The limit in a record is 1 at least; a store that takes empty values only writes none that no reader takes. */
    @Test
    void aStoreOfEmptyValuesAppendsNothingToThem() {
        close();
        PoroBuilder builder =
                Poro.at(directory.resolve("poro.wal")).sync(SyncPolicy.OS).memory(64 << 20);
        poro = builder.maxValueLength(0).open();
        assertThat(poro.append("key", "")).isZero();
        assertThat(poro.batch()
                        .set(bytes("a"), bytes(""))
                        .append(bytes("b"), bytes(""))
                        .commit()
                        .committed())
                .isTrue();
        reopen();
        assertThat(poro.get("a")).isEmpty();
        assertThat(poro.contains("b")).isFalse();
    }
}
