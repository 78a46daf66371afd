package dev.poro.engine;

import static dev.poro.engine.StoreContract.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.poro.engine.tools.SnapshotVerificationReport;
import dev.poro.engine.tools.Verification;
import dev.poro.engine.tools.VerificationReport;
import dev.poro.events.EventType;
import dev.poro.events.Limits;
import dev.poro.events.TestScale;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Opening, closing, refusing, and the operations that do not wait.
 *
 * @see MemoryReport
 * @see OpeningReport
 * @see PoroBuilder
 * @see SnapshotDriver
 * @see SnapshotReport
 * @see Utf8
 */
class PoroTest {
    private static final int CLOSES = TestScale.choose(8, 40);

    @TempDir
    Path directory;

    private Path path;

    @BeforeEach
    void choosePath() {
        path = directory.resolve("poro.wal");
    }

    private PoroBuilder builder() {
        return Poro.at(path).sync(SyncPolicy.OS).memory(64 << 20).segmentLength(8 << 20);
    }

    @Test
    void takesStringsInUtf8() {
        try (Poro poro = builder().open()) {
            poro.set("clé", "värde");

            assertThat(poro.get("clé")).isEqualTo("värde");
            assertThat(poro.get("cl\u00e9".getBytes(java.nio.charset.StandardCharsets.UTF_8)))
                    .isEqualTo("värde".getBytes(java.nio.charset.StandardCharsets.UTF_8));
            assertThat(poro.delete("clé")).isTrue();
        }
    }

