package dev.poro.events;

import com.lmax.disruptor.EventPoller;
import com.lmax.disruptor.InsufficientCapacityException;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.Sequence;
import com.lmax.disruptor.WaitStrategy;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * The event ring: an LMAX Disruptor of preallocated {@link EventSlot}s with many producers and two handlers, first
 * the journal's, then the state machine's.
 *
 * <p>A publisher encodes its record, calls {@link #tryClaim}, has the slot refer to the record, and calls
 * {@link #publish}; between claim and publish it waits for nothing. Back-pressure is the failed claim: the ring is full
 * while the state machine is a whole ring behind. The handlers run on the threads that poll the two
 * {@link EventPoller}s ({@link #newPollers}).
 *
 * <p>A {@code ringSequence} counts the events of this ring from 0 and dies with the process; the durable
 * {@code logSequence} is the journal's.
 *
 * <p>Thread-safe, except that the handlers must be run by one thread at a time each. Not final, so that a simulation
 * can record what is published and what becomes of it.
 */
public class EventRing {
    /** Slots by default. */
    public static final int DEFAULT_CAPACITY = 1024;

    /** The largest number of slots. */
    public static final int MAX_CAPACITY = 1 << 16;

    /** How many of the latest outcomes are kept by default. */
    public static final int OUTCOMES_KEPT = 1 << 20;

    /** What {@link #tryClaim} returns when the ring is full. */
    public static final long FULL = -1;

    /** Left to the collector: a publisher may still be writing to a slot that it claimed while the store closed. */
    private final NativeMemory inlineRecords;

    private final RecordMemory memory;
    private final OutcomeWaiterPool waiters = new OutcomeWaiterPool();
    private final WakeUps wakeUps = new WakeUps();
    private final AtomicInteger marksUnderWay = new AtomicInteger();

    private final RingBuffer<EventSlot> ringBuffer;
    private final OutcomeWindow outcomes;
    private Sequence journaled;
    private Sequence applied;

    /**
     * @param capacity slots, a power of two of at most {@value #MAX_CAPACITY}
     * @param waitStrategy told of every event that is published
     */
    public EventRing(int capacity, WaitStrategy waitStrategy) {
        this(capacity, waitStrategy, OUTCOMES_KEPT);
    }

    /**
     * @param outcomesKept a power of two: the latest outcomes, this many less the capacity, can still be asked for.
     *     Each takes one byte
     */
    public EventRing(int capacity, WaitStrategy waitStrategy, int outcomesKept) {
        requireValidCapacity(capacity);
        this.outcomes = new OutcomeWindow(outcomesKept);
        this.memory = new RecordMemory(capacity);
        this.inlineRecords = new NativeMemory(capacity * EventSlot.INLINE_LENGTH);
        long[] next = {inlineRecords.address()};
        this.ringBuffer = RingBuffer.createMultiProducer(
                () -> {
                    EventSlot slot = new EventSlot(next[0]);
                    next[0] += EventSlot.INLINE_LENGTH;
                    return slot;
                },
                capacity,
                waitStrategy);
    }

    /** @throws IllegalArgumentException if no ring can have so many slots */
    public static void requireValidCapacity(int capacity) {
        if (capacity < 2 || capacity > MAX_CAPACITY || Integer.bitCount(capacity) != 1) {
            throw new IllegalArgumentException(
                    "ring capacity must be a power of two from 2 to " + MAX_CAPACITY + ": " + capacity);
        }
    }

    /** Slots. */
    public int capacity() {
        return ringBuffer.getBufferSize();
    }

    /** Memory for the records that neither a slot nor a waiter has memory for. */
    public RecordMemory memory() {
        return memory;
    }

    /** A waiter for the outcome of one event. The calling thread gives it back. */
    public OutcomeWaiter takeWaiter() {
        return waiters.take();
    }

    /** Claims the next slot, or returns {@link #FULL}. A claimed slot must be published, even if it is cancelled. */
    public long tryClaim() {
        try {
            return ringBuffer.tryNext();
        } catch (InsufficientCapacityException full) {
            return FULL;
        }
    }

    /**
     * Claims so many slots that follow each other, or none.
     *
     * @param count 1 to the capacity
     * @return the first of them, or {@link #FULL}
     */
    public long tryClaim(int count) {
        try {
            return ringBuffer.tryNext(count) - count + 1;
        } catch (InsufficientCapacityException full) {
            return FULL;
        }
    }

    /** The slot of a claimed or published sequence. */
    public EventSlot slot(long ringSequence) {
        return ringBuffer.get(ringSequence);
    }

    /** Hands the slot to the handlers. */
    public void publish(long ringSequence) {
        ringBuffer.publish(ringSequence);
    }

    /**
     * Hands slots that were claimed together to the handlers, all at once: the first is published last, and no handler
     * comes to a slot before those in front of it are published. So the journal's handler gets them in one batch.
     */
    public void publishRun(long first, long last) {
        for (long ringSequence = last; ringSequence >= first; ringSequence--) {
            ringBuffer.publish(ringSequence);
        }
    }

    /** Whether a sequence that the caller has claimed is published, however long ago. */
    public boolean isPublished(long ringSequence) {
        // In this order: once the slot is another's, the event has been handled.
        return ringBuffer.isAvailable(ringSequence) || journaled.get() >= ringSequence;
    }

    /**
     * {@link #publish} for a mark ({@link EventSlot#prepareMark}). The threads that run the handlers end a batch before
     * a mark, and journal the mark only when every event before it is applied.
     */
    public void publishMark(long ringSequence) {
        marksUnderWay.incrementAndGet();
        publish(ringSequence);
    }

    /** Whether a published mark may still have to be journaled. */
    public boolean hasMarks() {
        return marksUnderWay.get() > 0;
    }

    /** Called when a mark is journaled or refused. */
    public void markHandled() {
        marksUnderWay.decrementAndGet();
    }

    /**
     * A poller for the journal's handler and, after it, one for the state machine's. Called once, before any claim.
     */
    public Pollers newPollers() {
        EventPoller<EventSlot> journal = ringBuffer.newPoller();
        EventPoller<EventSlot> stateMachine = ringBuffer.newPoller(journal.getSequence());
        journaled = journal.getSequence();
        applied = stateMachine.getSequence();
        ringBuffer.addGatingSequences(applied);
        return new Pollers(journal, stateMachine);
    }

    /**
     * Called by the last handler once for every event, in order: keeps the outcome and tells the waiter. If its thread
     * sleeps, {@link #wake} wakes it.
     *
     * @param number what the outcome states in a number, for the waiter; see {@link Outcome}
     */
    public void complete(long ringSequence, Outcome outcome, long number) {
        assert applied == null || ringSequence > applied.get() : "event " + ringSequence + " has its outcome already";
        outcomes.record(ringSequence, outcome);
        Thread asleep = ringBuffer.get(ringSequence).complete(outcome, number, memory);
        if (asleep != null) {
            wakeUps.add(asleep);
        }
    }

    /**
     * Answers a waiter whose event never came into the ring, and wakes it. Any thread, once: nobody else answers it.
     */
    public void answer(OutcomeWaiter waiter, Outcome outcome) {
        Thread asleep = waiter.complete(outcome, 0);
        if (asleep != null) {
            LockSupport.unpark(asleep);
        }
    }

    /**
     * Wakes threads whose events have their outcomes, those that sleep longest first. Called by who has run the last
     * handler, and by each thread that was woken, so that the work is shared. Any thread.
     *
     * @param most of them at most
     */
    public void wake(int most) {
        wakeUps.wake(most);
    }

    /** The ring sequence up to which every event has its outcome; -1 before the first. */
    public long applied() {
        return applied.get();
    }

    /** The ring sequence up to which the journal's handler has seen every event; -1 before the first. */
    public long journaled() {
        return journaled.get();
    }

    /** The highest ring sequence that was claimed; -1 before the first. */
    public long claimed() {
        return ringBuffer.getCursor();
    }

    /** Whether the event after {@link #journaled()} is published and thus ready for the journal's handler. */
    public boolean hasUnjournaled() {
        return ringBuffer.isAvailable(journaled.get() + 1);
    }

    /** Whether the event after {@link #applied()} is published and thus ready for the handlers. */
    public boolean hasUnapplied() {
        return ringBuffer.isAvailable(applied.get() + 1);
    }

    /**
     * The outcome of an applied event; {@code null} if the last handler was kept from recording one.
     *
     * @throws IllegalArgumentException if the outcome is no longer kept, or the event is not applied yet
     */
    public Outcome outcomeOf(long ringSequence) {
        if (ringSequence < 0 || ringSequence > applied()) {
            throw new IllegalArgumentException("event " + ringSequence + " is not applied");
        }
        Outcome outcome = outcomes.read(ringSequence);
        VarHandle.acquireFence();
        // While we read, the handler may record outcomes of up to one ring of events after "applied".
        if (applied() + capacity() - ringSequence >= outcomes.capacity()) {
            throw new IllegalArgumentException("the outcome of event " + ringSequence + " is no longer kept: only the"
                    + " latest " + (outcomes.capacity() - capacity()) + " are");
        }
        return outcome;
    }

    /**
     * Frees the memory that is not in use. No handler may run any more, so no further event gets an outcome. Late
     * publishers may still give up what they began.
     */
    public void close() {
        for (long ringSequence = applied() + 1; ringSequence <= claimed(); ringSequence++) {
            if (ringBuffer.isAvailable(ringSequence)) {
                slot(ringSequence).releaseBlock(memory);
            }
        }
        memory.close();
        waiters.close();
    }

    /** The two pollers, to be polled in this order. */
    public record Pollers(EventPoller<EventSlot> journal, EventPoller<EventSlot> stateMachine) {}
}
