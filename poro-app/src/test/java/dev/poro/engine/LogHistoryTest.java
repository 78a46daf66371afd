package dev.poro.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.engine.tools.ChangesStart;
import dev.poro.engine.tools.FollowedChanges;
import dev.poro.engine.tools.LogHistory;
import dev.poro.events.TestScale;
import dev.poro.statemachine.RandomRecords;
import dev.poro.statemachine.StateMachine;
import dev.poro.wal.ReadOnlyChanges;
import dev.poro.wal.RecoveryReport;
import dev.poro.wal.RestorePoint;
import dev.poro.wal.WriteAheadLog;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
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
 * @see ChangesOfLog
 * @see dev.poro.engine.internal.KeyPast
 * @see dev.poro.wal.ReadOnlyChanges
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
    /** Of the changes: in the first opening, and in those after it. */
    private Retention[] changes = {Retention.NONE, Retention.NONE};

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

    /** Answers by a replay, and from the change log. */
    private int replayed;

    private int fromChanges;

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void everyAnswerOfAReplayIsThatOfTheModel(long seed) throws IOException {
        everyAnswerIsThatOfTheModel(seed);
        assertThat(fromChanges).isZero();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void everyAnswerOfAChangeLogIsThatOfTheModel(long seed) throws IOException {
        changes = new Retention[] {Retention.ALL, Retention.ALL};
        everyAnswerIsThatOfTheModel(seed);
        assertThat(fromChanges).isGreaterThan(4 * QUESTIONS).isGreaterThan(4 * replayed);
    }

    /** Early questions need a replay, late ones do not. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void everyAnswerIsThatOfTheModelIfTheChangeLogBeginsLater(long seed) throws IOException {
        changes = new Retention[] {Retention.NONE, Retention.ALL};
        everyAnswerIsThatOfTheModel(seed);
        assertThat(fromChanges).isPositive();
        assertThat(replayed).isPositive();
    }

    private void count(boolean isReplayed) {
        replayed += isReplayed ? 1 : 0;
        fromChanges += isReplayed ? 0 : 1;
    }

    private void everyAnswerIsThatOfTheModel(long seed) throws IOException {
        random = new Random(seed);
        Path whole = directory.resolve("whole.wal");
        Path released = directory.resolve("released.wal");
        writeLogs(whole, released);
        Map<String, Long> before = listing();

        long last = model.lastSequence();
        for (int i = 0; i < QUESTIONS; i++) {
            ask(released, beginOf(released), last);
        }
        assertThat(listing()).as("looking changes nothing").isEqualTo(before);
    }

    /** The first log has all of its history; the second one goes on with it, and has released the first segments. */
    private void writeLogs(Path whole, Path released) throws IOException {
        SimulatedStorage disk = new SimulatedStorage(random.nextLong());
        SteppedWorkers workers = new SteppedWorkers();
        disk.setClock(Instant.parse("2020-06-15T10:00:00Z").toEpochMilli() - disk.currentTimeMillis());
        for (int opening = 0; opening < 2; opening++) {
            write(disk, workers, Retention.ALL, changes[opening], EVENTS_PER_OPENING);
        }
        write(disk, whole);
        model.read(whole);
        for (int i = 0; i < QUESTIONS; i++) {
            ask(whole, 0, model.lastSequence());
        }
        write(disk, workers, Retention.NONE, changes[1], EVENTS_PER_SNAPSHOT);
        write(disk, released);
        disk.release();
        model.read(released);
        assertThat(beginOf(released)).isGreaterThan(EVENTS_PER_OPENING);
        assertThat(released.resolve("0000000001.wal")).doesNotExist();
    }

    /** The sequence of the state that a replay begins with. */
    private static long beginOf(Path log) {
        return LogHistory.byReplay(log, Progress.NONE)
                .history(new byte[] {1}, Integer.MAX_VALUE)
                .begin();
    }

    /** The sequence of the state that the change log begins with; that of the future if there is none. */
    private static long baseOf(Path log) throws IOException {
        ReadOnlyChanges kept = ReadOnlyChanges.open(log, null);
        return kept == null ? Long.MAX_VALUE : kept.base();
    }

    private void write(SimulatedStorage disk, SteppedWorkers workers, Retention retention, Retention kept, int events) {
        RandomRecords records = new RandomRecords(random, KEYS, 300);
        PoroBuilder settings = Poro.at(Path.of("simulated"))
                .sync(SyncPolicy.ALWAYS)
                .segmentLength(16 << 10)
                .retain(retention)
                .changes(kept);
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

    /** @param begin the sequence of the state that a replay of the log begins with; 0 for that of an empty store */
    private void ask(Path path, long begin, long last) throws IOException {
        LogHistory history = LogHistory.of(path, Progress.NONE);
        long known = Math.min(begin, baseOf(path));
        byte[] prefix = random.nextBoolean() ? NO_PREFIX : new byte[] {7};
        byte[] key = KEYS[random.nextInt(KEYS.length)];
        RestorePoint point = randomPoint(last);
        RestorePoint other = randomPoint(last);
        String asked = path.getFileName() + ", key " + HistoryModel.hex(key) + ", " + point + ", " + other;

        askForChanges(history, point, prefix, known, begin, asked);
        askForLastChanges(history, prefix, known, asked);
        askForHistory(history, key, known, asked);
        if (isKnown(point, known)) {
            askForEntry(path, key, point, isKnown(point, begin), asked);
        } else {
            assertThatExceptionOfType(PoroException.class)
                    .as(asked)
                    .isThrownBy(() -> history.getAt(key, point))
                    .withMessageContaining("Restorable is ");
        }
        if (isKnown(point, begin)) {
            Map<String, String> contents = new HashMap<>();
            long sequence = history.forEachAt(
                    point, prefix, (k, entry) -> contents.put(HistoryModel.hex(k), HistoryModel.text(entry)));
            assertThat(contents).as(asked).isEqualTo(model.contentsAt(point, prefix));
            assertThat(sequence).as(asked).isEqualTo(model.sequenceAt(point));
        }
        if (isKnown(point, begin) && isKnown(other, begin)) {
            askForDifference(history, point, other, prefix, asked);
        }
    }

    private void askForHistory(LogHistory history, byte[] key, long known, String asked) {
        int limit = 1 + random.nextInt(random.nextBoolean() ? 5 : 1_000);
        LogHistory.KeyHistory read = history.history(key, limit);
        count(read.isReplayed());
        assertThat(read.changesDamage()).isNull();
        List<Change> found = new ArrayList<>(read.changes());
        Collections.reverse(found);
        assertThat(found.stream().map(change -> HistoryModel.withoutBefore(HistoryModel.text(change, null))))
                .as(asked)
                .containsExactlyElementsOf(model.history(key, limit, known));
    }

    /** @param isInLog whether the log reaches back: otherwise the time of an event that changed nothing is not known */
    private void askForEntry(Path path, byte[] key, RestorePoint point, boolean isInLog, String asked) {
        LogHistory.EntryAt read = LogHistory.of(path, Progress.NONE).entryAt(key, point);
        count(read.isReplayed());
        if (isInLog || model.hasChanged(model.sequenceAt(point))) {
            assertThat(read.entry() == null ? null : HistoryModel.text(read.entry()))
                    .as(asked)
                    .isEqualTo(model.contentsAt(point, NO_PREFIX).get(HistoryModel.hex(key)));
        }
        if (isInLog) {
            assertThat(read.leftOut())
                    .as(asked)
                    .isEqualTo(LogHistory.byReplay(path, Progress.NONE)
                            .entryAt(key, point)
                            .leftOut());
        }
    }

    private void askForLastChanges(LogHistory history, byte[] prefix, long known, String asked) throws IOException {
        int limit = random.nextInt(10) == 0 ? Integer.MAX_VALUE : 1 + random.nextInt(40);
        List<String> found = new ArrayList<>();
        LogHistory.ChangesRead read = history.changes(
                ChangesStart.last(limit),
                prefix,
                false,
                (change, before) -> found.add(HistoryModel.withoutBefore(HistoryModel.text(change, null))));
        count(read.isReplayed());
        List<String> all = model.changes(known + 1, prefix).stream()
                .map(HistoryModel::withoutBefore)
                .toList();
        // Within an event, the model has another order: so as many of the last events as are there in full.
        List<String> expected = all.subList(Math.max(0, all.size() - limit), all.size());
        assertThat(found).as(asked).hasSameSizeAs(expected);
        assertThat(found.stream().filter(text -> !isOfEvent(text, expected.get(0))))
                .as(asked)
                .containsExactlyInAnyOrderElementsOf(expected.stream()
                        .filter(text -> !isOfEvent(text, expected.get(0)))
                        .toList());
    }

    private static boolean isOfEvent(String change, String other) {
        return change.startsWith(other.substring(0, other.indexOf(' ') + 1));
    }

    private void askForChanges(
            LogHistory history, RestorePoint from, byte[] prefix, long known, long begin, String asked)
            throws IOException {
        List<String> found = new ArrayList<>();
        List<Change> inOrder = new ArrayList<>();
        if (known > 0 && !isKnown(from.before(), known)) {
            assertThatExceptionOfType(PoroException.class)
                    .as(asked)
                    .isThrownBy(() ->
                            history.changes(ChangesStart.at(from), prefix, false, (change, before) -> found.add("")))
                    .withMessageContaining("The earliest point is sequence " + begin + " (");
            assertThat(found).isEmpty();
            return;
        }
        LogHistory.ChangesRead read = history.changes(ChangesStart.at(from), prefix, true, (change, before) -> {
            found.add(HistoryModel.text(change, before));
            inOrder.add(change);
        });
        count(read.isReplayed());
        assertThat(read.log().verdict()).isEqualTo(RecoveryReport.Verdict.SOUND);
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
                        ChangesStart.at(RestorePoint.ofSequence(1)),
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
                            ChangesStart.at(RestorePoint.ofSequence(last + 2)),
                            NO_PREFIX,
                            false,
                            (change, before) -> {}))
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
        ChangesStart first = ChangesStart.at(RestorePoint.ofSequence(1));
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

    private static Poro openWithChanges(Path path) {
        return Poro.at(path)
                .sync(SyncPolicy.OS)
                .memory(1 << 20)
                .segmentLength(64 << 10)
                .changes(Retention.ALL)
                .threading(Threading.CALLER)
                .open();
    }

    /** As a kill leaves it, while the store goes on: first the change log, then the log. */
    private Path copyOf(Path path, String name, Runnable between) throws IOException {
        return copyOf(path, name, true, between);
    }

    private Path copyOf(Path path, String name, boolean isChangeLogFirst, Runnable between) throws IOException {
        Path copy = Files.createDirectory(directory.resolve(name));
        for (boolean isOfChanges : new boolean[] {isChangeLogFirst, !isChangeLogFirst}) {
            try (var files = Files.list(path)) {
                for (Path file : files.toList()) {
                    if (file.toString().endsWith(".changes") == isOfChanges) {
                        Files.copy(file, copy.resolve(file.getFileName()));
                    }
                }
            }
            if (isOfChanges == isChangeLogFirst) {
                between.run();
            }
        }
        return copy;
    }

    private static List<String> valuesOf(LogHistory.KeyHistory history) {
        return history.changes().stream()
                .map(change -> change.value() == null ? "-" : new String(change.value(), StandardCharsets.UTF_8))
                .toList();
    }

    private static LogHistory.KeyHistory historyOf(Path path, String key) {
        return LogHistory.of(path, Progress.NONE).history(StoreContract.bytes(key), 10);
    }

    @Test
    void readsTheChangeLogOfAnOpenStoreAndOfAKilledOne() throws IOException {
        Path path = directory.resolve("open.wal");
        try (Poro poro = openWithChanges(path)) {
            for (int i = 0; i < 200; i++) {
                poro.set("a", i + "v".repeat(300));
                poro.delete("absent"); // an event that changes nothing
                LogHistory.KeyHistory history = historyOf(path, "a");
                assertThat(history.isReplayed()).isFalse();
                assertThat(valuesOf(history)).hasSize(Math.min(i + 1, 10));
                assertThat(valuesOf(history).get(0)).startsWith(i + "v");
            }
            Path killed = copyOf(path, "killed.wal", () -> {});
            assertThat(historyOf(killed, "a").isReplayed()).isFalse();
            assertThat(valuesOf(historyOf(killed, "a"))).isEqualTo(valuesOf(historyOf(path, "a")));
        }
        assertThat(historyOf(path, "a").isReplayed()).isFalse();
        // It was closed: so it is known that the last event has changed nothing.
        LogHistory.ChangesRead read = LogHistory.of(path, Progress.NONE)
                .changes(
                        ChangesStart.last(1),
                        NO_PREFIX,
                        true,
                        (change, before) -> assertThat(before).isNotNull());
        assertThat(read.isReplayed()).isFalse();
    }

    /** A power cut may leave more of the change log than of the log. */
    @Test
    void whatTheLogHasLostIsNotShown() throws IOException {
        Path path = directory.resolve("open.wal");
        try (Poro poro = openWithChanges(path)) {
            poro.set("a", "1");
            poro.set("b", "1");
            Path cut = copyOf(path, "cut.wal", false, () -> {
                poro.set("a", "2");
                poro.set("c", "1");
            });
            List<String> shown = new ArrayList<>();
            LogHistory.ChangesRead read = LogHistory.of(cut, Progress.NONE)
                    .changes(
                            ChangesStart.at(RestorePoint.ofSequence(1)),
                            NO_PREFIX,
                            false,
                            (change, before) -> shown.add(new String(change.key(), StandardCharsets.UTF_8)));
            assertThat(read.isReplayed()).isFalse();
            assertThat(shown).containsExactly("a", "b");
            assertThat(valuesOf(historyOf(cut, "a"))).containsExactly("1");
            assertThat(valuesOf(historyOf(cut, "c"))).isEmpty();
            assertThat(historyOf(cut, "c").isReplayed()).isFalse();
        }
    }

    @Test
    void replaysWhatAKilledStoreDidNotBringIntoItsChangeLog() throws IOException {
        Path path = directory.resolve("open.wal");
        try (Poro poro = openWithChanges(path)) {
            poro.set("a", "1");
            poro.set("b", "1");
            Path killed = copyOf(path, "killed.wal", () -> {
                poro.set("b", "2");
                byte[] one = StoreContract.bytes("1");
                poro.batch()
                        .set(StoreContract.bytes("c"), one)
                        .set(StoreContract.bytes("d"), one)
                        .commit();
            });
            assertThat(historyOf(killed, "a").isReplayed())
                    .as("named by no later event")
                    .isFalse();
            assertThat(valuesOf(historyOf(killed, "a"))).containsExactly("1");
            for (String key : List.of("b", "c", "d")) {
                assertThat(historyOf(killed, key).isReplayed()).as(key).isTrue();
                assertThat(historyOf(killed, key).changesDamage()).isNull();
            }
            assertThat(valuesOf(historyOf(killed, "b"))).containsExactly("2", "1");
            assertThat(valuesOf(historyOf(killed, "d"))).containsExactly("1");
            List<Long> shown = new ArrayList<>();
            LogHistory.ChangesRead read = LogHistory.of(killed, Progress.NONE)
                    .changes(ChangesStart.last(10), NO_PREFIX, false, (change, before) -> shown.add(change.sequence()));
            assertThat(read.isReplayed()).isTrue();
            assertThat(shown).hasSize(5);
        }
    }

    /** What the change log has of events that a power cut took is not shown. */
    @Test
    void showsNothingThatTheLogHasLost() throws IOException {
        Path path = directory.resolve("open.wal");
        try (Poro poro = openWithChanges(path)) {
            poro.set("a", "1");
            Path cut = Files.createDirectory(directory.resolve("cut.wal"));
            for (String name : List.of("0000000001.wal", "STORE")) {
                Files.copy(path.resolve(name), cut.resolve(name));
            }
            poro.set("a", "2");
            Files.copy(path.resolve("0000000001.changes"), cut.resolve("0000000001.changes"));
            assertThat(historyOf(cut, "a").isReplayed()).isFalse();
            assertThat(valuesOf(historyOf(cut, "a"))).containsExactly("1");
            List<Long> shown = new ArrayList<>();
            LogHistory.of(cut, Progress.NONE)
                    .changes(ChangesStart.last(10), NO_PREFIX, false, (change, before) -> shown.add(change.sequence()));
            assertThat(shown).hasSize(1);
        }
    }

    @Test
    void saysThatTheChangeLogIsDamagedAndReplays() throws IOException {
        Path path = directory.resolve("damaged.wal");
        try (Poro poro = openWithChanges(path)) {
            for (int i = 0; i < 200; i++) {
                poro.set("a", i + "v".repeat(300));
            }
        }
        List<Long> whole = new ArrayList<>();
        LogHistory history = LogHistory.of(path, Progress.NONE);
        history.changes(ChangesStart.last(1_000), NO_PREFIX, true, (change, before) -> whole.add(change.sequence()));
        assertThat(whole).hasSize(200);
        Path second = path.resolve("0000000002.changes");
        byte[] bytes = Files.readAllBytes(second);
        int middle = 5_000;
        while (bytes[middle] != 'v') {
            middle++;
        }
        bytes[middle] ^= 1;
        Files.write(second, bytes);

        LogHistory.KeyHistory damaged = history.history(StoreContract.bytes("a"), 1_000);
        assertThat(damaged.isReplayed()).isTrue();
        assertThat(damaged.changesDamage().file()).isEqualTo(second.toString());
        assertThat(damaged.changesDamage().offset()).isBetween(middle - 1_000L, 0L + middle);
        assertThat(damaged.changes()).extracting(Change::sequence).containsExactlyInAnyOrderElementsOf(whole);
        List<Long> shown = new ArrayList<>();
        LogHistory.ChangesRead read = history.changes(
                ChangesStart.at(RestorePoint.ofSequence(1)),
                NO_PREFIX,
                false,
                (change, before) -> shown.add(change.sequence()));
        assertThat(read.isReplayed()).isTrue();
        assertThat(read.changesDamage()).isNotNull();
        assertThat(shown).as("each once, also what was shown before the damage").isEqualTo(whole);
        LogHistory.EntryAt then = history.entryAt(StoreContract.bytes("a"), RestorePoint.ofSequence(whole.get(9)));
        assertThat(new String(then.entry().value(), StandardCharsets.UTF_8)).startsWith("9v");
    }

    @Test
    void noticesAFileOfTheChangeLogThatIsMissing() throws IOException {
        Path path = directory.resolve("missing.wal");
        try (Poro poro = openWithChanges(path)) {
            poro.set("b", "1");
            for (int i = 0; i < 400; i++) {
                poro.set("a", i + "v".repeat(300));
            }
        }
        Files.delete(path.resolve("0000000002.changes"));
        LogHistory.KeyHistory history = historyOf(path, "b");
        assertThat(history.isReplayed()).isTrue();
        assertThat(history.changesDamage()).isNotNull();
        assertThat(valuesOf(history)).containsExactly("1");
    }

    /** As after a power cut that has taken the end of a file, and left the next one. */
    @Test
    void noticesThatTheEndOfAFileIsMissing() throws IOException {
        Path path = directory.resolve("short.wal");
        List<Long> sequences = new ArrayList<>();
        try (Poro poro = openWithChanges(path)) {
            for (int i = 0; i < 400; i++) {
                poro.set("a", i + "v".repeat(300));
                sequences.add(poro.sequence());
            }
        }
        Path second = path.resolve("0000000002.changes");
        byte[] whole = Files.readAllBytes(second);
        int frame = whole.length / 2;
        while (frame < whole.length / 2 + 400) {
            byte[] cut = Arrays.copyOf(whole, frame);
            Files.write(second, Arrays.copyOf(cut, whole.length));
            for (int i = 0; i < sequences.size(); i += 150) {
                LogHistory.EntryAt then = LogHistory.of(path, Progress.NONE)
                        .entryAt(StoreContract.bytes("a"), RestorePoint.ofSequence(sequences.get(i)));
                assertThat(new String(then.entry().value(), StandardCharsets.UTF_8))
                        .startsWith(i + "v");
            }
            frame += Long.BYTES; // one of these is the end of a frame
        }
    }

    /** Each of these would be the newest change before its sequence, if nobody saw that there were others. */
    @Test
    void noticesThatWhatIsAskedForIsInAFileThatIsMissing() throws IOException {
        Path path = directory.resolve("gone.wal");
        List<Long> sequences = new ArrayList<>();
        try (Poro poro = openWithChanges(path)) {
            for (int i = 0; i < 400; i++) {
                poro.set("a", i + "v".repeat(300));
                sequences.add(poro.sequence());
            }
        }
        Files.delete(path.resolve("0000000002.changes"));
        for (int i = 0; i < sequences.size(); i += 21) {
            LogHistory.EntryAt then = LogHistory.of(path, Progress.NONE)
                    .entryAt(StoreContract.bytes("a"), RestorePoint.ofSequence(sequences.get(i)));
            assertThat(new String(then.entry().value(), StandardCharsets.UTF_8)).startsWith(i + "v");
            List<Long> shown = new ArrayList<>();
            LogHistory.of(path, Progress.NONE)
                    .changes(
                            ChangesStart.at(RestorePoint.ofSequence(sequences.get(i))),
                            NO_PREFIX,
                            false,
                            (change, before) -> shown.add(change.sequence()));
            assertThat(shown).isEqualTo(sequences.subList(i, sequences.size()));
        }
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
