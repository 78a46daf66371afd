package dev.poro.statemachine;

import dev.poro.perf.Keys;
import dev.poro.perf.RandomSubset;
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
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * Insertions and removals alone, which cannot go on for ever: each shot inserts so many keys into a table of
 * {@code keyCount}, or removes so many of them, chosen at random; what it changed is undone before the next. The index
 * and the slab are full of holes then, as after a long life; {@code GrowthBenchmark} is about a table that grows.
 * Promises 0 B/op, to which the harness adds its own: less than a byte.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 20)
@Measurement(iterations = 20)
public class InsertRemoveBenchmark {
    private static final int CHANGES = 50_000;
    private static final int KEY_LENGTH = 16;
    private static final int VALUE_LENGTH = 16;

    @Benchmark
    @OperationsPerInvocation(CHANGES)
    public void remove(Present keys) {
        keys.removeChosen();
    }

    @Benchmark
    @OperationsPerInvocation(CHANGES)
    public void insert(Absent keys) {
        keys.insertChosen();
    }

    /** A table, and some of its keys. */
    @State(Scope.Thread)
    public abstract static class Chosen {
        @Param({"100000", "10000000"})
        int keyCount;

        private FilledTable contents;
        private Keys keys;
        private EncodedRecord record;
        private RandomSubset subset;
        private int[] chosen;

        @Setup(Level.Trial)
        public void fill(BenchmarkParams params) {
            contents = new FilledTable(keyCount);
            keys = new Keys(keyCount, KEY_LENGTH);
            record = EncodedRecord.set(KEY_LENGTH, VALUE_LENGTH);
            subset = new RandomSubset(keyCount, params.getOpsPerInvocation());
            for (int i = 0; i < keyCount; i++) {
                contents.insert(record.with(keys.key(i)));
            }
        }

        @TearDown(Level.Trial)
        public void check() {
            contents.close(keys, keyCount, record);
            record.free();
        }

        final void choose() {
            chosen = subset.choose();
        }

        final void insertChosen() {
            for (int i : chosen) {
                contents.insert(record.with(keys.key(i)));
            }
        }

        final void removeChosen() {
            for (int i : chosen) {
                contents.remove(record.with(keys.key(i)));
            }
        }
    }

    /** Keys to remove. */
    public static class Present extends Chosen {
        @Setup(Level.Iteration)
        public void chooseOthers() {
            choose();
        }

        @TearDown(Level.Iteration)
        public void undo() {
            insertChosen();
        }
    }

    /** Keys to insert. */
    public static class Absent extends Chosen {
        @Setup(Level.Iteration)
        public void chooseOthers() {
            choose();
            removeChosen();
        }
    }
}
