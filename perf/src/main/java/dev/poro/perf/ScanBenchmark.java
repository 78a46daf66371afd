package dev.poro.perf;

import dev.poro.engine.EntryCursor;
import dev.poro.engine.Poro;
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
import org.openjdk.jmh.annotations.Warmup;

/** A scan, entry by entry, of keys and values of 16 bytes; it begins again when it has come to the end. */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class ScanBenchmark {
    @Param({"100000", "10000000"})
    int keyCount;

    private TemporaryLog log;
    private Poro poro;
    private EntryCursor cursor;
    private long visited;

    @Setup(Level.Trial)
    public void open() {
        log = new TemporaryLog();
        poro = Poro.at(log.path())
                .memory(8L << 30)
                .snapshotAfter(Long.MAX_VALUE)
                .open();
        Keys keys = new Keys(keyCount, 16);
        byte[] value = new byte[16];
        for (int i = 0; i < keyCount; i++) {
            poro.setAsync(keys.key(i), value);
        }
        poro.set(keys.key(0), value);
        cursor = poro.scan().open();
    }

    @TearDown(Level.Trial)
    public void close() {
        poro.close();
        log.close();
    }

    /** Copies of key and value. */
    @Benchmark
    public int entry() {
        next();
        return cursor.key().length + cursor.entry().value().length;
    }

    /** Only the step from entry to entry. */
    @Benchmark
    public void next() {
        if (!cursor.next()) {
            Check.equal("visited", keyCount, visited);
            cursor = poro.scan().open();
            visited = 0;
            cursor.next();
        }
        visited++;
    }
}
