package dev.poro.statemachine;

import static dev.poro.statemachine.ArenaDescriptor.STAMPS_OFFSET;

import dev.poro.events.RawMemory;

/**
 * Sequence locks in stripes, which let any thread read while the single writer writes. The keys are divided into 1,024
 * stripes by the top ten bits of their hashes. A stripe's stamp is odd while the writer changes something that its
 * readers may read. A reader remembers the stamp, reads, and starts over if the stamp has changed meanwhile. Data read
 * in between may be torn and must be harmless.
 *
 * <p>A batch {@linkplain #hold holds} the stripes of all its keys, so that no reader sees a part of it: until
 * {@link #letGo}, the begin and end of single changes have no effect on them.
 *
 * <p>Memory order after Boehm, "Can seqlocks get along with programming language memory models?" (MSPC 2012).
 */
final class StripedSeqLock {
    private static final int STRIPE_BITS = 10;

    /** A change takes well under a microsecond, unless the writer's thread was preempted. */
    private static final int MOST_SPINS = 100;

    private final long address;

    /** A bit for each stripe that is held; {@code null} most of the time. */
    private long[] held;

    private final long[] spareHeld = new long[1 << STRIPE_BITS >> 6];

    StripedSeqLock(Arena arena) {
        this.address = arena.base() + STAMPS_OFFSET;
    }

    /** Writer: the stripe of {@code hash} begins to change. */
    void begin(long hash) {
        long stamp = addressOf(hash);
        if (held == null || !isHeld(stamp)) {
            beginAt(stamp);
        }
    }

    /** Writer: the change is complete. */
    void end(long hash) {
        long stamp = addressOf(hash);
        if (held == null || !isHeld(stamp)) {
            endAt(stamp);
        }
    }

    /**
     * Writer: makes every read of the stripe that has begun start over; later reads see what was stored before this
     * call. For a change that is consistent at every step, inside {@link #begin} and {@link #end} or outside.
     */
    void advance(long hash) {
        long stamp = addressOf(hash);
        RawMemory.writeLongOrdered(stamp, RawMemory.readLong(stamp) + 2);
        RawMemory.storeFence();
    }

    /** Writer: every stripe of the keys that share the top {@code depth} bits of {@code hash} begins to change. */
    void beginAll(long hash, int depth) {
        for (long stamp = firstOf(hash, depth), end = stamp + lengthOf(depth); stamp < end; stamp += 8) {
            if (!isHeld(stamp)) {
                beginAt(stamp);
            }
        }
    }

    /** Writer: ends {@link #beginAll}. */
    void endAll(long hash, int depth) {
        for (long stamp = firstOf(hash, depth), end = stamp + lengthOf(depth); stamp < end; stamp += 8) {
            if (!isHeld(stamp)) {
                endAt(stamp);
            }
        }
    }

    /** Writer: the stripe of {@code hash} begins to change, and goes on until {@link #letGo}. */
    void hold(long hash) {
        holdStripe((int) (hash >>> (Long.SIZE - STRIPE_BITS)));
    }

    /** Writer: {@link #hold} of every stripe. */
    void holdAll() {
        for (int stripe = 0; stripe < 1 << STRIPE_BITS; stripe++) {
            holdStripe(stripe);
        }
    }

    private void holdStripe(int stripe) {
        held = spareHeld;
        if ((held[stripe >> 6] & 1L << stripe) == 0) {
            beginAt(address + stripe * 8L);
            held[stripe >> 6] |= 1L << stripe;
        }
    }

    /** Writer: ends the changes of all stripes that are held. */
    void letGo() {
        held = null;
        for (int word = 0; word < spareHeld.length; word++) {
            for (long bits = spareHeld[word]; bits != 0; bits &= bits - 1) {
                endAt(address + ((word << 6) + Long.numberOfTrailingZeros(bits)) * 8L);
            }
            spareHeld[word] = 0;
        }
    }

    private boolean isHeld(long stamp) {
        int stripe = (int) ((stamp - address) >> 3);
        return held != null && (held[stripe >> 6] & 1L << stripe) != 0;
    }

    /** Reader: the stamp of the stripe of {@code hash}; odd if something goes on changing there. */
    long read(long hash) {
        long stamp = RawMemory.readLongVolatile(addressOf(hash));
        for (int spins = 0; isChanging(stamp) && spins < MOST_SPINS; spins++) {
            Thread.onSpinWait();
            stamp = RawMemory.readLongVolatile(addressOf(hash));
        }
        return stamp;
    }

    /**
     * Reader: the stamps of all keys that share the top {@code depth} bits of {@code hash}; {@code null} if one of them
     * goes on changing.
     */
    long[] readAll(long hash, int depth) {
        long[] stamps = new long[(int) (lengthOf(depth) >> 3)];
        long first = firstOf(hash, depth);
        for (int i = 0; i < stamps.length; i++) {
            stamps[i] = RawMemory.readLongVolatile(first + i * 8L);
            if (isChanging(stamps[i])) {
                return null;
            }
        }
        return stamps;
    }

    /** Reader: whether nothing has changed since {@link #readAll} returned {@code stamps}. */
    boolean areUnchanged(long hash, int depth, long[] stamps) {
        RawMemory.loadFence();
        long first = firstOf(hash, depth);
        for (int i = 0; i < stamps.length; i++) {
            if (RawMemory.readLongVolatile(first + i * 8L) != stamps[i]) {
                return false;
            }
        }
        return true;
    }

    static boolean isChanging(long stamp) {
        return (stamp & 1) != 0;
    }

    /** Reader: whether nothing has changed in the stripe since {@link #read} returned {@code stamp}. */
    boolean isUnchanged(long hash, long stamp) {
        RawMemory.loadFence();
        return RawMemory.readLongVolatile(addressOf(hash)) == stamp;
    }

    private static void beginAt(long stamp) {
        assert !isChanging(RawMemory.readLong(stamp)) : "two changes of a stripe at the same time";
        RawMemory.writeLongOrdered(stamp, RawMemory.readLong(stamp) + 1);
        RawMemory.storeFence();
    }

    private static void endAt(long stamp) {
        assert isChanging(RawMemory.readLong(stamp)) : "the end of a change that did not begin";
        RawMemory.writeLongOrdered(stamp, RawMemory.readLong(stamp) + 1);
    }

    private long addressOf(long hash) {
        return address + (hash >>> (Long.SIZE - STRIPE_BITS)) * 8;
    }

    private long firstOf(long hash, int depth) {
        int shared = Math.min(depth, STRIPE_BITS);
        long stripe = hash >>> (Long.SIZE - STRIPE_BITS);
        return address + (stripe >>> (STRIPE_BITS - shared) << (STRIPE_BITS - shared)) * 8;
    }

    private static long lengthOf(int depth) {
        return 8L << (STRIPE_BITS - Math.min(depth, STRIPE_BITS));
    }
}
