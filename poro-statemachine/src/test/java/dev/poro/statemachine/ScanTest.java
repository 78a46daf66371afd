package dev.poro.statemachine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.RecordFlags;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A scan returns each key that is there all the time exactly once, and no key twice. */
class ScanTest {
    private static final int MIB = 1 << 20;

    @ParameterizedTest(name = "{0} keys")
    @ValueSource(ints = {0, 1, 500, 7_000, 60_000})
    void returnsEveryKeyOnce(int keys) {
        try (StateMachine machine = new StateMachine(64 * MIB, 1);
                Events events = Events.of(machine)) {
            events.budget(64 * MIB);
            setRange(events, 0, keys);
            Map<Integer, Integer> seen = scanAll(machine);
            assertThat(seen).hasSize(keys);
            assertThat(seen.values()).allMatch(times -> times == 1);
        }
    }

    @Test
    void returnsKeysOfEveryLengthAndEveryHash() {
        for (WyHash hash : List.of(ChosenHash.ofOneHash(), ChosenHash.ofOnePage(), ChosenHash.skewed())) {
            try (StateMachine machine = new StateMachine(64 * MIB, hash);
                    Events events = Events.of(machine)) {
                events.budget(64 * MIB);
                EntryGenerator generator = new EntryGenerator(new Random(1), 300);
                for (int i = 0; i < 600; i++) {
                    events.set(generator.key(), generator.value());
                }
                List<ByteBuffer> seen = new ArrayList<>();
                ScanPosition position = new ScanPosition();
                ScannedEntries entries = new ScannedEntries(10);
                while (machine.scan(position, entries)) {
                    // one after the other
                }
                List<byte[]> step = keysOf(entries);
                step.forEach(key -> seen.add(ByteBuffer.wrap(key)));
                assertThat(seen).doesNotHaveDuplicates().hasSize((int) machine.keys());
                EntryDetails details = new EntryDetails();
                for (int i = 0; i < entries.count(); i++) {
                    byte[] value = machine.get(entries.key(i), details);
                    assertThat(entries.hasValue(i)).isEqualTo(value.length <= 10);
                    if (entries.hasValue(i)) {
                        assertThat(entries.value(i)).isEqualTo(value);
                    }
                    assertThat(entries.sequence(i)).isEqualTo(details.sequence());
                    assertThat(entries.expires(i)).isFalse();
                }
            }
        }
    }

    @Test
    void nothingIsThereBeforeTheFirstBudget() {
        try (StateMachine machine = new StateMachine(0)) {
            ScannedEntries entries = new ScannedEntries(0);
            assertThat(machine.scan(new ScanPosition(), entries)).isFalse();
            assertThat(entries.count()).isZero();
        }
    }

