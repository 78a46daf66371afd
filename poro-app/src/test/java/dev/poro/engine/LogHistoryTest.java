package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.engine.tools.ChangesStart;
import dev.poro.engine.tools.FollowedChanges;
import dev.poro.engine.tools.LogHistory;
import dev.poro.events.TestScale;
import dev.poro.statemachine.RandomRecords;
import dev.poro.statemachine.StateMachine;
import dev.poro.wal.RecoveryReport;
import dev.poro.wal.RestorePoint;
import dev.poro.wal.WriteAheadLog;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every question about the past of a random log has the answer of a naive model of all that happened.
 *
 * @see ChangeReplay
 * @see ChangeFilter
 * @see ChangesStart
 * @see FollowedChanges
 */
class LogHistoryTest {
    private static final int SEEDS = TestScale.choose(3, 60);
    private static final int QUESTIONS = TestScale.choose(6, 40);
    private static final int EVENTS_PER_SNAPSHOT = 40;
    private static final int EVENTS_PER_OPENING = 3 * EVENTS_PER_SNAPSHOT;
    private static final byte[] NO_PREFIX = {};
    private static final byte[][] KEYS = keys();

    @TempDir
    private Path directory;

    private final HistoryModel model = new HistoryModel();
    private Random random;

    static long[] seeds() {
        return new Random(17).longs(SEEDS, 0, 1_000_000).toArray();
    }

