package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.engine.internal.CopiedChange;
import dev.poro.engine.tools.ChangesStart;
import dev.poro.engine.tools.LogEvents;
import dev.poro.engine.tools.LogHistory;
import dev.poro.engine.tools.Verification;
import dev.poro.events.TestScale;
import dev.poro.wal.ChangeReader;
import dev.poro.wal.LogInspector;
import dev.poro.wal.RecoveryReport;
import dev.poro.wal.ReplayProgress;
import dev.poro.wal.RestorePoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The change log of a store that is closed, killed, and opened again, with snapshots in between: it holds what a replay
 * of the whole log hands out.
 *
 * @see Change
 * @see CopiedChange
 * @see Past
 */
class ChangeLogTest {
    private static final int SESSIONS = 5;
    private static final int OPERATIONS = TestScale.choose(300, 4_000);
    private static final int CHECKS = TestScale.choose(30, 200);

    @TempDir
    Path directory;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void holdsWhatReplayHandsOut(long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        Path path = directory.resolve("0");
        for (int session = 1; session <= SESSIONS; session++) {
            Path next = directory.resolve(Integer.toString(session));
            try (Poro poro = open(path, random)) {
                runSession(poro, random);
                assertKnowsThePast(poro, random);
                copy(path, next);
            }
            assertSame(path);
            path = random.nextBoolean() ? path : next;
        }
    }

    private static void assertKnowsThePast(Poro poro, SplittableRandom random) throws IOException {
        List<Change> all = replayed(poro.path());
        List<EventTime> events = timesOf(poro.path());
        long last = all.get(all.size() - 1).sequence();
        for (int i = 0; i < CHECKS; i++) {
            byte[] key = {(byte) random.nextInt(42)};
            long sequence = random.nextLong(last + 1);
            assertThat(poro.getAt(key, sequence))
                    .as("key %d at %d", key[0], sequence)
                    .isEqualTo(valueAt(all, events, key, sequence));
            Instant time = all.get(random.nextInt(all.size())).wallTime().plusMillis(random.nextInt(3) - 1);
            if (time.isBefore(all.get(all.size() - 1).wallTime())) {
                assertThat(poro.getAt(key, time))
                        .as("key %d at %s", key[0], time)
                        .isEqualTo(valueAt(all, events, key, time));
            }
            if (i % 20 == 0) {
                assertSameByReplay(
                        poro, key, all.get(random.nextInt(all.size())).sequence(), last);
            }
            List<Change> history = historyOf(all, key);
            assertThat(upTo(last, poro.history(key, Integer.MAX_VALUE))).isEqualTo(history);
            int limit = 1 + random.nextInt(20);
            List<Change> newest = poro.history(key, limit);
            assertThat(newest).hasSizeLessThanOrEqualTo(limit);
            assertThat(upTo(last, newest))
                    .isEqualTo(history.subList(0, upTo(last, newest).size()));
        }
    }

    private static void assertSameByReplay(Poro poro, byte[] key, long sequence, long last) {
        LogHistory replayed = LogHistory.byReplay(poro.path(), Progress.NONE);
        assertThat(upTo(last, replayed.history(key, Integer.MAX_VALUE).changes()))
                .isEqualTo(upTo(last, poro.history(key, Integer.MAX_VALUE)));
        Entry then = replayed.getAt(key, RestorePoint.ofSequence(sequence));
        assertThat(then == null ? null : then.value()).isEqualTo(poro.getAt(key, sequence));
    }

    /** @param wallClock the latest that it had shown up to the event */
    private record EventTime(long logTime, long wallClock) {}

    /** Of each event, at the index of its sequence; first of all before the first event. */
    private static List<EventTime> timesOf(Path path) throws IOException {
        List<EventTime> times = new ArrayList<>(List.of(new EventTime(0, Long.MIN_VALUE)));
        long[] latest = {Long.MIN_VALUE};
        LogEvents.records(
                path,
                (sequence, isEvent, timestamp, wallClock, record) -> {
                    latest[0] = Math.max(latest[0], wallClock);
                    if (isEvent) {
                        times.add(new EventTime(timestamp, latest[0]));
                    }
                },
                Progress.NONE);
        return times;
    }

    private static byte[] valueAt(List<Change> all, List<EventTime> events, byte[] key, long sequence) {
        return valueAfter(all, key, sequence, events.get((int) sequence).logTime());
    }

