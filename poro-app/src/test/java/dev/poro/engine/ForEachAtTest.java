package dev.poro.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.poro.engine.internal.LogProgress;
import dev.poro.engine.internal.Replay;
import dev.poro.events.RecordFlyweight;
import dev.poro.statemachine.StateMachine;
import dev.poro.wal.ReadOnlyLog;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * {@link Poro#forEachAt}: the contents at one sequence, exactly, or a clear exception.
 *
 * @see EntryWalks
 */
@Tag("R24")
class ForEachAtTest {
    private static final int KEYS = 800;
    private static final int VALUE_LENGTH = 1_000;

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(Threading.class)
    void visitsEachEntryOnceWithValueSequenceAndExpiry(Threading threading) {
        Instant expiry = Instant.now().plusSeconds(1_000).truncatedTo(ChronoUnit.MILLIS);
        try (Poro poro = settings().threading(threading).maxValueLength(1 << 20).open()) {
            assertThat(poro.forEachAt((key, entry) -> assertThat(key).isNull())).isEqualTo(1);
            poro.set("a", "1");
            poro.set("b".getBytes(UTF_8), new byte[500_000], expiry);
            poro.set("", "3");
            poro.set("a", "4");
            poro.delete("");

            Map<String, Entry> visited = new HashMap<>();
            long sequence = poro.forEachAt((key, entry) -> visited.put(new String(key, UTF_8), entry));

            assertThat(sequence).isEqualTo(poro.sequence()).isEqualTo(6);
            assertThat(visited).containsOnlyKeys("a", "b");
            assertThat(visited.get("a").value()).isEqualTo("4".getBytes(UTF_8));
            assertThat(visited.get("a").sequence()).isEqualTo(5);
            assertThat(visited.get("a").expiry()).isEmpty();
            assertThat(visited.get("b").value()).hasSize(500_000);
            assertThat(visited.get("b").expiry()).contains(expiry);
        }
    }

    @Test
    void givesWhatIsChangedMeanwhileOutOfAFile() throws IOException {
        try (Poro poro = settings().open()) {
            fill(poro, 1);
            Map<ByteBuffer, byte[]> visited = new HashMap<>();
            List<String> names = new ArrayList<>();
            long[] spilled = new long[1];
            long sequence = poro.forEachAt((key, entry) -> {
                if (visited.isEmpty()) {
                    fill(poro, 2);
                    spilled[0] = poro.memory().spilled();
                    names.addAll(filesIn(directory.resolve("poro.wal")));
                    requirePrivateFile();
                }
                assertThat(visited.put(ByteBuffer.wrap(key), entry.value())).isNull();
            });
            assertThat(sequence).isEqualTo(KEYS + 1);
            assertThat(spilled[0]).as("bytes in the file").isGreaterThan(1 << 17);
            assertThat(visited)
                    .hasSize(KEYS)
                    .allSatisfy((key, value) -> assertThat(value[0]).isEqualTo((byte) 1));
            assertThat(names).noneMatch(name -> name.contains("spill"));
            assertThat(poro.memory().spilled() + poro.memory().walks()).isZero();
        }
    }

    @Test
    void failsWhereTheFileIsTooSmallAndWritersGoOn() {
        try (Poro poro = settings().spillLimit(200_000).open()) {
            fill(poro, 1);
            assertThatThrownBy(() -> poro.forEachAt((key, entry) -> fillOnce(poro, 2)))
                    .isInstanceOf(IterationFailedException.class)
                    .hasMessageContainingAll(directory.toString(), "after", "entries", "spillLimit", "bytes of a file");
            assertThat(poro.keys()).isEqualTo(KEYS);
            requireAll(poro, 2);
        }
        try (Poro poro = settings().spillLimit(0).open()) {
            requireAll(poro, 2);
            assertThatExceptionOfType(IterationFailedException.class)
                    .isThrownBy(() -> poro.forEachAt((key, entry) -> fillOnce(poro, 3)));
            requireAll(poro, 3);
        }
    }

    @Test
    void isForFourThreadsAtATimeBesideASnapshot() {
        try (Poro poro = settings().open()) {
            fill(poro, 1);
            nest(poro, 1);
            requireAll(poro, 6);
        }
    }

    /** Each call sees what was there when it began, and changes everything at its first entry. */
    private void nest(Poro poro, int depth) {
        AtomicBoolean isFirst = new AtomicBoolean(true);
        Map<ByteBuffer, Byte> visited = new HashMap<>();
        poro.forEachAt((key, entry) -> {
            if (isFirst.getAndSet(false)) {
                fill(poro, depth + 1);
                if (depth < EntryWalks.MOST) {
                    nest(poro, depth + 1);
                } else {
                    poro.snapshot();
                    assertThatThrownBy(() -> poro.forEachAt((k, e) -> {}))
                            .isInstanceOf(IterationFailedException.class)
                            .hasMessageContaining("4 threads");
                    fill(poro, 6);
                }
            }
            visited.put(ByteBuffer.wrap(key), entry.value()[0]);
        });
        assertThat(visited)
                .hasSize(KEYS)
                .allSatisfy((key, version) -> assertThat(version).isEqualTo((byte) depth));
    }

    @Test
    void endsWithTheExceptionOfItsVisitor() {
        try (Poro poro = settings().open()) {
            fill(poro, 1);
            for (int i = 0; i < 2 * EntryWalks.MOST; i++) {
                IllegalStateException own = new IllegalStateException("enough");
                assertThatThrownBy(() -> poro.forEachAt((key, entry) -> {
                            throw own;
                        }))
                        .isSameAs(own);
                fill(poro, i);
            }
            assertThat(poro.memory().walks()).isZero();
            requireAll(poro, 2 * EntryWalks.MOST - 1);
        }
    }

    /** Otherwise the last buffers, of megabytes each, would stay until the next visit. */
    @ParameterizedTest
    @EnumSource(Threading.class)
    void isForgottenByTheWriterWhenItEndsEarly(Threading threading) throws Exception {
        try (Poro poro = settings().threading(threading).open()) {
            fill(poro, 1);
            assertThatThrownBy(() -> poro.forEachAt((key, entry) -> {
                        throw new IllegalStateException("enough");
                    }))
                    .hasMessage("enough");
            fill(poro, 2);

            assertThat(readersOf(poro)).isEmpty();
        }
    }

    private static List<?> readersOf(Poro poro) throws ReflectiveOperationException {
        Object walks = fieldOf(poro, "walks");
        return (List<?>) fieldOf(fieldOf(walks, "handler"), "readers");
    }

    private static Object fieldOf(Object object, String name) throws ReflectiveOperationException {
        Field field = object.getClass().getDeclaredField(name);
        field.setAccessible(true);
        return field.get(object);
    }

    @Test
    void endsWhenItsThreadIsInterrupted() {
        try (Poro poro = settings().open()) {
            fill(poro, 1);
            assertThatThrownBy(() -> poro.forEachAt(
                            (key, entry) -> Thread.currentThread().interrupt()))
                    .isInstanceOf(IterationFailedException.class)
                    .hasMessageContaining("interrupted");
            assertThat(Thread.interrupted()).isTrue();
            requireAll(poro, 1);
        }
    }

    @ParameterizedTest
    @EnumSource(Threading.class)
    void endsWhenTheStoreIsClosed(Threading threading) throws Exception {
        Poro poro = settings().threading(threading).open();
        fill(poro, 1);
        assertThatThrownBy(() -> poro.forEachAt((key, entry) -> {
                    fill(poro, 2);
                    poro.close();
                }))
                .isInstanceOf(StoreClosedException.class);
        assertThatThrownBy(() -> poro.forEachAt((key, entry) -> {})).isInstanceOf(StoreClosedException.class);
    }

    @Test
    void failsWhenTheStoreIsClearedAfterTheFirstEntry() {
        try (Poro poro = settings().open()) {
            fill(poro, 1);
            assertThatThrownBy(() -> poro.forEachAt((key, entry) -> poro.clear()))
                    .isInstanceOf(IterationFailedException.class)
                    .hasMessageContaining("cleared");
            assertThat(poro.forEachAt((key, entry) -> assertThat(key).isNull())).isEqualTo(poro.sequence());
        }
    }

    /**
     * Writers move amounts between accounts in batches, while readers add them up. Afterwards the log is replayed up to
     * the sequence of each reader, and the contents are the same.
     */
    @ParameterizedTest
    @EnumSource(Threading.class)
    void isExactBesideWriters(Threading threading) throws Exception {
        Map<Long, Long> digests = new ConcurrentHashMap<>();
        try (Poro poro = settings().threading(threading).retain(Retention.ALL).open()) {
            fill(poro, 1);
            AtomicBoolean goesOn = new AtomicBoolean(true);
            CountDownLatch ready = new CountDownLatch(2);
            List<CompletableFuture<Void>> writers = List.of(
                    inThread(() -> write(poro, 1, goesOn, ready)), inThread(() -> write(poro, 2, goesOn, ready)));
            ready.await();
            List<CompletableFuture<Void>> readers = new ArrayList<>();
            for (int reader = 0; reader < EntryWalks.MOST; reader++) {
                readers.add(inThread(() -> read(poro, digests)));
            }
            readers.forEach(CompletableFuture::join);
            goesOn.set(false);
            writers.forEach(CompletableFuture::join);
        }
        assertThat(digests).isNotEmpty();
        replay(digests);
    }

    /** The common pool may have a single thread. */
    private static CompletableFuture<Void> inThread(Runnable task) {
        return CompletableFuture.runAsync(task, run -> new Thread(run).start());
    }

    private static void write(Poro poro, long seed, AtomicBoolean goesOn, CountDownLatch ready) {
        SplittableRandom random = new SplittableRandom(seed);
        while (goesOn.get()) {
            int delta = random.nextInt(-5, 5);
            poro.batch()
                    .add(account(random.nextInt(50)), delta)
                    .add(account(50 + random.nextInt(50)), -delta)
                    .commit();
            int key = random.nextInt(3 * KEYS);
            if (random.nextInt(3) == 0) {
                poro.delete(key(key));
            } else {
                poro.set(key(key), new byte[random.nextInt(300)]);
            }
            ready.countDown();
        }
    }

    private static void read(Poro poro, Map<Long, Long> digests) {
        long before = 0;
        for (int round = 0; round < 5; round++) {
            long[] sums = new long[2];
            long sequence = poro.forEachAt((key, entry) -> {
                sums[0] += key.length == 1 ? Long.parseLong(new String(entry.value(), UTF_8)) : 0;
                sums[1] += StateMachine.digestOf(key, entry.value());
            });
            assertThat(sums[0]).as("in the midst of a batch").isZero();
            assertThat(sequence).isGreaterThanOrEqualTo(before);
            before = sequence;
            assertThat(digests.put(sequence, sums[1])).isIn(null, sums[1]);
        }
    }

    private void replay(Map<Long, Long> digests) throws IOException {
        int[] compared = new int[1];
        try (StateMachine replayed = new StateMachine(0)) {
            Replay replay = new Replay(replayed) {
                @Override
                public void onRecord(long sequence, long timestamp, RecordFlyweight record) {
                    super.onRecord(sequence, timestamp, record);
                    Long digest = digests.get(sequence);
                    if (digest != null) {
                        assertThat(replayed.digest()).as("at %d", sequence).isEqualTo(digest);
                        compared[0]++;
                    }
                }
            };
            ReadOnlyLog.read(directory.resolve("poro.wal"), replay, new LogProgress(Progress.NONE));
        }
        assertThat(compared[0]).isEqualTo(digests.size());
    }

    private PoroBuilder settings() {
        return Poro.at(directory.resolve("poro.wal"))
                .sync(SyncPolicy.OS)
                .threading(Threading.CALLER)
                .snapshotAfter(Long.MAX_VALUE)
                .maxValueLength(16 << 10)
                .memory(32 << 20);
    }

    private static void fill(Poro poro, int version) {
        byte[] value = new byte[VALUE_LENGTH];
        value[0] = (byte) version;
        long last = 0;
        for (int key = 0; key < KEYS; key++) {
            last = poro.setAsync(key(key), value);
        }
        poro.await(last);
    }

    private static void fillOnce(Poro poro, int version) {
        if (poro.get(key(KEYS - 1))[0] != version) {
            fill(poro, version);
        }
    }

    private static void requireAll(Poro poro, int version) {
        int[] visited = new int[1];
        poro.forEachAt((key, entry) -> {
            assertThat(entry.value()[0]).isEqualTo((byte) version);
            visited[0]++;
        });
        assertThat(visited[0]).isEqualTo(KEYS);
    }

    private static byte[] key(int number) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(number).array();
    }

    private static byte[] account(int number) {
        return new byte[] {(byte) number};
    }

    private static List<String> filesIn(Path path) {
        try (Stream<Path> files = Files.list(path)) {
            return files.map(file -> file.getFileName().toString()).toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Linux shows the open files of a process, also those that have no name any more. */
    private static void requirePrivateFile() {
        Path open = Path.of("/proc/self/fd");
        assumeThat(open).isDirectory();
        try (Stream<Path> files = Files.list(open)) {
            List<Path> spilled = files.filter(ForEachAtTest::isSpilled).toList();
            assertThat(spilled).isNotEmpty();
            for (Path file : spilled) {
                assertThat(Files.getPosixFilePermissions(file))
                        .containsExactlyInAnyOrder(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean isSpilled(Path file) {
        try {
            return Files.readSymbolicLink(file).toString().matches(".*/spill-[1-4]\\.tmp \\(deleted\\)");
        } catch (IOException e) {
            return false;
        }
    }
}