    /** The empty one, and some that begin alike. */
    private static byte[][] keys() {
        byte[][] keys = new byte[14][];
        keys[0] = NO_PREFIX;
        for (int i = 1; i < keys.length; i++) {
            keys[i] = i % 3 == 0 ? new byte[] {7, (byte) (0x80 + i)} : new byte[] {(byte) i};
        }
        return keys;
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void everyAnswerIsThatOfTheModel(long seed) throws IOException {
        random = new Random(seed);
        Path whole = directory.resolve("whole.wal");
        Path released = directory.resolve("released.wal");
        writeLogs(whole, released);
        Map<String, Long> before = listing();

        long last = model.lastSequence();
        for (int i = 0; i < QUESTIONS; i++) {
            ask(released, oldestSnapshot(released), last);
        }
        assertThat(listing()).as("looking changes nothing").isEqualTo(before);
    }

    /** The first log has all of its history; the second one goes on with it, and has released the first segments. */
    private void writeLogs(Path whole, Path released) throws IOException {
        SimulatedStorage disk = new SimulatedStorage(random.nextLong());
        SteppedWorkers workers = new SteppedWorkers();
        disk.setClock(Instant.parse("2020-06-15T10:00:00Z").toEpochMilli() - disk.currentTimeMillis());
        for (int opening = 0; opening < 2; opening++) {
            write(disk, workers, Retention.ALL, EVENTS_PER_OPENING);
        }
        write(disk, whole);
        model.read(whole);
        for (int i = 0; i < QUESTIONS; i++) {
            ask(whole, 0, model.lastSequence());
        }
        write(disk, workers, Retention.NONE, EVENTS_PER_SNAPSHOT);
        write(disk, released);
        disk.release();
        model.read(released);
        assertThat(oldestSnapshot(released)).isGreaterThan(EVENTS_PER_OPENING);
        assertThat(released.resolve("0000000001.wal")).doesNotExist();
    }

    private void write(SimulatedStorage disk, SteppedWorkers workers, Retention retention, int events) {
        RandomRecords records = new RandomRecords(random, KEYS, 300);
        PoroBuilder settings = Poro.at(Path.of("simulated"))
                .sync(SyncPolicy.ALWAYS)
                .segmentLength(16 << 10)
                .retain(retention);
        try (SteppedStore store = SteppedStore.open(
                settings,
                Threading.CALLER,
                1 << 20,
                40,
                disk::elapsedMillis,
                StateMachine::new,
                (log, replay, progress, failStop) ->
                        WriteAheadLog.open(() -> {}, disk, workers, log, replay, progress, failStop))) {
            for (int event = 0; event < events; event++) {
                disk.advanceClock(random.nextInt(40));
                if (random.nextInt(20) == 0) {
                    disk.setClock(random.nextInt(600) - 300);
                }
                store.publish(records.next(store.poro().sequence(), disk.currentTimeMillis()));
                store.journal();
                if (event % EVENTS_PER_SNAPSHOT == EVENTS_PER_SNAPSHOT - 1) {
                    store.poro().snapshot();
                }
            }
        }
    }

    private static void write(SimulatedStorage disk, Path log) throws IOException {
        Files.createDirectory(log);
        for (String name : disk.names()) {
            Files.write(log.resolve(name), disk.bytes(name));
        }
    }

    private static long oldestSnapshot(Path log) {
        return new TreeSet<>(List.of(log.toFile().list()))
                .stream()
                        .filter(name -> name.endsWith(".snapshot"))
                        .mapToLong(name -> Long.parseLong(name.substring(0, 19)))
                        .findFirst()
                        .orElseThrow();
    }

    /** @param begin the sequence of the state that the history of the log begins with; 0 for that of an empty store */
    private void ask(Path path, long begin, long last) throws IOException {
        LogHistory history = LogHistory.of(path, Progress.NONE);
        byte[] prefix = random.nextBoolean() ? NO_PREFIX : new byte[] {7};
        byte[] key = KEYS[random.nextInt(KEYS.length)];
        RestorePoint point = randomPoint(last);
        RestorePoint other = randomPoint(last);
        String asked = path.getFileName() + ", key " + HistoryModel.hex(key) + ", " + point + ", " + other;

        askForChanges(history, point, prefix, begin, asked);
        int limit = 1 + random.nextInt(random.nextBoolean() ? 5 : 1_000);
        List<Change> changes = new ArrayList<>(history.history(key, limit).changes());
        Collections.reverse(changes);
        assertThat(changes.stream().map(change -> HistoryModel.withoutBefore(HistoryModel.text(change, null))))
                .as(asked)
                .containsExactlyElementsOf(model.history(key, limit, begin));

        if (isKnown(point, begin)) {
            Map<String, String> contents = new HashMap<>();
            long sequence = history.forEachAt(
                    point, prefix, (k, entry) -> contents.put(HistoryModel.hex(k), HistoryModel.text(entry)));
            assertThat(contents).as(asked).isEqualTo(model.contentsAt(point, prefix));
            assertThat(sequence).as(asked).isEqualTo(model.sequenceAt(point));
            Entry entry = history.getAt(key, point);
            assertThat(entry == null ? null : HistoryModel.text(entry))
                    .as(asked)
                    .isEqualTo(model.contentsAt(point, NO_PREFIX).get(HistoryModel.hex(key)));
        } else {
            assertThatExceptionOfType(PoroException.class)
                    .as(asked)
                    .isThrownBy(() -> history.getAt(key, point))
                    .withMessageContaining("Restorable is sequence " + Math.max(1, begin) + " (");
        }
        if (isKnown(point, begin) && isKnown(other, begin)) {
            askForDifference(history, point, other, prefix, asked);
        }
    }

    private void askForChanges(LogHistory history, RestorePoint from, byte[] prefix, long begin, String asked)
            throws IOException {
        List<String> found = new ArrayList<>();
        List<Change> inOrder = new ArrayList<>();
        if (begin > 0 && !isKnown(from.before(), begin)) {
            assertThatExceptionOfType(PoroException.class)
                    .as(asked)
                    .isThrownBy(() -> history.changes(from, prefix, false, (change, before) -> found.add("")))
                    .withMessageContaining("The earliest point is sequence " + begin + " (");
            assertThat(found).isEmpty();
            return;
        }
        RecoveryReport log = history.changes(from, prefix, true, (change, before) -> {
            found.add(HistoryModel.text(change, before));
            inOrder.add(change);
        });
        assertThat(log.verdict()).isEqualTo(RecoveryReport.Verdict.SOUND);
        assertThat(found.stream().sorted())
                .as(asked)
                .containsExactlyElementsOf(model.changes(model.sequenceAt(from.before()) + 1, prefix).stream()
                        .sorted()
                        .toList());
        for (int i = 1; i < inOrder.size(); i++) {
            Change one = inOrder.get(i - 1);
            Change next = inOrder.get(i);
            assertThat(next.sequence() > one.sequence()
                            || (next.sequence() == one.sequence() && next.index() > one.index()))
                    .as("%s: %s, %s", asked, one, next)
                    .isTrue();
        }
    }

    private void askForDifference(
            LogHistory history, RestorePoint first, RestorePoint second, byte[] prefix, String asked)
            throws IOException {
        Map<String, String> expected = new TreeMap<>();
        Map<String, String> before = model.contentsAt(first, prefix);
        Map<String, String> after = model.contentsAt(second, prefix);
        for (String key : keysOf(before, after)) {
            String was = before.get(key);
            String is = after.get(key);
            if (was == null || is == null || !withoutSequence(was).equals(withoutSequence(is))) {
                expected.put(key, was + " -> " + is);
            }
        }
        Map<String, String> found = new TreeMap<>();
        history.diff(first, second, prefix, (key, was, is) -> {
            String old = was == null ? null : HistoryModel.text(was);
            found.put(HistoryModel.hex(key), old + " -> " + (is == null ? null : HistoryModel.text(is)));
        });
        assertThat(found).as(asked).isEqualTo(expected);
    }

    private static String withoutSequence(String entry) {
        return entry.replaceFirst(" of [0-9]+ ", " ");
    }

    private RestorePoint randomPoint(long last) {
        long sequence = 1L + random.nextInt((int) last);
        return random.nextBoolean()
                ? RestorePoint.ofSequence(sequence)
                : RestorePoint.ofTime(model.wallClockAt(sequence) + random.nextInt(5) - 2);
    }

    /** Whether the log reaches back to a point. */
    private boolean isKnown(RestorePoint point, long begin) {
        return model.sequenceAt(point) >= Math.max(1, begin);
    }

    private Map<String, Long> listing() throws IOException {
        Map<String, Long> listing = new TreeMap<>();
        try (var files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                listing.put(file.toString(), Files.getLastModifiedTime(file).toMillis() * 31 + Files.size(file));
            }
        }
        return listing;
    }

