package dev.poro.statemachine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.poro.events.EventType;
import dev.poro.events.Outcome;
import dev.poro.events.StateSummary;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A state machine that was filled from a snapshot cannot be told from the one that applied the events. */
@Tag("R25")
class SnapshotRestorerTest {
    private static final long MIB = 1 << 20;

    private final StateMachine original = new StateMachine(0);
    private final Events events = Events.of(original);
    private final StateMachine restored = new StateMachine(0);
    private final SnapshotRestorer restorer = new SnapshotRestorer(restored);

    @BeforeEach
    void setSomeKeys() {
        events.budget(16 * MIB);
        for (int key = 0; key < 100; key++) {
            events.set(key(key), new byte[key]);
        }
    }

    @AfterEach
    void close() {
        events.close();
        restored.close();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void goesOnAsTheOriginalDoes(long seed) {
        Random random = new Random(seed);
        EntryGenerator generator = new EntryGenerator(random, 300);
        for (int event = 0; event < 2_000; event++) {
            events.time(event);
            applyOne(random, events, generator.key(), generator.value());
            events.apply(new RandomEvents(random, generator, true).next(events.sequence(), events.time()));
        }
        events.setUntil(key(1), new byte[1], 3_500);
        CollectedSnapshot snapshot = take();
        snapshot.restoreInto(restored);

        requireSame();
        Events further = new Events(StateMachineUnderTest.real(restored), original.appliedSequence() + 1);
        for (int event = 0; event < 1_000; event++) {
            byte[] key = generator.key();
            byte[] value = generator.value();
            long dice = random.nextLong();
            further.time(2_000 + event);
            events.time(2_000 + event);
            byte[] record = new RandomEvents(new Random(dice), generator, true).next(events.sequence(), events.time());
            assertThat(further.apply(record)).isEqualTo(events.apply(record));
            assertThat(further.number()).isEqualTo(events.number());
            assertThat(applyOne(new Random(dice), further, key, value))
                    .isEqualTo(applyOne(new Random(dice), events, key, value));
        }
        requireSame();
        assertThat(original.expiringKeys()).isPositive();
        assertThat(original.clients()).isPositive();
    }

    @Test
    @Tag("R25")
    void knowsWhatExpiresNext() {
        for (int key = 0; key < 20_000; key++) {
            events.setUntil(key(1000 + key), new byte[key % 40], 5_000 + key % 999 * 7);
        }
        take().restoreInto(restored);
        requireSame();
        assertThat(restored.nextExpiry()).isEqualTo(original.nextExpiry()).isEqualTo(5_000);
        Events further = new Events(StateMachineUnderTest.real(restored), original.appliedSequence() + 1);
        further.time(7_000);
        events.time(7_000);
        for (int step = 0; step < 20; step++) {
            further.apply(Records.expireDue(100));
            events.apply(Records.expireDue(100));
            assertThat(restored.digest()).isEqualTo(original.digest());
            assertThat(further.number()).isEqualTo(events.number()).isEqualTo(100);
        }
    }

    @Test
    void refusesClientsThatAreNotThoseOfTheSummary() {
        for (int client = 1; client <= 3; client++) {
            events.apply(Records.withToken(Records.delete(0, 0, key(client)), client, 1));
        }
        CollectedSnapshot snapshot = take();
        StateSummary summary = snapshot.summary();
        assertThat(summary.clients()).isEqualTo(3);
        requireRefused(snapshot, withClients(summary, 2), "more clients");
        requireRefused(snapshot, withClients(summary, 4), "4 clients, but holds 3");
        requireRefused(snapshot, withClients(summary, -1), "beyond");
        requireRefused(snapshot, withClients(summary, Clients.MOST + 1), "beyond");
        requireRefused(snapshot, with(summary, summary.keys(), summary.digest(), summary.memoryUsed() - 64), "bytes");
        requireRefused(snapshot, with(summary, summary.keys(), summary.digest() + 1, summary.memoryUsed()), "digest");

        snapshot.restoreInto(restored);
        requireSame();
    }

    private static StateSummary withClients(StateSummary summary, long clients) {
        return new StateSummary(
                summary.sequence(),
                summary.timestamp(),
                summary.keys(),
                summary.digest(),
                summary.memoryBudget(),
                summary.memoryUsed(),
                clients);
    }

    /** What the heap of expiries takes is known before the memory is. */
    @Test
    void refusesMoreExpiriesThanTheMemoryThatTheSummarySpeaksOf() {
        events.apply(Records.clear());
        events.setUntil(key(1), new byte[1], 5_000);
        CollectedSnapshot snapshot = take();
        StateSummary summary = snapshot.summary();
        requireRefused(snapshot, with(summary, 1, summary.digest(), summary.memoryUsed() - 65_536), "more entries");
        snapshot.restoreInto(restored);
        requireSame();
    }

    private static Outcome applyOne(Random random, Events events, byte[] key, byte[] value) {
        int dice = random.nextInt(100);
        if (dice < 70) {
            return events.set(key, value);
        }
        if (dice < 95) {
            return events.delete(key);
        }
        return dice < 98 ? events.mark(EventType.DIGEST_MARK) : events.budget((1 + random.nextInt(30)) * MIB / 2);
    }

    private void requireSame() {
        assertThat(CollectedSnapshot.contentsOf(restored)).isEqualTo(CollectedSnapshot.contentsOf(original));
        assertThat(restored.digest()).isEqualTo(original.digest());
        assertThat(restored.keys()).isEqualTo(original.keys());
        assertThat(restored.expiringKeys()).isEqualTo(original.expiringKeys());
        assertThat(restored.clients()).isEqualTo(original.clients());
        assertThat(restored.digestOfClients()).isEqualTo(original.digestOfClients());
        assertThat(restored.memoryUsed()).isEqualTo(original.memoryUsed());
        assertThat(restored.memoryBudget()).isEqualTo(original.memoryBudget());
        assertThat(restored.appliedSequence()).isEqualTo(original.appliedSequence());
        assertThat(restored.verifiesMarks()).isTrue();
    }

    /** As where the copy of the snapshot cannot be written to its end: that failure is to be seen, and no other. */
    @Test
    void keepsItsStateIfItIsAbandonedAfterTheEnd() {
        take().restoreWith(restorer);
        restorer.abandon();
        requireSame();
    }

    @Test
    void holdsMoreThanALoweredBudgetAdmits() {
        events.set(key(1), new byte[3_000_000]);
        events.budget(MIB);
        take().restoreInto(restored);
        requireSame();
    }

    @Test
    void refusesEntriesThatAreNotThoseOfTheSummary() {
        CollectedSnapshot snapshot = take();
        StateSummary summary = snapshot.summary();
        requireRefused(snapshot, with(summary, summary.keys(), summary.digest() + 1, summary.memoryUsed()), "digest");
        requireRefused(snapshot, with(summary, 101, summary.digest(), summary.memoryUsed()), "101 keys");
        requireRefused(snapshot, with(summary, 99, summary.digest(), summary.memoryUsed()), "more entries");
        requireRefused(snapshot, with(summary, 100, summary.digest(), summary.memoryUsed() - 1), "more entries");
        requireRefused(snapshot, with(summary, 100, summary.digest(), summary.memoryUsed() + 1), "bytes");
        requireRefused(snapshot, with(summary, 100, summary.digest(), -1), "beyond");

        snapshot.restoreInto(restored);
        requireSame();
    }

    private static StateSummary with(StateSummary summary, long keys, long digest, long memoryUsed) {
        return new StateSummary(
                summary.sequence(),
                summary.timestamp(),
                keys,
                digest,
                summary.memoryBudget(),
                memoryUsed,
                summary.clients());
    }

    private void requireRefused(CollectedSnapshot snapshot, StateSummary summary, String why) {
        assertThatExceptionOfType(StateMachineException.class)
                .isThrownBy(() -> {
                    restorer.begin(summary);
                    snapshot.forEach(restorer::restore);
                    restorer.end();
                })
                .withMessageContaining(why);
        restorer.abandon();
        assertThat(CollectedSnapshot.contentsOf(restored)).isEmpty();
        assertThat(restored.appliedSequence()).isZero();
    }

    @Test
    void refusesTwoEntriesOfOneKey() {
        CollectedSnapshot snapshot = take();
        StateSummary summary = snapshot.summary();
        restorer.begin(with(summary, 200, summary.digest(), 2 * summary.memoryUsed()));
        snapshot.forEach(restorer::restore);
        snapshot.forEach(restorer::restore);
        assertThatExceptionOfType(StateMachineException.class)
                .isThrownBy(restorer::end)
                .withMessageContaining("two entries");
    }

    @Test
    void fillsNoneThatHasAppliedEvents() {
        CollectedSnapshot snapshot = take();
        assertThatExceptionOfType(StateMachineException.class).isThrownBy(() -> snapshot.restoreInto(original));
    }

    @Test
    void theMemoryOfALargeSnapshotIsTouchedBesideTheWriter() throws InterruptedException {
        events.budget(128 * MIB);
        for (int key = 0; key < 40; key++) {
            events.set(key(1_000 + key), new byte[900_000]);
        }
        CollectedSnapshot snapshot = take();
        List<Thread> threads = new ArrayList<>();
        SnapshotRestorer twoThreads = new SnapshotRestorer(restored, task -> {
            Thread thread = new Thread(task);
            thread.start();
            threads.add(thread);
        });

        snapshot.restoreWith(twoThreads);

        requireSame();
        assertThat(threads).hasSize(1);
        threads.get(0).join();
    }

    /** A thread may begin, or go on, when the snapshot has turned out to be damaged and the memory is released. */
    @Test
    void noMemoryIsTouchedAfterAllIsDiscarded() {
        events.budget(128 * MIB);
        List<Runnable> tasks = new ArrayList<>();
        SnapshotRestorer later = new SnapshotRestorer(restored, tasks::add);
        StateSummary summary = take().summary();
        later.begin(with(summary, summary.keys(), summary.digest(), 64 * MIB));
        later.abandon();

        tasks.get(0).run();

        assertThat(tasks).hasSize(1);
        later.begin(summary);
        assertThat(tasks).hasSize(1); // small: not worth a thread
        later.abandon();
    }

    private CollectedSnapshot take() {
        CollectedSnapshot snapshot = new CollectedSnapshot(original, () -> true);
        original.beginSnapshot(snapshot);
        while (!snapshot.isEnded()) {
            original.stepSnapshot(snapshot);
        }
        return snapshot;
    }

    private static byte[] key(int key) {
        return ByteBuffer.allocate(4).putInt(key).array();
    }
}
