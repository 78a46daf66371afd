package dev.poro.statemachine;

import dev.poro.events.RecordFlyweight;
import dev.poro.perf.Check;
import dev.poro.perf.Keys;
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
 * The table alone, with keys in random order: reads, and writes that leave the keys as they are; {@link
 * InsertRemoveBenchmark} has the others. Copying the 16 bytes of the key into the record is part of the result.
 * Promises 0 B/op.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class TableBenchmark {
    private static final int KEY_LENGTH = 16;
    private static final int VALUE_LENGTH = 16;
    private static final int LONG_VALUE_LENGTH = 48;

    @Param({"100000", "10000000"})
    int keyCount;

    private final byte[] value = new byte[VALUE_LENGTH];
    private FilledTable contents;
    private Table table;
    private Keys keys;
    private EncodedRecord record;
    private EncodedRecord longRecord;

    @Setup(Level.Trial)
    public void fill() {
        contents = new FilledTable(keyCount);
        table = contents.table();
        keys = new Keys(keyCount, KEY_LENGTH);
        record = EncodedRecord.set(KEY_LENGTH, VALUE_LENGTH);
        longRecord = EncodedRecord.set(KEY_LENGTH, LONG_VALUE_LENGTH);
        for (int i = 0; i < keyCount; i++) {
            contents.insert(record.with(keys.key(i)));
        }
    }

    @TearDown(Level.Trial)
    public void check() {
        contents.close(keys, keyCount, record);
        record.free();
        longRecord.free();
    }

    /** As a reader does it: validated by the stamps, into the caller's memory. */
    @Benchmark
    public byte[] get() {
        byte[] key = keys.random();
        Check.equal(
                "value length",
                VALUE_LENGTH,
                table.reader().read(FilledTable.HASH.of(key), key, 0, key.length, value, 0, value.length, null));
        return value;
    }

    @Benchmark
    public int getAbsent() {
        byte[] key = keys.key(keyCount + keys.randomNumber());
        int length = table.reader().read(FilledTable.HASH.of(key), key, 0, key.length, value, 0, value.length, null);
        Check.equal("value length", EntryReader.ABSENT_LENGTH, length);
        return length;
    }

    /** By a value of the same length, which goes where the one before was. */
    @Benchmark
    public void replace() {
        contents.replace(record.with(keys.random()));
    }

    /** By a value of another size class: 16 bytes by 48, 48 by 16. */
    @Benchmark
    public void replaceElsewhere() {
        byte[] key = keys.random();
        RecordFlyweight shorter = record.with(key);
        contents.replaceByOther(shorter, longRecord.with(key));
    }
}