    private static NavigableSet<String> keysOf(Map<String, String> one, Map<String, String> other) {
        NavigableSet<String> keys = new TreeSet<>(one.keySet());
        keys.addAll(other.keySet());
        return keys;
    }

    @Test
    void followsAStoreThroughSegmentsSnapshotsAndOpenings() throws IOException {
        Path path = directory.resolve("followed.wal");
        List<String> shown = new ArrayList<>();
        try (Poro poro = open(path)) {
            poro.set("a", "0");
        }
        try (FollowedChanges changes = LogHistory.of(path, Progress.NONE)
                .follow(
                        ChangesStart.last(5),
                        NO_PREFIX,
                        true,
                        (change, before) -> shown.add(HistoryModel.text(change, before)))) {
            assertThat(shown).hasSize(1);
            for (int opening = 0; opening < 3; opening++) {
                try (Poro poro = open(path)) {
                    for (int i = 0; i < 60; i++) {
                        poro.set("key-" + i % 20, i + "v".repeat(700));
                        if (i % 10 == 3) {
                            assertThat(changes.showAppended()).isTrue();
                            assertThat(shown.get(shown.size() - 1))
                                    .contains(HistoryModel.hex(StoreContract.bytes("key-" + i % 20)));
                        }
                        if (i % 30 == 29) {
                            poro.snapshot();
                        }
                    }
                    poro.clear();
                }
            }
            assertThat(changes.showAppended()).isTrue();
            assertThat(changes.showAppended()).isFalse();
        }
        List<String> all = new ArrayList<>();
        LogHistory.of(path, Progress.NONE)
                .changes(
                        RestorePoint.ofSequence(1),
                        NO_PREFIX,
                        true,
                        (change, before) -> all.add(HistoryModel.text(change, before)));
        assertThat(shown).isEqualTo(all).hasSize(1 + 3 * 61);
    }

    @Test
    void showsOnlyWhatComesFromNowOn() throws IOException {
        Path path = directory.resolve("now.wal");
        List<Long> shown = new ArrayList<>();
        try (Poro poro = open(path)) {
            poro.set("a", "0");
            try (FollowedChanges changes = LogHistory.of(path, Progress.NONE)
                    .follow(ChangesStart.END, NO_PREFIX, false, (change, before) -> shown.add(change.sequence()))) {
                poro.set("a", "1");
                assertThat(changes.showAppended()).isTrue();
                assertThat(shown).containsExactly(poro.sequence());
                assertThat(changes.lastSequence()).isEqualTo(poro.sequence());
            }
        }
    }

    @Test
    void tellsASequenceThatIsNotThereYet() {
        Path path = directory.resolve("short.wal");
        try (Poro poro = open(path)) {
            poro.set("a", "0");
            long last = poro.sequence();
            LogHistory history = LogHistory.of(path, Progress.NONE);
            assertThatExceptionOfType(PoroException.class)
                    .isThrownBy(() -> history.changes(
                            RestorePoint.ofSequence(last + 2), NO_PREFIX, false, (change, before) -> {}))
                    .withMessageContaining("ends with sequence " + last);
        }
    }

    @Test
    void whatAVisitorThrowsIsThrown() throws IOException {
        Path path = directory.resolve("thrown.wal");
        try (Poro poro = open(path)) {
            poro.set("a", "0");
        }
        LogHistory history = LogHistory.of(path, Progress.NONE);
        RestorePoint first = RestorePoint.ofSequence(1);
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> history.changes(first, NO_PREFIX, false, (change, before) -> {
                    throw new IllegalStateException("mine");
                }))
                .withMessage("mine");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> history.changes(first, NO_PREFIX, false, (change, before) -> {
                    throw new IOException("mine");
                }))
                .withMessage("mine");
    }

    private static Poro open(Path path) {
        return Poro.at(path)
                .sync(SyncPolicy.OS)
                .memory(1 << 20)
                .segmentLength(16 << 10)
                .retain(Retention.ALL)
                .threading(Threading.CALLER)
                .open();
    }
}