    @Test
    void readsIntoTheCallersMemory() {
        try (Poro poro = builder().open()) {
            poro.set("key", "value");
            byte[] target = bytes("..........");

            assertThat(poro.get(bytes("key"), target, 2)).isEqualTo(5);
            assertThat(target).isEqualTo(bytes("..value..."));
            assertThat(poro.get(bytes("key"), target, 8)).isEqualTo(5);
            assertThat(target).isEqualTo(bytes("..value.va"));
            assertThat(poro.get(bytes("absent"), target, 0)).isEqualTo(-1);
            assertThatThrownBy(() -> poro.get(bytes("key"), target, 11)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @ParameterizedTest
    @EnumSource(Threading.class)
    void happensInTheOrderOfTheTickets(Threading threading) {
        try (Poro poro = builder().threading(threading).open()) {
            long last = 0;
            for (int i = 0; i < 10_000; i++) {
                last = poro.setAsync(bytes("key"), bytes("value" + i));
            }

            assertThat(poro.await(last)).isTrue();
            assertThat(poro.get("key")).isEqualTo("value9999");
            assertThat(poro.await(last - 9_999)).isFalse();
        }
    }

    @Test
    void refusesTicketsThatItDidNotGive() {
        try (Poro poro = builder().open()) {
            long ticket = poro.setAsync(bytes("key"), bytes("value"));

            assertThatThrownBy(() -> poro.await(ticket + 1)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> poro.await(-1)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void refusesKeysAndValuesOverTheLimitAndChangesNothing() {
        try (Poro poro = builder().maxValueLength(1000).open()) {
            long before = poro.sequence();

            assertThatThrownBy(() -> poro.set(new byte[Limits.MAX_KEY_LENGTH + 1], bytes("value")))
                    .isInstanceOf(EventTooLargeException.class)
                    .hasMessageContaining("65536")
                    .hasMessageContaining("65535");
            assertThatThrownBy(() -> poro.delete(new byte[Limits.MAX_KEY_LENGTH + 1]))
                    .isInstanceOf(EventTooLargeException.class);
            assertThatThrownBy(() -> poro.set(bytes("key"), new byte[1001])).isInstanceOf(EventTooLargeException.class);
            assertThatThrownBy(() -> poro.setAsync(bytes("key"), new byte[1001]))
                    .isInstanceOf(EventTooLargeException.class);

            assertThat(poro.sequence()).isEqualTo(before);
            poro.set(bytes("key"), new byte[1000]);
        }
    }

    @Test
    void refusesWhatFitsIntoNoSegment() {
        try (Poro poro = builder().segmentLength(16 << 10).open()) {
            assertThatThrownBy(() -> poro.set(new byte[10_000], new byte[10_000]))
                    .isInstanceOf(EventTooLargeException.class)
                    .hasMessageContaining("segment");
            byte[] fits = new byte[16_000];
            poro.set(bytes("key"), fits);
            poro.set(bytes("key"), fits);

            assertThat(poro.get(bytes("key"))).isEqualTo(fits);
        }
    }

    @ParameterizedTest
    @EnumSource(Threading.class)
    void rejectsWhatTheBudgetDoesNotAdmitAndReplaysTheRejection(Threading threading) {
        long digest;
        try (Poro poro = builder().threading(threading).memory(1 << 20).open()) {
            int admitted = fillUp(poro);
            assertThat(admitted).isGreaterThan(50);
            assertThat(poro.keys()).isEqualTo(admitted);

            assertThatThrownBy(() -> poro.await(poro.setAsync(bytes("one more"), new byte[10_000])))
                    .isInstanceOf(MemoryBudgetExceededException.class);
            assertThat(poro.get("key0")).isNotNull();
            assertThat(poro.delete("key0")).isTrue();
            poro.set(bytes("instead"), new byte[10_000]);
            digest = poro.digest();
        }
        try (Poro poro = builder().threading(threading).memory(64 << 20).open()) {
            assertThat(poro.digest()).isEqualTo(digest);
            poro.set(bytes("one more"), new byte[10_000]);
        }
    }

    private static int fillUp(Poro poro) {
        for (int i = 0; ; i++) {
            try {
                poro.set(bytes("key" + i), new byte[10_000]);
            } catch (MemoryBudgetExceededException e) {
                assertThat(e).hasMessageContaining("1048576");
                return i;
            }
        }
    }

    @Test
    void refusesASecondOpenerWithPathAndPid() {
        try (Poro poro = builder().open()) {
            assertThatThrownBy(() -> builder().open())
                    .isInstanceOf(StoreLockedException.class)
                    .hasMessageContaining(poro.path().getFileName().toString())
                    .hasMessageContaining(Long.toString(ProcessHandle.current().pid()));
        }
        builder().open().close();
    }

    @ParameterizedTest
    @EnumSource(Threading.class)
    void refusesEverythingAfterClose(Threading threading) {
        Poro poro = builder().threading(threading).open();
        poro.set("key", "value");
        poro.close();
        poro.close();

        assertThatThrownBy(() -> poro.set("key", "value")).isInstanceOf(StoreClosedException.class);
        assertThatThrownBy(() -> poro.get("key")).isInstanceOf(StoreClosedException.class);
        assertThatThrownBy(() -> poro.get(bytes("key"), new byte[8], 0)).isInstanceOf(StoreClosedException.class);
        assertThatThrownBy(() -> poro.delete("key")).isInstanceOf(StoreClosedException.class);
        assertThatThrownBy(() -> poro.setAsync(bytes("key"), bytes("value"))).isInstanceOf(StoreClosedException.class);
    }

    @ParameterizedTest
    @EnumSource(Threading.class)
    void closesInTheMidstOfWritersAndKeepsWhatTheyWereTold(Threading threading) throws InterruptedException {
        Poro poro = builder().threading(threading).open();
        String[] acknowledged = new String[4];
        Thread[] writers = new Thread[acknowledged.length];
        for (int w = 0; w < writers.length; w++) {
            int writer = w;
            writers[w] = new Thread(() -> {
                try {
                    for (int i = 0; ; i++) {
                        String value = Integer.toString(i);
                        poro.set("writer" + writer, value);
                        acknowledged[writer] = value;
                    }
                } catch (StoreClosedException e) {
                    // That is how it ends.
                }
            });
            writers[w].start();
        }
        while (poro.sequence() < 10_000) {
            Thread.onSpinWait();
        }
        poro.close();
        for (Thread writer : writers) {
            writer.join();
        }

        try (Poro reopened = builder().open()) {
            assertThat(reopened.opening().closedCleanly()).isTrue();
            for (int w = 0; w < writers.length; w++) {
                assertThat(reopened.get("writer" + w)).isEqualTo(acknowledged[w]);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Threading.class)
    void writesNothingBehindTheMarkOfACleanClose(Threading threading) throws InterruptedException {
        for (int round = 0; round < CLOSES; round++) {
            Poro poro = builder()
                    .threading(threading)
                    .ringCapacity(4)
                    .eventsPerMark(3)
                    .open();
            Thread[] writers = new Thread[3];
            for (int w = 0; w < writers.length; w++) {
                byte[] key = bytes("writer" + w);
                writers[w] = new Thread(() -> {
                    try {
                        while (true) {
                            poro.setAsync(key, key);
                        }
                    } catch (StoreClosedException e) {
                        // That is how it ends.
                    }
                });
                writers[w].start();
            }
            long before = poro.sequence();
            while (poro.sequence() < before + 200) {
                Thread.onSpinWait();
            }
            poro.close();
            for (Thread writer : writers) {
                writer.join();
            }
            VerificationReport verified = Verification.run(path, Progress.NONE);
            assertThat(verified.log().closedCleanly()).as("round %d", round).isTrue();
            assertThat(verified.recordsByType().get(EventType.DIGEST_MARK)).isPositive();
        }
    }

    @Test
    void refusesTextThatUtf8CannotExpress() {
        try (Poro poro = builder().open()) {
            assertThatThrownBy(() -> poro.set("\ud800", "value")).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void opensOnAnInterruptedThread() {
        Thread.currentThread().interrupt();
        try (Poro poro = builder().open()) {
            assertThat(Thread.interrupted()).isTrue();
            poro.set("key", "value");
        }
    }

    @ParameterizedTest
    @EnumSource(SyncPolicy.class)
    void neitherHeedsNorLosesAnInterrupt(SyncPolicy sync) {
        try (Poro poro = builder().sync(sync).threading(Threading.CALLER).open()) {
            Thread.currentThread().interrupt();
            for (int i = 0; i < 100; i++) {
                poro.set("key" + i, "value");
            }

            assertThat(Thread.interrupted()).isTrue();
            assertThat(poro.keys()).isEqualTo(100);
        }
    }

    @Test
    void isReadWhileOthersWrite() throws InterruptedException {
        try (Poro poro = builder().open()) {
            poro.set(bytes("key"), new byte[300]);
            AtomicBoolean torn = new AtomicBoolean();
            Thread reader = new Thread(() -> {
                for (int i = 0; i < 200_000; i++) {
                    byte[] value = poro.get(bytes("key"));
                    torn.compareAndSet(false, value[0] != value[value.length - 1]);
                }
            });
            reader.start();
            byte[] value = new byte[300];
            for (int i = 0; reader.isAlive(); i++) {
                java.util.Arrays.fill(value, (byte) i);
                poro.set(bytes("key"), value);
            }
            reader.join();

            assertThat(torn).isFalse();
        }
    }

    @Test
    void refusesAPathThatIsAFile() throws IOException {
        Files.writeString(path, "not a log");

        assertThatThrownBy(() -> builder().open())
                .isInstanceOf(PoroException.class)
                .hasMessageContaining("poro.wal");
        assertThat(Files.readString(path)).isEqualTo("not a log");
    }

    @Test
    void refusesADirectoryThatHoldsOtherThings() throws IOException {
        Files.createDirectory(path);
        Files.writeString(path.resolve("letter.txt"), "dear");

        assertThatThrownBy(() -> builder().open())
                .isInstanceOf(PoroException.class)
                .hasMessageContaining("not a Poro log");
        assertThat(path.resolve("LOCK")).doesNotExist();
    }

    @Test
    void refusesSettingsThatMakeNoSense() {
        assertThatThrownBy(() -> Poro.at(path).memory(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Poro.at(path).maxValueLength(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Poro.at(path).segmentLength(1000).open()).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Poro.at(path).ringCapacity(1000)).isInstanceOf(IllegalArgumentException.class);
        assertThat(path).doesNotExist();
    }

    @ParameterizedTest
    @EnumSource(Threading.class)
    void opensFromASnapshotAndWhatCameAfterIt(Threading threading) {
        long digest;
        try (Poro poro = builder().threading(threading).open()) {
            setMany(poro, 0, 3_000);
            poro.delete(bytes("key-7"));

            assertThat(poro.snapshot()).isEqualTo(poro.sequence()).isEqualTo(3_002);
            setMany(poro, 2_000, 4_000);
            digest = poro.digest();
        }
        try (Poro poro = builder().threading(threading).open()) {
            assertThat(poro.opening().snapshot().sequence()).isEqualTo(3_002);
            assertThat(poro.opening().snapshot().keys()).isEqualTo(2_999);
            assertThat(poro.digest()).isEqualTo(digest);
            assertThat(poro.keys()).isEqualTo(3_999);
            assertThat(poro.get("key-3999")).isEqualTo("value of 3999");
            assertThat(poro.get("key-7")).isNull();
        }
    }

    private static void setMany(Poro poro, int from, int to) {
        for (int key = from; key < to; key++) {
            poro.set("key-" + key, "value of " + key);
        }
    }

    /** Writers that never pause, and a snapshot after the other: each is of some moment, to the event. */
    @ParameterizedTest
    @EnumSource(Threading.class)
    @Tag("R24")
    void takesExactSnapshotsWhileOthersWrite(Threading threading) throws InterruptedException {
        AtomicBoolean done = new AtomicBoolean();
        // With the whole history, each snapshot can be compared with a replay.
        try (Poro poro = builder().threading(threading).retain(Retention.ALL).open()) {
            setMany(poro, 0, 20_000);
            Thread synchronous = new Thread(() -> writeUntil(done, key -> poro.set(key, bytes("synchronous"))));
            Thread pipelined = new Thread(() -> writeUntil(done, key -> poro.setAsync(key, bytes("pipelined"))));
            synchronous.start();
            pipelined.start();
            for (int i = 0; i < 3; i++) {
                assertThat(poro.snapshot()).isPositive();
            }
            done.set(true);
            synchronous.join();
            pipelined.join();
        }
        // What opening loads must be what it says it is, and lead to the marks that the log holds.
        VerificationReport verification = Verification.run(path, Progress.NONE);
        assertThat(verification.problems()).isEmpty();
        assertThat(verification.snapshots()).hasSize(3).allMatch(SnapshotVerificationReport::agrees);
        try (Poro poro = builder().open()) {
            assertThat(poro.opening().damagedSnapshots()).isEmpty();
            assertThat(poro.opening().snapshot()).isNotNull();
            assertThat(poro.digest()).isEqualTo(verification.digest());
        }
    }

    private static void writeUntil(AtomicBoolean done, Consumer<byte[]> set) {
        Random random = new Random(1);
        while (!done.get()) {
            set.accept(bytes("key-" + random.nextInt(30_000)));
        }
    }

    @ParameterizedTest
    @EnumSource(Threading.class)
    void takesSnapshotsByItselfAsTheLogGrows(Threading threading) throws InterruptedException {
        byte[] value = new byte[10_000];
        try (Poro poro = builder()
                .threading(threading)
                .segmentLength(1 << 20)
                .snapshotAfter(4 << 20)
                .open()) {
            assertThat(poro.log().newestSnapshot()).isNull();
            // Enough for one snapshot and, however slow the writer, not for two: then segments would be released.
            for (int i = 0; i < 600; i++) {
                poro.set(bytes("key-" + i % 10), value);
            }
            for (int waited = 0; poro.log().newestSnapshot() == null && waited < 2_000; waited++) {
                Thread.sleep(10);
            }
            LogReport status = poro.log();
            assertThat(status.newestSnapshot().keys()).isEqualTo(10);
            assertThat(status.snapshotProblem()).isNull();
            assertThat(status.snapshotDueBeyond()).isEqualTo(4 << 20);
            assertThat(status.firstSequence()).isEqualTo(1);
            assertThat(status.lastSequence()).isEqualTo(poro.sequence());
            assertThat(status.segmentBytes()).isEqualTo((long) status.segments() << 20);
        }
    }

    @Test
    void saysWhyThereIsNoSnapshot() throws IOException {
        try (Poro poro = builder().open()) {
            poro.set("key", "value");
            Files.createDirectory(path.resolve("snapshot.tmp"));
            Files.createFile(path.resolve("snapshot.tmp").resolve("in the way"));

            assertThatThrownBy(poro::snapshot)
                    .isInstanceOf(PoroException.class)
                    .hasMessageContaining("no snapshot was written")
                    .hasMessageContaining("snapshot.tmp");
            poro.set("key", "later");
            assertThat(poro.get("key")).isEqualTo("later");
        }
    }

    @Test
    void takesNoSnapshotOnceClosed() {
        Poro poro = builder().open();
        poro.close();
        assertThatThrownBy(poro::snapshot).isInstanceOf(StoreClosedException.class);
    }
}
