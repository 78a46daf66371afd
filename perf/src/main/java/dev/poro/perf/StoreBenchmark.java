package dev.poro.perf;

import dev.poro.engine.Poro;
import dev.poro.engine.Threading;
import dev.poro.wal.SyncPolicy;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/** The whole store, as a program sees it: one thread, random keys that are all present. */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@State(Scope.Thread)
@Threads(1)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class StoreBenchmark {
    @Param("CALLER")
    Threading threading;

    @Param("OS")
    SyncPolicy sync;

    @Param("100000")
    int keyCount;

    @Param("16")
    int keyLength;

    @Param("16")
    int valueLength;

    private TemporaryLog log;
    private Poro poro;
    private Keys keys;
    private byte[] value;

    @Setup(Level.Trial)
    public void open() {
        log = new TemporaryLog();
        poro = Poro.at(log.path())
                .threading(threading)
                .sync(sync)
                .memory(8L << 30)
                .open();
        keys = new Keys(keyCount, keyLength);
        value = new byte[valueLength];
        for (int i = 0; i < keyCount; i++) {
            poro.set(keys.key(i), value);
        }
    }

    @TearDown(Level.Trial)
    public void close() {
        poro.close();
        log.close();
    }

    @Benchmark
    public void set() {
        value[0]++;
        poro.set(keys.random(), value);
    }

    @Benchmark
    public byte[] get() {
        return poro.get(keys.random());
    }

    @Benchmark
    public long setAsync() {
        value[0]++;
        return poro.setAsync(keys.random(), value);
    }

    /** A delete and the set that brings the key back: two operations. */
    @Benchmark
    public boolean deleteAndSet() {
        byte[] key = keys.random();
        boolean existed = poro.delete(key);
        poro.set(key, value);
        return existed;
    }
}