    /** Pages of the index are split, merged and cleared between the steps. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void missesNothingWhateverHappensBetweenTheSteps(long seed) {
        Random random = new Random(seed);
        try (StateMachine machine = new StateMachine(64 * MIB, seed);
                Events events = Events.of(machine)) {
            events.budget(64 * MIB);
            int stays = 3_000;
            setRange(events, 0, stays);
            int others = stays;
            for (int round = 0; round < 4; round++) {
                Map<Integer, Integer> seen = new HashMap<>();
                ScanPosition position = new ScanPosition();
                boolean goesOn = true;
                while (goesOn) {
                    ScannedEntries entries = new ScannedEntries(0);
                    position = throughItsNumber(position);
                    goesOn = machine.scan(position, entries);
                    keysOf(entries).forEach(key -> seen.merge(numberOf(key), 1, Integer::sum));
                    int until = round % 2 == 0 ? others + random.nextInt(3_000) : Math.max(stays, others - 3_000);
                    for (; others < until; others++) {
                        events.set(key(others), key(others));
                    }
                    for (; others > until; others--) {
                        events.delete(key(others - 1));
                    }
                }
                assertThat(seen.values()).as("round %d", round).allMatch(times -> times == 1);
                for (int key = 0; key < stays; key++) {
                    assertThat(seen).as("round %d", round).containsKey(key);
                }
            }
        }
    }

    private static ScanPosition throughItsNumber(ScanPosition position) {
        long number = position.toLong();
        assertThat(number).isBetween(0L, 1L << ScanPosition.BITS);
        return ScanPosition.of(number);
    }

    @Test
    void aNumberThatIsNoPositionStandsForTheStart() {
        for (long number : new long[] {0, -1, Long.MAX_VALUE, 1L << 35, 18 << 13, 8190}) {
            assertThat(ScanPosition.of(number).toLong()).as("%d", number).isZero();
        }
    }

    @Test
    @Timeout(60)
    void missesNothingBesideAWriterAtFullSpeed() throws Exception {
        try (StateMachine machine = new StateMachine(64 * MIB, 1);
                Events events = Events.of(machine)) {
            events.budget(64 * MIB);
            int stays = 2_000;
            for (int key = 0; key < stays; key++) {
                events.set(key(key), filled(4));
            }
            AtomicBoolean stop = new AtomicBoolean();
            Thread writer = new Thread(() -> {
                Random random = new Random(1);
                while (!stop.get()) {
                    int other = stays + random.nextInt(20_000);
                    if (random.nextBoolean()) {
                        events.set(key(other), filled(random.nextInt(100)));
                    } else {
                        events.delete(key(other));
                    }
                    events.set(key(random.nextInt(stays)), filled(random.nextInt(300)));
                }
            });
            writer.start();
            try {
                for (int scan = 0; scan < 30; scan++) {
                    Map<Integer, Integer> seen = scanAll(machine, ScanTest::requireFilled);
                    assertThat(seen.values()).allMatch(times -> times == 1);
                    for (int key = 0; key < stays; key++) {
                        assertThat(seen).containsKey(key);
                    }
                }
            } finally {
                stop.set(true);
                writer.join();
            }
        }
    }

    @Test
    void hidesWhatHasExpired() {
        long[] now = {100};
        try (StateMachine machine = new StateMachine(MIB, 1);
                Events events = Events.of(machine)) {
            machine.useLogTime(() -> now[0]);
            events.budget(MIB);
            setRange(events, 0, 3);
            events.apply(Records.set(RecordFlags.ABSOLUTE_EXPIRY, 200, 0, key(1), key(1)));
            assertThat(scanAll(machine)).containsOnlyKeys(0, 1, 2);
            now[0] = 200;
            assertThat(scanAll(machine)).containsOnlyKeys(0, 2);
        }
    }

    /** A value that is told from a mixture of two. */
    private static byte[] filled(int length) {
        byte[] value = new byte[length];
        Arrays.fill(value, (byte) length);
        return value;
    }

    private static void requireFilled(ScannedEntries entries) {
        for (int i = 0; i < entries.count(); i++) {
            byte[] value = entries.value(i);
            assertThat(value).isEqualTo(filled(value.length));
        }
    }

    private static Map<Integer, Integer> scanAll(StateMachine machine) {
        return scanAll(machine, step -> {});
    }

    private static Map<Integer, Integer> scanAll(StateMachine machine, Consumer<ScannedEntries> check) {
        Map<Integer, Integer> seen = new HashMap<>();
        ScanPosition position = new ScanPosition();
        boolean goesOn = true;
        while (goesOn) {
            ScannedEntries entries = new ScannedEntries(1000);
            goesOn = machine.scan(position, entries);
            check.accept(entries);
            keysOf(entries).forEach(key -> seen.merge(numberOf(key), 1, Integer::sum));
        }
        return seen;
    }

    private static List<byte[]> keysOf(ScannedEntries entries) {
        List<byte[]> keys = new ArrayList<>();
        for (int i = 0; i < entries.count(); i++) {
            keys.add(entries.key(i));
        }
        return keys;
    }

    private static void setRange(Events events, int from, int to) {
        for (int key = from; key < to; key++) {
            events.set(key(key), key(key));
        }
    }

    private static byte[] key(int number) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(number).array();
    }

    private static int numberOf(byte[] key) {
        return ByteBuffer.wrap(key).getInt();
    }
}
