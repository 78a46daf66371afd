package dev.poro.perf;

import dev.poro.events.RawMemory;
import java.util.SplittableRandom;
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

/**
 * What this machine's memory allows, to hold the figures of a store against: the accesses that no store can do without,
 * and nothing else. A get has to look into an index and then at the entry, two loads of which the second waits for the
 * first; a put has to change an entry anywhere and append to a log.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class MemoryBenchmark {
    private static final int HEADER_LENGTH = 32;
    private static final int LINE_LENGTH = 64;
    private static final long LOG_LENGTH = 64L << 20;

    @Param("100000")
    int keyCount;

    @Param({"16", "128", "1024"})
    int valueLength;

    private final SplittableRandom random = new SplittableRandom(42);
    private int entryLength;
    private long entries;
    private long log;
    private long logEnd;
    private long next;
    private byte[] value;

    /** Every entry begins with the address of another one, so that all are one circle without an order. */
    @Setup(Level.Trial)
    public void fill() {
        value = new byte[valueLength];
        entryLength = (HEADER_LENGTH + valueLength + LINE_LENGTH - 1) & -LINE_LENGTH;
        entries = RawMemory.allocate((long) keyCount * entryLength);
        log = RawMemory.allocate(LOG_LENGTH);
        RawMemory.fill(log, LOG_LENGTH, (byte) 1);
        int[] order = new int[keyCount];
        for (int i = 0; i < keyCount; i++) {
            int at = random.nextInt(i + 1);
            order[i] = order[at];
            order[at] = i;
        }
        RawMemory.fill(entries, (long) keyCount * entryLength, (byte) 1);
        for (int i = 0; i < keyCount; i++) {
            RawMemory.writeLong(entry(order[i]), entry(order[(i + 1) % keyCount]));
        }
        next = entries;
    }

    @TearDown(Level.Trial)
    public void free() {
        RawMemory.free(entries, (long) keyCount * entryLength);
        RawMemory.free(log, LOG_LENGTH);
    }

    private long entry(int number) {
        return entries + (long) number * entryLength;
    }

    private long randomValue() {
        return entry(random.nextInt(keyCount)) + HEADER_LENGTH;
    }

    /** A load that has to wait for the one before: half of what a get waits for at least, if nothing overlaps. */
    @Benchmark
    public long followReference() {
        next = RawMemory.readLong(next);
        return next;
    }

    /** A value out of an entry whose place is known: as many of these overlap as the processor can keep in flight. */
    @Benchmark
    public byte[] read() {
        RawMemory.copy(randomValue(), value, 0, valueLength);
        return value;
    }

    /** A value into an entry whose place is known. */
    @Benchmark
    public void overwrite() {
        RawMemory.copy(value, 0, randomValue(), valueLength);
    }

    /** A value right after the one before. */
    @Benchmark
    public void append() {
        if (logEnd + valueLength > LOG_LENGTH) {
            logEnd = 0;
        }
        RawMemory.copy(value, 0, log + logEnd, valueLength);
        logEnd += valueLength;
    }

    /** Both: what a put writes, where the log takes no new pages. */
    @Benchmark
    public void appendAndOverwrite() {
        append();
        overwrite();
    }
}
