package dev.poro.statemachine;

import dev.poro.events.RawMemory;
import dev.poro.perf.Check;
import dev.poro.perf.Keys;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Group;
import org.openjdk.jmh.annotations.GroupThreads;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.ThreadParams;

/**
 * Reads into the caller's memory while one thread writes as fast as it can. Each value consists of one number twice, so
 * a torn read would not go unnoticed. {@link StateMachineBenchmark} has the same reads and writes alone. Promises 0
 * B/op. Two readers and the writer want three processors.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Group)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ReadUnderWriteBenchmark {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int KEY_LENGTH = 16;
    private static final int VALUE_LENGTH = 2 * Long.BYTES;

    @Param("100000")
    int keyCount;

    private StateMachine stateMachine;
    private Keys written;
    private EncodedRecord record;
    private long sequence;

    @Setup(Level.Trial)
    public void fill() {
        stateMachine = new StateMachine(0);
        written = new Keys(keyCount, KEY_LENGTH);
        record = EncodedRecord.set(KEY_LENGTH, VALUE_LENGTH);
        EncodedRecord budget = EncodedRecord.memoryBudget(keyCount * 160L);
        stateMachine.apply(++sequence, 0, budget.flyweight());
        budget.free();
        for (int i = 0; i < keyCount; i++) {
            set(written.key(i));
        }
    }

    @TearDown(Level.Trial)
    public void check() {
        Check.equal("keys", keyCount, stateMachine.keys());
        Check.equal("sequence", sequence, stateMachine.appliedSequence());
        Check.atLeast("writes", 1, sequence - keyCount - 1);
        stateMachine.close();
        record.free();
    }

    /** What a reader has to itself. */
    @State(Scope.Thread)
    public static class Reader {
        private final byte[] value = new byte[VALUE_LENGTH];
        private Keys keys;

        @Setup(Level.Trial)
        public void open(ReadUnderWriteBenchmark benchmark, ThreadParams thread) {
            keys = new Keys(benchmark.keyCount, KEY_LENGTH, 1 + thread.getThreadIndex());
        }
    }

    @Benchmark
    @Group("oneReader")
    @GroupThreads(1)
    public byte[] read(Reader reader) {
        return get(reader);
    }

    @Benchmark
    @Group("oneReader")
    @GroupThreads(1)
    public void write() {
        set(written.random());
    }

    @Benchmark
    @Group("twoReaders")
    @GroupThreads(2)
    public byte[] readAsOneOfTwo(Reader reader) {
        return get(reader);
    }

    @Benchmark
    @Group("twoReaders")
    @GroupThreads(1)
    public void writeForTwo() {
        set(written.random());
    }

    private byte[] get(Reader reader) {
        Check.equal("value length", VALUE_LENGTH, stateMachine.get(reader.keys.random(), reader.value, 0));
        Check.equal("the second half", (long) LONGS.get(reader.value, 0), (long) LONGS.get(reader.value, Long.BYTES));
        return reader.value;
    }

    private void set(byte[] key) {
        sequence++;
        RawMemory.writeLong(record.valueAddress(), sequence);
        RawMemory.writeLong(record.valueAddress() + Long.BYTES, sequence);
        stateMachine.apply(sequence, 0, record.with(key));
    }
}
