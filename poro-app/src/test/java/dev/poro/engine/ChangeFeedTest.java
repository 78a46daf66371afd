package dev.poro.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.poro.events.TestScale;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A feed delivers what happened: in order, each change once, none left out, and none that a power cut could take back.
 *
 * @see dev.poro.engine.Changes
 * @see dev.poro.engine.ChangeCursor
 * @see dev.poro.engine.ChangePosition
 * @see dev.poro.engine.ChangeSource
 * @see dev.poro.wal.ChangeNews
 */
@Timeout(60)
class ChangeFeedTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final int OPERATIONS = TestScale.choose(600, 30_000);
    private static final int WRITERS = 3;

    @TempDir
    private Path directory;

    private PoroBuilder settings(SyncPolicy sync) {
        return Poro.at(directory.resolve("poro.wal"))
                .sync(sync)
                .memory(64L << 20)
                .segmentLength(64 << 10)
                .maxValueLength(4096)
                .threading(sync == SyncPolicy.EVERYSEC ? Threading.DEDICATED : Threading.CALLER)
                .changes(Retention.ALL);
    }

    private Poro open(SyncPolicy sync) {
        return settings(sync).open();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private static String text(Change change) {
        return change.kind() + " " + new String(change.key(), UTF_8)
                + (change.value() == null ? "" : " " + new String(change.value(), UTF_8));
    }

    private static List<String> drain(ChangeFeed feed) {
        List<String> found = new ArrayList<>();
        for (Change change = feed.next(Duration.ZERO); change != null; change = feed.next(Duration.ZERO)) {
            found.add(text(change));
        }
        return found;
    }

    private static List<String> all(Poro poro) {
        assertThat(poro.awaitDurable(LONG)).isTrue();
        try (ChangeFeed feed = poro.changes().open()) {
            return drain(feed);
        }
    }

    @ParameterizedTest
    @EnumSource(SyncPolicy.class)
    void deliversWhatWasAcknowledgedWhileItIsWritten(SyncPolicy sync) throws Exception {
        List<String> acknowledged = new ArrayList<>();
        long seed = System.nanoTime();
        try (Poro poro = open(sync);
                ChangeFeed feed = poro.changes().fromNow().open()) {
            CompletableFuture<Void> writer =
                    CompletableFuture.runAsync(() -> write(poro, new SplittableRandom(seed), acknowledged));
            List<String> delivered = new ArrayList<>();
            Follower follower = new Follower();
            while (!writer.isDone() || poro.durableSequence() < poro.sequence()) {
                take(feed.next(Duration.ofMillis(50)), delivered, follower);
                assertThat(feed.position().sequence()).isLessThanOrEqualTo(poro.durableSequence());
            }
            writer.get(30, TimeUnit.SECONDS);
            for (Change change = feed.next(Duration.ZERO); change != null; change = feed.next(Duration.ZERO)) {
                take(change, delivered, follower);
            }
            assertThat(delivered).as("seed %d", seed).isEqualTo(acknowledged);
            assertThat(follower.contents).as("seed %d", seed).isEqualTo(contentsOf(poro));
        }
    }

    private static void take(Change change, List<String> delivered, Follower follower) {
        if (change == null) {
            return;
        }
        follower.follow(change);
        if (change.key().length == 0 || change.key()[0] != 'e') {
            delivered.add(text(change));
        }
    }

    /** What expires is of keys of their own, because nobody acknowledges that. */
    private static void write(Poro poro, SplittableRandom random, List<String> acknowledged) {
        for (int i = 0; i < OPERATIONS; i++) {
            String key = "k" + random.nextInt(20);
            String value = "v" + i;
            switch (random.nextInt(8)) {
                case 0:
                    if (poro.delete(key)) {
                        acknowledged.add("DELETE " + key);
                    }
                    break;
                case 1:
                    poro.set("e" + random.nextInt(9), value, Duration.ofMillis(1 + random.nextInt(5)));
                    break;
                case 2:
                    poro.append(key, "+");
                    acknowledged.add("SET " + key + " " + poro.get(key));
                    break;
                case 3:
                    poro.batch()
                            .set(bytes(key), bytes(value))
                            .set(bytes("other " + key), bytes(value))
                            .commit();
                    acknowledged.add("SET " + key + " " + value);
                    acknowledged.add("SET other " + key + " " + value);
                    break;
                case 4:
                    if (random.nextInt(30) == 0) {
                        poro.set(key, value);
                        poro.clear();
                        acknowledged.add("SET " + key + " " + value);
                        acknowledged.add("CLEARED ");
                    }
                    break;
                default:
                    poro.set(key, value);
                    acknowledged.add("SET " + key + " " + value);
            }
        }
    }

    private static Map<String, String> contentsOf(Poro poro) {
        Map<String, String> contents = new HashMap<>();
        poro.forEachAt((key, entry) -> {
            if (key[0] != 'e') {
                contents.put(new String(key, UTF_8), new String(entry.value(), UTF_8));
            }
        });
        return contents;
    }

    /** Does what the changes say, and sees that each follows from the one before. */
    private static final class Follower {
        private final Map<String, String> contents = new HashMap<>();
        private final Map<String, Long> sequences = new HashMap<>();
        private Change last;

        void follow(Change change) {
            assertThat(last == null
                            || last.sequence() < change.sequence()
                            || (last.sequence() == change.sequence() && last.index() < change.index()))
                    .as("%s after %s", change, last)
                    .isTrue();
            last = change;
            String key = new String(change.key(), UTF_8);
            if (change.kind() == Change.Kind.CLEARED) {
                contents.clear();
                sequences.clear();
            } else if (!key.startsWith("e")) {
                assertThat(change.previous()).isEqualTo(sequences.getOrDefault(key, 0L));
                contents.remove(key);
                sequences.remove(key);
                if (change.kind() == Change.Kind.SET) {
                    contents.put(key, new String(change.value(), UTF_8));
                    sequences.put(key, change.sequence());
                }
            }
        }
    }

    @Test
    void eachWriterFindsItsChangesInItsOrder() throws Exception {
        try (Poro poro = open(SyncPolicy.OS)) {
            List<CompletableFuture<Void>> writers = new ArrayList<>();
            for (int writer = 0; writer < WRITERS; writer++) {
                String key = "w" + writer;
                writers.add(CompletableFuture.runAsync(() -> {
                    for (int i = 0; i < OPERATIONS; i++) {
                        poro.set(key, "" + i);
                    }
                }));
            }
            Map<String, Integer> next = new HashMap<>();
            try (ChangeFeed feed = poro.changes().fromEarliest().open()) {
                for (int i = 0; i < WRITERS * OPERATIONS; i++) {
                    Change change = feed.next(LONG);
                    String key = new String(change.key(), UTF_8);
                    int expected = next.getOrDefault(key, 0);
                    assertThat(change.value()).isEqualTo(bytes("" + expected));
                    next.put(key, expected + 1);
                }
                for (CompletableFuture<Void> writer : writers) {
                    writer.get(30, TimeUnit.SECONDS);
                }
                assertThat(feed.next(Duration.ofMillis(5))).isNull();
            }
        }
    }

    @Test
    void goesOnAfterEachPositionWhenTheStoreIsOpenedAgain() {
        List<String> all;
        List<ChangePosition> positions = new ArrayList<>();
        try (Poro poro = open(SyncPolicy.OS)) {
            poro.set("a", "1");
            poro.batch()
                    .set(bytes("b"), bytes("2"))
                    .set(bytes("c"), bytes("3"))
                    .delete(bytes("a"))
                    .commit();
            poro.set("d", "4");
            poro.clear();
            poro.set("e", "5");
            try (ChangeFeed feed = poro.changes().open()) {
                for (int i = 0; i < 7; i++) {
                    positions.add(feed.position());
                    assertThat(feed.next(LONG)).isNotNull();
                }
                positions.add(feed.position());
            }
            all = List.of("SET a 1", "SET b 2", "SET c 3", "DELETE a", "SET d 4", "CLEARED ", "SET e 5");
        }
        try (Poro poro = open(SyncPolicy.ALWAYS)) {
            poro.set("f", "6");
            List<String> more = new ArrayList<>(all);
            more.add("SET f 6");
            for (int i = 0; i < positions.size(); i++) {
                ChangePosition position = ChangePosition.parse(positions.get(i).toString());
                try (ChangeFeed feed = poro.changes().after(position).open()) {
                    assertThat(drain(feed)).isEqualTo(more.subList(i, more.size()));
                }
            }
        }
    }

    @Test
    void beginsWhereItIsToldTo() throws Exception {
        try (Poro poro = open(SyncPolicy.ALWAYS)) {
            poro.set("a", "1");
            long second = poro.sequence() + 1;
            poro.set("b", "2");
            poro.delete("no such key");
            poro.set("c", "3");
            try (ChangeFeed feed = poro.changes().from(second).open()) {
                assertThat(drain(feed)).containsExactly("SET b 2", "SET c 3");
            }
            try (ChangeFeed feed = poro.changes().from(second + 1).open()) {
                assertThat(drain(feed)).containsExactly("SET c 3");
            }
            try (ChangeFeed feed = poro.changes().from(0).open()) {
                assertThat(drain(feed)).hasSize(3);
            }
            try (ChangeFeed feed = poro.changes().from(poro.sequence() + 1).open();
                    ChangeFeed now = poro.changes().fromNow().open()) {
                assertThat(drain(feed)).isEmpty();
                poro.set("d", "4");
                assertThat(drain(feed)).containsExactly("SET d 4");
                assertThat(drain(now)).containsExactly("SET d 4");
            }
            Thread.sleep(2);
            Instant time = Instant.now();
            poro.set("e", "5");
            try (ChangeFeed feed = poro.changes().from(time).open();
                    ChangeFeed later =
                            poro.changes().from(time.plusSeconds(1_000)).open()) {
                assertThat(drain(feed)).containsExactly("SET e 5");
                assertThat(drain(later)).isEmpty();
            }
        }
    }

    @Test
    void aPrefixLeavesOutKeysAndMovesOn() {
        try (Poro poro = open(SyncPolicy.ALWAYS)) {
            poro.set("a:1", "1");
            try (ChangeFeed feed = poro.changes().prefix("a:").open()) {
                assertThat(drain(feed)).containsExactly("SET a:1 1");
                for (int i = 0; i < 10; i++) {
                    poro.set("b:" + i, "1");
                }
                poro.set("a", "shorter");
                assertThat(feed.poll(4)).isNull();
                assertThat(feed.position().sequence()).isEqualTo(poro.sequence() - 7);
                assertThat(feed.poll(100)).isNull();
                assertThat(feed.position().sequence()).isEqualTo(poro.sequence());
                poro.clear();
                poro.set("a:", "2");
                assertThat(drain(feed)).containsExactly("CLEARED ", "SET a: 2");
            }
            assertThat(poro.changes().prefix("a:").count()).isEqualTo(3);
            assertThat(poro.changes().count()).isEqualTo(14);
        }
    }

    @Test
    void showsTheValueBefore() {
        try (Poro poro = open(SyncPolicy.ALWAYS)) {
            poro.set("a", "1");
            poro.batch().set(bytes("b"), bytes("2")).set(bytes("a"), bytes("3")).commit();
            poro.delete("a");
            poro.set("a", "4");
            Changes changes = poro.changes();
            List<String> before = new ArrayList<>();
            try (ChangeFeed feed = poro.changes().open()) {
                for (Change change = feed.next(Duration.ZERO); change != null; change = feed.next(Duration.ZERO)) {
                    byte[] value = changes.valueBefore(change);
                    before.add(value == null ? "none" : new String(value, UTF_8));
                }
            }
            assertThat(before).containsExactly("none", "none", "1", "3", "none");
        }
    }

    @Test
    void refusesAPositionThatIsLost() {
        try (Poro poro = Poro.at(directory.resolve("poro.wal")).open()) {
            poro.set("a", "1");
            poro.snapshot();
            assertThat(poro.keepsChanges()).isFalse();
            assertThatThrownBy(poro::changes)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("changes(")
                    .hasMessageContaining("--changes");
        }
        try (Poro poro = open(SyncPolicy.ALWAYS)) {
            poro.set("b", "2");
            long earliest = poro.changes().earliest();
            assertThat(earliest).isGreaterThan(1);
            assertThat(all(poro)).containsExactly("SET b 2");
            for (Changes lost : List.of(
                    poro.changes().from(earliest - 1),
                    poro.changes().from(0),
                    poro.changes().from(Instant.now().minusSeconds(60)),
                    poro.changes().from(poro.sequence() + 2))) {
                assertThatThrownBy(lost::open).isInstanceOfSatisfying(PositionLostException.class, e -> {
                    assertThat(e.earliest()).isEqualTo(earliest);
                    assertThat(e.latest()).isEqualTo(poro.sequence());
                });
            }
            ChangePosition now = poro.changes().now();
            ChangePosition other = new ChangePosition(now.sequence(), now.index(), now.log() + 1);
            assertThatThrownBy(() -> poro.changes().after(other))
                    .isInstanceOf(PositionLostException.class)
                    .hasMessageContaining("of another log");
        }
    }

    @Test
    void aReaderThatIsTooSlowIsToldSo() {
        try (Poro poro =
                settings(SyncPolicy.OS).changes(Retention.ofSize(128 << 10)).open()) {
            poro.set("first", "1");
            poro.snapshot();
            ChangePosition early;
            try (ChangeFeed before = poro.changes().open();
                    ChangeFeed begun = poro.changes().open()) {
                assertThat(text(begun.next(LONG))).isEqualTo("SET first 1");
                early = begun.position();
                // The file after the one that is open.
                Path following = directory.resolve("poro.wal").resolve("0000000002.changes");
                for (int i = 0; i < 100 && (i < 2 || Files.exists(following)); i++) {
                    for (int j = 0; j < 1_000; j++) {
                        poro.setAsync(bytes("k" + j), new byte[200]);
                    }
                    poro.snapshot();
                }
                assertThat(poro.changes().earliest()).isGreaterThan(2);
                for (ChangeFeed slow : List.of(before, begun)) {
                    assertThatThrownBy(() -> {
                                Change last = slow.next(LONG);
                                for (Change next = last; next != null; next = slow.next(Duration.ZERO)) {
                                    assertThat(next.sequence()).isLessThanOrEqualTo(last.sequence() + 1);
                                    last = next;
                                }
                            })
                            .isInstanceOf(PositionLostException.class)
                            .hasMessageContaining("no longer kept");
                }
            }
            assertThatThrownBy(() -> poro.changes().after(early).open()).isInstanceOf(PositionLostException.class);
            try (ChangeFeed feed = poro.changes().fromEarliest().open()) {
                assertThat(feed.next(LONG).sequence())
                        .isGreaterThanOrEqualTo(poro.changes().earliest());
            }
        }
    }

    @Test
    void saysThatTheChangeLogIsBehindAndGoesOnWhenItIsNot() throws IOException {
        Path inTheWay = directory.resolve("poro.wal").resolve("0000000002.changes.tmp");
        ChangePosition last;
        List<String> values = new ArrayList<>();
        try (Poro poro = open(SyncPolicy.OS);
                ChangeFeed feed = poro.changes().open()) {
            Files.createDirectories(inTheWay.resolve("directory"));
            for (int i = 0; i < 1_000; i++) {
                poro.set("k" + i % 7, i + " ".repeat(150));
            }
            assertThatThrownBy(() -> {
                        for (Change next = feed.next(LONG); next != null; next = feed.next(LONG)) {
                            values.add(new String(next.value(), UTF_8).trim());
                        }
                    })
                    .isExactlyInstanceOf(PoroException.class)
                    .hasMessageContaining("the change log is behind")
                    .hasMessageContaining("open the store again");
            assertThat(values).hasSizeBetween(100, 999);
            last = feed.position();
        }
        Files.delete(inTheWay.resolve("directory"));
        Files.delete(inTheWay);
        try (Poro poro = open(SyncPolicy.ALWAYS);
                ChangeFeed feed = poro.changes().after(last).open()) {
            for (Change next = feed.next(Duration.ZERO); next != null; next = feed.next(Duration.ZERO)) {
                values.add(new String(next.value(), UTF_8).trim());
            }
        }
        assertThat(values).hasSize(1_000);
        for (int i = 0; i < 1_000; i++) {
            assertThat(values.get(i)).isEqualTo("" + i);
        }
    }

    @Test
    void positionsHaveAText() {
        ChangePosition position = new ChangePosition(12, 3, 255);
        assertThat(position).hasToString("12-3@00000000000000ff");
        assertThat(ChangePosition.parse(position.toString())).isEqualTo(position);
        ChangePosition last = new ChangePosition(Long.MAX_VALUE, ChangePosition.END_OF_EVENT, -1);
        assertThat(ChangePosition.parse(last.toString())).isEqualTo(last);
        for (String wrong :
                List.of("", "12", "12-3", "12-3@ff", "-1-3@00000000000000ff", "1-9999999999@" + "0".repeat(16))) {
            assertThatThrownBy(() -> ChangePosition.parse(wrong)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void aSlowReaderGetsEverythingLater() {
        try (Poro poro = open(SyncPolicy.OS);
                ChangeFeed feed = poro.changes().open()) {
            for (int i = 0; i < 20 * OPERATIONS; i++) {
                poro.setAsync(bytes("k" + i), new byte[100]);
            }
            for (int i = 0; i < 20 * OPERATIONS; i++) {
                assertThat(feed.next(LONG).key()).isEqualTo(bytes("k" + i));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(SyncPolicy.class)
    void aReaderThatWaitsIsWoken(SyncPolicy sync) throws Exception {
        try (Poro poro = open(sync);
                ChangeFeed feed = poro.changes().fromNow().open()) {
            CompletableFuture<Change> next = CompletableFuture.supplyAsync(() -> feed.next(LONG));
            Thread.sleep(5);
            poro.set("a", "1");
            assertThat(text(next.get(20, TimeUnit.SECONDS))).isEqualTo("SET a 1");
        }
    }

    @Test
    void anInterruptEndsTheWaitAndNothingElse() throws Exception {
        try (Poro poro = open(SyncPolicy.ALWAYS);
                ChangeFeed feed = poro.changes().open()) {
            poro.set("a", "1");
            Thread.currentThread().interrupt();
            assertThat(text(feed.next(LONG))).isEqualTo("SET a 1");
            assertThat(feed.next(LONG)).isNull();
            assertThat(Thread.interrupted()).isTrue();
            poro.set("a", "2");
            assertThat(text(feed.next(LONG))).isEqualTo("SET a 2");
        }
    }

    @Test
    void aReaderThatWaitsLearnsThatTheStoreIsClosed() throws Exception {
        Poro poro = open(SyncPolicy.ALWAYS);
        try (ChangeFeed feed = poro.changes().open()) {
            CompletableFuture<Change> next = CompletableFuture.supplyAsync(() -> feed.next(LONG));
            Thread.sleep(5);
            poro.close();
            assertThat(next.handle((change, e) -> e.getCause()).get(20, TimeUnit.SECONDS))
                    .isInstanceOf(StoreClosedException.class);
            assertThatThrownBy(() -> feed.poll(1)).isInstanceOf(StoreClosedException.class);
        }
        assertThatThrownBy(() -> poro.changes().open()).isInstanceOf(StoreClosedException.class);
    }

    @Test
    void aReaderThatWaitsLearnsThatTheStoreHasStopped() throws Exception {
        Poro poro = open(SyncPolicy.ALWAYS);
        try (ChangeFeed feed = poro.changes().open()) {
            poro.set("a", "1");
            CompletableFuture<Change> next = CompletableFuture.supplyAsync(() -> {
                Change change = feed.next(LONG);
                while (change != null) {
                    change = feed.next(LONG);
                }
                return null;
            });
            Files.delete(directory.resolve("poro.wal").resolve("0000000001.wal"));
            // The store looks at most every ten milliseconds whether its file is there.
            assertThatThrownBy(() -> {
                        while (true) {
                            poro.set("a", "2");
                        }
                    })
                    .isInstanceOf(StoreFailedException.class);
            assertThat(next.handle((change, e) -> e.getCause()).get(20, TimeUnit.SECONDS))
                    .isInstanceOf(StoreFailedException.class);
            try (ChangeFeed other = poro.changes().open()) {
                assertThat(text(other.next(LONG))).isEqualTo("SET a 1");
            }
        } finally {
            assertThatThrownBy(poro::close).isInstanceOf(StoreFailedException.class);
        }
    }

    @Test
    void aClosedFeedSaysSo() {
        try (Poro poro = open(SyncPolicy.ALWAYS)) {
            ChangeFeed feed = poro.changes().open();
            feed.close();
            feed.close();
            assertThatThrownBy(() -> feed.next(Duration.ZERO)).isInstanceOf(IllegalStateException.class);
        }
    }
}
