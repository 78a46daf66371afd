package dev.poro.perf;

import dev.poro.engine.Batch;
import dev.poro.engine.BatchOutcome;
import dev.poro.engine.Entry;
import dev.poro.engine.Poro;
import dev.poro.engine.SyncPolicy;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What the other changes cost beside a set: one thread, random keys that are all present, values of 16 bytes, at first
 * numbers. {@code set}, {@code setWithExpiry} and {@code add} promise 0 B/op.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class ChangesBenchmark {
    private static final int SETS_PER_BATCH = 10;

    /** So that the ten keys of a batch differ and lie far apart. */
    private static final int STEP = 7_919;

    private static final Duration DAY = Duration.ofDays(1);

    @Param("OS")
    SyncPolicy sync;

    @Param("100000")
    int keyCount;

    private final byte[] value = new byte[16];
    private TemporaryLog log;
    private Poro poro;
    private Keys keys;
    private long changes;

    @Setup(Level.Trial)
    public void open() {
        log = new TemporaryLog();
        poro = Poro.at(log.path())
                .sync(sync)
                .memory(8L << 30)
                .snapshotAfter(Long.MAX_VALUE)
                .open();
        keys = new Keys(keyCount, 16);
        // Of 16 digits, so that an add replaces as many bytes as a set.
        long number = 1_000_000_000_000_000L;
        for (int i = 0; i < keyCount; i++) {
            poro.addAsync(keys.key(i), number);
        }
        poro.add(keys.key(0), 0);
    }

    @TearDown(Level.Trial)
    public void check() {
        Check.equal("keys", keyCount, poro.keys());
        Check.atLeast("sequence", 2 + keyCount + changes, poro.sequence());
        poro.close();
        log.close();
    }

    @Benchmark
    public boolean set() {
        changes++;
        value[0]++;
        return poro.set(keys.random(), value);
    }

    @Benchmark
    public boolean setWithExpiry() {
        changes++;
        value[0]++;
        return poro.set(keys.random(), value, DAY);
    }

    @Benchmark
    public long add() {
        changes++;
        return poro.add(keys.random(), 1);
    }

    /** Reads an entry, and replaces its value unless somebody else did, which nobody does. */
    @Benchmark
    public boolean compareAndSet() {
        changes++;
        value[0]++;
        byte[] key = keys.random();
        Entry entry = poro.entry(key);
        boolean isReplaced = poro.replace(key, entry.sequence(), value);
        Check.equal("replaced", 1, isReplaced ? 1 : 0);
        return isReplaced;
    }

    /** Ten sets in one event. */
    @Benchmark
    @OperationsPerInvocation(SETS_PER_BATCH)
    public BatchOutcome setInBatch() {
        changes++;
        value[0]++;
        Batch batch = poro.batch();
        int number = keys.randomNumber();
        for (int i = 0; i < SETS_PER_BATCH; i++) {
            batch.set(keys.key(number), value);
            number = (number + STEP) % keyCount;
        }
        return batch.commit();
    }

    /** The same ten sets one by one. */
    @Benchmark
    @OperationsPerInvocation(SETS_PER_BATCH)
    public void setOneByOne() {
        changes += SETS_PER_BATCH;
        value[0]++;
        int number = keys.randomNumber();
        for (int i = 0; i < SETS_PER_BATCH; i++) {
            poro.set(keys.key(number), value);
            number = (number + STEP) % keyCount;
        }
    }
}
