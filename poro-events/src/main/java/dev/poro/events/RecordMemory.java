package dev.poro.events;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Memory for the records that lie neither in a slot nor with a waiter: those that are too long for it, and those of
 * publishers that do not wait. It is taken before a slot is claimed and given back when the event has its outcome. What
 * is in use is bounded, as the slots are: a publisher that finds the bound reached waits as for a slot. A record longer
 * than the bound is taken when nothing else is in use. So that a long record comes to its turn however many short ones
 * there are, one that has waited for a while may have precedence over all others.
 *
 * <p>Blocks of the usual lengths are kept for the next records, some MiB of them at most. All other memory goes back to
 * the system at once. Any thread, but {@link #giveBack}.
 */
public final class RecordMemory {
    /** Bytes in use, at most, unless there is but one record. */
    public static final long MAX_IN_USE = 16 << 20;

    /** What {@link #tryTake} returns when as much is in use as may be. */
    public static final long FULL = 0;

    private static final int SMALLEST_SHIFT = 9;
    private static final int LARGEST_SHIFT = 14;
    private static final int KEPT_LENGTH_OF_A_SIZE = 2 << 20;

    private final AtomicLong inUse = new AtomicLong();

    /** Whoever has precedence, or {@code null}. */
    private final AtomicReference<Object> preferred = new AtomicReference<>();

    private final KeptBlocks[] kept = new KeptBlocks[LARGEST_SHIFT - SMALLEST_SHIFT + 1];
    private volatile boolean closed;

    /** @param slots of the ring: there are never more records than that */
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
     * {@link #tryTake} for somebody who has waited for long: nobody else takes any memory from now on, until this one
     * has got it or {@linkplain #giveUp gives up}, or somebody else had this precedence before.
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

    /** What {@link #tryTake} returns, whatever is in use. */
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

    /** Takes back what {@link #tryTake} returned, of a record that was not published. */
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

    /** Gives everything back that is kept. No handler runs any more. */
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
     * Blocks of one length, in the order in which they came back. One thread offers, any number of threads take: what
     * is offered counts up and so does what is taken, so that neither can be mistaken for an earlier turn.
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
