package dev.poro.statemachine;

import dev.poro.perf.Check;
import dev.poro.perf.Keys;
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
 * The state machine alone: sets of keys that are present, in random order, one by one and as the batch that the handler
 * has. Copying the 16 bytes of the key into the record is part of the result. Promises 0 B/op.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class StateMachineBenchmark {
    private static final int BATCH = 64;
    private static final int KEY_LENGTH = 16;

    @Param({"100000", "10000000"})
    int keyCount;

    @Param("16")
    int valueLength;

    private final EncodedRecord[] batch = new EncodedRecord[BATCH];
    private StateMachine stateMachine;
    private Keys keys;
    private byte[] value;
    private long sequence;
    private long digest;
    private final long[] hashes = new long[BATCH];

    @Setup(Level.Trial)
    public void fill() {
        stateMachine = new StateMachine(0);
        keys = new Keys(keyCount, KEY_LENGTH);
        value = new byte[valueLength];
        for (int i = 0; i < BATCH; i++) {
            batch[i] = EncodedRecord.set(KEY_LENGTH, valueLength);
        }
        EncodedRecord budget = EncodedRecord.memoryBudget((long) keyCount * 2 * (KEY_LENGTH + valueLength + 64));
        stateMachine.apply(++sequence, 0, budget.flyweight());
        budget.free();
        for (int i = 0; i < keyCount; i++) {
            stateMachine.apply(++sequence, 0, batch[0].with(keys.key(i)));
        }
        digest = stateMachine.digest();
    }

    /** The values are all alike, so the digest must not have moved. */
    @TearDown(Level.Trial)
    public void check() {
        Check.equal("keys", keyCount, stateMachine.keys());
        Check.equal("digest", digest, stateMachine.digest());
        Check.equal("sequence", sequence, stateMachine.appliedSequence());
        stateMachine.close();
        for (EncodedRecord record : batch) {
            record.free();
        }
    }

    @Benchmark
    public int get() {
        int length = stateMachine.get(keys.random(), value, 0);
        Check.equal("value length", valueLength, length);
        return length;
    }

    @Benchmark
    public void set() {
        stateMachine.apply(++sequence, 0, batch[0].with(keys.random()));
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void setBatch() {
        for (EncodedRecord record : batch) {
            record.with(keys.random());
        }
        for (EncodedRecord record : batch) {
            stateMachine.apply(++sequence, 0, record.flyweight());
        }
    }

    /** Prefetches the memory that the entire batch needs. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void setBatchPrefetched() {
        for (int i = 0; i < BATCH; i++) {
            byte[] key = keys.random();
            hashes[i] = stateMachine.hash(key);
            stateMachine.prefetch(batch[i].with(key), hashes[i]);
        }
        for (int i = 0; i < BATCH; i++) {
            stateMachine.apply(++sequence, 0, batch[i].flyweight(), hashes[i]);
        }
    }
}
