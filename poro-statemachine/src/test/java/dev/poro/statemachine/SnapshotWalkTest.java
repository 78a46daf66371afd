package dev.poro.statemachine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.poro.events.EventType;
import dev.poro.events.ExpiryCondition;
import dev.poro.events.Outcome;
import dev.poro.events.RecordFlags;
import dev.poro.events.StateSummary;
import dev.poro.events.TestScale;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A snapshot that is taken while events go on has every entry of its state once, and nothing else. */
@Tag("R24")
class SnapshotWalkTest {
    private static final long MIB = 1 << 20;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void equalsTheStateAtItsSequenceWhateverHappensMeanwhile(long firstSeed) {
        for (long seed = firstSeed; seed < firstSeed + TestScale.choose(6, 600); seed += 6) {
            takeSnapshotsAmongRandomEvents(seed);
        }
    }

    private static void takeSnapshotsAmongRandomEvents(long seed) {
        Random random = new Random(seed);
        EntryGenerator generator = new EntryGenerator(random, 400);
        int mostSteps = 1 + random.nextInt(4);
        int taken = 0;
        WyHash hash =
                seed % 2 == 0 ? new WyHash(1) : seed % 3 == 0 ? ChosenHash.ofOneHash() : ChosenHash.ofFewHomes(64);
        try (StateMachine machine = new StateMachine(random.nextInt(3) * MIB, hash);
                Events events = Events.of(machine)) {
            events.budget(4 * MIB);
            RandomEvents randomEvents = new RandomEvents(random, generator, true);
            List<CollectedSnapshot> snapshots = new ArrayList<>();
            int most = 1 + random.nextInt(StateMachine.MAX_SNAPSHOTS);
            for (int event = 0; event < 3_000; event++) {
                events.time(1_000_000 + event);
                applyOne(random.nextInt(100), events, generator, randomEvents, random);
                if (snapshots.size() < most && random.nextInt(50) == 0) {
                    snapshots.add(new CollectedSnapshot(machine, () -> random.nextInt(4) > 0));
                    machine.beginSnapshot(snapshots.get(snapshots.size() - 1));
                }
                String moment = "seed " + seed + ", after event " + event;
                taken += takeSteps(machine, snapshots, random, mostSteps, moment);
            }
        }
        assertThat(taken).as("seed %d", seed).isPositive();
    }

    /** Advances each by some steps, forgets those that have come to their end, and returns how many are complete. */
    private static int takeSteps(
            StateMachine machine, List<CollectedSnapshot> snapshots, Random random, int most, String moment) {
        int complete = 0;
        for (CollectedSnapshot snapshot : List.copyOf(snapshots)) {
            for (int steps = random.nextInt(most + 1); steps > 0 && !snapshot.isEnded(); steps--) {
                assertThat(machine.stepSnapshot(snapshot)).isNotEqualTo(snapshot.isEnded());
            }
            if (snapshot.isEnded()) {
                assertThat(machine.stepSnapshot(snapshot)).isFalse();
                snapshots.remove(snapshot);
            }
            if (snapshot.isEnded() && !snapshot.isAborted()) {
                snapshot.requireExact(moment);
                complete++;
            }
        }
        return complete;
    }

    private static void applyOne(
            int dice, Events events, EntryGenerator generator, RandomEvents randomEvents, Random random) {
        if (dice < 40) {
            events.set(generator.key(), generator.value());
        } else if (dice < 55) {
            events.delete(generator.key());
        } else if (dice < 99) {
            byte[] record = randomEvents.next(events.sequence(), events.time());
            if (!clears(record) || random.nextInt(5) == 0) {
                events.apply(record);
            }
        } else {
            events.budget((1 + random.nextInt(12)) * MIB);
        }
    }

    private static boolean clears(byte[] record) {
        return record[0] == EventType.CLEAR.code();
    }

    static List<Integer> eventsPerStep() {
        return TestScale.ENABLED ? List.of(1, 20, 100) : List.of(20);
    }

    /** The index grows from two pages to a dozen and shrinks again, with the walk in its midst. */
    @ParameterizedTest(name = "{0} events a step")
    @MethodSource("eventsPerStep")
    void survivesTheGrowthAndTheShrinkingOfTheIndex(int eventsPerStep) {
        Random random = new Random(eventsPerStep);
        try (StateMachine machine = machine(64 * MIB);
                Events events = Events.of(machine)) {
            events.budget(64 * MIB);
            setRange(events, 0, 10_000, 8);
            CollectedSnapshot growing = begin(machine);
            takeSteps(machine, growing, 300);
            for (int key = 0; key < 60_000; key++) {
                events.set(key(key), new byte[random.nextInt(40)]);
                takeSteps(machine, growing, key % eventsPerStep == 0 ? 1 : 0);
            }
            finish(machine, growing);
            growing.requireExact("while growing");
            long pages = machine.memoryReport().indexPages();
            assertThat(pages).isGreaterThan(8);

            CollectedSnapshot shrinking = begin(machine);
            takeSteps(machine, shrinking, 700);
            for (int key = 0; key < 60_000; key++) {
                events.delete(key(key));
                takeSteps(machine, shrinking, key % eventsPerStep == 0 ? 1 : 0);
            }
            finish(machine, shrinking);
            shrinking.requireExact("while shrinking");
            assertThat(machine.memoryReport().indexPages()).isLessThan(pages);
        }
    }

