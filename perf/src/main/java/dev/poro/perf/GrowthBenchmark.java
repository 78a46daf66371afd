package dev.poro.perf;

import dev.poro.engine.Poro;
import dev.poro.engine.SyncPolicy;
import dev.poro.engine.Threading;
import dev.poro.events.Outcome;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordEncoder;
import dev.poro.events.RecordFlyweight;
import dev.poro.statemachine.StateMachine;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * From nothing to 10 M keys of 16/16 B: what each single step costs, with everything that growth brings (pages of the
 * index split, its directory doubled, memory touched for the first time). Each step is timed, which costs some 20 ns.
 * The percentiles of one growth are reported beside the score, in nanoseconds; JMH would add up those of several
 * iterations, so there is one. More repetitions: run it again. Other sizes: {@code -opi}. Promises 0 B/op; only the
 * opening of the store allocates, a megabyte.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 1)
@Measurement(iterations = 1)
public class GrowthBenchmark {
    private static final int KEYS = 10_000_000;
    private static final int LENGTH = 16;
    private static final int MOST_BYTES_OF_AN_ENTRY = 128;

    /** The state machine alone. */
    @Benchmark
    @OperationsPerInvocation(KEYS)
    public void stateMachine(GrowingStateMachine state, Steps steps) {
        for (int i = 0; i < state.keyCount; i++) {
            long before = System.nanoTime();
            state.set(i);
            steps.record(System.nanoTime() - before);
        }
    }

    /** The whole store, one thread that waits for every set. */
    @Benchmark
    @OperationsPerInvocation(KEYS)
    public void store(GrowingStore state, Steps steps) {
        for (int i = 0; i < state.keyCount; i++) {
            long before = System.nanoTime();
            state.set(i);
            steps.record(System.nanoTime() - before);
        }
    }

    /** How long the steps took; every public method becomes a column of the result. */
    @AuxCounters(AuxCounters.Type.EVENTS)
    @State(Scope.Thread)
    public static class Steps {
        private final Histogram nanos = new Histogram(TimeUnit.MINUTES.toNanos(1), 3);

        @Setup(Level.Iteration)
        public void clear() {
            nanos.reset();
        }

        private void record(long elapsedNanos) {
            nanos.recordValue(elapsedNanos);
        }

        public long p50() {
            return nanos.getValueAtPercentile(50);
        }

        public long p99() {
            return nanos.getValueAtPercentile(99);
        }

        public long p9999() {
            return nanos.getValueAtPercentile(99.99);
        }

        public long max() {
            return nanos.getMaxValue();
        }
    }

    /** A state machine without keys. */
    @State(Scope.Thread)
    public static class GrowingStateMachine {
        private final RecordFlyweight record = new RecordFlyweight();
        private final byte[] value = new byte[LENGTH];
        private final int recordLength = RecordDescriptor.recordLength(LENGTH, LENGTH);
        private int keyCount;
        private Keys keys;
        private long address;
        private StateMachine stateMachine;

        @Setup(Level.Iteration)
        public void open(BenchmarkParams params) {
            keyCount = params.getOpsPerInvocation();
            keys = new Keys(keyCount, LENGTH);
            address = RawMemory.allocate(recordLength);
            stateMachine = new StateMachine(0);
            RecordEncoder.encodeMemoryBudget(address, (long) keyCount * MOST_BYTES_OF_AN_ENTRY);
            stateMachine.apply(1, 0, record.wrap(address));
        }

        private void set(int i) {
            RecordEncoder.encodeSet(address, keys.key(i), value);
            if (stateMachine.apply(i + 2L, 0, record.wrap(address)) != Outcome.CREATED) {
                throw new IllegalStateException("key " + i + " was not created");
            }
        }

        @TearDown(Level.Iteration)
        public void check() {
            Check.equal("keys", keyCount, stateMachine.keys());
            stateMachine.close();
            RawMemory.free(address, recordLength);
        }
    }

    /** A store without keys. */
    @State(Scope.Thread)
    public static class GrowingStore {
        private final byte[] value = new byte[LENGTH];
        private int keyCount;
        private Keys keys;
        private TemporaryLog log;
        private Poro poro;

        @Setup(Level.Iteration)
        public void open(BenchmarkParams params) {
            keyCount = params.getOpsPerInvocation();
            keys = new Keys(keyCount, LENGTH);
            log = new TemporaryLog();
            poro = Poro.at(log.path())
                    .threading(Threading.CALLER)
                    .sync(SyncPolicy.OS)
                    .memory(8L << 30)
                    .snapshotAfter(Long.MAX_VALUE)
                    .open();
        }

        private void set(int i) {
            poro.set(keys.key(i), value);
        }

        @TearDown(Level.Iteration)
        public void check() {
            Check.equal("keys", keyCount, poro.keys());
            poro.close();
            log.close();
        }
    }
}
