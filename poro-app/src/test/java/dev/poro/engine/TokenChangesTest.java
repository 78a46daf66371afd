package dev.poro.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.poro.engine.TokenRejectedException.Reason;
import dev.poro.engine.tools.Backup;
import dev.poro.engine.tools.Restore;
import dev.poro.engine.tools.Salvage;
import dev.poro.engine.tools.Verification;
import dev.poro.statemachine.SeededStateMachine;
import dev.poro.wal.RestorePoint;
import dev.poro.wal.WriteAheadLog;
import dev.poro.wal.simulated.SimulatedStorage;
import dev.poro.wal.simulated.SteppedWorkers;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A change that is sent again happens once, whatever became of the store in between.
 *
 * @see Token
 * @see TokenRejectedException
 */
@Timeout(120)
class TokenChangesTest {
    private static final long CLIENT = -77;
    private static final byte[] KEY = bytes("k");

    @TempDir
    private Path directory;

    private Path log;
    private Poro poro;

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    @BeforeEach
    void begin() {
        log = directory.resolve("poro.wal");
        poro = open(log);
    }

    @AfterEach
    void close() {
        poro.close();
    }

    private static Poro open(Path path) {
        return Poro.at(path).sync(SyncPolicy.OS).memory(64 << 20).open();
    }

    private String value() {
        byte[] value = poro.get(KEY);
        return value == null ? null : new String(value, UTF_8);
    }

    private long add(long number) {
        return poro.withToken(CLIENT, number).add(KEY, 1);
    }

    private void requireRejected(long number, Reason reason, long last) {
        assertThatExceptionOfType(TokenRejectedException.class)
                .isThrownBy(() -> add(number))
                .withMessageContaining("change " + number + " of client " + CLIENT)
                .satisfies(e -> assertThat(e.reason()).isEqualTo(reason))
                .satisfies(e -> assertThat(e.lastNumber()).isEqualTo(last));
    }

    /** A client that has lost count is not told that a batch was done which was not. */
    @Test
    void aTokenOfAnotherChangeIsRefused() {
        byte[] key = {1};
        try (Poro poro = Poro.at(directory.resolve("other.wal")).memory(1 << 20).open()) {
            poro.withToken(7, 1).set(key, key);
            assertThatExceptionOfType(PoroException.class)
                    .isThrownBy(() -> poro.withToken(7, 1)
                            .batch()
                            .set(new byte[] {2}, key)
                            .commit())
                    .withMessageContaining("a change of another kind");
            assertThat(poro.keys()).isEqualTo(1);
        }
    }

    @Test
    void everyChangeSentTwiceHappensOnce() {
        List<Consumer<TokenChanges>> changes = new ArrayList<>();
        changes.add(token -> assertThat(token.set(KEY, bytes("1"))).isFalse());
        changes.add(token -> assertThat(token.set("k", "2")).isTrue());
        changes.add(token -> assertThat(token.append(KEY, bytes("3"))).isEqualTo(2));
        changes.add(token -> assertThat(token.add(KEY, 4)).isEqualTo(27));
        changes.add(token -> assertThat(token.add("k", 4)).isEqualTo(31));
        changes.add(token -> assertThat(token.overwrite(KEY, 2, bytes("5"))).isEqualTo(3));
        changes.add(token -> assertThat(token.setIfAbsent(bytes("new"), KEY)).isTrue());
        changes.add(token -> assertThat(token.set(KEY, bytes("x"), Expiry.NONE, SetIf.PRESENT))
                .isTrue());
        changes.add(token -> assertThat(token.expire(KEY, Expiry.after(Duration.ofHours(1)), ExpireIf.NONE))
                .isTrue());
        changes.add(token -> assertThat(token.delete("new")).isTrue());
        changes.add(token -> assertThat(token.delete(KEY)).isTrue());
        changes.add(token -> assertThat(token.delete(KEY)).isFalse());
        changes.add(token ->
                assertThat(token.replace(KEY, Entry.ABSENT, bytes("7"))).isTrue());
        changes.add(token -> assertThat(token.batch()
                        .requireAbsent(bytes("new"))
                        .add(KEY, 1)
                        .set(bytes("new"), KEY)
                        .commit()
                        .committed())
                .isTrue());
        changes.add(token -> assertThat(
                        token.batch().clear().tell("flushed", KEY).commit().committed())
                .isTrue());
        long number = 0;
        for (Consumer<TokenChanges> change : changes) {
            number++;
            change.accept(poro.withToken(CLIENT, number));
            long digest = poro.digest();
            change.accept(poro.withToken(CLIENT, number));
            assertThat(poro.digest()).as("change %d", number).isEqualTo(digest);
        }
        assertThat(poro.keys()).isZero();
        long sequence = poro.set(KEY, KEY) ? 0 : poro.sequence();
        assertThat(poro.withToken(CLIENT, number + 1).delete(KEY, sequence)).isTrue();
        assertThat(poro.withToken(CLIENT, number + 1).delete(KEY, sequence)).isTrue();
    }