    @Test
    void keepsWhatChangesInPagesThatWereSplitBeforeTheWalkCameToThem() {
        try (StateMachine machine = machine(16 * MIB);
                Events events = Events.of(machine)) {
            events.budget(16 * MIB);
            setRange(events, 0, 10_000, 8);
            long pages = machine.memoryReport().indexPages();
            CollectedSnapshot snapshot = begin(machine);
            setRange(events, 10_000, 20_000, 8);
            assertThat(machine.memoryReport().indexPages()).isGreaterThan(pages);
            for (int key = 0; key < 10_000; key += 2) {
                events.delete(key(key));
                events.set(key(key + 1), new byte[9]);
            }
            finish(machine, snapshot);
            snapshot.requireExact("after splits");
        }
    }

    /** Entries of the snapshot lie on pages that are emptied, and behind and before the walk. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void survivesTheEvacuationOfPages(long seed) {
        Random random = new Random(seed);
        try (StateMachine machine = machine(8 * MIB);
                Events events = Events.of(machine)) {
            events.budget(8 * MIB);
            int keys = setUntilFull(events, 0, 200);
            for (int key = 0; key < keys; key++) {
                if (random.nextInt(10) > 0) {
                    events.delete(key(key));
                }
            }
            long pagesBefore = pagesOfSmallEntries(machine);
            CollectedSnapshot snapshot = begin(machine);
            takeSteps(machine, snapshot, random.nextInt(400));
            int next = keys;
            while (events.set(key(next++), new byte[3_000]) == Outcome.CREATED) {
                takeSteps(machine, snapshot, random.nextInt(3) == 0 ? 1 : 0);
            }
            assertThat(pagesOfSmallEntries(machine)).as("pages were emptied").isLessThan(pagesBefore * 2 / 3);
            finish(machine, snapshot);
            snapshot.requireExact("seed " + seed);
        }
    }

    @Test
    void keepsWhatIsDeletedAndSetAnewBeforeItIsReached() {
        try (StateMachine machine = machine(MIB);
                Events events = Events.of(machine)) {
            events.budget(MIB);
            setRange(events, 0, 100, 8);
            CollectedSnapshot snapshot = begin(machine);
            for (int key = 0; key < 100; key++) {
                events.delete(key(key));
                events.set(key(key), new byte[] {1});
                events.delete(key(key));
            }
            finish(machine, snapshot);
            snapshot.requireExact("all deleted");
        }
    }

    @Test
    void keepsTheExpiriesThatThereWere() {
        try (StateMachine machine = machine(MIB);
                Events events = Events.of(machine)) {
            events.budget(MIB);
            for (int key = 0; key < 300; key++) {
                events.setUntil(key(key), new byte[key], 1_000 + key);
            }
            CollectedSnapshot snapshot = begin(machine);
            for (int key = 0; key < 300; key += 3) {
                events.apply(Records.expireAt(
                        key % 2 == 0 ? RecordFlags.RELATIVE_EXPIRY : 0, 9_999, 0, key(key), ExpiryCondition.ALWAYS));
            }
            events.time(1_250);
            events.apply(Records.expireDue(100));
            assertThat(events.number()).isEqualTo(100);
            finish(machine, snapshot);
            snapshot.requireExact("expiries");
        }
    }

    @Test
    void isAbortedByAClearAndNoLaterThanThat() {
        try (StateMachine machine = machine(MIB);
                Events events = Events.of(machine)) {
            events.budget(MIB);
            byte[] clear = Records.clear();
            byte[] rejected = Records.batch(0, 0, clear, Records.splice(0, 0, key(1), 9, 9, key(1)));
            for (byte[] clears : List.of(clear, Records.batch(0, 0, clear, Records.set(0, 0, 0, key(1), key(1))))) {
                setRange(events, 100, 300, 8);
                CollectedSnapshot snapshot = begin(machine);
                machine.stepSnapshot(snapshot);
                assertThat(events.apply(rejected)).isEqualTo(Outcome.TOO_LONG);
                assertThat(snapshot.isAborted()).isFalse();
                events.apply(clears);
                assertThat(snapshot.isAborted()).isTrue();
                int length = snapshot.length();
                events.set(key(200), key(1));
                assertThat(machine.stepSnapshot(snapshot)).isFalse();
                assertThat(snapshot.length()).isEqualTo(length);

                CollectedSnapshot next = begin(machine);
                events.delete(key(200));
                finish(machine, next);
                next.requireExact("after a clear");
                events.apply(clear);
            }
        }
    }

    @Test
    void hasNothingOfASetThatWasRejected() {
        try (StateMachine machine = machine(MIB);
                Events events = Events.of(machine)) {
            events.budget(MIB);
            setRange(events, 0, 10, 8);
            CollectedSnapshot snapshot = begin(machine);
            assertThat(events.set(key(3), new byte[2 << 20])).isEqualTo(Outcome.OUT_OF_MEMORY);
            finish(machine, snapshot);
            snapshot.requireExact("one rejected");
        }
    }

    @Test
    void saysOfWhichStateItIs() {
        try (StateMachine machine = machine(MIB);
                Events events = Events.of(machine)) {
            events.budget(MIB);
            setRange(events, 0, 5, 8);
            CollectedSnapshot snapshot = begin(machine);
            StateSummary expected =
                    new StateSummary(6, 0, 5, machine.digest(), machine.memoryBudget(), machine.memoryUsed());
            events.delete(key(1));
            finish(machine, snapshot);
            assertThat(snapshot.summary()).isEqualTo(expected);
        }
    }

    @Test
    void isOneOfFiveAtMostAndOneThatNobodyWantsDoesNotCount() {
        try (StateMachine machine = machine(MIB);
                Events events = Events.of(machine)) {
            CollectedSnapshot first = new CollectedSnapshot(machine, () -> true);
            assertThat(machine.stepSnapshot(first)).isFalse();
            events.budget(MIB);
            setRange(events, 0, 100, 8);
            machine.beginSnapshot(first);
            assertThatThrownBy(() -> machine.beginSnapshot(first)).isInstanceOf(StateMachineException.class);
            CollectedSnapshot second = begin(machine);
            begin(machine);
            begin(machine);
            begin(machine);
            assertThatThrownBy(() -> begin(machine)).isInstanceOf(StateMachineException.class);

            first.drop();
            CollectedSnapshot another = begin(machine);
            second.drop();
            events.delete(key(1));
            assertThat(machine.stepSnapshot(second)).isFalse();
            assertThat(first.length() + second.length()).isZero();
            finish(machine, another);
            another.requireExact("in the place of one that was dropped");
        }
    }

    /** However long the values are, a step comes to its end soon. */
    @Test
    void handsOutFewLongEntriesInAStep() {
        try (StateMachine machine = machine(64 * MIB);
                Events events = Events.of(machine)) {
            events.budget(64 * MIB);
            setRange(events, 0, 6_000, 4_000);
            CollectedSnapshot snapshot = begin(machine);
            long before = 0;
            while (machine.stepSnapshot(snapshot)) {
                assertThat(snapshot.length() - before).isLessThan(64 << 10);
                before = snapshot.length();
            }
            snapshot.requireExact("long values");
        }
    }

