package dev.poro.statemachine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.poro.events.ExpiryCondition;
import dev.poro.events.Outcome;
import dev.poro.events.RecordFlags;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Readers beside the writer. A value tells its version, and every byte of it follows from key and version, so a torn
 * value gives itself away. Small budgets and changing sizes keep the index splitting and merging and the slab
 * evacuating underneath.
 */
class ConcurrentReadsTest {
    private static final int READERS = 3;
    private static final int STEADY_KEYS = 64;
    private static final int TOGETHER = 6;
    private static final long BUDGET = 6 << 20;
    private static final long RUN_MS = 1500;

    private volatile boolean stopped;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2})
    void neverSeeATornOrOldOrMissingValue(long seed) throws Exception {
        try (StateMachine machine = new StateMachine(0);
                Events events = Events.of(machine)) {
            events.budget(BUDGET);
            for (int key = 0; key < STEADY_KEYS; key++) {
                events.set(key(key), value(key, 0, 100));
            }
            List<long[]> progress = runBeside(machine, () -> churn(machine, events, new Random(seed)), seed);
            assertThat(progress).allSatisfy(reads -> assertThat(reads[0]).isPositive());
        }
    }

    @Test
    void followAStateMachineThatMovesToALargerArena() throws Exception {
        try (StateMachine machine = new StateMachine(0);
                Events events = Events.of(machine)) {
            events.budget(BUDGET);
            for (int key = 0; key < STEADY_KEYS; key++) {
                events.set(key(key), value(key, 0, 100));
            }
            runBeside(machine, () -> grow(machine, events), 3);
            assertThat(machine.memoryReport().reserved()).isGreaterThan(16 * BUDGET);
        }
    }

    /** Two keys in two stripes always change together, in every way that a batch knows. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2})
    void neverSeeHalfABatch(long seed) throws Exception {
        try (StateMachine machine = new StateMachine(0);
                Events events = Events.of(machine)) {
            events.budget(BUDGET);
            applyTogether(events, 0, 100, false);
            ExecutorService readers = Executors.newFixedThreadPool(READERS);
            try {
                List<Future<Long>> results = new ArrayList<>();
                for (int reader = 0; reader < READERS; reader++) {
                    results.add(readers.submit(() -> readTogether(machine)));
                }
                try {
                    Random random = new Random(seed);
                    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(RUN_MS / 2);
                    for (long version = 1; System.nanoTime() < end; version++) {
                        int length = 8 + random.nextInt(random.nextInt(10) == 0 ? 20_000 : 300);
                        applyTogether(events, version, length, random.nextInt(20) == 0);
                    }
                } finally {
                    stopped = true;
                }
                StripedSeqLockTest.assertNothingIsChanging(machine.table().arena());
                for (Future<Long> result : results) {
                    assertThat(result.get()).isPositive();
                }
            } finally {
                readers.shutdownNow();
                assertThat(readers.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
            }
        }
    }

    private static void applyTogether(Events events, long version, int length, boolean clears) {
        int expiry = version % 3 == 0 ? RecordFlags.RELATIVE_EXPIRY : RecordFlags.NO_EXPIRY;
        List<byte[]> parts = new ArrayList<>();
        if (clears) {
            parts.add(Records.clear());
        }
        for (int key = 0; key < TOGETHER; key++) {
            parts.add(Records.set(expiry, 1_000 + version, 0, key(key), value(key, version, length + key * 40)));
        }
        parts.add(Records.set(0, 0, 0, key(TOGETHER + (int) (version % 5_000)), new byte[(int) (version % 900)]));
        assertThat(events.apply(Records.batch(0, 0, parts.toArray(byte[][]::new))))
                .isEqualTo(Outcome.ACCEPTED);
    }

    /** Later keys are never of an earlier version than earlier ones. */
    private long readTogether(StateMachine machine) {
        long reads = 0;
        for (long version = 0; !stopped; reads++) {
            for (int key = 0; key < TOGETHER; key++) {
                byte[] value = machine.get(key(key));
                assertThat(value).as("key %d after version %d", key, version).isNotNull();
                version = verified(key, value, value.length, version);
            }
        }
        return reads;
    }

    /** Values come and go as a whole, whatever is cleared, expires, or gets another expiry. */
    @Test
    void neverSeeATornValueBesideClearsAndExpiries() throws Exception {
        try (StateMachine machine = new StateMachine(0);
                Events events = Events.of(machine)) {
            AtomicLong time = new AtomicLong(1_000);
            machine.useLogTime(time::get);
            events.budget(BUDGET);
            ExecutorService readers = Executors.newFixedThreadPool(READERS);
            try {
                List<Future<Long>> results = new ArrayList<>();
                for (int reader = 0; reader < READERS; reader++) {
                    Random random = new Random(reader);
                    results.add(readers.submit(() -> readWhatIsThere(machine, time, random)));
                }
                try {
                    clearAndExpire(events, time);
                } finally {
                    stopped = true;
                }
                for (Future<Long> result : results) {
                    assertThat(result.get()).isPositive();
                }
                StripedSeqLockTest.assertNothingIsChanging(machine.table().arena());
                ExpiryHeapTest.assertEveryEntryKnowsItsPlace(machine.table());
            } finally {
                readers.shutdownNow();
                assertThat(readers.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
            }
        }
    }

    private static void clearAndExpire(Events events, AtomicLong time) {
        Random random = new Random(1);
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(RUN_MS / 2);
        for (long version = 1; System.nanoTime() < end; version++) {
            int key = random.nextInt(STEADY_KEYS);
            byte[] value = value(key, version, 8 + random.nextInt(key % 4 == 0 ? 20_000 : 300));
            long now = time.get();
            events.time(now);
            switch (random.nextInt(16)) {
                case 0 -> events.apply(Records.expireDue(1 + random.nextInt(9)));
                case 1, 2, 3 ->
                    events.apply(Records.expireAt(
                            random.nextBoolean() ? RecordFlags.RELATIVE_EXPIRY : RecordFlags.NO_EXPIRY,
                            1 + random.nextInt(50),
                            0,
                            key(key),
                            ExpiryCondition.ALWAYS));
                case 4 -> events.apply(version % 50 == 0 ? Records.clear() : Records.delete(0, 0, key(key)));
                case 5, 6, 7, 8 -> events.set(key(key), value);
                default -> events.setUntil(key(key), value, now + 1 + random.nextInt(50));
            }
            time.set(now + random.nextInt(2));
        }
    }

    private long readWhatIsThere(StateMachine machine, AtomicLong time, Random random) {
        EntryDetails details = new EntryDetails();
        long found = 0;
        while (!stopped) {
            int key = random.nextInt(STEADY_KEYS);
            long before = time.get();
            byte[] value = machine.get(key(key), details);
            if (value != null) {
                verified(key, value, value.length, 0);
                assertThat(!details.expires() || details.expiry() > before).isTrue();
                assertThat(details.sequence()).isPositive();
                found++;
            }
        }
        return found;
    }

    private List<long[]> runBeside(StateMachine machine, Runnable writer, long seed) throws Exception {
        ExecutorService readers = Executors.newFixedThreadPool(READERS);
        try {
            List<Future<long[]>> results = new ArrayList<>();
            for (int reader = 0; reader < READERS; reader++) {
                Random random = new Random(seed * 100 + reader);
                boolean copies = reader == 0;
                results.add(readers.submit(() -> read(machine, random, copies)));
            }
            try {
                writer.run();
            } finally {
                stopped = true;
            }
            StripedSeqLockTest.assertNothingIsChanging(machine.table().arena());
            List<long[]> progress = new ArrayList<>();
            for (Future<long[]> result : results) {
                progress.add(result.get());
            }
            return progress;
        } catch (ExecutionException e) {
            throw new AssertionError("seed " + seed, e.getCause());
        } finally {
            readers.shutdownNow();
            assertThat(readers.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    /** Steady keys get new versions; others come and go, in phases of different sizes. */
    private static void churn(StateMachine machine, Events events, Random random) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(RUN_MS);
        int passing = STEADY_KEYS;
        int oldest = STEADY_KEYS;
        for (long version = 1; System.nanoTime() < end; version++) {
            int steady = random.nextInt(STEADY_KEYS);
            events.set(key(steady), value(steady, version, 8 + random.nextInt(steady % 4 == 0 ? 20_000 : 300)));
            int length = 8 + (int) (version / 4000 % 5) * 400;
            Outcome outcome = events.set(key(passing), value(passing, version, length));
            if (outcome == Outcome.CREATED) {
                passing++;
            }
            boolean crowded = machine.memoryUsed() > BUDGET * 8 / 10;
            for (int count = crowded ? 50 : random.nextInt(2); count > 0 && oldest < passing; count--) {
                events.delete(key(oldest++));
            }
        }
    }

    private static void grow(StateMachine machine, Events events) {
        long version = 1;
        for (long budget = BUDGET; budget <= 16 * BUDGET; budget *= 2) {
            events.budget(budget);
            for (int change = 0; change < 2000; change++, version++) {
                int key = change % STEADY_KEYS;
                events.set(key(key), value(key, version, 8 + change));
            }
            assertThat(machine.keys()).isEqualTo(STEADY_KEYS);
        }
    }

    private long[] read(StateMachine machine, Random random, boolean copies) {
        long[] versions = new long[STEADY_KEYS];
        byte[] target = new byte[20_008];
        long reads = 0;
        while (!stopped) {
            int key = random.nextInt(STEADY_KEYS);
            if (copies) {
                byte[] value = machine.get(key(key));
                versions[key] = verified(key, value, value.length, versions[key]);
            } else {
                int length = machine.get(key(key), target, 0);
                versions[key] = verified(key, target, length, versions[key]);
            }
            reads++;
        }
        return new long[] {reads};
    }

    private static long verified(int key, byte[] value, int length, long versionBefore) {
        long version = ByteBuffer.wrap(value).getLong();
        assertThat(length).isGreaterThanOrEqualTo(8);
        assertThat(version).isGreaterThanOrEqualTo(versionBefore);
        for (int at = 8; at < length; at++) {
            if (value[at] != byteAt(key, version, at)) {
                throw new AssertionError("torn value of key " + key + ", version " + version + ", at byte " + at);
            }
        }
        return version;
    }

    private static byte[] value(int key, long version, int length) {
        byte[] value = ByteBuffer.allocate(Math.max(8, length)).putLong(version).array();
        for (int at = 8; at < value.length; at++) {
            value[at] = byteAt(key, version, at);
        }
        return value;
    }

    private static byte byteAt(int key, long version, int at) {
        return (byte) ((key + 1) * 31L + version * 17 + at);
    }

    private static byte[] key(int number) {
        return ByteBuffer.allocate(12)
                .putInt(number * 0x9E3779B9)
                .putInt(8, number)
                .array();
    }
}
