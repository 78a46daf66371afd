package dev.poro.perf;

import dev.poro.engine.Poro;
import dev.poro.engine.SyncPolicy;
import dev.poro.engine.Threading;
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
 * Deletes alone, which cannot go on for ever: each shot deletes so many of {@code keyCount} keys, chosen at random, and
 * they are set again before the next. Promises 0 B/op, to which the harness adds its own: less than a byte.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 20)
@Measurement(iterations = 20)
public class DeleteBenchmark {
    private static final int DELETES = 50_000;

    @Param({"CALLER", "DEDICATED"})
    Threading threading;

    @Param("OS")
    SyncPolicy sync;

    @Param("100000")
    int keyCount;

    private final byte[] value = new byte[16];
    private TemporaryLog log;
    private Poro poro;
    private Keys keys;
    private RandomSubset subset;
    private int[] chosen;
    private int deleted;

    @Setup(Level.Trial)
    public void open(BenchmarkParams params) {
        log = new TemporaryLog();
        poro = Poro.at(log.path())
                .threading(threading)
                .sync(sync)
                .memory(8L << 30)
                .snapshotAfter(Long.MAX_VALUE)
                .open();
        keys = new Keys(keyCount, 16);
        subset = new RandomSubset(keyCount, params.getOpsPerInvocation());
        for (int i = 0; i < keyCount; i++) {
            poro.setAsync(keys.key(i), value);
        }
        poro.set(keys.key(0), value);
    }

    @TearDown(Level.Trial)
    public void close() {
        poro.close();
        log.close();
    }

    @Setup(Level.Iteration)
    public void choose() {
        chosen = subset.choose();
        deleted = 0;
    }

    @Benchmark
    @OperationsPerInvocation(DELETES)
    public void delete() {
        for (int i : chosen) {
            if (poro.delete(keys.key(i))) {
                deleted++;
            }
        }
    }

    @TearDown(Level.Iteration)
    public void undo() {
        Check.equal("keys deleted", chosen.length, deleted);
        Check.equal("keys left", keyCount - chosen.length, poro.keys());
        for (int i : chosen) {
            poro.setAsync(keys.key(i), value);
        }
        poro.set(keys.key(chosen[0]), value);
    }
}