    @Test
    void aRetryOfABatchTellsTheSequenceOfTheFirstTime() {
        BatchOutcome first = poro.withToken(CLIENT, 1).batch().set(KEY, KEY).commit();
        poro.set("other", "v");
        assertThat(poro.withToken(CLIENT, 1).batch().set(KEY, KEY).commit()).isEqualTo(first);
    }

    @Test
    void otherNumbersAreRejectedAndSaidToBe() {
        requireRejected(2, Reason.UNKNOWN_CLIENT, 0);
        add(1);
        add(2);
        requireRejected(1, Reason.DONE_BEFORE, 2);
        requireRejected(4, Reason.OUT_OF_TURN, 2);
        assertThat(value()).isEqualTo("2");
        assertThatIllegalArgumentException().isThrownBy(() -> poro.withToken(CLIENT, 0));
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        poro.pipeline().commit(poro.withToken(CLIENT, 3).batch().set(KEY, KEY)));
    }

    /** After the rejection of one, the next takes its number. */
    @Test
    void whatIsRejectedTakesNoNumber() {
        poro.set(KEY, bytes("text"));
        assertThatExceptionOfType(ChangeRejectedException.class).isThrownBy(() -> add(1));
        assertThat(poro.withToken(CLIENT, 1).setIfAbsent(KEY, KEY)).isFalse();
        BatchOutcome unmet =
                poro.withToken(CLIENT, 1).batch().requireAbsent(KEY).delete(KEY).commit();
        assertThat(unmet.committed()).isFalse();
        assertThat(unmet.unmet()).isZero();
        assertThat(poro.withToken(CLIENT, 1).set("k", "1")).isTrue();
        assertThat(add(2)).isEqualTo(2);
    }

    @Test
    void aRestartRemembersTheClients() {
        add(1);
        add(2);
        close();
        poro = open(log);
        assertThat(add(2)).isEqualTo(2);
        requireRejected(1, Reason.DONE_BEFORE, 2);
        assertThat(add(3)).isEqualTo(3);
    }

    @Test
    @Tag("R25")
    void aSnapshotRemembersTheClients() throws IOException {
        add(1);
        add(2);
        poro.set(KEY, bytes("10"));
        poro.snapshot();
        long digest = poro.digest();
        close();
        poro = open(log);
        assertThat(poro.opening().snapshot()).isNotNull();
        assertThat(poro.digest()).isEqualTo(digest);
        assertThat(add(2)).isEqualTo(2);
        assertThat(value()).isEqualTo("10");
        assertThat(add(3)).isEqualTo(11);
        close();
        assertThat(Verification.run(log, Progress.NONE).digestsChecked()).isTrue();
    }

    /** The clients come with the copy, and those of a point in the past with that. */
    @Test
    void aBackupAndARestoreRememberTheClients() {
        add(1);
        poro.snapshot();
        add(2);
        long before = poro.sequence();
        add(3);
        Path backup = directory.resolve("backup.wal");
        poro.backup(backup, Progress.NONE);
        close();
        try (Poro copy = open(backup)) {
            assertThat(copy.withToken(CLIENT, 3).add(KEY, 1)).isEqualTo(3);
            assertThat(copy.withToken(CLIENT, 4).add(KEY, 1)).isEqualTo(4);
        }
        Path restored = directory.resolve("restored.wal");
        Restore.run(backup, restored, RestorePoint.ofSequence(before), false, Progress.NONE);
        poro = open(restored);
        assertThat(add(2)).isEqualTo(2);
        requireRejected(4, Reason.OUT_OF_TURN, 2);
        assertThat(add(3)).isEqualTo(3);
        close();
        Path again = directory.resolve("again.wal");
        Backup.run(restored, again, Progress.NONE);
        poro = open(again);
        assertThat(add(3)).isEqualTo(3);
    }

    /** Its events have other sequences, and what it has lost nobody knows: so it knows no client. */
    @Test
    void aSalvagedStoreRejectsTheClientsOfTheOldOne() throws IOException {
        for (int number = 1; number <= 3; number++) {
            add(number);
            add(number);
        }
        requireRejected(9, Reason.OUT_OF_TURN, 3);
        close();
        Path salvaged = directory.resolve("salvaged.wal");
        Salvage.run(log, salvaged, false, 0, Progress.NONE);
        assertThat(Verification.run(salvaged, Progress.NONE).digestsChecked()).isTrue();
        poro = open(salvaged);
        assertThat(value()).isEqualTo("3");
        requireRejected(4, Reason.UNKNOWN_CLIENT, 0);
    }

    @Test
    void whoListensLearnsOfAChangeOnce() {
        List<String> told = new ArrayList<>();
        KeyEvents.Listener listener = new KeyEvents.Listener() {
            @Override
            public boolean wants(String name) {
                return true;
            }

            @Override
            public void onKeyEvent(String name, byte[] key) {
                told.add(name);
            }
        };
        poro.keyEvents().add(listener);
        for (int time = 0; time < 2; time++) {
            add(1);
        }
        for (int time = 0; time < 2; time++) {
            poro.withToken(CLIENT, 2).batch().delete(KEY).tell("gone", KEY).commit();
        }
        poro.keyEvents().remove(listener);
        assertThat(told).containsExactly("new", "incrby", "gone");
    }

    /** There is memory for the records of 64 threads that wait; those of others are encoded elsewhere. */
    @Test
    void everyOneOfManyThreadsSendsItsToken() throws Exception {
        List<Thread> threads = new ArrayList<>();
        List<Long> sums = Collections.synchronizedList(new ArrayList<>());
        ChangeHold hold = poro.holdChanges();
        for (int client = 0; client < 100; client++) {
            TokenChanges change = poro.withToken(client, 1);
            Thread thread = new Thread(() -> sums.add(change.add(KEY, 1)));
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            while (thread.getState() != Thread.State.TIMED_WAITING) {
                Thread.sleep(1); // until it has its memory, and waits for the others
            }
        }
        hold.close();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(sums).hasSize(100).doesNotHaveDuplicates();
        for (int client = 0; client < 100; client++) {
            assertThat(sums).contains(poro.withToken(client, 1).add(KEY, 1));
        }
        assertThat(value()).isEqualTo("100");
    }

    /** The change is tried again after keys that have expired were removed, and still with its token. */
    @Test
    void keysThatHaveExpiredMakeRoomForAChangeWithAToken() {
        SimulatedStorage disk = new SimulatedStorage(1);
        SteppedWorkers workers = new SteppedWorkers(); // none of them removes keys meanwhile
        try (SteppedStore stepped = SteppedStore.open(
                Poro.at(Path.of("simulated")).sync(SyncPolicy.OS).segmentLength(256 << 10),
                Threading.CALLER,
                70_000,
                1_000,
                disk::elapsedMillis,
                reserve -> SeededStateMachine.of(reserve, 1),
                (settings, replay, progress, failStop) ->
                        WriteAheadLog.open(() -> {}, disk, workers, settings, replay, progress, failStop))) {
            Poro small = stepped.poro();
            byte[] other = bytes("other");
            small.set(KEY, KEY, Duration.ofMillis(1));
            disk.advanceClock(1_000);
            assertThat(small.withToken(CLIENT, 1).set(other, new byte[30_000])).isFalse();
            small.delete(other);
            assertThat(small.withToken(CLIENT, 1).set(other, new byte[30_000])).isFalse();
            assertThat(small.contains(other)).as("done once").isFalse();
        } finally {
            disk.release();
        }
    }
}
