package dev.poro.statemachine;

import dev.poro.events.RawMemory;
import dev.poro.perf.Check;
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
 * The slab alone: gives back one of the slots in use, chosen at random, and takes another in its place; two operations.
 * That includes the write of a slot's first word, which its owner owes the slab. Promises 0 B/op.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SlabBenchmark {
    private static final String MIXED = "mixed";
    private static final int SHORTEST = 16;
    private static final int LONGEST = 2048;

    /** Bytes to allocate, or all lengths from 16 to 2,048 alike. */
    @Param({"48", "256", "1024", MIXED})
    String length;

    @Param("100000")
    int slotCount;

    private final SplittableRandom random = new SplittableRandom(42);
    private int shortest;
    private int longest;
    private Arena arena;
    private Slab slab;
    private long[] slots;

    @Setup(Level.Trial)
    public void fill() {
        shortest = length.equals(MIXED) ? SHORTEST : Integer.parseInt(length);
        longest = length.equals(MIXED) ? LONGEST : shortest;
        long pages = 2L * slotCount * longest / ArenaDescriptor.PAGE_LENGTH + 2L * SizeClasses.COUNT;
        arena = new Arena((int) (ArenaDescriptor.FIRST_POOL_PAGE + pages));
        arena.freeze();
        slab = new Slab(arena);
        slots = new long[slotCount];
        for (int i = 0; i < slotCount; i++) {
            slots[i] = allocate();
        }
    }

    @TearDown(Level.Trial)
    public void check() {
        long used = 0;
        for (int sizeClass = 0; sizeClass < SizeClasses.COUNT; sizeClass++) {
            used += slab.usedSlots(sizeClass);
        }
        Check.equal("slots in use", slotCount, used);
        for (long slot : slots) {
            slab.free(slot);
        }
        arena.release();
    }

    @Benchmark
    public long freeAndAllocate() {
        int i = random.nextInt(slotCount);
        slab.free(slots[i]);
        slots[i] = allocate();
        return slots[i];
    }

    private long allocate() {
        int bytes = shortest == longest ? longest : random.nextInt(shortest, longest + 1);
        long slot = slab.allocate(SizeClasses.classOf(bytes));
        RawMemory.writeLong(arena.base() + (slot << ArenaDescriptor.REFERENCE_SHIFT), 1);
        return slot;
    }
}