    /** With the same hashes each time. */
    private static StateMachine machine(long reserve) {
        return new StateMachine(reserve, 1);
    }

    private static CollectedSnapshot begin(StateMachine machine) {
        CollectedSnapshot snapshot = new CollectedSnapshot(machine, () -> true);
        machine.beginSnapshot(snapshot);
        return snapshot;
    }

    private static void takeSteps(StateMachine machine, CollectedSnapshot snapshot, int steps) {
        for (int step = 0; step < steps; step++) {
            machine.stepSnapshot(snapshot);
        }
    }

    private static void finish(StateMachine machine, CollectedSnapshot snapshot) {
        boolean goesOn = true;
        while (goesOn) {
            goesOn = machine.stepSnapshot(snapshot);
        }
    }

    private static void setRange(Events events, int from, int to, int valueLength) {
        for (int key = from; key < to; key++) {
            assertThat(events.set(key(key), new byte[valueLength])).isEqualTo(Outcome.CREATED);
        }
    }

    private static int setUntilFull(Events events, int from, int valueLength) {
        int key = from;
        while (events.set(key(key), new byte[valueLength]) == Outcome.CREATED) {
            key++;
        }
        return key;
    }

    private static long pagesOfSmallEntries(StateMachine machine) {
        return machine.memoryReport().sizeClasses().stream()
                .filter(sizeClass -> sizeClass.slotLength() < 256)
                .mapToLong(MemoryReport.SizeClass::pages)
                .sum();
    }

    private static byte[] key(int key) {
        return ByteBuffer.allocate(8).putInt(key).array();
    }
}
