package dev.poro.wal;

import dev.poro.perf.Check;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
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

/** The checksum of a frame, by the bytes it covers. Promises 0 B/op. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ChecksumBenchmark {
    private static final long SALT = 0x9E3779B97F4A7C15L;

    /** A frame's header, one record of 16/16 B, ... of 32/128 B, ... of 16/1024 B, and a full frame. */
    @Param({"36", "40", "168", "1048", "65536"})
    int length;

    private final Checksum checksum = new Checksum(SALT);
    private ByteBuffer bytes;

    @Setup(Level.Trial)
    public void fill() {
        bytes = ByteBuffer.allocateDirect(length);
        for (int i = 0; i < length; i++) {
            bytes.put(i, (byte) (31 * i));
        }
    }

    @TearDown(Level.Trial)
    public void check() {
        CRC32C crc = new CRC32C();
        crc.update(bytes.clear());
        bytes.clear();
        Check.equal("checksum", (int) crc.getValue() ^ Long.hashCode(SALT), of());
    }

    @Benchmark
    public int of() {
        return checksum.of(bytes, 0, length);
    }
}