    private static byte[] valueAt(List<Change> all, List<EventTime> events, byte[] key, Instant time) {
        long millis = time.toEpochMilli();
        int last = 0;
        while (last + 1 < events.size() && events.get(last + 1).wallClock() <= millis) {
            last++;
        }
        return valueAfter(all, key, last, Math.max(millis, events.get(last).logTime()));
    }

    private static byte[] valueAfter(List<Change> changes, byte[] key, long last, long time) {
        byte[] value = null;
        for (Change change : changes) {
            if (change.sequence() > last) {
                break;
            }
            if (change.kind() == Change.Kind.CLEARED) {
                value = null;
            } else if (Arrays.equals(change.key(), key)) {
                boolean isThere = change.expiry() == null || change.expiry().toEpochMilli() > time;
                value = isThere ? change.value() : null;
            }
        }
        return value;
    }

    /** Without what the store has removed meanwhile, because it has expired. */
    private static List<Change> upTo(long last, List<Change> changes) {
        return changes.stream().filter(change -> change.sequence() <= last).toList();
    }

    private static List<Change> historyOf(List<Change> all, byte[] key) {
        List<Change> history = new ArrayList<>();
        Change before = null;
        for (Change change : all) {
            boolean wasThere = before != null
                    && before.kind() == Change.Kind.SET
                    && (before.expiry() == null || before.expiry().isAfter(change.logTime()));
            if (change.kind() == Change.Kind.CLEARED) {
                if (wasThere) {
                    history.add(0, change);
                }
                before = null;
            } else if (Arrays.equals(change.key(), key)) {
                history.add(0, change);
                before = change;
            }
        }
        return history;
    }

    private static Poro open(Path path, SplittableRandom random) {
        return Poro.at(path)
                .threading(pick(random, Threading.values()))
                .sync(pick(random, SyncPolicy.values()))
                .segmentLength((16 + random.nextInt(48)) * 4096)
                .maxValueLength(300_000)
                .memory(64L << 20)
                .retain(Retention.ALL)
                .changes(Retention.ALL)
                .snapshotAfter(random.nextBoolean() ? Long.MAX_VALUE : 100_000)
                .open();
    }

    private static <T> T pick(SplittableRandom random, T[] values) {
        return values[random.nextInt(values.length)];
    }

    private static void runSession(Poro poro, SplittableRandom random) {
        for (int i = 0; i < OPERATIONS; i++) {
            byte[] key = {(byte) random.nextInt(40)};
            switch (random.nextInt(12)) {
                case 0:
                    poro.delete(key);
                    break;
                case 1:
                    poro.set(key, bytes(random, 20), Duration.ofMillis(1 + random.nextInt(20)));
                    break;
                case 2:
                    poro.append(key, bytes(random, random.nextInt(10) == 0 ? 50_000 : 10));
                    break;
                case 3:
                    poro.expireAfter(key, Duration.ofMillis(1 + random.nextInt(1_000)));
                    break;
                case 4:
                    batch(poro, random);
                    break;
                case 5:
                    if (random.nextInt(20) == 0) {
                        poro.clear();
                    }
                    break;
                case 6:
                    if (random.nextInt(50) == 0) {
                        poro.snapshot();
                    }
                    break;
                case 7:
                    token(poro, key, random);
                    break;
                default:
                    poro.set(key, bytes(random, random.nextInt(2_000)));
            }
        }
    }

    /** Of a client that may have been there before, in which case nothing is done. */
    private static void token(Poro poro, byte[] key, SplittableRandom random) {
        long client = random.nextLong(1_000);
        if (client % 2 == 0) {
            poro.withToken(client, 1).set(key, bytes(random, random.nextInt(200)));
        } else {
            poro.withToken(client, 1)
                    .batch()
                    .set(key, bytes(random, 5))
                    .set(new byte[] {41}, key)
                    .commit();
        }
    }

    private static void batch(Poro poro, SplittableRandom random) {
        Batch batch = poro.batch();
        int first = random.nextInt(30);
        for (int i = 0; i < 1 + random.nextInt(8); i++) {
            byte[] key = {(byte) (first + i)};
            if (random.nextInt(4) == 0) {
                batch.delete(key);
            } else {
                batch.set(key, bytes(random, random.nextInt(200)));
            }
        }
        batch.commit();
    }

