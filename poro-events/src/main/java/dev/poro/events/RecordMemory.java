package dev.poro.events;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Memory for the records that neither a slot nor a waiter has memory for: records that are too long, and those of
 * publishers that do not wait. A publisher takes it before it claims a slot; it goes back when the event has its
 * outcome. The memory in use is bounded, as the number of slots is: at the bound a publisher waits as for a slot. A
 * record longer than the bound gets memory when none is in use. So that short records cannot starve a long one, a
 * record that has waited for a while may take precedence over all others.
 *
 * <p>Blocks of the usual lengths are kept for the next records, a few MiB at most. All other memory goes back to the
 * system at once. Thread-safe, except for {@link #giveBack}.
 */
public final class RecordMemory {
    /** The most bytes in use, unless a single record needs more. */
    public static final long MAX_IN_USE = 16 << 20;

    /** What {@link #tryTake} returns at the bound. */
    public static final long FULL = 0;

    private static final int SMALLEST_SHIFT = 9;
    private static final int LARGEST_SHIFT = 14;
    private static final int KEPT_LENGTH_OF_A_SIZE = 2 << 20;

    private final AtomicLong inUse = new AtomicLong();

    /** The publisher that has precedence, or {@code null}. */
    private final AtomicReference<Object> preferred = new AtomicReference<>();

    private final KeptBlocks[] kept = new KeptBlocks[LARGEST_SHIFT - SMALLEST_SHIFT + 1];
    private volatile boolean closed;

    /** @param slots of the ring: the largest number of records */
    RecordMemory(int slots) {
        for (int i = 0; i < kept.length; i++) {
            kept[i] = new KeptBlocks(Math.min(slots, KEPT_LENGTH_OF_A_SIZE >> (SMALLEST_SHIFT + i)));
        }
    }

    /**
     * The address of {@code length} bytes, or {@link #FULL}.
     *
     * @throws OutOfMemoryError if the system refuses; nothing is taken then
     */
    public long tryTake(int length) {
        return preferred.getAcquire() == null ? tryTakeInTurn(length) : FULL;
    }

    /**
     * {@link #tryTake} for a publisher that has waited long: no other takes memory from now on, until this one has got
     * its memory or {@linkplain #giveUp gives up}. Has no such effect if another publisher has precedence already.
     */
    public long tryTakeBeforeOthers(int length, Object waiting) {
        Object first = preferred.getAcquire();
        if (first == null && preferred.compareAndSet(null, waiting)) {
            first = waiting;
        }
        long block = first == waiting ? tryTakeInTurn(length) : FULL;
        if (block != FULL) {
            giveUp(waiting);
        }
        return block;
    }

    /** Ends the precedence of {@code waiting}, if it has any. */
    public void giveUp(Object waiting) {
        preferred.compareAndSet(waiting, null);
    }

    private long tryTakeInTurn(int length) {
        int taken = blockLength(length);
        long before = inUse.getAndAdd(taken);
        if (before > 0 && before + taken > MAX_IN_USE) {
            inUse.getAndAdd(-taken);
            return FULL;
        }
        return take(taken);
    }

    /** {@link #tryTake} without the bound. */
    long takeBeyondTheBound(int length) {
        int taken = blockLength(length);
        inUse.getAndAdd(taken);
        return take(taken);
    }

    private long take(int taken) {
        long block = isKept(taken) ? keptOf(taken).poll() : KeptBlocks.NONE;
        if (block != KeptBlocks.NONE) {
            return block;
        }
        try {
            return RawMemory.allocate(taken);
        } catch (OutOfMemoryError refused) {
            inUse.getAndAdd(-taken);
            throw refused;
        }
    }

    /** Takes back what {@link #tryTake} returned for a record that was not published. */
    public void free(long address, int length) {
        int taken = blockLength(length);
        RawMemory.free(address, taken);
        inUse.getAndAdd(-taken);
        assert inUse.get() >= 0 : "more is given back than was taken";
    }

    /** Takes back the memory of an event that has its outcome. The thread that runs the last handler. */
    void giveBack(long address, int length) {
        int taken = blockLength(length);
        if (closed || !isKept(taken) || !keptOf(taken).offer(address)) {
            RawMemory.free(address, taken);
        }
        inUse.getAndAdd(-taken);
        assert inUse.get() >= 0 : "more is given back than was taken";
    }

    /** Bytes in use. */
    public long inUse() {
        return inUse.get();
    }

    /** Frees the kept blocks. No handler runs any more. */
    void close() {
        closed = true;
        for (int i = 0; i < kept.length; i++) {
            for (long block = kept[i].poll(); block != KeptBlocks.NONE; block = kept[i].poll()) {
                RawMemory.free(block, 1L << (SMALLEST_SHIFT + i));
            }
        }
    }

    private static boolean isKept(int blockLength) {
        return blockLength <= 1 << LARGEST_SHIFT;
    }

    private KeptBlocks keptOf(int blockLength) {
        return kept[Integer.numberOfTrailingZeros(blockLength) - SMALLEST_SHIFT];
    }

    private static int blockLength(int length) {
        return length > 1 << LARGEST_SHIFT
                ? length
                : Math.max(1 << SMALLEST_SHIFT, Integer.highestOneBit(length - 1) << 1);
    }

    /**
     * Blocks of one length, in the order in which they came back. One thread offers, any number of threads take. Both
     * counters only grow, so that no turn can be mistaken for an earlier one.
     */
    private static final class KeptBlocks {
        static final long NONE = 0;

        private final AtomicLongArray blocks;
        private final AtomicLong taken = new AtomicLong();
        private final AtomicLong offered = new AtomicLong();
        private final int mask;

        KeptBlocks(int atMost) {
            int capacity = Integer.highestOneBit(atMost);
            this.blocks = new AtomicLongArray(capacity);
            this.mask = capacity - 1;
        }

        boolean offer(long block) {
            long next = offered.getPlain();
            if (next - taken.get() > mask) {
                return false;
            }
            blocks.setPlain((int) next & mask, block);
            offered.setRelease(next + 1);
            return true;
        }

        long poll() {
            while (true) {
                long next = taken.get();
                if (next == offered.getAcquire()) {
                    return NONE;
                }
                long block = blocks.getOpaque((int) next & mask);
                if (taken.compareAndSet(next, next + 1)) {
                    return block;
                }
            }
        }
    }
}
