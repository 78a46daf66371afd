package dev.poro.events;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * A thread that waits for the outcome of the one event it has published, and the memory that holds the event's record
 * meanwhile. A thread takes one from the ring ({@link EventRing#takeWaiter}) for each event and gives it back.
 *
 * <p>{@link #complete} is called by whichever thread runs the last handler; everything else by the owner. A thread
 * that completes its own event pays no fence and no wake-up.
 *
 * <p>A wait may end before there is an outcome. The handlers may still reach the event later, so neither the waiter nor
 * its memory is reused before the outcome is there; {@link #giveBack} sees to that.
 */
public final class OutcomeWaiter implements ValueTarget {
    /** The longest record in bytes that a waiter has memory for. */
    public static final int MAX_RECORD_LENGTH = 16 << 10;

    /** In place of a length: there was no value before the event. */
    public static final int NO_PREVIOUS = -1;

    /** In place of a length: the heap had no room for the value. */
    private static final int LOST = -2;

    private static final int USUAL_RECORD_LENGTH = 512;

    /** A longer buffer for a previous value is not kept for the next event. */
    private static final int MAX_PREVIOUS_KEPT = 64 << 10;

    private static final byte[] NO_BYTES = {};

    private static final int FREE = 0;
    private static final int TAKEN = 1;
    /** Given back without an outcome. */
    private static final int LEFT = 2;

    private static final VarHandle STATE;
    private static final VarHandle OUTCOME;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(OutcomeWaiter.class, "state", int.class);
            OUTCOME = MethodHandles.lookup().findVarHandle(OutcomeWaiter.class, "outcome", byte.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final boolean hasMemory;
    private NativeMemory memory;
    private Thread owner;
    private volatile boolean parked;

    @SuppressWarnings("UnusedVariable") // used through its handle
    private volatile int state;

    @SuppressWarnings("UnusedVariable")
    private volatile byte outcome;

    /** Written before the outcome. */
    private long number;

    /** Of the event, in a replica; written before the outcome. */
    private long ringSequence;

    /** Where the handler copies the value before the event, if the event asks for it; grown as needed, then kept. */
    private byte[] previous = NO_BYTES;

    private int previousLength = NO_PREVIOUS;

    /** What listeners are told of a batch. Stored only if there is something, and then forgotten. */
    private Consumer<KeyEventListener> told;

    /** @param hasMemory whether it may hold the record */
    OutcomeWaiter(boolean hasMemory) {
        this.hasMemory = hasMemory;
    }

    /** Makes the calling thread the owner, unless another thread is or the last owner's event has no outcome yet. */
    boolean tryTake(Thread taker) {
        int seen = (int) STATE.getOpaque(this);
        if (seen == TAKEN
                || (seen == LEFT && (byte) OUTCOME.getAcquire(this) == Outcome.NONE)
                || !STATE.compareAndSet(this, seen, TAKEN)) {
            return false;
        }
        owner = taker;
        OUTCOME.set(this, Outcome.NONE);
        previousLength = NO_PREVIOUS;
        if (told != null) {
            told = null;
        }
        return true;
    }

    /**
     * If the event, which is a batch, takes effect, listeners are told this in place of what its changes would say. It
     * comes with the event, but is never in the log. Before the event is published.
     */
    public void tell(Consumer<KeyEventListener> toldOfBatch) {
        told = toldOfBatch;
    }

    Consumer<KeyEventListener> told() {
        return told;
    }

    /** Whether this waiter may hold a record of this length. */
    public boolean hasRoomFor(int recordLength) {
        return hasMemory && recordLength <= MAX_RECORD_LENGTH;
    }

    /**
     * Where to encode the record; only if {@link #hasRoomFor}.
     *
     * @throws OutOfMemoryError if the system refuses the memory
     */
    public long record(int length) {
        NativeMemory current = memory;
        if (current != null && current.length() >= length) {
            return current.address();
        }
        NativeMemory longer = new NativeMemory(Math.max(USUAL_RECORD_LENGTH, Integer.highestOneBit(length - 1) << 1));
        memory = longer;
        if (current != null) {
            current.free();
        }
        return longer.address();
    }

    /** The outcome, or {@code null} while it is pending. */
    public Outcome poll() {
        return Outcome.ofCode((byte) OUTCOME.getAcquire(this));
    }

    /** In a replica: the event comes into the ring here. Publisher of the ring, before it publishes. */
    public void publishedAt(long sequence) {
        ringSequence = sequence;
    }

    /** In a replica: where in the ring the event was, once {@link #poll} returns an outcome that it has there. */
    public long ringSequence() {
        return ringSequence;
    }

    /** What the outcome states in a number, see {@link Outcome}; once {@link #poll} returns the outcome. */
    public long number() {
        return number;
    }

    /**
     * A copy of the value that the key had before the event, or {@code null} if it had none; once {@link #poll} returns
     * the outcome of an event that asked for it ({@link EventSlot#wantPrevious}).
     *
     * @throws OutOfMemoryError if the heap has no room for it; the event has taken effect
     */
    public byte[] previous() {
        if (previousLength == LOST) {
            throw new OutOfMemoryError("the heap had no room for the value before the event, which has taken effect");
        }
        return previousLength == NO_PREVIOUS ? null : Arrays.copyOf(previous, previousLength);
    }

    @Override
    public byte[] room(int length) {
        if (previous.length < length) {
            previous = new byte[length];
        }
        previousLength = length;
        return previous;
    }

    @Override
    public int begin() {
        return 0;
    }

    /** {@link #previous} says so to the owner. */
    @Override
    public void lose() {
        previousLength = LOST;
    }

    /**
     * Sleeps until the outcome is there and {@link EventRing#wake} comes to this thread, or {@code nanos} have passed;
     * it may wake earlier. An interrupt wakes it as well; the caller clears the interrupt status before it waits and
     * restores it afterwards.
     */
    public void park(long nanos) {
        parked = true;
        VarHandle.fullFence();
        if (poll() == null) {
            LockSupport.parkNanos(this, nanos);
        }
        parked = false;
    }

    /**
     * Ends the ownership. The event has been published, with or without an outcome so far; if it was not, call
     * {@link #giveBackUnused}.
     */
    public void giveBack() {
        assert state == TAKEN : "a waiter that nobody has taken is given back";
        boolean isDone = (byte) OUTCOME.getOpaque(this) != Outcome.NONE;
        if (isDone && previous.length > MAX_PREVIOUS_KEPT) {
            previous = NO_BYTES;
        }
        STATE.setRelease(this, isDone ? FREE : LEFT);
    }

    /** Ends the ownership of a thread that has published nothing. */
    public void giveBackUnused() {
        assert state == TAKEN : "a waiter that nobody has taken is given back";
        STATE.setRelease(this, FREE);
    }

    /** Frees the memory, unless a thread is the owner. Nobody can take the waiter afterwards. */
    void close() {
        if (tryTake(Thread.currentThread()) && memory != null) {
            memory.free();
            memory = null;
        }
    }

    /** Returns the owner if it sleeps and has to be woken, or {@code null}. */
    Thread complete(Outcome result, long resultNumber) {
        assert state != FREE && outcome == Outcome.NONE : "the event has its outcome already";
        // Read first: once the outcome is there, another thread may own the waiter.
        Thread told = owner;
        number = resultNumber;
        OUTCOME.setRelease(this, result.code());
        if (Thread.currentThread() != told) {
            // Pairs with the fence of park(): either the owner sees the outcome or we see that it is parked.
            VarHandle.fullFence();
            return parked ? told : null;
        }
        return null;
    }
}