    private static byte[] bytes(SplittableRandom random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    @Test
    void knowsTheTokenOfAChange() throws IOException {
        Path path = directory.resolve("poro.wal");
        byte[] key = {1};
        try (Poro poro = open(path, new SplittableRandom(1))) {
            poro.withToken(-7, 1).set(key, key, Expiry.after(Duration.ofDays(1)), SetIf.ALWAYS);
            poro.withToken(-7, 1).set(key, key, Expiry.after(Duration.ofDays(1)), SetIf.ALWAYS);
            poro.set(key, key);
            poro.withToken(-7, 2).delete(key);
            poro.set(key, key);
            assertThat(poro.history(key, 9))
                    .extracting(Change::token)
                    .containsExactly(null, new Token(-7, 2), null, new Token(-7, 1));
            try (ChangeFeed feed = poro.changes().open()) {
                assertThat(poro.awaitDurable(Duration.ofSeconds(30))).isTrue();
                Change first = feed.next(Duration.ofSeconds(30));
                assertThat(first.token()).isEqualTo(new Token(-7, 1));
                assertThat(first.value()).isEqualTo(key);
                assertThat(first.expiry()).isNotNull();
            }
        }
        assertThat(changesOf(path)).isEqualTo(replayed(path)).hasSize(4);
    }

    @Test
    void isDeletedWithItsSetting() throws IOException {
        Path path = directory.resolve("poro.wal");
        try (Poro poro = Poro.at(path).changes(Retention.ALL).open()) {
            poro.set("a", "1");
        }
        assertThat(changeFiles(path)).isNotEmpty();
        try (Poro poro = Poro.at(path).open()) {
            poro.set("a", "2");
        }
        assertThat(changesOf(path)).hasSize(2);
        try (Poro poro = Poro.at(path).changes(Retention.NONE).open()) {
            poro.set("a", "3");
        }
        assertThat(changeFiles(path)).isEmpty();
    }

    @Test
    void knowsNothingOfATimeBeforeItsBeginning() throws InterruptedException {
        Path path = directory.resolve("poro.wal");
        byte[] key = {1};
        byte[] first = {2};
        byte[] second = {3};
        Instant between;
        try (Poro poro = Poro.at(path).open()) {
            poro.set(key, first);
            between = afterTheNextMillisecond();
            afterTheNextMillisecond();
            poro.set(key, second);
            assertThat(poro.getAt(key, between)).isEqualTo(first);
            poro.snapshot();
        }
        try (Poro poro = Poro.at(path).changes(Retention.ALL).open()) {
            assertThatExceptionOfType(PositionLostException.class).isThrownBy(() -> poro.getAt(key, between));
            assertThat(poro.getAt(key, afterTheNextMillisecond())).isEqualTo(second);
            poro.set(new byte[] {4}, first);
            assertThatExceptionOfType(PositionLostException.class).isThrownBy(() -> poro.getAt(key, between));
            assertThat(poro.getAt(key, afterTheNextMillisecond())).isEqualTo(second);
        }
    }

    @Test
    void knowsThatAKeyFromBeforeItsBeginningWasCleared() {
        Path path = directory.resolve("poro.wal");
        byte[] key = {1};
        try (Poro poro = Poro.at(path).open()) {
            poro.set(key, key);
            poro.snapshot();
        }
        try (Poro poro = Poro.at(path).changes(Retention.ALL).open()) {
            poro.clear();
            byte[] other = {2};
            poro.set(other, other);
            long between = poro.entry(other).sequence();
            poro.clear();
            List<Change> history = poro.history(key, 10);
            assertThat(history).extracting(Change::kind).containsExactly(Change.Kind.CLEARED);
            assertThat(history.get(0).sequence()).isEqualTo(between - 1);
            assertThat(poro.history(new byte[] {3}, 10)).isEmpty();
            poro.set(key, key);
            assertThat(poro.history(key, 10))
                    .extracting(Change::kind)
                    .containsExactly(Change.Kind.SET, Change.Kind.CLEARED);
            assertThat(poro.history(key, 1)).extracting(Change::kind).containsExactly(Change.Kind.SET);
        }
    }

    /** The part of the log that is damaged could not be replayed: so what it did is known from the change log alone. */
    @Test
    void aRefusedOpeningLeavesItAsItIs() throws IOException {
        Path path = directory.resolve("poro.wal");
        SplittableRandom random = new SplittableRandom(1);
        try (Poro poro = open(path, random)) {
            poro.set(new byte[] {1}, new byte[100]);
            poro.snapshot();
            byte[] value = new byte[1_000];
            Arrays.fill(value, (byte) 'v');
            for (int i = 0; i < 20; i++) {
                poro.set(new byte[] {1}, value);
            }
        }
        Path segment = path.resolve("0000000001.wal");
        byte[] bytes = Files.readAllBytes(segment);
        int middle = 8_000;
        while (bytes[middle] != 'v') {
            middle++;
        }
        bytes[middle] ^= 1;
        Files.write(segment, bytes);
        Map<String, byte[]> before = contentsOf(path);
        assertThatExceptionOfType(StoreDamagedException.class).isThrownBy(() -> open(path, random));
        assertThat(contentsOf(path)).containsExactlyInAnyOrderEntriesOf(before);
    }

    private static Map<String, byte[]> contentsOf(Path path) throws IOException {
        Map<String, byte[]> contents = new TreeMap<>();
        try (var files = Files.list(path)) {
            for (Path file : files.toList()) {
                if (!file.toString().endsWith("LOCK")) {
                    contents.put(file.getFileName().toString(), Files.readAllBytes(file));
                }
            }
        }
        return contents;
    }

    private static Instant afterTheNextMillisecond() throws InterruptedException {
        long now = System.currentTimeMillis();
        while (System.currentTimeMillis() <= now + 1) {
            Thread.sleep(1);
        }
        return Instant.ofEpochMilli(now + 1);
    }

    @Test
    void answersAnInterruptedThread() {
        for (Retention kept : List.of(Retention.ALL, Retention.NONE)) {
            try (Poro poro =
                    Poro.at(directory.resolve(kept.toString())).changes(kept).open()) {
                poro.set("a", "1");
                long first = poro.sequence();
                poro.set("a", "2");
                Thread.currentThread().interrupt();
                assertThat(poro.getAt(new byte[] {'a'}, first)).containsExactly('1');
                assertThat(Thread.interrupted()).isTrue();
            }
        }
    }

    @Test
    void isKeptWithinItsBounds() throws IOException {
        Path path = directory.resolve("poro.wal");
        SplittableRandom random = new SplittableRandom(1);
        NavigableMap<Long, byte[]> values = new TreeMap<>();
        byte[] often = {1};
        byte[] once = {2};
        for (int session = 0; session < 2; session++) {
            try (Poro poro = openBounded(path)) {
                poro.setIfAbsent(once, once);
                for (int i = 0; i < 20; i++) {
                    for (int j = 0; j < 50; j++) {
                        byte[] value = bytes(random, 2_000);
                        poro.set(often, value);
                        values.put(poro.entry(often).sequence(), value);
                    }
                    poro.snapshot();
                }
                long last = values.lastKey();
                long earliest = earliestPoint(poro, last);
                assertThat(earliest).isBetween(last - 600, last - 100);
                for (long sequence = earliest; sequence <= last; sequence += 7) {
                    assertThat(poro.getAt(often, sequence))
                            .isEqualTo(values.floorEntry(sequence).getValue());
                    assertThat(poro.getAt(once, sequence)).isEqualTo(once);
                }
                assertThat(poro.history(often, 10)).hasSize(10);
            }
            long kept = 0;
            for (Path file : changeFiles(path)) {
                kept += Files.size(file);
            }
            assertThat(kept).isBetween(200_000L, 700_000L);
            assertThat(Verification.run(path, Progress.NONE).log().verdict()).isEqualTo(RecoveryReport.Verdict.SOUND);
        }
    }

    /** Of the log itself, 8 MiB can make changes without end. */
    @Test
    void isKeptWithinItsBoundsIfShortEventsChangeLongValues() throws IOException {
        Path path = directory.resolve("poro.wal");
        byte[] key = {1};
        try (Poro poro = Poro.at(path)
                .sync(SyncPolicy.OS)
                .segmentLength(512 << 10)
                .maxValueLength(200_000)
                .memory(64L << 20)
                .snapshotAfter(8 << 20)
                .changes(Retention.ofSize(500_000))
                .open()) {
            poro.set(key, new byte[100_000]);
            for (int i = 0; i < 300 || poro.log().newestSnapshot() == null; i++) {
                assertThat(i).as("events without a snapshot").isLessThan(10_000);
                poro.append(key, key);
                if (i % 10 == 0) {
                    LockSupport.parkNanos(1_000_000); // the worker that takes snapshots wants to run, too
                }
            }
        }
    }

    /** The changes that an opening with its snapshots would keep. */
    @Test
    void isLeftAloneIfTheLogIsRefused() throws IOException {
        Path path = directory.resolve("poro.wal");
        byte[] key = {1};
        try (Poro poro = openWithShortSegments(path)) {
            for (int i = 0; i < 100; i++) {
                poro.set(key, new byte[5_000]);
                if (i % 20 == 0) {
                    poro.snapshot();
                }
            }
        }
        List<Path> snapshots = files(path, ".snapshot");
        for (Path snapshot : snapshots) {
            Files.move(snapshot, directory.resolve(snapshot.getFileName()));
        }
        assertThatExceptionOfType(StoreDamagedException.class).isThrownBy(() -> openWithShortSegments(path));
        for (Path snapshot : snapshots) {
            Files.move(directory.resolve(snapshot.getFileName()), snapshot);
        }
        try (Poro poro = openWithShortSegments(path)) {
            assertThat(poro.history(key, 1_000)).hasSize(100);
        }
        List<Path> segments = files(path, ".wal");
        for (Path segment : segments) {
            Files.move(segment, directory.resolve(segment.getFileName()));
        }
        assertThatExceptionOfType(StoreDamagedException.class).isThrownBy(() -> openWithShortSegments(path));
        for (Path segment : segments) {
            Files.move(directory.resolve(segment.getFileName()), segment);
        }
        try (Poro poro = openWithShortSegments(path)) {
            assertThat(poro.history(key, 1_000)).hasSize(100);
        }
    }

    private static Poro openWithShortSegments(Path path) {
        return Poro.at(path)
                .sync(SyncPolicy.OS)
                .segmentLength(64 << 10)
                .maxValueLength(10_000)
                .memory(64L << 20)
                .snapshotAfter(Long.MAX_VALUE)
                .changes(Retention.ALL)
                .open();
    }

    private static Poro openBounded(Path path) {
        return Poro.at(path)
                .sync(SyncPolicy.OS)
                .segmentLength(64 << 10)
                .maxValueLength(10_000)
                .memory(64L << 20)
                .snapshotAfter(Long.MAX_VALUE)
                .changes(Retention.ofSize(500_000))
                .open();
    }

    /** The first point at which the store can tell that a key was absent. */
    private static long earliestPoint(Poro poro, long last) {
        for (long sequence = 0; ; sequence++) {
            try {
                assertThat(poro.getAt(new byte[] {3}, sequence)).isNull();
                return sequence;
            } catch (PositionLostException e) {
                assertThat(e.earliest()).isGreaterThan(1);
                assertThat(sequence).isLessThan(last);
            }
        }
    }

    private static void assertSame(Path path) throws IOException {
        List<Change> found = changesOf(path);
        List<Change> expected = replayed(path);
        for (int i = 0; i < Math.min(found.size(), expected.size()); i++) {
            assertThat(found.get(i)).as("change %d of %d", i, expected.size()).isEqualTo(expected.get(i));
        }
        assertThat(found).hasSameSizeAs(expected);
    }

    private static List<Path> changeFiles(Path path) throws IOException {
        return files(path, ".changes");
    }

    private static List<Path> files(Path path, String suffix) throws IOException {
        try (Stream<Path> files = Files.list(path)) {
            return files.filter(file -> file.toString().endsWith(suffix)).toList();
        }
    }

    /** As a kill leaves it: what a file depends on is copied later, so that it is not missing. */
    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        for (String suffix : List.of(".snapshot", ".changes", ".wal", "STORE")) {
            try (Stream<Path> files = Files.list(from)) {
                for (Path file : files.toList()) {
                    if (file.toString().endsWith(suffix)) {
                        Files.copy(file, to.resolve(file.getFileName()));
                    }
                }
            }
        }
    }

    /** What the files hold up to the end of the log. */
    private static List<Change> changesOf(Path path) throws IOException {
        long last = lastSequence(path);
        List<Change> changes = new ArrayList<>();
        try (ChangeReader reader = ChangeReader.open(path, () -> last, 1, 0)) {
            while (reader.next()) {
                changes.add(CopiedChange.of(reader));
            }
        }
        return changes;
    }

    private static long lastSequence(Path path) throws IOException {
        try (LogInspector log = LogInspector.open(path)) {
            return log.inspect(dev.poro.wal.LogVisitor.NONE, ReplayProgress.NONE)
                    .lastSequence();
        }
    }

    private static List<Change> replayed(Path path) throws IOException {
        List<Change> changes = new ArrayList<>();
        LogHistory.byReplay(path, Progress.NONE)
                .changes(
                        ChangesStart.at(RestorePoint.ofSequence(1)),
                        new byte[0],
                        false,
                        (change, before) -> changes.add(change));
        return changes;
    }
}
