package dev.poro.perf;

import dev.poro.engine.Poro;
import dev.poro.engine.Progress;
import dev.poro.engine.SyncPolicy;
import dev.poro.engine.Threading;
import dev.poro.engine.tools.Verification;
import dev.poro.engine.tools.VerificationReport;
import dev.poro.wal.RecoveryReport;
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
 * Replay of a log: reading, checksums and apply, with every digest mark checked. The result is events a second. Other
 * numbers of events with {@code -opi}. Promises 0 B/op: what reading a segment allocates does not grow with its events.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
public class ReplayBenchmark {
    private static final int EVENTS = 5_000_000;

    @Param("100000")
    int keyCount;

    @Param("16")
    int valueLength;

    /** Whether each event is a frame of its own, as one synchronous writer makes them, or shares one. */
    @Param({"true", "false"})
    boolean oneFrameAnEvent;

    private TemporaryLog log;
    private int events;
    private long digest;

    @Setup(Level.Trial)
    public void write(BenchmarkParams params) {
        log = new TemporaryLog();
        events = params.getOpsPerInvocation();
        Keys keys = new Keys(keyCount, 16);
        byte[] value = new byte[valueLength];
        try (Poro poro = Poro.at(log.path())
                .threading(Threading.CALLER)
                .sync(SyncPolicy.OS)
                .memory(8L << 30)
                .snapshotAfter(Long.MAX_VALUE)
                .open()) {
            for (int i = 0; i < events; i++) {
                byte[] key = keys.random();
                value[0]++;
                if (oneFrameAnEvent) {
                    poro.set(key, value);
                } else {
                    poro.setAsync(key, value);
                }
            }
            poro.set(keys.key(0), value);
            digest = poro.digest();
        }
    }

    @TearDown(Level.Trial)
    public void delete() {
        log.close();
    }

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public VerificationReport replay() {
        VerificationReport replayed = Verification.run(log.path(), Progress.NONE);
        Check.equal("digest", digest, replayed.digest());
        Check.atLeast("events", events, replayed.events());
        if (replayed.log().verdict() != RecoveryReport.Verdict.SOUND) {
            throw new IllegalStateException(
                    "the log is damaged: " + replayed.log().description());
        }
        return replayed;
    }
}
