package dev.poro.perf;

import dev.poro.engine.Pipeline;
import dev.poro.engine.Poro;
import dev.poro.engine.SyncPolicy;
import dev.poro.engine.Threading;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
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
import org.openjdk.jmh.infra.ThreadParams;

/**
 * The whole store, as a program sees it: random keys that are all present; {@link DeleteBenchmark} has deletes alone.
 * More threads with {@code -t}, other policies with {@code -p sync=ALWAYS}. All but {@code get} promise 0 B/op; only
 * the change of segments, once in some hundred thousand operations, allocates a little.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@State(Scope.Benchmark)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class StoreBenchmark {
    private static final int RUN = 16;

    @Param({"CALLER", "DEDICATED"})
    Threading threading;

    @Param("OS")
    SyncPolicy sync;

    @Param("100000")
    int keyCount;

    @Param("16")
    int keyLength;

    @Param("16")
    int valueLength;

    private final List<Client> clients = new CopyOnWriteArrayList<>();
    private TemporaryLog log;
    private Poro poro;

    @Setup(Level.Trial)
    public void open() {
        log = new TemporaryLog();
        poro = Poro.at(log.path())
                .threading(threading)
                .sync(sync)
                .memory(8L << 30)
                .snapshotAfter(Long.MAX_VALUE)
                .open();
        Keys keys = new Keys(keyCount, keyLength);
        byte[] value = new byte[valueLength];
        for (int i = 0; i < keyCount; i++) {
            poro.setAsync(keys.key(i), value);
        }
        poro.set(keys.key(0), value);
    }

    /** What a thread has to itself. */
    @State(Scope.Thread)
    public static class Client {
        private Keys keys;
        private byte[] value;
        private Pipeline pipeline;
        private long changes;

        @Setup(Level.Trial)
        public void register(StoreBenchmark store, ThreadParams thread) {
            keys = new Keys(store.keyCount, store.keyLength, thread.getThreadIndex());
            value = new byte[store.valueLength];
            pipeline = store.poro.pipeline();
            store.clients.add(this);
        }

        private byte[] nextValue() {
            changes++;
            value[0]++;
            return value;
        }
    }

    @TearDown(Level.Trial)
    public void check() {
        Client client = clients.get(0);
        // Comes after all that was published and not waited for.
        poro.set(client.keys.random(), client.nextValue());
        long changes = clients.stream().mapToLong(one -> one.changes).sum();
        Check.equal("keys", keyCount, poro.keys());
        // The first events were the budget and the sets of the setup; marks come on top.
        Check.atLeast("sequence", 2 + keyCount + changes, poro.sequence());
        poro.close();
        log.close();
    }

    @Benchmark
    public void set(Client client) {
        poro.set(client.keys.random(), client.nextValue());
    }

    /** To compare with {@link #pipelineOf16Sets}. */
    @Benchmark
    @OperationsPerInvocation(RUN)
    public void sets16(Client client) {
        for (int i = 0; i < RUN; i++) {
            poro.set(client.keys.random(), client.nextValue());
        }
    }

    /** Published together. */
    @Benchmark
    @OperationsPerInvocation(RUN)
    public void pipelineOf16Sets(Client client) {
        Pipeline pipeline = client.pipeline;
        for (int i = 0; i < RUN; i++) {
            pipeline.set(client.keys.random(), client.nextValue());
        }
        pipeline.execute();
        Check.equal("presence", 1, pipeline.existed(RUN - 1) ? 1 : 0);
        pipeline.reset();
    }

    /** Published together; half of them are reads in between. */
    @Benchmark
    @OperationsPerInvocation(RUN)
    public void pipelineOf8SetsAnd8Gets(Client client) {
        Pipeline pipeline = client.pipeline;
        for (int i = 0; i < RUN; i += 2) {
            pipeline.set(client.keys.random(), client.nextValue());
            pipeline.get(client.keys.random());
        }
        pipeline.execute();
        Check.equal("value length", valueLength, pipeline.valueLength(RUN - 1));
        pipeline.reset();
    }

    /** Reads alone, which need no ring. */
    @Benchmark
    @OperationsPerInvocation(RUN)
    public void pipelineOf16Gets(Client client) {
        Pipeline pipeline = client.pipeline;
        for (int i = 0; i < RUN; i++) {
            pipeline.get(client.keys.random());
        }
        pipeline.execute();
        Check.equal("value length", valueLength, pipeline.valueLength(RUN - 1));
        pipeline.reset();
    }

    /** Published and not waited for. */
    @Benchmark
    public long setAsync(Client client) {
        return poro.setAsync(client.keys.random(), client.nextValue());
    }

    /** Allocates the array that it returns. */
    @Benchmark
    public byte[] get(Client client) {
        byte[] value = poro.get(client.keys.random());
        Check.equal("value length", valueLength, value.length);
        return value;
    }

    /** Into the caller's memory. */
    @Benchmark
    public byte[] getInto(Client client) {
        Check.equal("value length", valueLength, poro.get(client.keys.random(), client.value, 0));
        return client.value;
    }

    /** A delete and the set that brings the key back: two operations. */
    @Benchmark
    public boolean deleteAndSet(Client client) {
        byte[] key = client.keys.random();
        boolean existed = poro.delete(key);
        poro.set(key, client.nextValue());
        client.changes++;
        return existed;
    }
}
